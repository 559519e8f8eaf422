public import CRIUImages

extension TtyInfoEntry {
  /// `TtyInfoEntry.type`
  public enum Kind: UInt32, Sendable, Hashable, CaseIterable {
    case pty = 1
    case console
    case virtual
    /// `/dev/tty`, whatever terminal that is.
    case current
    /// Handed in by the engine.
    case external
    case serial
  }

  /// nil for a kind that CRIU 4.2 does not know.
  public var kind: Kind? { Kind(rawValue: type) }

  /// Device numbers as stat(2) has them.
  public var device: (major: UInt32, minor: UInt32) {
    ((rdev >> 8) & 0xfff, (rdev & 0xff) | ((rdev >> 12) & 0xfff00))
  }

  /// Whether it is the end that keeps the terminal alive (`__tty_is_master` in criu/tty.c): a
  /// console, or `/dev/ptmx` of a pair.
  public var isMaster: Bool { kind == .pty ? device == (5, 2) : true }
}
