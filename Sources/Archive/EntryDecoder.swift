import CLibArchive
import Glibc

/// Turns libarchive's entry into ours.
enum EntryDecoder {
  static func hasName(_ raw: OpaquePointer) -> Bool { archive_entry_pathname(raw) != nil }

  /// The entry, and how many of its bytes are stored. `header` is what its body follows, where
  /// known.
  static func decode(_ raw: OpaquePointer, format: Int32, header: HeaderBlock?)
    throws(ArchiveError) -> (Entry, stored: Int64)
  {
    // Between a sparse entry's header and its body may lie the map.
    let header = header.flatMap { $0.storedChecksum == $0.checksum ? $0 : nil }
    let typeFlag = header?.typeFlag
    var entry = Entry(
      name: EntryName(bytes(archive_entry_pathname(raw))), kind: kind(raw, typeFlag: typeFlag))
    entry.mode = UInt32(archive_entry_perm(raw)) & 0o7777
    entry.owner = archive_entry_uid(raw)
    entry.group = archive_entry_gid(raw)
    entry.ownerName = text(archive_entry_uname(raw))
    entry.groupName = text(archive_entry_gname(raw))
    entry.modified = Entry.Time(
      fromLibArchive: Int64(archive_entry_mtime(raw)), archive_entry_mtime_nsec(raw))
    if archive_entry_xattr_count(raw) > 0 { entry.attributes = attributes(raw) }

    let size = archive_entry_size(raw)
    if size < 0 {
      throw .damaged(
        Damage(.badSize, entry: entry.name, detail: "the size is negative: \(size)"))
    }
    guard entry.kind == .file || entry.kind == .other else {
      // libarchive reads a body here or not, by rules that are not Go's.
      if size > 0 {
        throw .damaged(
          Damage(
            .badSize, entry: entry.name, have: UInt64(size), need: 0,
            detail: "a \(entry.kind.noun) declares a body, so readers disagree on what follows"))
      }
      return (entry, 0)
    }
    entry.size = size
    var stored = size
    if archive_entry_sparse_count(raw) > 0 {
      entry.sparse = format == ARCHIVE_FORMAT_TAR_GNUTAR ? .gnu : .pax
      stored = try mapped(raw, entry)
    } else if typeFlag == UInt8(ascii: "S") {
      // A map of one block, without a hole, is none to libarchive; engines go by the type.
      entry.sparse = .gnu
    }
    // libarchive obeys PAX records and maps that Go does not, and would look for the next entry
    // elsewhere. Only sizes that octal digits cannot say may differ from the header's.
    if let size = header?.octalSize, size != stored, stored < 1 << 33 {
      throw .damaged(
        Damage(
          .badSize, entry: entry.name, have: size, need: UInt64(stored),
          detail: "the header disagrees on the size with what belongs to it"))
    }
    return (entry, stored)
  }

  private static func kind(_ raw: OpaquePointer, typeFlag: UInt8?) -> Entry.Kind {
    if typeFlag == UInt8(ascii: "1") || archive_entry_hardlink(raw) != nil {
      return .hardlink(target: bytes(archive_entry_hardlink(raw)))
    }
    switch archive_entry_filetype(raw) {
    case Glibc.S_IFREG:
      // To libarchive, types that it does not know are regular files; engines refuse them.
      let isKnown = typeFlag.map { [0, UInt8(ascii: "0"), UInt8(ascii: "S")].contains($0) }
      return isKnown == false ? .other : .file
    case Glibc.S_IFDIR:
      // Old GNU's folder with the names in it (`D`) is one to libarchive; engines refuse the type.
      let isKnown = typeFlag.map { [0, UInt8(ascii: "0"), UInt8(ascii: "5")].contains($0) }
      return isKnown == false ? .other : .directory
    case Glibc.S_IFLNK: return .symlink(target: bytes(archive_entry_symlink(raw)))
    case Glibc.S_IFIFO: return .fifo
    case Glibc.S_IFCHR: return .characterDevice
    case Glibc.S_IFBLK: return .blockDevice
    case Glibc.S_IFSOCK: return .socket
    default: return .other
    }
  }

  /// The sum of a sparse map's blocks.
  private static func mapped(_ raw: OpaquePointer, _ entry: Entry) throws(ArchiveError) -> Int64 {
    var sum: Int64 = 0
    var offset: Int64 = 0
    var length: Int64 = 0
    archive_entry_sparse_reset(raw)
    while archive_entry_sparse_next(raw, &offset, &length) == ARCHIVE_OK {
      let (next, overflow) = sum.addingReportingOverflow(length)
      guard !overflow, next <= entry.size else {
        throw .damaged(
          Damage(
            .badSize, entry: entry.name, have: overflow ? .max : UInt64(next),
            need: UInt64(entry.size), detail: "a sparse map exceeds the size"))
      }
      sum = next
    }
    return sum
  }

  /// By name, and each once: libarchive's own writer stores every attribute in two forms.
  private static func attributes(_ raw: OpaquePointer) -> [Entry.Attribute] {
    var found: [Entry.Attribute] = []
    archive_entry_xattr_reset(raw)
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK {
      guard let name else { continue }
      found.append(
        Entry.Attribute(
          name: String(cString: name),
          value: Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))))
    }
    // libarchive lists the last first, and the last one counts.
    var last: [[UInt8]: Entry.Attribute] = [:]
    for attribute in found.reversed() { last[Array(attribute.name.utf8)] = attribute }
    return last.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
  }

  private static func bytes(_ pointer: UnsafePointer<CChar>?) -> [UInt8] {
    guard let pointer else { return [] }
    return Array(UnsafeRawBufferPointer(start: pointer, count: strlen(pointer)))
  }

  private static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
    guard let pointer, pointer.pointee != 0 else { return nil }
    return String(cString: pointer)
  }
}
