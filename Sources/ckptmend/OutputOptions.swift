import Archive
import ArgumentParser
import Repair

/// Options that say where and in which form an output is written.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help: """
      The output. Its name says the form: FILE.tar, .tar.gz, .tar.zst, a folder DIR/, or an OCI \
      image oci:DIR[:TAG] or oci-archive:FILE[:TAG]; - is standard output.
      """)
  var output: String?

  @Option(help: "The form, whatever the name: tar, gzip, zstd or folder.")
  var to: OutputForm?

  @Option(help: "How the layer of an image is compressed: none, gzip or zstd. Default: gzip.")
  var layer: LayerForm?

  @Option(help: "Compression level: gzip 1 to 12, by default 6; zstd 1 to 19, by default 3.")
  var level: Int?

  @Option(
    help: "How many threads compress; the output is the same. Default: one for each processor.")
  var threads: Int = Processors.usable

  private var image: ImageReference? { output.flatMap { ImageReference($0) } }

  private var form: Output.Form? {
    if let image {
      return .image(image.form, tag: image.tag, layer: (layer ?? .gzip).compression)
    }
    if let to { return to.form }
    guard let output else { return nil }
    if output.hasSuffix("/") { return .folder }
    return Compression.promised(byName: output).map { .tar($0) }
  }

  /// Where and how to write; nil if no output was named.
  var target: Executor.Target? {
    guard let output, let form else { return nil }
    return Executor.Target(
      path: image?.path ?? output, form: form, level: level, threads: threads)
  }

  func validate() throws {
    if output == Output.standardOutput {
      guard let to else {
        throw ValidationError("say with --to in which form to write to standard output")
      }
      if to == .folder {
        throw ValidationError("only tar, gzip and zstd can go to standard output")
      }
    }
    if let output, form == nil {
      throw ValidationError(
        "the name \(Escape.text(output)) does not say the form: end it in .tar, .tar.gz, .tar.zst or /, or give --to"
      )
    }
    try checkImage()
    guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256") }
    if let form { try check(level, of: form) }
  }

  private func checkImage() throws {
    guard let image else {
      if layer != nil {
        throw ValidationError("--layer is for images: -o oci:DIR or oci-archive:FILE")
      }
      return
    }
    if to != nil {
      throw ValidationError(
        "--to says nothing here: the output is an image; --layer says how it is compressed")
    }
    if image.path.isEmpty {
      throw ValidationError("\(Escape.text(output ?? "")) names no folder or file for the image")
    }
    if image.path == Output.standardOutput {
      throw ValidationError("only tar, gzip and zstd can go to standard output")
    }
    if let tag = image.tag, !ImageReference.isTag(tag) {
      throw ValidationError(
        "\(Escape.text(tag)) is no tag: letters and digits, and after the first also . _ / : -")
    }
  }

  private func check(_ level: Int?, of form: Output.Form) throws {
    guard let level else { return }
    guard let compression = form.compression, let levels = compression.levels else {
      throw ValidationError("--level says nothing here: the output is not compressed")
    }
    if !levels.contains(level) {
      throw ValidationError(
        "--level \(level): \(compression.rawValue) has levels \(levels.lowerBound) to \(levels.upperBound)"
      )
    }
  }
}

enum OutputForm: String, CaseIterable, ExpressibleByArgument {
  case tar
  case gzip
  case zstd
  case folder

  var form: Output.Form {
    switch self {
    case .tar: .tar(.none)
    case .gzip: .tar(.gzip)
    case .zstd: .tar(.zstd)
    case .folder: .folder
    }
  }
}

enum LayerForm: String, CaseIterable, ExpressibleByArgument {
  case none
  case gzip
  case zstd

  var compression: Compression {
    switch self {
    case .none: .none
    case .gzip: .gzip
    case .zstd: .zstd
    }
  }
}
