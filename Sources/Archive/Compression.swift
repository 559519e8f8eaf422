/// The compressions that Podman and CRI-O recognise on import, by content (archive contract, §3).
public enum Compression: String, Sendable, Hashable, CaseIterable {
  case none
  case gzip
  case zstd
  case bzip2
  case xz

  /// The magic numbers of the contract, §3.
  var magic: [UInt8] {
    switch self {
    case .none: []
    case .gzip: [0x1F, 0x8B, 0x08]
    case .zstd: [0x28, 0xB5, 0x2F, 0xFD]
    case .bzip2: [0x42, 0x5A, 0x68]
    case .xz: [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00]
    }
  }

  /// What `bytes`, the start of a file, are compressed with. Everything unknown is `none`: the
  /// engines, too, then take it for a plain tar.
  static func recognise(_ bytes: some Collection<UInt8>) -> Compression {
    allCases.first { $0 != .none && bytes.starts(with: $0.magic) } ?? .none
  }

  /// The file name endings that promise this compression.
  public static func promised(byName name: String) -> Compression? {
    let endings: [(String, Compression)] = [
      (".tar", .none), (".tar.gz", .gzip), (".tgz", .gzip), (".tar.zst", .zstd),
      (".tar.bz2", .bzip2), (".tar.xz", .xz),
    ]
    return endings.first { name.hasSuffix($0.0) }?.1
  }

  /// The levels that `--level` can ask for; nil where there is nothing to choose.
  public var levels: ClosedRange<Int>? {
    switch self {
    case .none: nil
    case .gzip: 1...12
    case .zstd: 1...19
    case .bzip2: 1...9
    case .xz: 0...9
    }
  }

  /// What the compression's own tool takes.
  public var defaultLevel: Int {
    switch self {
    case .none: 0
    case .gzip, .xz: 6
    case .zstd: 3
    case .bzip2: 9
    }
  }

  /// How its parts are compressed, where we do it.
  var codec: PartCodec? {
    switch self {
    case .none, .bzip2, .xz: nil
    case .gzip: .gzip
    case .zstd: .zstd
    }
  }

  /// The stages that write a tar with this compression to `next`.
  func tarSink(to next: any ByteSink, path: String, level: Int?, threads: Int)
    throws(ArchiveError) -> TarSink
  {
    try TarSink(
      stage(to: next, path: path, level: level, threads: threads), path: path,
      filter: codec == nil ? self : .none, level: level ?? defaultLevel)
  }

  /// What compresses bytes on their way to `next`; `next` itself where libarchive does, or nobody.
  func stage(to next: any ByteSink, path: String, level: Int?, threads: Int)
    throws(ArchiveError) -> any ByteSink
  {
    if let level, levels?.contains(level) == false {
      throw .cannotWrite(path: path, reason: "\(rawValue) has no level \(level)")
    }
    let level = level ?? defaultLevel
    guard let codec else { return next }
    return try CompressingSink(next, path: path, codec, level: level, threads: threads)
  }
}
