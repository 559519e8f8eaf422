import CRIUImages
import Checkpoint

/// Rules made of references to namespaces and mounts.
extension Rule {
  static let namespaceReferenceRules: [Rule] = [
    Rule(
      references: "criu.ns-file", stage: .namespaces,
      title: "Every namespace that is named is one of a task's",
      why: "CRIU stops with “Can't find suitable NS ID” or “Unknown namespace”.",
      remedy: .donor("files.img and the netns images of the same dump"),
      examples: [
        .fires("open namespace", .minimal.openingNamespace(99)),
        .fires("neighbour", .minimal.neighbouring(99)),
        .silent("open namespace of the root task", .minimal.openingNamespace(13)),
      ]),
    Rule(
      references: "criu.sk-ns", stage: .namespaces,
      title: "Every socket is in a network namespace of a task",
      why: "CRIU stops when it is to make the socket in a namespace that it does not know.",
      remedy: .donor("files.img of the same dump"),
      examples: [
        .fires("unknown", .connection.socketNamespace(99)),
        .silent("the root task's", .connection.socketNamespace(10)),
        .silent("not given", .connection),
        .silent(
          "network of the restorer",
          .connection.socketNamespace(99).message(
            ImageName(.inventory), InventoryEntry.self
          ) { $0.rootIds.netNsID = 10 }),
      ]),
    Rule(
      references: "criu.fanotify-mount", stage: .namespaces,
      title: "Every mount that fanotify watches is in a mountpoints image",
      why: "CRIU stops when it looks the mount up.",
      remedy: .donor("files.img and the mountpoints image of the same dump"),
      examples: [
        .fires("unknown", .minimal.watchingMount(99)),
        .silent("known", .minimal.watchingMount(261)),
      ]),
  ]
}
