import CLibArchive
import Glibc

/// Turns libarchive's entry into ours.
enum EntryDecoder {
  static func decode(_ raw: OpaquePointer, format: Int32) -> Entry {
    var entry = Entry(name: name(raw), kind: kind(raw))
    if entry.kind == .file { entry.size = archive_entry_size(raw) }
    entry.mode = UInt32(archive_entry_perm(raw)) & 0o7777
    entry.owner = archive_entry_uid(raw)
    entry.group = archive_entry_gid(raw)
    entry.ownerName = text(archive_entry_uname(raw))
    entry.groupName = text(archive_entry_gname(raw))
    entry.modified = Entry.Time(
      seconds: Int64(archive_entry_mtime(raw)), nanoseconds: archive_entry_mtime_nsec(raw))
    if archive_entry_xattr_count(raw) > 0 { entry.attributes = attributes(raw) }
    if archive_entry_sparse_count(raw) > 0 {
      entry.sparse = format == ARCHIVE_FORMAT_TAR_GNUTAR ? .gnu : .pax
    }
    return entry
  }

  private static func name(_ raw: OpaquePointer) -> EntryName {
    EntryName(bytes(archive_entry_pathname(raw) ?? archive_entry_pathname_utf8(raw)))
  }

  private static func kind(_ raw: OpaquePointer) -> Entry.Kind {
    if let target = archive_entry_hardlink(raw) ?? archive_entry_hardlink_utf8(raw) {
      return .hardlink(target: bytes(target))
    }
    switch archive_entry_filetype(raw) {
    case Glibc.S_IFREG: return .file
    case Glibc.S_IFDIR: return .directory
    case Glibc.S_IFLNK:
      return .symlink(target: bytes(archive_entry_symlink(raw) ?? archive_entry_symlink_utf8(raw)))
    case Glibc.S_IFIFO: return .fifo
    case Glibc.S_IFCHR: return .characterDevice
    case Glibc.S_IFBLK: return .blockDevice
    case Glibc.S_IFSOCK: return .socket
    default: return .other
    }
  }

  private static func attributes(_ raw: OpaquePointer) -> [Entry.Attribute] {
    var result: [Entry.Attribute] = []
    archive_entry_xattr_reset(raw)
    var name: UnsafePointer<CChar>?
    var value: UnsafeRawPointer?
    var size = 0
    while archive_entry_xattr_next(raw, &name, &value, &size) == ARCHIVE_OK {
      guard let name else { continue }
      result.append(
        Entry.Attribute(
          name: String(cString: name),
          value: Array(UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : size))))
    }
    return result
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
