extension Limits {
  /// A limit as options and policies name it.
  public struct Name: Sendable {
    public let name: String
    fileprivate let path: any WritableKeyPath<Limits, Int> & Sendable

    /// What holds if nothing else is said.
    public var normal: Int { Limits()[keyPath: path] }
  }

  public static let names = [
    Name(name: "entries", path: \.entries),
    Name(name: "depth", path: \.depth),
    Name(name: "holes", path: \.holes),
    Name(name: "document-bytes", path: \.documentBytes),
    Name(name: "document-depth", path: \.documentDepth),
    Name(name: "record-bytes", path: \.recordBytes),
    Name(name: "kept-bytes", path: \.keptBytes),
    Name(name: "window-bytes", path: \.windowBytes),
  ]

  /// Sets the limit of this name; false if there is none.
  public mutating func set(_ name: String, to value: Int) -> Bool {
    guard let limit = Self.names.first(where: { $0.name == name }) else { return false }
    self[keyPath: limit.path] = value
    return true
  }

  private static let units: [Character: Int] = ["K": 10, "M": 20, "G": 30, "T": 40]

  /// A whole number above 0, or one with a K, M, G or T of 1024, 1024² and so on.
  public static func amount(_ text: String) -> Int? {
    let shift = text.last.flatMap { units[$0] }
    guard let number = Int(shift == nil ? text[...] : text.dropLast()), number > 0 else {
      return nil
    }
    let (amount, overflow) = number.multipliedReportingOverflow(by: 1 << (shift ?? 0))
    return overflow ? nil : amount
  }

  /// `value` as `amount` reads it, as short as it can be written.
  public static func text(_ value: Int) -> String {
    let unit = units.sorted { $0.value > $1.value }.first { value % (1 << $0.value) == 0 }
    return unit.map { "\(value >> $0.value)\($0.key)" } ?? "\(value)"
  }
}
