import CRIUImages
import Checkpoint
import Host
import SwiftProtobuf

/// Rules that hold what the images are made of against the versions on the host. The images do not
/// name the CRIU or the kernel of the dump; what they contain does.
extension Rule {
  static let versionRules: [Rule] = [criuTooOld, kernelTooOld]

  private static let criuTooOld = Rule(
    id: "host.criu-too-old", stage: .host,
    title: "The host has a CRIU that can read the images",
    why: """
      Podman asks for CRIU 3.11 at least, CRI-O and containerd for 3.16. CRIU stops at a kind of \
      open file that it does not know, takes the pagemaps of CRIU 4.2 for empty before that version, \
      and passes over fields that newer versions added: the restore succeeds without what they say.
      """,
    remedy: .manual("install this version of CRIU or a newer one on the host"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("missing", on: .minimal.with { $0.tools?["criu"] = nil }, .minimal),
      .fires("old", on: .withCRIU("3.10"), .ofOlderCRIU),
      .fires("a pidfd", on: .withCRIU("4.0"), .withPIDFD),
      .fires("restartable sequences", on: .withCRIU("3.16.1"), .withSequences),
      .fires("a pagemap of 4.2", on: .withCRIU("4.1.1"), .minimal),
      .fires("membarrier", on: .withCRIU("3.18"), .registeringBarrier(1 << 4)),
      .silent("there", on: .minimal, .minimal),
      .silent("a pidfd", on: .withCRIU("4.1.1"), .withPIDFD),
      .silent("restartable sequences", on: .withCRIU("3.17"), .withSequences),
      .silent("its version is unknown", on: .withCRIU(nil), .withPIDFD),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    guard let tools = host.tools else { return findings.notKnown("which CRIU it has", host) }
    let floor = subject.engine == .podman || subject.engine == nil ? "3.11" : "3.16"
    let present = ImageFeature.ofCRIU.compactMap { feature in
      feature.find(subject).map { (feature, $0) }
    }
    let refused = present.filter { $0.0.consequence == .refused }
      .max { Version($0.0.since) < Version($1.0.since) }
    let need =
      [floor, refused?.0.since].compactMap { $0 }.max { Version($0) < Version($1) } ?? floor
    guard let criu = tools["criu"] else {
      return findings.report(
        .archive, "\(shown(host.name)) has no criu", have: "none", need: .text(need))
    }
    guard let have = criu.version, Version(have).isKnown else {
      return findings.notKnown("which CRIU it has", host)
    }
    let remedy = Remedy.manual("install CRIU \(need) or a newer one on \(shown(host.name))")
    if Version(have) < Version(need) {
      let reason = refused.map { Version($0.0.since) >= Version(floor) ? $0.0.name : "" } ?? ""
      return findings.report(
        refused?.1 ?? .archive,
        "\(shown(host.name)) has CRIU \(shown(have)), and "
          + (reason.isEmpty
            ? "the engine asks for \(need)" : "the images have \(reason), which needs \(need)"),
        have: .text(shown(have)), need: .text(need), remedy: remedy)
    }
    for (feature, location) in present
    where feature.consequence != .refused && Version(have) < Version(feature.since) {
      findings.report(
        location,
        "the images have \(feature.name), and CRIU \(shown(have)) of \(shown(host.name)) restores without: \(feature.since) is the first that knows them",
        have: .text(shown(have)), need: .text(feature.since), severity: .warning,
        consequence: feature.consequence,
        remedy: .manual("install CRIU \(feature.since) or a newer one on \(shown(host.name))"))
    }
  }

  private static let kernelTooOld = Rule(
    id: "host.kernel-too-old", stage: .host,
    title: "The host's kernel has what the images need",
    why: """
      CRIU restores each thing by the call that made it. A kernel that does not know the call refuses \
      it, and the restore stops: “failed sys_rseq”, “Can't restore membarrier”, “Could not open \
      pidfd”, “Unable to create a new time namespace”.
      """,
    remedy: .manual("restore on a host with this version of the kernel or a newer one"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("restartable sequences", on: .withKernel("4.15.0"), .withSequences),
      .fires("a pidfd", on: .withKernel("5.2.9"), .withPIDFD),
      .fires("membarrier", on: .withKernel("5.4.0"), .registeringBarrier(1 << 8)),
      .fires(
        "guarded pages", on: .withKernel("6.12.1"),
        .minimal.addingArea { $0.status = VMAStatus.guardArea.rawValue }),
      .fires(
        "no time namespaces",
        on: .withKernel("5.10").with { $0.paths.add(ImageFeature.timeNamespace, nil) },
        .minimal.ids(1) { $0.timeNsID = 99 }),
      .silent("restartable sequences", on: .withKernel("4.18.0"), .withSequences),
      .silent("a pidfd", on: .withKernel("5.3.0"), .withPIDFD),
      .silent("membarrier", on: .withKernel("5.10"), .registeringBarrier(1 << 8)),
      .silent(
        "a distribution that adds to old kernels", on: .withKernel("4.18.0-553.el8_10.x86_64"),
        .withPIDFD),
      .silent(
        "time namespaces, whatever the version",
        on: .withKernel("4.18").with { $0.paths.add(ImageFeature.timeNamespace, .file) },
        .minimal.ids(1) { $0.timeNsID = 99 }),
      .silent("its version is unknown", on: .withKernel(""), .withPIDFD),
      .silent("nothing special", on: .withKernel("4.4"), .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    let release = host.kernel.release
    let have = Version(release)
    for feature in ImageFeature.ofKernel {
      guard let location = feature.find(subject) else { continue }
      let presence = feature.mark.map { host.paths[$0] } ?? .unknown
      if case .present = presence { continue }
      let isOld = have < Version(feature.since)
      if presence != .absent {
        guard have.isKnown else {
          findings.notKnown("the version of its kernel", host)
          continue
        }
        if !isOld { continue }
        if addsToOldKernels(release) {
          findings.notChecked(
            "kernel \(shown(release)) of \(shown(host.name)) may have what \(feature.since) brought: its distribution adds such things to older versions"
          )
          continue
        }
      }
      let reason =
        presence == .absent && !isOld
        ? "is built without what it takes" : "\(feature.since) is the first that has what it takes"
      let isLoss = feature.consequence == .silentLoss
      findings.report(
        location,
        "the images have \(feature.name), and the kernel of \(shown(host.name)) is \(shown(release)): "
          + (presence == .absent && !isOld ? "it \(reason)" : reason),
        have: .text(shown(release)), need: .text(feature.since),
        severity: isLoss ? .warning : nil, consequence: feature.consequence)
    }
  }

  /// Those of Enterprise Linux and of SUSE's: they have much of what newer versions have.
  private static func addsToOldKernels(_ release: String) -> Bool {
    release.contains(".el") || release.hasSuffix("-default")
  }
}

extension HostFacts {
  fileprivate static func withCRIU(_ version: String?) -> HostFacts {
    minimal.with { $0.tools?["criu"]?.version = version }
  }

  fileprivate static func withKernel(_ release: String) -> HostFacts {
    minimal.with { $0.kernel.release = release }
  }
}

extension Sketch {
  /// Without what CRIU 4.2 brought.
  fileprivate static let ofOlderCRIU = minimal.image(
    ImageName(.pagemap, 1),
    [
      pagemapHead,
      PagemapEntry.with {
        $0.vaddr = pagemapEntry.vaddr
        $0.compatNrPages = 1
        $0.flags = pagemapEntry.flags
      },
    ])

  fileprivate static let withSequences = ofOlderCRIU.core(1) { core in
    core.threadCore.rseqEntry = RseqEntry.with {
      $0.rseqAbiPointer = 0x1000
      $0.rseqAbiSize = 32
      $0.signature = 1
    }
  }

  fileprivate static let withPIDFD = ofOlderCRIU.opening(
    file(.pidfd, 60) { file in
      file.pidfd = PidfdEntry.with {
        $0.id = 60
        $0.ino = 5
        $0.flags = 0
        $0.nspid = 1
        $0.fown = owner
      }
    }, as: 6)

  fileprivate static func registeringBarrier(_ mask: UInt32) -> Sketch {
    ofOlderCRIU.core(1) { $0.tc.membarrierRegistrationMask = mask }
  }
}
