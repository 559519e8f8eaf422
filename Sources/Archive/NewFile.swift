import SystemPackage

/// A file, readable by its owner alone, that grows piece by piece and is complete or absent under
/// its name.
public final class NewFile {
  private let workplace: Workplace
  private let path: String

  /// Opens it beside its name. What is there already is refused, or gives way when the file is
  /// complete.
  public init(_ path: String, replacing: Bool = false) throws(ArchiveError) {
    self.path = path
    workplace = try Workplace(
      path: path, isFolder: false, allowingUnnamed: true, replacing: replacing)
  }

  public func write(_ bytes: some Sequence<UInt8>) throws(ArchiveError) {
    do {
      try workplace.descriptor.writeAll(bytes)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error as? Errno ?? .ioError)")
    }
  }

  /// Gives the file its name; without this call nothing is left.
  public func publish() throws(ArchiveError) { try workplace.publish() }
}
