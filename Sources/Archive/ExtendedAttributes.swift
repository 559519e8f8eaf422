import CLinux
import Glibc
import SystemPackage

/// Extended attributes of an open file, as far as this user may read them.
enum ExtendedAttributes {
  static func read(_ file: FileDescriptor) throws(Errno) -> [Entry.Attribute] {
    guard let list = try grow({ flistxattr(file.rawValue, $0, $1) }) else { return [] }
    var result: [Entry.Attribute] = []
    for name in list.split(separator: 0).sorted(by: { $0.lexicographicallyPrecedes($1) }) {
      let text = String(decoding: name, as: UTF8.self)
      if let value = try grow({ fgetxattr(file.rawValue, text, $0, $1) }) {
        result.append(Entry.Attribute(name: text, value: value))
      }
    }
    return result
  }

  static func write(_ attributes: [Entry.Attribute], to file: FileDescriptor) -> Errno? {
    for attribute in attributes {
      let status = attribute.value.withUnsafeBytes {
        fsetxattr(file.rawValue, attribute.name, $0.baseAddress, $0.count, 0)
      }
      if status != 0 { return Errno(rawValue: errno) }
    }
    return nil
  }

  /// Asks for the size, then for the bytes, again if they have grown meanwhile; nil where there is
  /// nothing that this user may see.
  private static func grow(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) throws(Errno)
    -> [UInt8]?
  {
    for _ in 0..<8 {
      let size = call(nil, 0)
      if size == 0 { return [] }
      var got = size
      var bytes = [UInt8](repeating: 0, count: max(0, size))
      if size > 0 {
        got = bytes.withUnsafeMutableBytes {
          call($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
        }
      }
      if got >= 0 { return Array(bytes.prefix(got)) }
      let cause = errno
      if [ENOTSUP, ENODATA, EPERM, EACCES].contains(cause) { return nil }
      if cause != ERANGE { throw Errno(rawValue: cause) }
    }
    throw Errno(rawValue: ERANGE)
  }
}
