import Glibc

extension HostProbe {
  /// What is looked for, and how each is asked for its version.
  private static let programs: [(name: String, question: String)] = [
    ("criu", "--version"), ("runc", "--version"), ("crun", "--version"), ("podman", "--version"),
    ("crio", "--version"), ("containerd", "--version"), ("conmon", "--version"),
    ("tar", "--version"), ("iptables", "--version"), ("nft", "--version"),
  ]

  /// Where system programs are, even if a user's PATH leaves it out.
  private static let systemFolders = ["/usr/local/sbin", "/usr/sbin", "/sbin"]

  static func tools(_ unknown: inout [HostFacts.Unknown]) -> [String: HostFacts.Tool] {
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    let folders = searchPath(path)
    var found: [(name: String, question: Programs.Question)] = []
    for (name, question) in programs {
      if let path = find(name, in: folders, &unknown) {
        found.append((name, Programs.Question(path: path, arguments: [question])))
      }
    }
    var tools: [String: HostFacts.Tool] = [:]
    for ((name, question), answer) in zip(found, Programs.ask(found.map(\.question))) {
      var version: String?
      switch answer {
      case .text(let text):
        version = VersionText.version(text)
        if version == nil {
          unknown.append(.init("tools.\(name).version", "\(question.path) names none"))
        }
      case .failed(let reason):
        unknown.append(.init("tools.\(name).version", "\(question.path): \(reason)"))
      }
      tools[name] = HostFacts.Tool(path: question.path, version: version)
    }
    return tools
  }

  /// The folders to search. Relative ones are none of the host, and not to be trusted.
  static func searchPath(_ path: String) -> [String] {
    var folders: [String] = []
    for folder in path.split(separator: ":").map({ String($0) }) + systemFolders
    where folder.hasPrefix("/") && !folders.contains(folder) {
      folders.append(folder)
    }
    return folders
  }

  private static func find(
    _ name: String, in folders: [String], _ unknown: inout [HostFacts.Unknown]
  ) -> String? {
    var hidden: SystemError?
    for folder in folders {
      let path = "\(folder)/\(name)"
      var status = stat()
      if stat(path, &status) == 0 {
        if status.st_mode & S_IFMT == S_IFREG && access(path, X_OK) == 0 { return path }
      } else if case let error = SystemError(path, errno), !error.isAbsence {
        hidden = hidden ?? error
      }
    }
    if let hidden { unknown.append(.init("tools.\(name)", hidden.reason)) }
    return nil
  }
}
