/// What a repair would do, step by step, before anything is written.
public struct Plan: Sendable, Codable {
  /// How much a step gives up.
  public enum Risk: String, Sendable, Codable {
    /// No information or protection is lost or invented.
    case safe
    /// State is given up; the step says which.
    case lossy
    /// Protection is given up; the step says which.
    case unsafe
  }

  public struct Step: Sendable, Codable {
    public var action: Action
    /// The rules whose findings cause the step.
    public var rules: [String]
    public var risk: Risk
    /// Why the step is right, in one sentence.
    public var reason: String
    /// What must be allowed for it to run.
    public var needs: Permission?

    public init(
      _ action: Action, rules: [String] = [], risk: Risk = .safe, needs: Permission? = nil,
      because reason: String
    ) {
      self.action = action
      self.rules = rules
      self.risk = risk
      self.reason = reason
      self.needs = needs
    }
  }

  /// A finding that no step mends.
  public struct Unresolved: Sendable, Codable {
    public var rule: String
    public var location: String
    public var message: String
    public var remedy: String
  }

  public var steps: [Step]
  public var unresolved: [Unresolved]

  public init(steps: [Step] = [], unresolved: [Unresolved] = []) {
    self.steps = steps
    self.unresolved = unresolved
  }

  /// The permissions that steps need and that were not given.
  public func missingPermissions(given: Set<Permission>) -> Set<Permission> {
    Set(steps.compactMap(\.needs)).subtracting(given)
  }
}

/// One change to the entries of a checkpoint. Entries are named by their cleaned path.
public enum Action: Sendable, Hashable, Codable {
  /// Takes an entry of a donor, in place of the input's own if there is one.
  case take(path: String, donor: Int, donorPath: String)
  /// Writes an entry that was made from the rest of the checkpoint.
  case write(path: String, bytes: [UInt8])
  /// Leaves the entry out.
  case remove(path: String)
  /// Keeps the bytes under another name.
  case rename(path: String, to: String)
  /// Moves everything out of one leading folder.
  case unwrap(folder: String)
  /// Leaves out all but the last of several entries with one name.
  case keepLast(path: String)
  /// Keeps the entries that could be read whole; what follows is lost.
  case salvage(entries: Int)
  /// Writes the same entries anew: clean headers, stream and end marker.
  case rewrite
}

extension Action: CustomStringConvertible {
  public var description: String {
    switch self {
    case .take(let path, let donor, let donorPath):
      path == donorPath
        ? "take \(path) from donor \(donor + 1)"
        : "take \(path) from donor \(donor + 1), where it is called \(donorPath)"
    case .write(let path, let bytes): "write \(path) (\(bytes.count) bytes)"
    case .remove(let path): "remove \(path)"
    case .rename(let path, let to): "rename \(path) to \(to)"
    case .unwrap(let folder): "move everything out of \(folder)/"
    case .keepLast(let path): "keep only the last \(path)"
    case .salvage(let entries): "keep the \(entries) entries that are whole"
    case .rewrite: "write the archive anew with the same entries"
    }
  }
}
