/// Fields taken as they come: nil or nothing if absent or of another type.
extension JSONValue {
  func text(_ name: String) -> String? { field(name)?.string }

  func flag(_ name: String) -> Bool { field(name)?.bool ?? false }

  func texts(_ name: String) -> [String] { field(name)?.elements.compactMap(\.string) ?? [] }

  func objects(_ name: String) -> [JSONValue] {
    field(name)?.elements.filter { $0.kind == .object } ?? []
  }

  func textMap(_ name: String) -> [String: String] {
    var map: [String: String] = [:]
    guard let members = field(name)?.members else { return map }
    for member in members { map[member.key] = member.value.string }
    return map
  }
}

/// A value and its pointer, handed down from the value above: to look the pointer up for each of a
/// million elements would take for ever.
struct Place {
  var value: JSONValue
  var pointer: String

  init(_ value: JSONValue) {
    self.init(value: value, pointer: value.pointer)
  }

  private init(value: JSONValue, pointer: String) {
    self.value = value
    self.pointer = pointer
  }

  func field(_ name: String) -> Place? {
    value.fieldMember(name).map { member in
      let step = JSONPointer(steps: [.name(member.utf8)])
      return Place(value: member.value, pointer: "\(pointer)\(step)")
    }
  }

  /// The field, if it is an object.
  func object(_ name: String) -> Place? {
    field(name).flatMap { $0.value.kind == .object ? $0 : nil }
  }

  /// The field, if it is a path.
  func path(_ name: String) -> SpecPath? { field(name).flatMap(SpecPath.init) }

  /// The elements of a field that is an array of objects.
  func objects(_ name: String) -> [Place] { elements(name).filter { $0.value.kind == .object } }

  /// The elements of a field that is an array of paths.
  func paths(_ name: String) -> [SpecPath] { elements(name).compactMap(SpecPath.init) }

  private func elements(_ name: String) -> [Place] {
    guard let array = field(name) else { return [] }
    return array.value.elements.enumerated().map { position, element in
      Place(value: element, pointer: "\(array.pointer)/\(position)")
    }
  }
}

extension SpecPath {
  /// Nil for anything but a string.
  fileprivate init?(_ place: Place) {
    guard let path = place.value.string else { return nil }
    self.init(path: path, pointer: place.pointer)
  }
}
