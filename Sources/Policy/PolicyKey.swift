import Archive
import Checkpoint
import Verify

/// A key of the policy file. `docs/policy.schema.json` says the same, and a test holds it to that.
struct PolicyKey: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    /// Text that is not empty.
    case text
    case choice([String])
    /// A whole number above 0, or one with a unit.
    case amount
    /// `YYYY-MM-DD`.
    case day
    case rule
    case rules
    /// A mapping of rules to one of these.
    case ruleChoices([String])
    case mapping([PolicyKey])
    case list([PolicyKey])
  }

  let name: String
  let kind: Kind
  var isRequired = false

  /// The keys of the file.
  static let all = [
    PolicyKey(name: "fail-on", kind: .choice(Severity.allCases.map(\.rawValue))),
    PolicyKey(name: "engine", kind: .choice(Engine.allCases.map(\.rawValue))),
    PolicyKey(name: "runtime", kind: .choice(Runtime.allCases.map(\.rawValue))),
    PolicyKey(
      name: "limits",
      kind: .mapping(Limits.names.map { PolicyKey(name: $0.name, kind: .amount) })),
    PolicyKey(name: "severity", kind: .ruleChoices(Policy.Level.allCases.map(\.rawValue))),
    PolicyKey(
      name: "ignore",
      kind: .list([
        PolicyKey(name: "rule", kind: .rule, isRequired: true),
        PolicyKey(name: "entry", kind: .text),
        PolicyKey(name: "path", kind: .text),
        PolicyKey(name: "reason", kind: .text, isRequired: true),
        PolicyKey(name: "until", kind: .day),
      ])),
    PolicyKey(
      name: "expect",
      kind: .list([
        PolicyKey(name: "path", kind: .text, isRequired: true),
        PolicyKey(
          name: "verdict", kind: .choice(Verdict.allCases.map(\.rawValue)), isRequired: true),
        PolicyKey(name: "rules", kind: .rules),
      ])),
  ]
}
