/// Where an OCI image lies, in the words of skopeo: `oci:DIR[:TAG]` for an image layout in a
/// folder, `oci-archive:FILE[:TAG]` for the same as a tar.
public struct ImageReference: Sendable, Hashable {
  public enum Form: String, Sendable, Hashable, CaseIterable {
    case layout = "oci"
    case archive = "oci-archive"
  }

  public var form: Form
  public var path: String
  /// The value of `org.opencontainers.image.ref.name`.
  public var tag: String?

  public init(form: Form, path: String, tag: String? = nil) {
    self.form = form
    self.path = path
    self.tag = tag
  }

  /// Reads `text`; nil if it does not begin like a reference. As in skopeo, the path ends at the
  /// first colon.
  public init?(_ text: String) {
    guard let colon = text.firstIndex(of: ":"), let form = Form(rawValue: String(text[..<colon]))
    else { return nil }
    let rest = text[text.index(after: colon)...]
    let end = rest.firstIndex(of: ":") ?? rest.endIndex
    self.form = form
    path = String(rest[..<end])
    tag = end < rest.endIndex ? String(rest[rest.index(after: end)...]) : nil
  }
}
