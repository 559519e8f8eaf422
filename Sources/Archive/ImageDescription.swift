/// What an OCI image says of itself beside its layer.
public struct ImageDescription: Sendable, Hashable {
  /// The processor in Go's words: `amd64`, `arm64`, ….
  public var architecture: String
  /// Annotations of the manifest.
  public var annotations: [String: String]
  /// Annotations of an index of its own around the manifest; nil for none. containerd looks for
  /// its key there (archive contract, §1f).
  public var indexAnnotations: [String: String]?

  public init(
    architecture: String, annotations: [String: String], indexAnnotations: [String: String]? = nil
  ) {
    self.architecture = architecture
    self.annotations = annotations
    self.indexAnnotations = indexAnnotations
  }
}
