import Checkpoint
import Documents
import Verify

extension Cleaner {
  static let documents: [Cleaner] = [
    deletedEscapes,
    removingValues(
      of: "crio.bind-mounts-undeclared",
      because: "CRI-O would create its source on the host for a mount that the container lacks"),
    criuConfig,
  ]

  /// Engines write the list only if something was deleted: where no honest line is left, it goes.
  private static let deletedEscapes = Cleaner(rule: "rootfs.deleted-escapes-root") {
    findings, scene in
    let path = "deleted.files"
    let reason = "no file of the container has such a name; an engine would look outside its root"
    let pointers = findings.compactMap(\.location.pointer)
    let isAll = scene.subject.root(.deletedFiles)?.count == pointers.count
    return [
      [
        Plan.Step(
          isAll
            ? .remove(path: path)
            : .edit(path: path, edits: pointers.map { Edit.remove(pointer: $0) }),
          causes: findings.map(Plan.Cause.init), because: reason)
      ]
    ]
  }

  /// Whether an annotation for CRIU is stale or meant, nobody can tell: it goes only if that is
  /// allowed.
  private static let criuConfig = Cleaner(rule: "spec.criu-config-annotation") { findings, scene in
    guard scene.permissions.contains(.dropCRIUConfig) else { return [] }
    let steps = scene.specifications.compactMap { document -> Plan.Step? in
      guard let value = document.value.field("annotations")?["org.criu.config"] else { return nil }
      return Plan.Step(
        .edit(path: document.path, edits: [.remove(pointer: value.pointer)]),
        causes: findings.map(Plan.Cause.init), risk: .lossy, needs: .dropCRIUConfig,
        because: "the file it names outranks every option of the restore")
    }
    return [steps]
  }
}

extension Cleaner.Scene {
  /// A runtime specification in the checkpoint.
  struct Specification {
    let path: String
    let value: JSONValue
    let spec: RuntimeSpec
  }

  /// `spec.dump`, and Podman's copy of it in `config.dump`, which is kept in agreement.
  var specifications: [Specification] {
    let own = subject.root(.spec).map { ("spec.dump", $0) }
    let copy = subject.engine == .podman ? subject.podman?.spec.map { ("config.dump", $0) } : nil
    return [own, copy].compactMap { $0 }.filter { $0.1.kind == .object }.map {
      Specification(path: $0.0, value: $0.1, spec: RuntimeSpec($0.1))
    }
  }
}
