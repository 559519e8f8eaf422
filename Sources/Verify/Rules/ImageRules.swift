import Archive
public import Checkpoint

/// Rules about a checkpoint that is stored as an OCI image (archive contract, §1f).
extension Rule {
  static let imageRules: [Rule] = [noEngineAnnotation, annotationOnManifestOnly, runtimeMismatch]

  private static let needs: [Need] = [.wholeArchive, .engine([.podman, .criO, .containerd])]

  private static let noEngineAnnotation = Rule(
    id: "image.no-engine-annotation", stage: .engine,
    title: "The image says that it is a checkpoint, in the engine's words",
    why: "An engine takes an image without its annotation for one to start a new container from.",
    remedy: .repack("`repack -o oci:DIR --engine ENGINE` writes an image with its annotations"),
    needs: needs,
    examples: [
      .fires("none", .minimal.with { $0.image = StoredImage(annotations: [:]) }),
      .fires(
        "another engine's",
        .minimal.with { $0.image = StoredImage(annotations: [Engine.criO.imageKey: "c"]) }),
      .silent(
        "its own",
        .minimal.with { $0.image = StoredImage(annotations: [Engine.podman.imageKey: "runc"]) }),
      .silent("no image", .minimal),
    ]
  ) { subject, findings in
    guard let image = subject.checkpoint.source.image, let engine = subject.engine else { return }
    let key = engine.imageKey
    if image.annotations[key] != nil || image.indexAnnotations?[key] != nil { return }
    findings.report(
      .archive, "the image lacks the annotation by which \(engine) knows a checkpoint",
      have: "nothing", need: .text(key))
  }

  private static let annotationOnManifestOnly = Rule(
    id: "image.annotation-on-manifest-only", stage: .engine,
    title: "Annotations are where the engine looks for them",
    why: """
      Podman and CRI-O look at the manifest. containerd looks at what the image's name leads to, \
      which is the index where there is one.
      """,
    remedy: .repack("`repack -o oci:DIR --engine ENGINE` writes them where they belong"),
    needs: needs,
    examples: [
      .fires(
        "not on the index",
        .minimalContainerd.with {
          $0.image = StoredImage(
            annotations: [Engine.containerd.imageKey: "c"], indexAnnotations: [:])
        }),
      .fires(
        "not on the manifest",
        .minimal.with {
          $0.image = StoredImage(
            annotations: [:], indexAnnotations: [Engine.podman.imageKey: "runc"])
        }),
      .silent(
        "a manifest alone",
        .minimalContainerd.with {
          $0.image = StoredImage(annotations: [Engine.containerd.imageKey: "c"])
        }),
      .silent("no image", .minimalContainerd),
    ]
  ) { subject, findings in
    guard let image = subject.checkpoint.source.image, let engine = subject.engine else { return }
    let key = engine.imageKey
    let isOnManifest = image.annotations[key] != nil
    let isOnIndex = image.indexAnnotations?[key] != nil
    guard isOnManifest || isOnIndex else { return }
    let looksAtIndex = engine == .containerd && image.indexAnnotations != nil
    if looksAtIndex ? isOnIndex : isOnManifest { return }
    findings.report(
      .archive,
      "the annotation \(key) is on the \(isOnManifest ? "manifest" : "index"), where \(engine) does not look",
      have: isOnManifest ? "manifest" : "index", need: looksAtIndex ? "index" : "manifest")
  }

  private static let runtimeMismatch = Rule(
    id: "image.runtime-mismatch", stage: .engine,
    title: "The image names the runtime that restores it",
    why: "Podman compares the annotation with its runtime's name: “requires runtime”.",
    remedy: .repack("`repack -o oci:DIR --runtime RUNTIME` converts the checkpoint and says so"),
    needs: [.wholeArchive, .engine([.podman])],
    examples: [
      .fires(
        "another",
        .minimal.with { $0.image = StoredImage(annotations: [Engine.podman.imageKey: "crun"]) }),
      .silent(
        "the same",
        .minimal.with { $0.image = StoredImage(annotations: [Engine.podman.imageKey: "runc"]) }),
      .silent("no image", .minimal),
    ]
  ) { subject, findings in
    guard let runtime = subject.runtime,
      let named = subject.checkpoint.source.image?.annotations[Engine.podman.imageKey],
      named != runtime.rawValue
    else { return }
    findings.report(
      .archive, "the image is for runtime \(Escape.text(named)), the checkpoint for \(runtime)",
      have: .text(Escape.text(named)), need: .text(runtime.rawValue))
  }
}

extension Engine {
  /// The annotation by which the engine takes an image for a checkpoint; Podman also wants its value
  /// to be the runtime's name.
  public var imageKey: String {
    switch self {
    case .podman: "io.podman.annotations.checkpoint.runtime.name"
    case .criO: "io.kubernetes.cri-o.annotations.checkpoint.name"
    case .containerd, .docker: "org.criu.checkpoint.container.name"
    }
  }
}
