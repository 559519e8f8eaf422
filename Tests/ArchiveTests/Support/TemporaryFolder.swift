import Glibc
import SystemPackage
import Testing

@testable import Archive

/// A folder that is removed with all that is in it.
final class TemporaryFolder {
  let path: String

  init() throws {
    var template = Array("/tmp/ckptmend-test-XXXXXX".utf8CString)
    try #require(mkdtemp(&template) != nil)
    path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    guard let root = try? FileDescriptor.open("/", .readOnly) else { return }
    Leftovers.removeTree(Array(path.utf8.dropFirst()).asCString, in: root)
    try? root.close()
  }

  func callAsFunction(_ name: String) -> String { "\(path)/\(name)" }

  func makeFolder(_ name: String, mode: mode_t = 0o700) throws {
    try #require(mkdir(self(name), mode) == 0)
  }

  func makeFile(_ name: String, _ bytes: [UInt8] = [], mode: mode_t = 0o600) throws {
    let file = open(self(name), O_WRONLY | O_CREAT | O_EXCL, mode)
    try #require(file >= 0)
    defer { close(file) }
    try #require(write(file, bytes, bytes.count) == bytes.count)
  }

  func contents(_ name: String) throws -> [UInt8] {
    let file = open(self(name), O_RDONLY)
    try #require(file >= 0)
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: Int(try status(name).st_size))
    try #require(Glibc.read(file, &bytes, bytes.count) == bytes.count)
    return bytes
  }

  func status(_ name: String) throws -> stat {
    var status = stat()
    try #require(lstat(self(name), &status) == 0, "\(name)")
    return status
  }

  func exists(_ name: String) -> Bool {
    var status = stat()
    return lstat(self(name), &status) == 0
  }

  /// All names directly in the folder, hidden ones too.
  var names: [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var result: [String] = []
    while let item = readdir(stream) {
      let name = withUnsafePointer(to: &item.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != ".", name != ".." { result.append(name) }
    }
    return result.sorted()
  }
}
