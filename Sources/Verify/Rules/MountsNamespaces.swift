import CRIUImages
import Checkpoint
import Documents

extension Rule {
  /// engines-measured.md, §5: without ipc or pid in the specification it restores. What an engine or
  /// a runtime refuses about namespaces is found in the specification alone.
  static let namespaceDrift = Rule(
    id: "spec.namespace-drift", severity: .note, consequence: .none, stage: .namespaces,
    title: "The specification has the namespaces that the dump has",
    why: """
      CRIU makes the namespaces of the dump whatever the specification says. Later commands in the \
      container, and the next checkpoint, go by the specification.
      """,
    remedy: .edit("`repair` makes spec.dump agree with the images"),
    needs: [.wholeArchive, .container, .images, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires("ipc removed", .minimal.unsetting("spec.dump", "/linux/namespaces/2")),
      .silent("the same", .minimal),
    ]
  ) { subject, findings in
    guard let spec = subject.spec else { return }
    let names: [(Namespaces.Kind, String)] = [
      (.pid, "pid"), (.ipc, "ipc"), (.uts, "uts"), (.mnt, "mount"), (.user, "user"),
      (.time, "time"),
    ]
    for (kind, name) in names
    where subject.namespaces.isOwn(kind) == true && spec.linux?.namespace(name) == nil {
      findings.report(
        .value("spec.dump", "/linux/namespaces"),
        "the dump has a \(name) namespace of its own, and linux.namespaces of spec.dump has none",
        have: .list((spec.linux?.namespaces ?? []).compactMap(\.type).map(shown)),
        need: .text(name))
    }
  }
}
