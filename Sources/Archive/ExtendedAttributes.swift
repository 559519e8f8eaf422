import CLinux
import Glibc
import SystemPackage

/// Extended attributes of an open file, as far as they can be read.
enum ExtendedAttributes {
  static func read(_ file: FileDescriptor) -> [Entry.Attribute] {
    guard let list = grow({ flistxattr(file.rawValue, $0, $1) }), !list.isEmpty else { return [] }
    return list.split(separator: 0).sorted { $0.lexicographicallyPrecedes($1) }.compactMap { name in
      let text = String(decoding: name, as: UTF8.self)
      guard let value = grow({ fgetxattr(file.rawValue, text, $0, $1) }) else { return nil }
      return Entry.Attribute(name: text, value: value)
    }
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

  /// Asks for the size, then for the bytes, again if they have grown meanwhile; nil when that
  /// fails.
  private static func grow(_ call: (UnsafeMutablePointer<CChar>?, Int) -> Int) -> [UInt8]? {
    for _ in 0..<8 {
      let size = call(nil, 0)
      if size <= 0 { return size < 0 ? nil : [] }
      var bytes = [UInt8](repeating: 0, count: size)
      let got = bytes.withUnsafeMutableBytes {
        call($0.baseAddress?.assumingMemoryBound(to: CChar.self), $0.count)
      }
      if got >= 0 { return Array(bytes.prefix(got)) }
      if errno != ERANGE { return nil }
    }
    return nil
  }
}
