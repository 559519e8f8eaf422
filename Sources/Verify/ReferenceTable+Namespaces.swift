import CRIUImages
import Checkpoint

/// References to namespaces and mounts. With a namespace that the restorer passes on, CRIU looks at
/// none of them.
extension Reference {
  ///
  static let namespaces: [(rule: String, row: Reference)] = [
    (
      "criu.ns-file",
      .file("ns_file_entry.ns_id", NsFileEntry.self, names: .namespace) { entry, _ in
        [Key(entry.nsID)]
      }
    ),
    (
      "criu.ns-file",
      .record("netns_id.target_ns_id", of: .netns, NetnsEntry.self, names: .netNamespace) {
        entry, _ in entry.nsids.map { Key($0.targetNsID) }
      }
    ),
    (
      "criu.ns-file",
      .record("net_device_entry.peer_nsid", of: .netdev, NetDeviceEntry.self, names: .netNamespace)
      { entry, _ in entry.type == vethType && entry.hasPeerNsid ? [Key(entry.peerNsid)] : [] }
    ),
    (
      "criu.sk-ns",
      .file("unix_sk_entry.ns_id", UnixSkEntry.self, names: .netNamespace) { entry, subject in
        subject.ownNet(entry.nsID)
      }
    ),
    (
      "criu.sk-ns",
      .file("inet_sk_entry.ns_id", InetSkEntry.self, names: .netNamespace) { entry, subject in
        subject.ownNet(entry.nsID)
      }
    ),
    (
      "criu.sk-ns",
      .file("netlink_sk_entry.ns_id", NetlinkSkEntry.self, names: .netNamespace) {
        entry, subject in subject.ownNet(entry.nsID)
      }
    ),
    (
      "criu.sk-ns",
      .file("packet_sock_entry.ns_id", PacketSockEntry.self, names: .netNamespace) {
        entry, subject in subject.ownNet(entry.nsID)
      }
    ),
    (
      "criu.sk-ns",
      .file("tunfile_entry.ns_id", TunfileEntry.self, names: .netNamespace) { entry, subject in
        subject.ownNet(entry.nsID)
      }
    ),
    (
      "criu.fanotify-mount",
      .file("fanotify_mount_mark_entry.mnt_id", FanotifyFileEntry.self, names: .mount) {
        entry, subject in
        subject.namespaces.isOwn(.mnt) == true
          ? entry.mark.filter(\.hasMe).map { Key($0.me.mntID) } : []
      }
    ),
  ]

  /// ND_TYPE__VETH
  private static let vethType: UInt32 = 2
}

extension Subject {
  /// 0 is the root task's namespace.
  fileprivate func ownNet(_ id: UInt32) -> [Reference.Key] {
    namespaces.isOwn(.net) == true && id != 0 ? [Reference.Key(id)] : []
  }
}
