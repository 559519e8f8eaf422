import Glibc
public import SystemPackage

/// What an archive reader reads from.
protocol EntryBackend: AnyObject {
  func next() throws(ArchiveError) -> Entry?
  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer?
  func nextChunkOrHole() throws(ArchiveError) -> Chunk?
  var tail: Tail? { get }
  var headerStart: Int64? { get }
  /// The bytes of the current entry, if none was handed out and they are worth the kernel's while.
  var storedBytes: StoredBytes? { get }
}

extension EntryBackend {
  var headerStart: Int64? { nil }
  var storedBytes: StoredBytes? { nil }
  func nextChunkOrHole() throws(ArchiveError) -> Chunk? { try nextChunk().map(Chunk.bytes) }
}

/// A stretch of an entry's content.
public enum Chunk {
  /// Valid until the reader's next call.
  case bytes(UnsafeRawBufferPointer)
  /// So many zeros that are not stored, at the least one.
  case hole(Int64)
}

/// Reads the entries of an archive, of a folder that holds the same unpacked, or of an OCI image,
/// once and in order.
///
/// `next()` returns an entry, nil at the end of the archive and never for another reason, or
/// throws. The bytes of the current entry come from `nextChunk()`.
public struct ArchiveReader: ~Copyable {
  public enum Form: String, Sendable, Hashable {
    case tar
    case folder
    /// An OCI image layout in a folder, or as a tar.
    case image = "oci"
    case imageArchive = "oci-archive"
  }

  public let form: Form
  public let compression: Compression
  /// The size of the stored file in bytes, where it is known.
  public let storedSize: Int64?
  /// The permissions of the stored file, if it is one.
  public private(set) var mode: UInt32?
  /// What an OCI image says of itself.
  public let image: StoredImage?
  private var backend: any EntryBackend
  private let limits: Limits
  private let turn = Turn()
  private var count = 0
  private var lastName: EntryName?

  /// How much of a file tells its compression.
  static let magicSize = 6

  /// Opens a file, a pipe, a folder, or what an `ImageReference` names; `-` is standard input.
  public init(path: String, limits: Limits = Limits()) throws(ArchiveError) {
    let reference = ImageReference(path)
    let path = reference?.path ?? path
    if path == "-" {
      try self.init(.standardInput, path: "(standard input)", owned: false, limits: limits)
      return
    }
    let descriptor = try FileDescriptor.openToRead(path)
    try self.init(descriptor, path: path, owned: true, reference: reference, limits: limits)
  }

  /// Reads from an open file, and closes it at the end; for those who do not use `FileDescriptor`.
  public init(
    takingOver descriptor: Int32, path: String, limits: Limits = Limits()
  ) throws(ArchiveError) {
    try self.init(
      FileDescriptor(rawValue: descriptor), path: path, owned: true, limits: limits)
  }

