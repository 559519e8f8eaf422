import Testing

/// A run into which faults are put: what is read lies in `in/`, what may be written in `out/`.
struct FaultOperation: Sendable, CustomTestStringConvertible {
  let name: String
  let arguments: [String]
  /// What comes into being in `out/`.
  let output: String?
  /// The exit code without a fault.
  let status: Int32
  /// What the file system cannot do.
  let lacking: String

  init(
    _ name: String, _ arguments: String, output: String? = nil, status: Int32 = 0,
    lacking: String = ""
  ) {
    self.name = name
    self.arguments = arguments.split(separator: " ").map(String.init)
    self.output = output
    self.status = status
    self.lacking = lacking
  }

  var testDescription: String { name }

  /// Whether the links of a container's folder change.
  var links: Bool { arguments.contains("--link") }
  /// Whether what is written is a report.
  var reports: Bool { arguments.first == "verify" }
  var streams: Bool { arguments.contains("-") }

  static let all = writing + reading

  static let writing = [
    repair("o.tar"), repair("o.tar.zst"), repair("o.tar.gz"), repair("o/"),
    FaultOperation("repair to oci", "repair in/broken.tar -q -o oci:out/o:tag", output: "o"),
    FaultOperation(
      "repair to oci-archive", "repair in/broken.tar -o oci-archive:out/o:t", output: "o"),
    FaultOperation("repair of folder", "repair in/broken -o out/o.tar", output: "o.tar"),
    FaultOperation(
      "repair with donor", "repair in/cut.tar --donor in/good.tar.zst -o out/o.tar",
      output: "o.tar"),
    FaultOperation(
      "repair with donor folder", "repair in/cut.tar --donor in/good -o out/o/", output: "o"),
    FaultOperation(
      "repair with links", "repair in/broken.tar -o out/o/ --link out/container", output: "o"),
    FaultOperation(
      "repair with plan", "repair in/broken.tar --dry-run --plan out/plan.json",
      output: "plan.json"),
    FaultOperation("repack of large", "repack in/large.tar -o out/o.tar", output: "o.tar"),
    FaultOperation("repack of large to folder", "repack in/large.tar -o out/o/", output: "o"),
    FaultOperation("repack to zstd", "repack in/real.tar -o out/o.tar.zst", output: "o.tar.zst"),
    FaultOperation("repack to gzip", "repack in/good.tar.zst -o out/o.tar.gz", output: "o.tar.gz"),
    FaultOperation("repack of gzip", "repack in/good.tar.gz -o out/o.tar", output: "o.tar"),
    FaultOperation("repack of xz", "repack in/good.tar.xz -o out/o.tar", output: "o.tar"),
    FaultOperation("repack of bzip2", "repack in/good.tar.bz2 -o out/o.tar", output: "o.tar"),
    FaultOperation("repack to folder", "repack in/real.tar -o out/o/", output: "o"),
    FaultOperation("repack of folder", "repack in/good -o out/o.tar", output: "o.tar"),
    FaultOperation("repack to stream", "repack in/real.tar -o - --to tar"),
    FaultOperation("repack to zstd stream", "repack in/good.tar.gz -o - --to zstd"),
    FaultOperation("repack of oci", "repack in/oci -o out/o.tar", output: "o.tar"),
    FaultOperation("repack of oci-archive", "repack in/oci.tar -o out/o/", output: "o"),
    FaultOperation("convert", "repack in/crio.tar --engine podman -o out/o.tar", output: "o.tar"),
    FaultOperation(
      "repair without O_TMPFILE", "repair in/broken.tar -o out/o.tar", output: "o.tar",
      lacking: "tmpfile"),
    FaultOperation(
      "repair without renameat2", "repair in/broken.tar -o out/o.tar", output: "o.tar",
      lacking: "tmpfile,renameat2"),
    FaultOperation(
      "repair to folder without renameat2", "repair in/broken.tar -o out/o/", output: "o",
      lacking: "renameat2"),
    FaultOperation(
      "report file", "verify in/good.tar -q -o out/report.sarif", output: "report.sarif"),
    FaultOperation("output in the input", "repack out/container -o out/container/o.tar", status: 4),
  ]

  static let reading = [
    FaultOperation("verify of tar", "verify in/real.tar"),
    FaultOperation("verify of zstd", "verify in/good.tar.zst"),
    FaultOperation("verify of gzip", "verify in/good.tar.gz"),
    FaultOperation("verify of xz", "verify in/good.tar.xz"),
    FaultOperation("verify of bzip2", "verify in/good.tar.bz2"),
    FaultOperation("verify of folder", "verify in/good"),
    FaultOperation("verify of oci", "verify in/oci --format json"),
    FaultOperation("verify of oci-archive", "verify in/oci.tar"),
    FaultOperation("verify of several", "verify -r in/several", status: 1),
    FaultOperation("inspect", "inspect in/good --format json"),
    FaultOperation("diff", "diff in/good.tar in/good.tar.zst"),
    FaultOperation("diff of folder", "diff in/good in/good.tar.zst", status: 1),
  ]

  private static func repair(_ output: String) -> FaultOperation {
    FaultOperation(
      "repair to \(output)", "repair in/broken.tar -o out/\(output)",
      output: output.hasSuffix("/") ? String(output.dropLast()) : output)
  }
}
