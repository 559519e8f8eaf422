import SystemPackage

/// Small files that are read or written as a whole.
public enum WholeFile {
  /// The bytes of a file, a pipe, or standard input (`-`); more than `limit` bytes are refused.
  public static func read(_ path: String, limit: Int = 64 << 20) throws(ArchiveError) -> [UInt8] {
    let source: FileSource
    if path == "-" {
      source = try FileSource(.standardInput, path: "(standard input)", owned: false)
    } else {
      source = try FileSource(.openToRead(path), path: path, owned: true)
    }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try buffer.read(upTo: buffer.count, from: source)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      if bytes.count > limit {
        throw .notAnArchive(path: path, reason: "it is larger than \(limit) bytes")
      }
    }
  }

  /// Writes a new file, readable by its owner alone, that is complete or absent. Where there is
  /// something already, it is refused.
  public static func write(_ bytes: [UInt8], to path: String) throws(ArchiveError) {
    let file = try NewFile(path)
    try file.write(bytes)
    try file.publish()
  }
}
