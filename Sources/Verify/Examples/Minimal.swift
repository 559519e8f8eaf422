#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import CRIUImages
public import Checkpoint
import SwiftProtobuf

/// The smallest checkpoints that would restore: what examples start from.
extension Sketch {
  /// One process of a Podman container with runc, with one masked file and one masked folder.
  public static let minimal = podmanFiles(Sketch()).images(in: "checkpoint")

  /// The same from CRI-O.
  public static let minimalCRIO = Sketch()
    .adding("spec.dump", text: spec(manager: "cri-o", annotations: criOAnnotations))
    .adding("config.dump", text: criConfig(runtime: "runc", reference: imageID))
    .adding("bind.mounts", text: "[]")
    .images(in: "checkpoint").joiningPod

  /// The same from containerd.
  public static let minimalContainerd = Sketch()
    .adding("spec.dump", text: spec(manager: nil, annotations: containerdAnnotations))
    .adding(
      "config.dump",
      text: criConfig(runtime: "io.containerd.runc.v2", reference: "docker.io/library/a@sha256:0")
    )
    .adding("status.dump", text: #"{"metadata":{"name":"a"},"image":{"image":"a"}}"#)
    .adding("status", text: #"{"Version":"v1","Pid":7}"#)
    .images(in: "checkpoint").joiningPod

  /// The network namespace is the pod's, which runc passes on under this key.
  private var joiningPod: Sketch {
    image(ImageName(.netns, 10), [NetnsEntry.with { $0.extKey = Data("extRootNetNS".utf8) }])
  }

  /// CRIU images alone.
  public static let minimalImages = Sketch().images(in: "").removing("descriptors.json")

  /// Docker's checkpoint folder.
  public static let minimalDocker = Sketch().images(in: "")

  /// Podman's pre-dump alone.
  public static let preDump = podmanFiles(Sketch())
    .removing("spec.dump", "config.dump", "network.status")
    .image(ImageName(.pagemap, 1), [pagemapHead, pagemapEntry], in: "pre-checkpoint")
    .adding("pre-checkpoint/pages-1.img", [UInt8](repeating: 0, count: 4096))

  private static let imageID = String(repeating: "c", count: 64)

  private static func podmanFiles(_ sketch: Sketch) -> Sketch {
    sketch
      .adding("spec.dump", text: spec(manager: "libpod", annotations: ""))
      .adding(
        "config.dump",
        text: """
          {"id":"\(String(repeating: "a", count: 64))","name":"example","lockID":3,\
          "rootfsImageID":"\(imageID)","rootfsImageName":"localhost/example:latest",\
          "runtime":"runc","createdTime":"2026-01-02T03:04:05Z","shmSize":65536000,\
          "ShmDir":"/run/shm","spec":\(spec(manager: "libpod", annotations: ""))}
          """
      )
      .adding("network.status", text: "null")
      .adding("devshm-checkpoint.tar", Sketch.tar([file("./", kind: .directory)]))
  }

  private static let criOAnnotations =
    #","io.kubernetes.cri-o.Annotations":"{}""#

  private static let containerdAnnotations =
    #","io.kubernetes.cri.container-type":"container""#

  private static func criConfig(runtime: String, reference: String) -> String {
    """
    {"id":"\(String(repeating: "b", count: 64))","name":"example","rootfsImage":"example:latest",\
    "rootfsImageRef":"\(reference)","rootfsImageName":"docker.io/library/example:latest",\
    "runtime":"\(runtime)","createdTime":"2026-01-02T03:04:05Z",\
    "checkpointedTime":"2026-01-02T03:04:06Z"}
    """
  }

  private static func spec(manager: String?, annotations: String) -> String {
    let manager = manager.map { #""io.container.manager":"\#($0)""# } ?? #""a":"b""#
    return """
      {"ociVersion":"1.0.2","process":{"user":{"uid":0,"gid":0},"args":["sh"],"cwd":"/",\
      "capabilities":{"bounding":["CAP_KILL"]}},"root":{"path":"/rootfs"},"hostname":"example",\
      "mounts":[{"destination":"/proc","type":"proc","source":"proc"},\
      {"destination":"/dev","type":"tmpfs","source":"tmpfs"},\
      {"destination":"/data","type":"bind","source":"/srv/data","options":["rbind"]}],\
      "annotations":{\(manager)\(annotations)},"linux":{"namespaces":[{"type":"pid"},\
      {"type":"network"},{"type":"ipc"},{"type":"uts"},{"type":"mount"}],\
      "maskedPaths":["/proc/keys","/proc/acpi"],"readonlyPaths":["/proc/sys"]}}
      """
  }
}
