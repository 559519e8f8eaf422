/// What a `storage.conf` says about where images are (containers-storage.conf(5)). Of TOML it knows
/// no more than that file needs: tables, and one `key = "value"` a line.
struct StorageSettings: Hashable {
  var driver: String?
  /// For root, and in a user's own file.
  var root: String?
  /// For users, in the system's file.
  var userRoot: String?
  /// Images are elsewhere, too.
  var hasOtherStores = false

  init(_ text: String = "") {
    var table = ""
    var isInStores = false
    for line in text.split(whereSeparator: \.isNewline).map(\.trimmingWhitespace) {
      if line.isEmpty || line.hasPrefix("#") { continue }
      if isInStores {
        if line.contains("\"") || line.contains("'") { hasOtherStores = true }
        isInStores = !line.contains("]")
        continue
      }
      if line.hasPrefix("[") {
        table = String(line.dropFirst().prefix { $0 != "]" })
        continue
      }
      guard let equals = line.firstIndex(of: "=") else { continue }
      let key = line[..<equals].trimmingWhitespace
      let value = line[line.index(after: equals)...].trimmingWhitespace
      switch (table, key) {
      case ("storage", "driver"): driver = Self.string(value)
      case ("storage", "graphroot"): root = Self.string(value)
      case ("storage", "rootless_storage_path"): userRoot = Self.string(value)
      case ("storage", "imagestore"): if Self.string(value) != nil { hasOtherStores = true }
      case ("storage.options", "additionalimagestores"):
        if value.contains("\"") || value.contains("'") { hasOtherStores = true }
        isInStores = !value.contains("]")
      default: break
      }
    }
  }

  /// Between quotes; nil if there is nothing.
  private static func string(_ value: String) -> String? {
    guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
    let text = value.dropFirst().prefix { $0 != quote }
    return text.isEmpty ? nil : String(text)
  }
}
