import Archive
import Checkpoint
import Verify

extension Policy {
  /// The name under which a policy is looked for.
  public static let fileName = ".ckptmend.yml"

  /// A policy is written by hand; more is none.
  private static let maxBytes = 1 << 18

  /// Reads a policy file.
  public static func read(_ path: String) throws -> Policy {
    let bytes = try WholeFile.read(path, limit: maxBytes)
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw PolicyError(file: path, line: 1, message: "not UTF-8")
    }
    return try Policy(yaml: text, file: path)
  }

  /// Reads the text of a policy file; `file` is what faults name.
  public init(yaml: String, file: String) throws(PolicyError) {
    self.init()
    self.file = file
    let members = try PolicyReader(file: file).read(yaml)
    failOn = members["fail-on"]?.text.flatMap(Severity.init)
    engine = members["engine"]?.text.flatMap(Engine.init)
    runtime = members["runtime"]?.text.flatMap(Runtime.init)
    if case .mapping(let limits)? = members["limits"] {
      self.limits = limits.compactMapValues(\.number)
    }
    if case .choices(let levels)? = members["severity"] {
      severity = levels.compactMapValues(Level.init)
    }
    if case .list(let items)? = members["ignore"] { ignore = items.compactMap(Ignore.init) }
    if case .list(let items)? = members["expect"] { expect = items.compactMap(Expect.init) }
  }
}

extension Policy.Ignore {
  fileprivate init?(line: Int, members: [String: PolicyReader.Value]) {
    guard let rule = members["rule"]?.text, let reason = members["reason"]?.text else { return nil }
    self.init(
      rule: rule, entry: (members["entry"]?.text).map(Glob.init),
      path: (members["path"]?.text).map(Glob.init), reason: reason,
      until: members["until"]?.text.flatMap(Day.init))
    self.line = line
  }
}

extension Policy.Expect {
  fileprivate init?(line: Int, members: [String: PolicyReader.Value]) {
    guard let path = members["path"]?.text,
      let verdict = members["verdict"]?.text.flatMap(Verdict.init)
    else { return nil }
    var rules: [String] = []
    if case .rules(let named)? = members["rules"] { rules = named }
    self.init(path: Glob(path), verdict: verdict, rules: rules)
    self.line = line
  }
}

extension PolicyReader.Value {
  fileprivate var text: String? {
    if case .text(let text) = self { text } else { nil }
  }

  fileprivate var number: Int? {
    if case .number(let number) = self { number } else { nil }
  }
}
