/// What SARIF 2.1.0 asks of the objects that we write: their properties, which of them must be
/// there, and what their values may be. Numbers in comments are sections of the standard.
struct SARIFCheck {
  indirect enum Kind: Sendable {
    case string, boolean, integer
    /// RFC 3986.
    case uri
    case choice(Set<String>)
    case object(String)
    case array(Kind)
    /// Property bags, and maps of strings.
    case bag, strings
  }

  struct Property: Sendable {
    let kind: Kind
    var isRequired = false
  }

  private static let level = Kind.choice(["none", "note", "warning", "error"])

  static let objects: [String: [String: Property]] = [
    // 3.13
    "sarifLog": [
      "$schema": Property(kind: .uri),
      "version": Property(kind: .choice(["2.1.0"]), isRequired: true),
      "runs": Property(kind: .array(.object("run")), isRequired: true),
    ],
    // 3.14
    "run": [
      "tool": Property(kind: .object("tool"), isRequired: true),
      "invocations": Property(kind: .array(.object("invocation"))),
      "results": Property(kind: .array(.object("result"))),
      "columnKind": Property(kind: .choice(["utf16CodeUnits", "unicodeCodePoints"])),
    ],
    // 3.18, 3.19
    "tool": ["driver": Property(kind: .object("toolComponent"), isRequired: true)],
    "toolComponent": [
      "name": Property(kind: .string, isRequired: true), "version": Property(kind: .string),
      "semanticVersion": Property(kind: .string),
      "rules": Property(kind: .array(.object("reportingDescriptor"))),
    ],
    // 3.49, 3.50
    "reportingDescriptor": [
      "id": Property(kind: .string, isRequired: true), "name": Property(kind: .string),
      "shortDescription": Property(kind: .object("multiformatMessageString")),
      "fullDescription": Property(kind: .object("multiformatMessageString")),
      "help": Property(kind: .object("multiformatMessageString")),
      "defaultConfiguration": Property(kind: .object("reportingConfiguration")),
      "properties": Property(kind: .bag),
    ],
    "reportingConfiguration": ["level": Property(kind: level)],
    // 3.12, 3.11
    "multiformatMessageString": ["text": Property(kind: .string, isRequired: true)],
    "message": ["text": Property(kind: .string, isRequired: true)],
    // 3.20
    "invocation": [
      "executionSuccessful": Property(kind: .boolean, isRequired: true),
      "exitCode": Property(kind: .integer),
      "toolExecutionNotifications": Property(kind: .array(.object("notification"))),
      "toolConfigurationNotifications": Property(kind: .array(.object("notification"))),
    ],
    // 3.58
    "notification": [
      "message": Property(kind: .object("message"), isRequired: true),
      "level": Property(kind: level), "locations": Property(kind: .array(.object("location"))),
    ],
    // 3.27
    "result": [
      "ruleId": Property(kind: .string), "ruleIndex": Property(kind: .integer),
      "level": Property(kind: level),
      "message": Property(kind: .object("message"), isRequired: true),
      "locations": Property(kind: .array(.object("location"))),
      "partialFingerprints": Property(kind: .strings),
      "suppressions": Property(kind: .array(.object("suppression"))),
      "properties": Property(kind: .bag),
    ],
    // 3.28, 3.29, 3.4, 3.30
    "location": [
      "physicalLocation": Property(kind: .object("physicalLocation")),
      "logicalLocations": Property(kind: .array(.object("logicalLocation"))),
    ],
    "physicalLocation": [
      "artifactLocation": Property(kind: .object("artifactLocation"), isRequired: true),
      "region": Property(kind: .object("region")),
    ],
    "artifactLocation": ["uri": Property(kind: .uri, isRequired: true)],
    "region": ["startLine": Property(kind: .integer)],
    // 3.33
    "logicalLocation": [
      "name": Property(kind: .string), "fullyQualifiedName": Property(kind: .string),
      "kind": Property(kind: .string),
    ],
    // 3.35
    "suppression": [
      "kind": Property(kind: .choice(["inSource", "external"]), isRequired: true),
      "status": Property(kind: .choice(["accepted", "underReview", "rejected"])),
      "justification": Property(kind: .string),
    ],
  ]

  /// What is wrong with a value of `JSONSerialization`.
  static func violations(of value: Any, _ kind: Kind = .object("sarifLog"), at place: String = "")
    -> [String]
  {
    let wrong = ["\(place): not \(kind)"]
    switch kind {
    case .string: return value is String ? [] : wrong
    case .boolean: return value is Bool ? [] : wrong
    case .integer: return value is Int ? [] : wrong
    case .uri: return (value as? String).map(isReference) == true ? [] : wrong
    case .choice(let names): return (value as? String).map(names.contains) == true ? [] : wrong
    case .bag: return value is [String: Any] ? [] : wrong
    case .strings: return value is [String: String] ? [] : wrong
    case .array(let item):
      guard let items = value as? [Any] else { return wrong }
      return items.enumerated().flatMap {
        violations(of: $0.element, item, at: "\(place)[\($0.offset)]")
      }
    case .object(let name):
      guard let members = value as? [String: Any], let properties = objects[name] else {
        return wrong
      }
      let missing = properties.filter { $0.value.isRequired && members[$0.key] == nil }
        .map { "\(place): \($0.key) is missing" }
      return missing
        + members.flatMap { key, member in
          properties[key].map { violations(of: member, $0.kind, at: "\(place)/\(key)") }
            ?? ["\(place): \(key) is unknown"]
        }
    }
  }

  /// A reference: absolute with a scheme, or relative without a colon in its first segment.
  private static func isReference(_ text: String) -> Bool {
    let pattern = /([a-z][a-z0-9+.-]*:)?([A-Za-z0-9._~\/!$&'()*+,;=@-]|%[0-9A-F]{2})*/
    return text.wholeMatch(of: pattern) != nil
  }
}
