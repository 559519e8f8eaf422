import Archive
import Checkpoint

/// Rules about the archive as a container of entries: the stream and the tar.
extension Rule {
  static let containerRules: [Rule] = [
    damageRule(
      .truncated, "archive.truncated", "The archive is whole",
      why: "The engine's unpacking stops with “unexpected EOF”.",
      example: Damage(.truncated, have: 10, need: 20, detail: "the archive ends inside an entry")),
    damageRule(
      .badHeader, "archive.bad-header", "Every tar header is valid",
      why: "The engine's unpacking stops with “archive/tar: invalid tar header”.",
      example: Damage(.badHeader, detail: "Damaged tar archive")),
    damageRule(
      .badSize, "archive.bad-size", "Every entry has a size that can be true",
      why: "The engine's unpacking stops with “archive/tar: invalid tar header”.",
      example: Damage(.badSize, detail: "the size is negative")),
    damageRule(
      .corruptStream, "archive.corrupt-stream", "The compressed stream decodes",
      why: "The engine's unpacking stops where the decompressor does.",
      example: Damage(.corruptStream, detail: "zstd: Data corruption detected")),
    damageRule(
      .checksumMismatch, "archive.checksum-mismatch",
      "gzip's CRC-32 and length agree with the data",
      why:
        "Podman 6 refuses it; older versions do not look, and restore whatever the damaged bytes are.",
      example: Damage(.checksumMismatch, have: 1, need: 2, detail: "gzip: CRC-32 differs")),
    damageRule(
      .digestMismatch, "image.digest-mismatch",
      "Every part of an image has the digest that names it",
      why: "Engines and registries refuse a blob whose digest or size differs from its name.",
      example: Damage(.digestMismatch, detail: "layer 1 of 1 has another digest")),
    damageRule(
      .badImage, "image.bad-document", "The documents of an image are as OCI has them",
      why:
        "An engine finds the layer of a checkpoint through the index, manifest and configuration.",
      example: Damage(.badImage, detail: "index.json is not the JSON of an OCI image")),
    damageRule(
      .limitExceeded, "archive.limit-exceeded", "The archive stays within the limits",
      why: "An archive of such a shape can exhaust the memory or the time of whoever unpacks it.",
      consequence: .security,
      remedy: .manual("if the archive is trusted, raise the limit that the message names"),
      example: Damage(
        .limitExceeded, have: 200_001, need: 200_000, unit: "entries at most",
        detail: "the archive holds too many entries")),
    damageRule(
      .notTar, "archive.not-an-archive", "The file is an archive that an engine can read",
      why:
        "Podman and CRI-O read tar, plain or compressed with gzip, bzip2, xz or zstd; everything else is taken for a damaged tar.",
      consequence: .unreadable, remedy: .manual("name the exported checkpoint archive"),
      example: Damage(.notTar, detail: "Unrecognized archive format")),
    endMarker, trailingBytes, trailingStream, extensionLies,
  ]

  private static func damageRule(
    _ kind: Damage.Kind, _ id: String, _ title: String, why: String,
    consequence: Consequence = .refused,
    remedy: Remedy = .donor("what was lost from another copy of the archive"),
    example: Damage
  ) -> Rule {
    Rule(
      id: id, consequence: consequence, stage: .container, title: title, why: why,
      remedy: remedy, needs: [],
      examples: [
        .fires("damaged", .minimal.with { $0.damage = example }),
        .silent("whole", .minimal),
      ]
    ) { subject, findings in
      guard let damage = subject.checkpoint.damage, damage.kind == kind else { return }
      var evidence: [String: Evidence] = ["unit": .text(damage.unit)]
      evidence["lastGood"] = damage.lastGood.map { .text($0.path) }
      findings.report(
        damage.entry.map { .entry($0.path) } ?? .archive, "\(damage)",
        have: damage.have.map { .unsigned($0) }, need: damage.need.map { .unsigned($0) },
        evidence: evidence)
    }
  }

