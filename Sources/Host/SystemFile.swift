import Glibc

/// Why the system did not give what it was asked for.
struct SystemError: Error, Hashable {
  var subject: String
  var code: Int32

  init(_ subject: String, _ code: Int32) {
    self.subject = subject
    self.code = code
  }

  /// Whether there is no such thing, which is a fact like any other.
  var isAbsence: Bool { code == ENOENT || code == ENOTDIR }

  var reason: String { "\(subject): \(String(cString: strerror(code)))" }
}

/// Small files that the kernel or an engine writes.
enum SystemFile {
  /// No file that is read here comes near.
  private static let limit = 64 << 20
  private static let step = 1 << 16

  static func text(_ path: String) throws(SystemError) -> String {
    String(decoding: try bytes(path), as: UTF8.self)
  }

  static func bytes(_ path: String) throws(SystemError) -> [UInt8] {
    // Without blocking, lest somebody put a pipe there.
    let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw SystemError(path, errno) }
    defer { close(file) }
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: step)
    while true {
      let count = read(file, &buffer, step)
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { throw SystemError(path, errno) }
      if count == 0 { return result }
      result += buffer[..<count]
      if result.count > limit { throw SystemError(path, EFBIG) }
    }
  }
}
