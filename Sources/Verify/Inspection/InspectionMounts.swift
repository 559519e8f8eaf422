import Archive
import CRIUImages
import Checkpoint

extension Dump {
  /// A mount that a restore makes or is given.
  public struct Mount: Sendable, Hashable, Encodable {
    public enum Source: String, Sendable, Hashable, Encodable {
      /// The root of the container.
      case root
      /// The engine hands it in, under the external key.
      case external
      /// A part of another mount's file system, or another view of an external one.
      case bind
      /// A tmpfs whose content is in the images.
      case content
      /// Mounted anew.
      case new
    }

    /// The number of the mount namespace.
    public var namespace: UInt64
    public var id: UInt32
    public var parent: UInt32
    public var path: String
    /// Which folder or file of its file system it shows.
    public var root: String
    public var filesystem: String
    public var source: Source
    public var externalKey: String?
    /// It hides a path of the kernel.
    public var isMask: Bool
    /// It protects a path of the kernel from writing.
    public var isReadOnlyPath: Bool

    /// By namespace, parents before their children.
    static func all(_ subject: Subject) -> [Mount] {
      let external = Set(
        subject.mounts.all.lazy.filter(\.entry.isExternal).map(\.entry.rootDev))
      return subject.mounts.trees.flatMap { tree in
        let root = tree.root?.id
        return tree.mounts.reversed().map { mount in
          let source: Source =
            if mount.entry.isExternal {
              .external
            } else if mount.id == root {
              .root
            } else if !mount.showsWholeFilesystem || external.contains(mount.entry.rootDev) {
              .bind
            } else if MountTable.contentImage(of: mount, in: subject.checkpoint.images) != nil {
              .content
            } else {
              .new
            }
          return Mount(
            namespace: tree.image.id, id: mount.id, parent: mount.entry.parentMntID,
            path: shown(mount.path), root: shown(mount.root),
            filesystem: filesystem(of: mount.entry), source: source,
            externalKey: mount.key.map(shown),
            isMask: mount.isMask, isReadOnlyPath: mount.isReadOnlyPath)
        }
      }
    }

    private static func filesystem(of entry: MntEntry) -> String {
      switch entry.filesystem {
      case .auto: entry.hasFsname ? shown(name: entry.fsname) : "auto"
      case .binfmtMisc: "binfmt_misc"
      // Whatever CRIU cannot mount by itself, such as ext4.
      case .unsupported: "other"
      case nil: "unknown (\(entry.fstype))"
      case let known?: "\(known)"
      }
    }
  }
}
