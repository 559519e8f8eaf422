public import Checkpoint
import Documents
public import Host
import Verify

/// What must change in a checkpoint so that another engine or runtime restores it, or the same one
/// with bind mounts elsewhere (archive contract, §5d and §6).
///
/// Only the plan is made here. What no plan can make is unresolved, with its reason.
public struct Conversion: Sendable {
  public struct Request: Sendable, Hashable {
    /// nil leaves the engine as it is.
    public var engine: Engine?
    /// nil leaves the runtime as it is.
    public var runtime: Runtime?
    public var mounts: [MountMap]
    public var permissions: Set<Permission>
    /// The names that the base image has in each of `foldersOfBase(in:)`; those of it that are not
    /// there are left out. nil if nobody looked.
    public var base: [String: [[UInt8]]]?

    public init(
      engine: Engine? = nil, runtime: Runtime? = nil, mounts: [MountMap] = [],
      permissions: Set<Permission> = [], base: [String: [[UInt8]]]? = nil
    ) {
      self.engine = engine
      self.runtime = runtime
      self.mounts = mounts
      self.permissions = permissions
      self.base = base
    }

    /// Whether anything is asked for.
    public var isEmpty: Bool { engine == nil && runtime == nil && mounts.isEmpty }
  }

  public private(set) var plan = Plan()
  let request: Request
  let subject: Subject
  let host: HostFacts?
  var portrait: Portrait
  /// Device numbers that were given to new file systems.
  var devices: Set<UInt32> = []

  /// Plans the conversion of `checkpoint`; `host` is where it is to be restored, if that is known.
  public init(_ checkpoint: Checkpoint, _ request: Request, host: HostFacts? = nil) {
    self.request = request
    self.host = host
    subject = Subject(checkpoint)
    portrait = Portrait(subject, host: host)
    if let runtime = request.runtime { portrait.runtime = runtime }
    guard isConvertible() else { return }
    if let engine = request.engine, engine != subject.identity.engine {
      convertParts(for: engine)
      convertDiff(for: engine)
      forgetRootMode(for: engine)
      convertSpecification(for: engine)
      makeBindMounts(for: engine)
      convertDocuments(for: engine)
    } else if request.runtime != nil {
      nameRuntime()
    }
    moveMounts()
    if let runtime = request.runtime { renameKeys(for: runtime) }
  }

  var checkpoint: Checkpoint { subject.checkpoint }

  private mutating func isConvertible() -> Bool {
    guard checkpoint.layout.hasDocuments else {
      refuse(
        Self.rule(for: checkpoint.layout), at: ".",
        "this is \(checkpoint.layout.name), not one container's archive",
        "bring what is missing with `ckptmend repair --donor COPY`")
      return false
    }
    let needed: [Document.Kind] = [.spec, .config]
    let missing = needed.filter { subject.root($0)?.kind != .object }
    for kind in missing {
      refuse(
        "archive.missing-\(kind == .spec ? "spec" : "config")-dump", at: kind.rawValue,
        "\(kind.rawValue) cannot be read", "mend it with `ckptmend repair` first")
    }
    if subject.identity.engine == nil {
      refuse(
        "engine.unknown", at: ".", "nothing tells which engine made it",
        "there is nothing to convert from")
    }
    return plan.unresolved.isEmpty
  }

  /// The rule that says what is wrong with a layout.
  private static func rule(for layout: Layout) -> String {
    switch layout {
    case .docker: "docker.no-spec"
    case .wrapped: "archive.wrapped-in-directory"
    case .pod: "pod.format-unsettled"
    case .preDump: "archive.pre-dump-only"
    case .container, .images, .unknown: "archive.missing-spec-dump"
    }
  }

  mutating func add(_ step: Plan.Step) { plan.steps.append(step) }

  mutating func refuse(_ rule: String, at location: String, _ message: String, _ remedy: String) {
    plan.unresolved.append(
      Plan.Unresolved(
        rule: rule, location: location, message: message, remedy: remedy, refusal: nil))
  }

  /// The documents that hold a runtime specification: `spec.dump`, and Podman's copy of it unless
  /// another engine's configuration takes its place.
  var specifications: [(path: String, root: String, spec: RuntimeSpec)] {
    var result: [(String, String, RuntimeSpec)] = []
    if let spec = subject.spec { result.append(("spec.dump", "", spec)) }
    let isKept = request.engine == nil || request.engine == subject.identity.engine
    if isKept, let copy = subject.podman?.spec {
      result.append(("config.dump", copy.pointer, RuntimeSpec(copy)))
    }
    return result
  }

  private mutating func convertDocuments(for engine: Engine) {
    if portrait.imageID == nil, engine != .containerd {
      refuse(
        engine == .podman ? "podman.image-pair" : "crio.image-reference", at: "config.dump",
        "\(engine) needs the id of the image \(portrait.image), and the checkpoint has only \(subject.cri?.rootfsImageRef ?? "its name")",
        "give --host with the facts of a host that has the image")
      return
    }
    let isPrivate = subject.namespaces.isOwn(.net) == true
    let content = portrait.configuration(
      for: engine, hasNetwork: isPrivate && networkKey != nil,
      cgroupsPath: subject.spec?.linux?.cgroupsPath)
    add(
      Plan.Step(
        .write(path: "config.dump", content: Content(content.bytes)),
        because: "\(engine) has a configuration of its own form",
        evidence: portrait.invented.map { "invented: \($0.what), \($0.value)" }))
    if engine == .containerd {
      let mounts = (subject.spec?.mounts ?? []).filter {
        $0.isBind && !Self.suppliedByPod.contains($0.destination ?? "")
      }.map(moved)
      add(
        Plan.Step(
          .write(
            path: "status.dump",
            content: Content(portrait.containerStatus(mounts: mounts).bytes)),
          because: "containerd reads the container's state from it"))
    }
  }

  /// containerd names its shim, whatever the runtime behind it.
  private mutating func nameRuntime() {
    guard let runtime = subject.root(.config)?.field("runtime"),
      portrait.runtime != subject.runtime,
      subject.identity.engine == .podman || subject.identity.engine == .criO
    else { return }
    add(
      Plan.Step(
        .edit(
          path: "config.dump",
          edits: [
            .set(
              pointer: runtime.pointer, json: JSONContent.string(portrait.runtime.rawValue).text)
          ]),
        because: "the engine restores with the runtime that its configuration names"))
  }
}
