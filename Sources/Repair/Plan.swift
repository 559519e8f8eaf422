/// What a repair would do, step by step, before anything is written.
public struct Plan: Sendable, Hashable, Codable {
  /// How much a step gives up.
  public enum Risk: String, Sendable, Codable {
    /// No information or protection is lost or invented.
    case safe
    /// State is given up; the step says which.
    case lossy
    /// Protection is given up; the step says which.
    case unsafe
  }

  public struct Step: Sendable, Hashable, Codable {
    public var action: Action
    /// The findings that the step answers.
    public var causes: [Cause]
    public var risk: Risk
    /// Why the step is right, in one sentence.
    public var reason: String
    /// The facts that the step rests on.
    public var evidence: [String]
    /// What must be allowed for it to run.
    public var needs: Permission?

    public init(
      _ action: Action, causes: [Cause] = [], risk: Risk = .safe, needs: Permission? = nil,
      because reason: String, evidence: [String] = []
    ) {
      self.action = action
      self.causes = causes
      self.risk = risk
      self.reason = reason
      self.evidence = evidence
      self.needs = needs
    }
  }

  /// A finding, by its rule and place.
  public struct Cause: Sendable, Hashable, Codable {
    public var rule: String
    public var location: String
  }

  /// A finding that no step mends.
  public struct Unresolved: Sendable, Hashable, Codable {
    public var rule: String
    public var location: String
    public var message: String
    /// What a person can do.
    public var remedy: String
    /// Why no step mends it, where that is a matter of principle.
    public var refusal: String?
  }

  public var steps: [Step]
  public var unresolved: [Unresolved]

  public init(steps: [Step] = [], unresolved: [Unresolved] = []) {
    self.steps = steps
    self.unresolved = unresolved
  }

  public var actions: [Action] { steps.map(\.action) }

  /// The permissions that steps need and that were not given.
  public func missingPermissions(given: Set<Permission>) -> Set<Permission> {
    Set(steps.compactMap(\.needs)).subtracting(given)
  }
}