  /// Reads from an open descriptor, from where it stands; closes it at the end if `owned`. With a
  /// `reference` it must be an image, the one of that tag.
  public init(
    _ descriptor: FileDescriptor, path: String, owned: Bool, reference: ImageReference? = nil,
    limits: Limits = Limits()
  ) throws(ArchiveError) {
    let noImage = ArchiveError.notAnArchive(
      path: path, reason: "it holds no OCI image: there is no oci-layout in it")
    var status = stat()
    guard fstat(descriptor.rawValue, &status) == 0 else {
      let cause = Errno(rawValue: errno)
      if owned { try? descriptor.close() }
      throw .cannotRead(path: path, cause)
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR:
      let own =
        owned
        ? descriptor
        : FileDescriptor(rawValue: fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0))
      guard own.rawValue >= 0 else { throw .cannotRead(path: path, Errno(rawValue: errno)) }
      if try FolderBlobs.isLayout(own, path: path) {
        let layout = try ImageLayout(FolderBlobs(own, path: path), path: path, tag: reference?.tag)
        try self.init(.image, layout, storedSize: nil, limits)
      } else {
        if reference != nil { throw noImage }
        self.init(.folder, try FolderBackend(own, path: path, limits: limits), limits)
      }
    case S_IFREG, S_IFIFO, S_IFSOCK:
      let source = try FileSource(descriptor, path: path, owned: owned)
      let file = try PeekedSource(source, count: ImageLayout.peekSize)
      if ImageLayout.mayStart(with: file.peeked),
        let blobs = try TarBlobs(source, path: path, limits: limits)
      {
        let layout = try ImageLayout(blobs, path: path, tag: reference?.tag)
        try self.init(.imageArchive, layout, storedSize: source.length, limits)
      } else {
        if reference != nil { throw noImage }
        try self.init(file, limits: limits)
      }
    default:
      if owned { try? descriptor.close() }
      throw .notAnArchive(path: path, reason: "it is neither a file, a pipe nor a folder")
    }
    if status.st_mode & S_IFMT == S_IFREG { mode = status.st_mode & 0o7777 }
  }

  /// Whether what `path` names can be read only once.
  public static func isStream(_ path: String) -> Bool {
    if path == "-" { return true }
    var status = stat()
    return stat(path, &status) == 0 && [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT)
  }

  /// Reads an archive in memory.
  public init(bytes: [UInt8], limits: Limits = Limits()) throws(ArchiveError) {
    try self.init(MemorySource(bytes), limits: limits)
  }

  /// Hands out entries that are in memory already, as a plain tar would.
  public init(entries: [(entry: Entry, bytes: [UInt8])], limits: Limits = Limits()) {
    self.init(.tar, ListBackend(entries), limits)
  }

  init(
    _ form: Form, _ backend: any EntryBackend, _ limits: Limits, compression: Compression = .none
  ) {
    self.form = form
    self.compression = compression
    storedSize = nil
    image = nil
    self.limits = limits
    self.backend = backend
  }

  private init(_ form: Form, _ layout: ImageLayout, storedSize: Int64?, _ limits: Limits)
    throws(ArchiveError)
  {
    let backend = try ImageBackend(layout, limits: limits)
    self.form = form
    compression = backend.compression
    self.storedSize = storedSize
    image = layout.image
    self.limits = limits
    self.backend = backend
  }

  init(_ source: any ByteSource, limits: Limits) throws(ArchiveError) {
    (compression, backend) = try Self.tar(in: source, limits)
    form = .tar
    storedSize = source.length
    image = nil
    self.limits = limits
  }

  /// Opens the tar that `source` holds, compressed or not.
  static func tar(in source: any ByteSource, _ limits: Limits) throws(ArchiveError)
    -> (Compression, TarBackend)
  {
    let peeked = try PeekedSource(source, count: magicSize)
    if peeked.peeked.isEmpty {
      throw .damaged(
        Damage(
          .notTar, have: 0, need: UInt64(HeaderBlock.size), detail: "the archive is empty"))
    }
    let compression = Compression.recognise(peeked.peeked)
    let tar = try TarBackend(try stage(of: peeked, compression, limits), limits: limits)
    try tar.open()
    return (compression, tar)
  }

  static func stage(
    of source: PeekedSource, _ compression: Compression, _ limits: Limits
  ) throws(ArchiveError) -> any ByteSource {
    switch compression {
    case .none: source
    case .gzip: try GzipSource(source)
    case .zstd: try ZstdSource(source, window: limits.windowBytes)
    case .bzip2: try Bzip2Source(source)
    case .xz: try XzSource(source, window: limits.windowBytes)
    }
  }

  /// The next entry, or nil at the end of the archive.
  public mutating func next() throws(ArchiveError) -> Entry? {
    turn.pass()
    guard let entry = try backend.next() else { return nil }
    count += 1
    if let damage = limits.excess(ofEntries: count, at: entry.name, after: lastName) {
      throw .damaged(damage)
    }
    lastName = entry.name
    return entry
  }

  /// The next bytes of the current entry, valid until the next call; nil after the last. Holes of
  /// a sparse entry come as zeros.
  public mutating func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    turn.pass()
    return try backend.nextChunk()
  }

  /// As `nextChunk()`, but a hole comes as its length: however much a sparse entry promises, this
  /// takes no longer than what it stores.
  public mutating func nextChunkOrHole() throws(ArchiveError) -> Chunk? {
    turn.pass()
    return try backend.nextChunkOrHole()
  }

  /// Where in the tar, decompressed, the current entry begins with its first header, or the end
  /// marker after the last; nil before the first entry, and where there is no tar.
  public var headerStart: Int64? { backend.headerStart }

  /// What follows the last entry; nil before the end, and for folders.
  public var tail: Tail? { backend.tail }

  var storedBytes: StoredBytes? { backend.storedBytes }

  mutating func replaceBackend(_ replacement: (any EntryBackend) -> any EntryBackend) {
    backend = replacement(backend)
  }

  /// Reads the current entry as an archive of its own. It must be used up before the outer reader
  /// goes on.
  public mutating func nested() throws(ArchiveError) -> ArchiveReader {
    try ArchiveReader(EntrySource(backend, turn), limits: limits)
  }

  /// Hands on the bytes of the current entry, decompressed if they are compressed; `take` must be
  /// done with a piece when it returns.
  public mutating func decompress(
    _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    let peeked = try PeekedSource(EntrySource(backend, turn), count: Self.magicSize)
    let stage = try Self.stage(of: peeked, Compression.recognise(peeked.peeked), limits)
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try buffer.read(upTo: buffer.count, from: stage)
      if count == 0 { return }
      // withUnsafeBytes rethrows untyped; carry the typed error out by hand.
      let result: Result<Void, ArchiveError> = buffer.withUnsafeBytes { bytes in
        do throws(ArchiveError) {
          return .success(try take(UnsafeRawBufferPointer(rebasing: bytes.prefix(count))))
        } catch {
          return .failure(error)
        }
      }
      try result.get()
    }
  }
}
