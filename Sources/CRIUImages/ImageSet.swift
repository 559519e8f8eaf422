/// The images of one dump, by name.
public struct ImageSet: Sendable {
  private var images: [ImageType: [UInt64: DecodedImage]] = [:]

  public init() {}

  public init(_ images: some Sequence<DecodedImage>) {
    for image in images { self[image.name] = image }
  }

  public var isEmpty: Bool { images.values.allSatisfy(\.isEmpty) }

  /// The image of a name.
  public subscript(name: ImageName) -> DecodedImage? {
    get { images[name.type]?[name.id] }
    set { images[name.type, default: [:]][name.id] = newValue }
  }

  /// The image of a type and number.
  public subscript(type: ImageType, id: UInt64 = 0) -> DecodedImage? {
    self[ImageName(type, id)]
  }

  /// The numbers in the names of the images of a type, in ascending order.
  public func ids(of type: ImageType) -> [UInt64] {
    images[type].map { $0.keys.sorted() } ?? []
  }

  /// The images of a type, in ascending order of their numbers.
  public func all(_ type: ImageType) -> [DecodedImage] {
    ids(of: type).compactMap { images[type]?[$0] }
  }

  /// All names, by type and number.
  public var names: [ImageName] {
    images.flatMap { type, images in images.keys.map { ImageName(type, $0) } }.sorted()
  }
}
