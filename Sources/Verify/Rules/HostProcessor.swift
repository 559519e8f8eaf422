import CRIUImages
import Checkpoint
import Host

/// Rules about the host's processor.
extension Rule {
  static let processorRules: [Rule] = [processorState, processorUnknown]

  private static let processorState = Rule(
    id: "host.cpu-state-missing", consequence: .crash, stage: .host,
    title: "The host's processor has every kind of registers that threads use",
    why: """
      A thread with AVX-512 registers in use, say, runs code that needs them. CRIU drops what the \
      processor does not have, and the restore succeeds; the thread is killed at its next such \
      instruction.
      """,
    remedy: .manual("restore on a host with the same or a newer processor"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("AVX-512", on: .minimal, .usingState(0xE7)),
      .silent("AVX", on: .minimal, .usingState(7)),
      .silent("protection keys, which the kernel sets by itself", on: .minimal, .usingState(0x207)),
      .silent("none", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    let states = subject.checkpoint.images.all(.core).compactMap { image in
      image.messages(CoreEntry.self).first.flatMap { record, core in
        core.threadInfo.fpregs.hasXsave
          ? (image.name, record, used: core.threadInfo.fpregs.xsave.xstateBv) : nil
      }
    }
    if states.isEmpty { return }
    guard let have = host.processor?.stateComponents else {
      return findings.notKnown("what state the processor has", host)
    }
    guard
      let (name, record, _) = states.first(where: { $0.used & ~have & ofInstructions != 0 })
    else { return }
    let used = states.reduce(0) { $0 | $1.used }
    let lacking = used & ~have & ofInstructions
    let names = stateNames.keys.sorted().filter { lacking >> UInt64($0) & 1 == 1 }
      .compactMap { stateNames[$0] }
    let count = states.filter { $0.used & ~have & ofInstructions != 0 }.count
    findings.report(
      subject.location(name, record),
      "\(counted(count, "thread")) in the middle of using \(names.joined(separator: ", ")), which the processor of \(shown(host.name)) lacks",
      have: .text("0x" + String(have, radix: 16)), need: .text("0x" + String(used, radix: 16)),
      evidence: ["field": "xstate_bv"])
  }

  /// archive contract, §9
  private static let processorUnknown = Rule(
    id: "host.cpu-features-unknown", severity: .note, consequence: .none, stage: .host,
    title: "The archive says which processor it was dumped on",
    why: """
      Engines do not have CRIU write cpuinfo.img. A program that has looked for an instruction and \
      found it goes on to use it on a processor without, and is killed. Only the registers in use at \
      the dump tell something: host.cpu-state-missing.
      """,
    remedy: .manual(
      "restore on a processor of the same model, or of a newer one of the same maker"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("x86 without", on: .minimal, .minimal),
      .silent("with", on: .minimal, .minimal.image(ImageName(.cpuinfo), [CpuinfoEntry()])),
      .silent("another architecture", on: .minimal.with { $0.kernel.machine = "s390x" }, .minimal),
    ]
  ) { subject, findings in
    let name = ImageName(.cpuinfo)
    guard let host = subject.host, subject.processes.root?.core?.machine == .x86,
      host.kernel.machine == "x86_64", subject.checkpoint.images[name] == nil
    else { return }
    let have = host.processor?.stateComponents.map { "0x" + String($0, radix: 16) }
    findings.report(
      .archive,
      "nothing in the archive tells which processor it was dumped on, so nobody can compare it with that of \(shown(host.name))",
      have: .text(have ?? "unknown"), need: .text("\(name)"))
  }

  /// The components of x86's extended state that only their own instructions bring into use, by bit.
  private static let stateNames: [Int: String] = [
    2: "AVX", 5: "AVX-512 masks", 6: "AVX-512 registers 0 to 15", 7: "AVX-512 registers 16 to 31",
    17: "AMX tile configuration", 18: "AMX tiles", 19: "APX registers",
  ]

  private static let ofInstructions: UInt64 = stateNames.keys.reduce(0) { $0 | 1 << UInt64($1) }
}

extension Sketch {
  fileprivate static func usingState(_ components: UInt64) -> Sketch {
    minimal.core(1) { $0.threadInfo.fpregs.xsave.xstateBv = components }
  }
}
