import CRIUImages
import Checkpoint
import SwiftProtobuf

extension Sketch {
  static let zeroRegisters: UserX86RegsEntry = zeros(27)
  static let zeroFloatingPoint: UserX86FpregsEntry = zeros(8)

  /// A message whose fields 1 to `count` are numbers, all 0.
  private static func zeros<M: Message>(_ count: UInt8) -> M {
    // A key is the field number times 8 for a varint, two bytes long from field 16 on.
    let bytes: [UInt8] = (1...count).flatMap { field in
      field < 16 ? [field << 3, 0] : [(field << 3) | 0x80, field >> 4, 0]
    }
    guard let message = try? M(serializedBytes: bytes) else {
      preconditionFailure("\(M.self) does not begin with \(count) numbers")
    }
    return message
  }
}
