/// Which paths exist, without a claim about those that nobody looked at.
public struct PathListing: Sendable, Hashable, Codable {
  public enum Kind: String, Sendable, Hashable, Codable {
    case file
    case folder
    /// A device, a link, a socket.
    case other
  }

  /// Every path that was found.
  public private(set) var found: [String: Kind]
  /// Folders all of whose children are in `found`.
  public private(set) var listed: Set<String>
  /// Paths that were looked for one by one and are not there.
  public private(set) var absent: Set<String>

  public init(
    found: [String: Kind] = [:], listed: Set<String> = [], absent: Set<String> = []
  ) {
    self.found = found
    self.listed = listed
    self.absent = absent
  }

  public enum Presence: Sendable, Hashable {
    case present(Kind)
    case absent
    /// Nobody looked.
    case unknown
  }

  /// What is at an absolute path.
  public subscript(path: String) -> Presence {
    if let kind = found[path] { return .present(kind) }
    // No system call takes a longer one (PATH_MAX).
    guard path.utf8.count < 4096 else { return .unknown }
    // What lies below something that is not there, or not a folder, is not there either. However
    // deep the path is: it comes from an archive.
    var rest = path[...]
    while rest != "/", let slash = rest.lastIndex(of: "/") {
      if absent.contains(String(rest)) { return .absent }
      let parent = slash == rest.startIndex ? "/" : rest[..<slash]
      switch found[String(parent)] {
      case .file: return .absent
      case .folder, .other, nil: break
      }
      if listed.contains(String(parent)), found[String(rest)] == nil { return .absent }
      if found[String(parent)] != nil { return .unknown }
      rest = parent
    }
    return .unknown
  }

  public mutating func add(_ path: String, _ kind: Kind?) {
    if let kind { found[path] = kind } else { absent.insert(path) }
  }

  public mutating func addListing(of folder: String, _ children: [(String, Kind)]) {
    listed.insert(folder)
    let prefix = folder == "/" ? "/" : folder + "/"
    for (name, kind) in children { found[prefix + name] = kind }
  }

  private enum CodingKeys: String, CodingKey { case found, listed, absent }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    found = try container.decode([String: Kind].self, forKey: .found)
    listed = Set(try container.decode([String].self, forKey: .listed))
    absent = Set(try container.decode([String].self, forKey: .absent))
  }

  /// In order, so that one host always gives one document.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(found, forKey: .found)
    try container.encode(listed.sorted(), forKey: .listed)
    try container.encode(absent.sorted(), forKey: .absent)
  }
}
