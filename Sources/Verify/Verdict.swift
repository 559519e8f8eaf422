/// The answer to one question: will a restore of this give the container back?
public enum Verdict: String, Sendable, Hashable, Codable, CaseIterable {
  case restorable
  /// The restore will report success, and state is lost or wrong.
  case restorableWithLoss = "restorable-with-loss"
  /// The engine, the runtime or CRIU will refuse, crash or hang.
  case notRestorable = "not-restorable"
  /// Hostile content, or a limit exceeded: not to be handed to an engine.
  case unsafe
  /// Not a checkpoint, or not readable far enough to judge.
  case unreadable

  /// The verdict that errors lead to; warnings and notes never change it.
  public init(_ findings: some Sequence<Finding>) {
    var verdict = Verdict.restorable
    for finding in findings where finding.severity == .error {
      let own: Verdict =
        switch finding.consequence {
        case .security: .unsafe
        case .unreadable: .unreadable
        case .refused, .crash, .hang: .notRestorable
        case .silentLoss, .none: .restorableWithLoss
        }
      if own.rank > verdict.rank { verdict = own }
    }
    self = verdict
  }

  /// Worse verdicts win; hostile content outranks everything, since it must never be tried.
  private var rank: Int {
    switch self {
    case .restorable: 0
    case .restorableWithLoss: 1
    case .notRestorable: 2
    case .unreadable: 3
    case .unsafe: 4
    }
  }
}

extension Report {
  /// The verdict without what only a person can change about a host, a missing image, say: what an
  /// archive that is otherwise right should not be withheld for.
  public var archiveVerdict: Verdict {
    Verdict(
      findings.filter { finding in
        Rule.named(finding.rule)?.stage != .host
          || finding.remedies.contains { $0.kind != .manual }
      })
  }
}
