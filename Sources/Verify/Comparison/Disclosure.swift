import Documents

/// Which values of a document may be shown.
///
/// Numbers, truth values and the size of lists are. Texts are shown only in places that are known to
/// hold nothing secret: what is not in the list is told to differ, and no more.
struct Disclosure {
  var showsSecrets: Bool

  /// Nothing below one of these is shown, numbers neither.
  private static let secret: Set<String> = [
    "env", "args", "annotations", "labels", "command", "entrypoint", "createcommand", "hooks",
    "secrets", "secretenv", "secret_env", "environment", "commandline", "healthcheck",
    "healthcheckconfig", "config", "userdata", "logopts", "options",
  ]

  /// Names of members whose text, or whose list of texts, is shown, with Go's disregard of case.
  private static let plain: Set<String> = [
    // The specification.
    "ociversion", "cwd", "bounding", "effective", "inheritable", "permitted", "ambient", "type",
    "apparmorprofile", "selinuxlabel", "mountlabel", "path", "destination", "source", "hostname",
    "domainname", "cgroupspath", "maskedpaths", "readonlypaths", "rootfspropagation", "access",
    "defaultaction", "architectures", "names", "action", "op", "flags", "pagesize", "controller",
    "mems", "cpus", "personality", "domain",
    // The engines' documents.
    "id", "name", "rootfsimage", "rootfsimageref", "rootfsimagename", "runtime", "createdtime",
    "checkpointedtime", "restoredtime", "version", "image", "image_ref", "image_id", "log_path",
    "file_type", "pod", "processlabel", "rootfsimageid", "rawimagename", "rootfs", "shmdir",
    "staticdir", "logpath", "logdriver", "cgroupparent", "cgroupmanager", "nspath", "timezone",
    "stopsignal", "umask", "sdnotifymode", "ociruntime", "conmonpidfile", "pidfile", "netmode",
    "network", "interface", "mac_address", "subnet", "gateway", "podname", "namespace",
  ]

  /// `path` is the way from the top of the document.
  func shows(_ value: JSONValue, at path: [String]) -> Bool {
    if showsSecrets { return true }
    let names = path.map { $0.lowercased() }
    if names.contains(where: Self.secret.contains) { return false }
    switch value.kind {
    case .null, .bool, .number, .array, .object: return true
    case .string:
      // Elements of a list go by the name of the list; the descriptors' and deleted files' lists
      // have none. A document that is a text itself is none that anybody knows.
      guard let name = names.last(where: { Int($0) == nil }) else { return !names.isEmpty }
      return Self.plain.contains(name)
    }
  }

  /// A value as far as it is shown: of lists and objects only how much they hold.
  func evidence(_ value: JSONValue) -> Evidence {
    switch value.kind {
    case .null: "null"
    case .bool: .flag(value.bool ?? false)
    case .number:
      value.int64.map { .number($0) } ?? value.uint64.map { .unsigned($0) }
        ?? .text(value.numberText ?? "")
    case .string: .text(shown(value.string ?? ""))
    case .array: .text("a list of \(value.count)")
    case .object: .text("an object of \(counted(value.count, "member"))")
    }
  }
}
