import CRIUImages
import Checkpoint
import Documents
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Images of namespaces whose content the specification or the kernel's defaults give.
extension Reconstruction {
  static func utsns(_ path: String, _ name: ImageName, _ evidence: Evidence) -> Reconstruction? {
    guard let hostname = evidence.spec?.hostname, !hostname.isEmpty else { return nil }
    let entry = UtsnsEntry.with {
      $0.nodename = Data(hostname.utf8)
      $0.domainname = Data("(none)".utf8)
    }
    guard let bytes = evidence.encode(name, entry) else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes), reason: "spec.dump names the host: \(hostname)")
  }

  static func ipcVar(_ path: String, _ name: ImageName, _ evidence: Evidence) -> Reconstruction? {
    let isTuned = (evidence.spec?.linux?.sysctls ?? []).contains {
      $0.hasPrefix("kernel.") || $0.hasPrefix("fs.mqueue.")
    }
    guard let bytes = evidence.encode(name, kernelDefaults) else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes), risk: isTuned ? .lossy : .safe,
      reason: isTuned
        ? "the kernel's default limits; those that spec.dump sets are lost"
        : "the kernel's default limits, as spec.dump sets no others")
  }

  /// The limits of a new IPC namespace on a current kernel.
  private static let kernelDefaults = IpcVarEntry.with {
    $0.semCtls = [32000, 1_024_000_000, 500, 32000]
    $0.msgCtlmax = 8192
    $0.msgCtlmnb = 16384
    $0.msgCtlmni = 32000
    $0.autoMsgmni = 0
    $0.shmCtlmax = 18_446_744_073_692_774_399
    $0.shmCtlall = 18_446_744_073_692_774_399
    $0.shmCtlmni = 4096
    $0.shmRmidForced = 0
    $0.mqQueuesMax = 256
    $0.mqMsgMax = 10
    $0.mqMsgsizeMax = 8192
    $0.mqMsgDefault = 10
    $0.mqMsgsizeDefault = 8192
  }
}
