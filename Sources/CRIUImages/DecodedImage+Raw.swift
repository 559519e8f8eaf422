extension DecodedImage {
  /// A raw image of which only the size is known: its bytes need not be read.
  public init(raw name: ImageName, size: UInt64) {
    self.init(name: name)
    self.size = size
  }

  /// Bytes that belong to no record and are not kept.
  public var payloadBytes: UInt64 {
    let payload = records.reduce(0) { $0 &+ $1.payload } &+ (ghost?.length ?? 0)
    return min(size, payload)
  }
}
