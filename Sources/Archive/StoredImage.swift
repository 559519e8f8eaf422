/// What an OCI image says of itself, as it was read.
public struct StoredImage: Sendable, Hashable {
  /// Annotations of the manifest.
  public var annotations: [String: String]
  /// Annotations of the index between the layout's `index.json` and the manifest, if there is one.
  public var indexAnnotations: [String: String]?
  /// The tag, as `index.json` has it.
  public var tag: String?
  /// The processor in Go's words: `amd64`, `arm64`, ….
  public var architecture: String?
  public var layers: Int

  public init(
    annotations: [String: String], indexAnnotations: [String: String]? = nil, tag: String? = nil,
    architecture: String? = nil, layers: Int = 1
  ) {
    self.annotations = annotations
    self.indexAnnotations = indexAnnotations
    self.tag = tag
    self.architecture = architecture
    self.layers = layers
  }
}
