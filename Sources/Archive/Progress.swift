import Synchronization

/// How far the program has come with what it reads, for those who wait: counters and nothing else.
public struct Progress: Sendable, Hashable {
  /// What the bytes are read for.
  public enum Stage: String, Sendable {
    case reading
    /// An output is written from what is read.
    case writing
    /// What is read is the output, before it is published.
    case checking
  }

  public private(set) var stage = Stage.reading
  /// Stored bytes read or passed over since the program started.
  public private(set) var bytes: Int64
  /// Among them, those of the files that are open, and of those that were open together with them.
  public private(set) var passBytes: Int64
  /// The length of these files; 0 where nothing is known before the end, as for a pipe.
  public private(set) var passLength: Int64
  private var openFiles = 0

  private static let shared = Mutex(Progress())

  public init(bytes: Int64 = 0, passBytes: Int64 = 0, passLength: Int64 = 0) {
    self.bytes = bytes
    self.passBytes = passBytes
    self.passLength = passLength
  }

  /// As it is now.
  public static var now: Progress { shared.withLock { $0 } }

  public static func enter(_ stage: Stage) { shared.withLock { $0.stage = stage } }

  /// A file is opened to be read from its start. When no other is open, a new pass begins.
  static func open(length: Int64) {
    shared.withLock { progress in
      if progress.openFiles == 0 { (progress.passBytes, progress.passLength) = (0, 0) }
      progress.openFiles += 1
      progress.passLength += length
    }
  }

  /// A file is closed; `rest` of it was not read.
  static func close(rest: Int64) {
    shared.withLock { progress in
      progress.openFiles -= 1
      progress.passLength -= rest
    }
  }

  static func advance(_ count: Int64) {
    shared.withLock { progress in
      progress.bytes += count
      progress.passBytes += count
    }
  }
}
