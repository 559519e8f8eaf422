import CLinux

/// The processors that this process may run on.
public enum Processors {
  /// As many threads as an output uses unasked: one reader does not feed more than 16.
  public static let usable = min(max(1, Int(ckptmend_usable_processors())), 16)
}
