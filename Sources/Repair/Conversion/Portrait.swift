import Archive
import Checkpoint
import Documents
import Host
import Verify

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The container of a checkpoint in no engine's words: what each engine's documents say of it.
struct Portrait {
  /// A value that no part of the checkpoint has, so that one had to be chosen.
  struct Invented: Hashable {
    var what: String
    var value: String
  }

  var id: String
  /// The name that the engine knows it by.
  var name: String
  /// The name within its pod.
  var shortName: String
  var image: String
  /// As the user named the image.
  var requestedImage: String
  /// 64 hexadecimal digits; nil if only the name is known.
  var imageID: String?
  var runtime: Runtime
  /// RFC 3339.
  var created: String
  var checkpointed: String
  var sandbox: String
  var podName: String?
  var podNamespace: String?
  var podUID: String?
  var hasTerminal: Bool
  private(set) var invented: [Invented] = []

  init(_ subject: Subject, host: HostFacts?) {
    let podman = subject.identity.engine == .podman ? subject.podman : nil
    let cri = podman == nil ? subject.cri : nil
    let annotations = subject.spec?.annotations ?? [:]
    var invented: [Invented] = []
    func known(_ what: String, _ candidates: [String?], else value: String) -> String {
      if let found = candidates.lazy.compactMap({ $0 }).first(where: { !$0.isEmpty }) {
        return found
      }
      invented.append(Invented(what: what, value: value))
      return value
    }
    id = known("the id", [podman?.id, cri?.id], else: String(repeating: "0", count: 64))
    name = known("the name", [podman?.name, cri?.name], else: "restored")
    shortName =
      Self.metadataName(annotations["io.kubernetes.cri-o.Metadata"])
      ?? annotations["io.kubernetes.cri.container-name"] ?? name
    image = known(
      "the image", [podman?.rootfsImageName, cri?.rootfsImageName, cri?.rootfsImage],
      else: "localhost/unknown:latest")
    requestedImage =
      [podman?.rawImageName, cri?.rootfsImage].compactMap { $0 }.first { !$0.isEmpty } ?? image
    let reference = podman?.rootfsImageID ?? cri?.rootfsImageRef ?? ""
    imageID = Self.identifier(reference) ?? Self.identifier(of: image, on: host)
    runtime = subject.runtime ?? .runc
    if subject.runtime == nil { invented.append(Invented(what: "the runtime", value: "runc")) }
    let dumped = Self.timeOfDump(subject.checkpoint)
    created = known("the time of creation", [podman?.createdTime, cri?.createdTime], else: dumped)
    checkpointed = cri?.checkpointedTime ?? dumped
    sandbox = known(
      "the id of the pod",
      [annotations["io.kubernetes.cri-o.SandboxID"], annotations["io.kubernetes.cri.sandbox-id"]],
      else: id)
    // CRI-O's name is k8s_NAME_NAMESPACE_UID_ATTEMPT, of which no part holds an underscore.
    let parts = annotations["io.kubernetes.cri-o.SandboxName"]?.split(
      separator: "_", omittingEmptySubsequences: false)
    let names = parts?.count == 5 ? parts : nil
    podName = annotations["io.kubernetes.cri.sandbox-name"] ?? names.map { String($0[1]) }
    podNamespace =
      annotations["io.kubernetes.cri.sandbox-namespace"] ?? names.map { String($0[2]) }
    podUID = annotations["io.kubernetes.cri.sandbox-uid"] ?? names.map { String($0[3]) }
    hasTerminal = subject.spec?.process?.terminal ?? false
    self.invented = invented
  }

  mutating func invent(_ what: String, _ value: String) {
    invented.append(Invented(what: what, value: value))
  }

  /// An image id, with or without its algorithm.
  private static func identifier(_ text: String) -> String? {
    let digits = text.hasPrefix("sha256:") ? String(text.dropFirst(7)) : text
    return digits.utf8.count == 64 && digits.allSatisfy(\.isHexDigit) ? digits : nil
  }

  /// The id that the image of this name has on the host.
  private static func identifier(of name: String, on host: HostFacts?) -> String? {
    host?.images?.first { $0.names.contains(name) }?.id
  }

  private static func metadataName(_ text: String?) -> String? {
    text.flatMap { try? JSONDocument.parse(Array($0.utf8)).root.field("name")?.string }
  }

  /// CRIU writes the inventory at the end of a dump.
  private static func timeOfDump(_ checkpoint: Checkpoint) -> String {
    let entry = checkpoint["checkpoint/inventory.img"]?.entry
    // Years beyond 9999 are no time in RFC 3339.
    let seconds = min(max(entry?.modified.seconds ?? 0, 0), 253_402_300_799)
    return Date(timeIntervalSince1970: TimeInterval(seconds)).formatted(.iso8601)
  }
}
