/// The name of an image file: its type and the number in it.
public struct ImageName: Hashable, Sendable {
  public let type: ImageType
  /// The number in the file name; 0 for a type whose name has none.
  public let id: UInt64

  /// `id` is cut to what the name of the type can carry: 0, 32 or 64 bits.
  public init(_ type: ImageType, _ id: UInt64 = 0) {
    self.type = type
    self.id =
      switch type.layout.id {
      case .none: 0
      case .decimal, .hexadecimal: id & 0xffff_ffff
      case .longDecimal: id
      }
  }

  /// The image that CRIU would open by this name within the images directory, if any.
  ///
  /// A number must be written as printf does: no sign, no leading zero, and no more bits than the
  /// type has, or CRIU never makes up that name.
  public init?(fileName: some Collection<UInt8>) {
    guard let text = String(validating: fileName, as: UTF8.self) else { return nil }
    self.init(fileName: text)
  }

  /// The image that CRIU would open by this name within the images directory, if any.
  public init?(fileName: String) {
    if let type = Self.fixedNames[fileName] {
      self.init(type)
      return
    }
    // Everything up to the last hyphen is the prefix, for a number has none.
    guard let hyphen = fileName.lastIndex(of: "-") else { return nil }
    let tail = fileName[fileName.index(after: hyphen)...]
    let digits = tail.prefix { $0 != "." }
    let key = fileName[...hyphen] + "%" + tail[digits.endIndex...]
    guard
      let type = Self.numberedNames[String(key)],
      let id = Self.number(digits, type.layout.id)
    else { return nil }
    self.init(type, id)
  }

  /// The file name within the images directory.
  public var fileName: String {
    let layout = type.layout
    let number =
      switch layout.id {
      case .none: ""
      case .decimal, .longDecimal: String(id)
      case .hexadecimal: String(id, radix: 16)
      }
    return layout.prefix + number + layout.suffix
  }

  private static let fixedNames = [String: ImageType](
    ImageType.allCases.lazy.filter { $0.layout.id == .none }.map {
      ($0.layout.prefix + $0.layout.suffix, $0)
    }
  ) { first, _ in first }

  private static let numberedNames = [String: ImageType](
    ImageType.allCases.lazy.filter { $0.layout.id != .none }.map {
      ($0.layout.prefix + "%" + $0.layout.suffix, $0)
    }
  ) { first, _ in first }

  private static func number(_ digits: Substring, _ format: ImageLayout.IDFormat) -> UInt64? {
    let isHexadecimal = format == .hexadecimal
    let isWellFormed = digits.utf8.allSatisfy { digit in
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      case UInt8(ascii: "a")...UInt8(ascii: "f"): isHexadecimal
      default: false
      }
    }
    guard
      isWellFormed, digits == "0" || !digits.hasPrefix("0"),
      let value = UInt64(digits, radix: isHexadecimal ? 16 : 10),
      format == .longDecimal || value <= UInt32.max
    else { return nil }
    return value
  }
}

extension ImageName: Comparable {
  /// By type, then by number.
  public static func < (left: Self, right: Self) -> Bool {
    (left.type.rawValue, left.id) < (right.type.rawValue, right.id)
  }
}

extension ImageName: CustomStringConvertible {
  public var description: String { fileName }
}