  private static let endMarker = Rule(
    id: "archive.end-marker", stage: .container,
    title: "The tar ends with its two blocks of zeros",
    why: """
      Go's tar reader accepts an archive without end marker, so a tar that was cut between two \
      entries restores without what came after. A partial block, or a second block that is not \
      zero, is refused.
      """,
    remedy: .repack(
      "export or copy the archive again; `repack` writes a proper end if nothing is missing"),
    examples: [
      .fires("none", .minimal.with { $0.tail = Tail(bytes: 0, markerIsZero: true) }),
      .fires("part of a block", .minimal.with { $0.tail = Tail(bytes: 100, markerIsZero: true) }),
      .fires(
        "second block not zero", .minimal.with { $0.tail = Tail(bytes: 1024, markerIsZero: false) }
      ),
      .fires("one block", .minimal.with { $0.tail = Tail(bytes: 512, markerIsZero: true) }),
      .silent("both", .minimal),
    ]
  ) { subject, findings in
    guard let tail = subject.checkpoint.tail else { return }
    let last = subject.checkpoint.entries.last.map { "last entry \($0.entry.name)" } ?? "no entry"
    let have = Evidence.number(min(tail.bytes, 1024))
    if tail.bytes == 0 {
      findings.report(
        .archive,
        "the tar has no end marker, so it cannot be told from one that was cut after its \(last)",
        have: have, need: 1024, consequence: .silentLoss)
    } else if !tail.markerIsZero || tail.bytes % 512 != 0 && tail.bytes < 1024 {
      findings.report(
        .archive,
        "the end marker is damaged: \(min(tail.bytes, 1024)) of 1024 bytes\(tail.markerIsZero ? "" : ", not all zero") after the \(last)",
        have: have, need: 1024)
    } else if tail.bytes < 1024 {
      findings.report(
        .archive,
        "the tar ends with one block of zeros instead of two after its \(last); nothing is lost",
        have: have, need: 1024, severity: .warning, consequence: Consequence.none)
    }
  }

  private static let trailingBytes = Rule(
    id: "archive.trailing-bytes", severity: .warning, consequence: .none, stage: .container,
    title: "Nothing follows the end of the tar",
    why: "Engines stop at the end marker and ignore what follows; a second archive there is lost.",
    remedy: .repack("`repack` writes the archive without them"),
    examples: [
      .fires(
        "junk", .minimal.with { $0.tail = Tail(bytes: 2048, markerIsZero: true, junk: 777) }),
      .silent("more zeros", .minimal.with { $0.tail = Tail(bytes: 10240, markerIsZero: true) }),
    ]
  ) { subject, findings in
    guard let tail = subject.checkpoint.tail, tail.junk > 0, tail.markerIsZero else { return }
    findings.report(
      .archive, "\(tail.junk) bytes follow the end marker of the tar", have: .number(tail.junk),
      need: 0)
  }

  private static let trailingStream = Rule(
    id: "archive.trailing-stream-bytes", severity: .warning, consequence: .none,
    stage: .container, title: "Nothing follows the compressed stream, and its end is whole",
    why: """
      Every engine ignores bytes after a gzip stream. After a zstd frame Podman 6 refuses them, \
      as it does a stream that is cut in its checksum.
      """,
    remedy: .repack("`repack` writes the same entries as a clean stream"),
    examples: [
      .fires(
        "bytes after gzip",
        .minimal.with { $0.tail = Tail(bytes: 1024, markerIsZero: true, streamJunk: 9) }),
      .fires(
        "checksum cut off",
        .minimal.with {
          $0.tail = Tail(
            bytes: 1024, markerIsZero: true,
            streamDamage: Damage(.truncated, detail: "zstd: Truncated input"))
        }),
      .silent("clean", .minimal),
    ]
  ) { subject, findings in
    guard let tail = subject.checkpoint.tail else { return }
    if let damage = tail.streamDamage {
      findings.report(
        .archive, "after the end of the tar: \(damage)", have: damage.have.map { .unsigned($0) },
        need: damage.need.map { .unsigned($0) }, severity: .error, consequence: .refused)
    } else if tail.streamJunk > 0 {
      findings.report(
        .archive, "\(tail.streamJunk) bytes follow the end of the compressed stream",
        have: .unsigned(tail.streamJunk), need: 0)
    }
  }

  private static let extensionLies = Rule(
    id: "archive.extension-lies", severity: .note, consequence: .none, stage: .container,
    title: "The file name promises the compression that the file has",
    why: "Engines look at the content, so it restores; people and scripts go by the name.",
    remedy: .manual("rename the file"),
    examples: [
      .fires("zstd named .tar", .minimal.with { $0.compression = .zstd }),
      .silent("plain named .tar", .minimal),
    ]
  ) { subject, findings in
    let source = subject.checkpoint.source
    guard source.form == .tar, let promised = Compression.promised(byName: source.path),
      promised != source.compression
    else { return }
    findings.report(
      .archive,
      "the name promises compression \(promised.rawValue), the content is \(source.compression.rawValue)",
      have: .text(source.compression.rawValue), need: .text(promised.rawValue))
  }
}
