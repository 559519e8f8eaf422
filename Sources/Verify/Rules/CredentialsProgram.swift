import CRIUImages

/// A seccomp filter as the kernel checks it before it installs it: bpf_check_classic in
/// net/core/filter.c and seccomp_check_filter in kernel/seccomp.c.
struct SeccompProgram {
  struct Instruction {
    let code: UInt16
    /// How far a comparison jumps if it holds, and if not.
    let onTrue: UInt8
    let onFalse: UInt8
    let operand: UInt32
  }

  let instructions: [Instruction]

  /// nil for bytes that are not whole instructions.
  init?(_ bytes: some Collection<UInt8>) {
    let bytes = Array(bytes)
    guard bytes.count % 8 == 0 else { return nil }
    instructions = stride(from: 0, to: bytes.count, by: 8).map { start in
      let word = { (index: Int) in UInt32(bytes[start + index]) }
      return Instruction(
        code: UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8, onTrue: bytes[start + 2],
        onFalse: bytes[start + 3],
        operand: word(4) | word(5) << 8 | word(6) << 16 | word(7) << 24)
    }
  }

  /// The first instruction that the kernel refuses, and why.
  var fault: (index: Int, reason: String)? {
    let limit = 4096
    guard let last = instructions.last else { return (0, "the program is empty") }
    if instructions.count > limit { return (limit, "the program has more than \(limit)") }
    for (index, instruction) in instructions.enumerated() {
      if let reason = fault(of: instruction, at: index) { return (index, reason) }
    }
    // RET with a constant or with the accumulator
    return last.code == 0x06 || last.code == 0x16
      ? nil : (instructions.count - 1, "the last instruction does not return")
  }

  private func fault(of instruction: Instruction, at index: Int) -> String? {
    let operand = instruction.operand
    let following = UInt32(instructions.count - index - 1)
    switch instruction.code {
    // LD W ABS: a word of struct seccomp_data
    case 0x20: return operand < 64 && operand % 4 == 0 ? nil : "loads beyond the data"
    // LD MEM, LDX MEM, ST, STX
    case 0x60, 0x61, 0x02, 0x03: return operand < 16 ? nil : "uses a scratch word beyond 15"
    // DIV by a constant
    case 0x34: return operand != 0 ? nil : "divides by zero"
    // LSH and RSH by a constant
    case 0x64, 0x74: return operand < 32 ? nil : "shifts by more than 31"
    // JA
    case 0x05: return operand < following ? nil : "jumps beyond the end"
    // JEQ, JGT, JGE, JSET with a constant or the index
    case 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x3d, 0x45, 0x4d:
      let furthest = UInt32(max(instruction.onTrue, instruction.onFalse))
      return furthest < following ? nil : "jumps beyond the end"
    // LD and LDX of the length or a constant, RET, ALU, TAX, TXA
    case 0x80, 0x81, 0x00, 0x01, 0x06, 0x16, 0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x3c, 0x44, 0x4c,
      0x54, 0x5c, 0x6c, 0x7c, 0x84, 0xa4, 0xac, 0x07, 0x87:
      return nil
    default: return "is none that a filter may have"
    }
  }
}
