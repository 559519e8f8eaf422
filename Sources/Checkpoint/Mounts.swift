public import CRIUImages

extension MntEntry {
  /// Where it is mounted, as an absolute path. Older CRIU writes `./proc` for `/proc`.
  public var mountpointPath: String {
    let text = mountpointText
    if text.hasPrefix("/") { return text }
    return text == "." ? "/" : "/" + (text.hasPrefix("./") ? text.dropFirst(2) : text[...])
  }

  /// Whether the engine provides the mount at restore.
  public var isExternal: Bool { extKeyText?.isEmpty == false || extMount || withPlugin }
}
