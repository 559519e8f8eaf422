public import CRIUImages

/// The mounts that a restore makes: one tree for each mount namespace that it makes.
public struct MountTable: Sendable {
  public struct Mount: Sendable {
    public let entry: MntEntry
    public let image: ImageName
    public let record: ImageRecord
    /// Where it is mounted, as an absolute path.
    public let path: String
    /// Which folder or file of its file system it shows.
    public let root: String
    /// The name under which an engine offers it. Old images have it in place of the root.
    public let key: String?

    public var id: UInt32 { entry.mntID }
    public var showsWholeFilesystem: Bool { root == "/" }

    /// CRIU takes a kind that it does not know for one that it cannot mount.
    public var filesystem: FilesystemType { entry.filesystem ?? .unsupported }

    init(_ entry: MntEntry, _ record: ImageRecord, _ image: ImageName) {
      self.entry = entry
      self.image = image
      self.record = record
      path = entry.mountpointPath
      root = entry.rootText
      key = entry.hasExtKey ? entry.extKeyText : entry.extMount ? entry.rootText : nil
    }
  }

  public struct Tree: Sendable {
    public let image: ImageName
    /// In stored order: children before their parents.
    public let mounts: [Mount]
    /// Whether all of the image could be read.
    public let isComplete: Bool
    private let first: [UInt32: Int]
    /// Of each mount, in stored order.
    private let children: [UInt32: [Int]]
    private let rootIndex: Int?

    init(_ image: DecodedImage) {
      self.image = image.name
      isComplete = image.fault == nil
      mounts = image.messages(MntEntry.self).map { Mount($1, $0, image.name) }
      first = Dictionary(mounts.enumerated().map { ($1.id, $0) }) { first, _ in first }
      // Stored: rules ask for them once for each mount, of which a hostile image has many.
      children = Dictionary(
        grouping: mounts.indices.filter { [mounts] in
          mounts[$0].entry.parentMntID != mounts[$0].id
        }, by: { [mounts] in mounts[$0].entry.parentMntID })
      rootIndex = mounts.lastIndex { [first] mount in
        let parent = mount.entry.parentMntID
        return (parent == mount.id || first[parent] == nil) && mount.path == "/"
      }
    }

    public func mount(_ id: UInt32) -> Mount? { first[id].map { mounts[$0] } }

    /// The mount that `mount` is on. A mount on itself has none.
    public func parent(of mount: Mount) -> Mount? {
      mount.entry.parentMntID == mount.id ? nil : self.mount(mount.entry.parentMntID)
    }

    public func children(of mount: Mount) -> [Mount] {
      children[mount.id, default: []].map { mounts[$0] }
    }

    /// The mount at / that is on no other.
    public var root: Mount? { rootIndex.map { mounts[$0] } }
  }

  /// By the number of the namespace; none if the restored tasks stay in the namespace of CRIU.
  public let trees: [Tree]
  /// Those of all trees.
  public let all: [Mount]
  /// Where in `all` the mounts of a device are.
  private let devices: [UInt32: [Int]]
  /// Where in `all` the first mount is that an engine offers.
  private let offers: [Offer: Int]
  /// The most components of a root that is offered: mounts may have any number.
  private let deepestOffer: Int

  /// What CRIU goes by to find an external mount.
  private struct Offer: Hashable {
    let device: UInt32
    let options: [UInt8]
    /// Components of the root.
    let root: [String]

    init(_ mount: Mount) {
      device = mount.entry.rootDev
      options = Array(mount.entry.options)
      root = components(of: mount.root).filter { $0 != "." }
    }

    private init(_ other: Offer, root: [String]) {
      (device, options, self.root) = (other.device, other.options, root)
    }

    /// The same with a root so many components deep.
    func above(_ count: Int) -> Offer { Offer(self, root: Array(root.prefix(count))) }
  }

  public init(_ images: ImageSet, _ namespaces: Namespaces) {
    switch namespaces.isOwn(.mnt) {
    case false: trees = []
    case true:
      trees = namespaces.ids(of: .mnt).compactMap { images[.mounts, UInt64($0)].map(Tree.init) }
    case nil: trees = images.all(.mounts).map(Tree.init)
    }
    all = trees.flatMap(\.mounts)
    devices = Dictionary(grouping: all.indices, by: { [all] in all[$0].entry.rootDev })
    let keyed = all.indices.lazy.filter { [all] in all[$0].key != nil }
    offers = Dictionary(keyed.map { [all] in (Offer(all[$0]), $0) }) { first, _ in first }
    // The kernel knows no path of more than 4096 bytes.
    deepestOffer = min(offers.keys.map(\.root.count).max() ?? 0, 2048)
  }

  /// Mounts of the same file system, in any namespace, as CRIU matches them (mounts_sb_equal in
  /// criu/mount.c), `mount` itself included.
  public func sharers(of mount: Mount) -> some Sequence<Mount> {
    devices[mount.entry.rootDev, default: []].lazy.map { all[$0] }
      .filter { Self.isSameFilesystem(mount, $0) }
  }

  /// Whether CRIU takes both for mounts of the same file system.
  public static func isSameFilesystem(_ one: Mount, _ other: Mount) -> Bool {
    guard one.entry.rootDev == other.entry.rootDev, one.entry.options == other.entry.options else {
      return false
    }
    if one.key != nil || other.key != nil { return true }
    return one.entry.source == other.entry.source && one.filesystem == other.filesystem
  }

  /// The external mount from which `mount` is made, itself perhaps.
  public func provider(of mount: Mount) -> Mount? {
    if offers.isEmpty { return nil }
    let wanted = Offer(mount)
    let places = (0...min(wanted.root.count, deepestOffer)).lazy.compactMap { count in
      offers[wanted.above(count)]
    }
    return places.min().map { all[$0] }
  }

  /// The image that holds the content of a tmpfs, found by its device; old dumps name it after the
  /// mount.
  public static func contentImage(of mount: Mount, in images: ImageSet) -> ImageName? {
    let names = [
      ImageName(.tmpfsDev, UInt64(mount.entry.rootDev)), ImageName(.tmpfs, UInt64(mount.id)),
    ]
    return names.first { images[$0] != nil }
  }
}
