import CRIUImages
import SwiftProtobuf
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@Suite struct ValuesTests {
  @Test func numbersOfTheFormat() {
    #expect(FileType.allCases.map(\.rawValue) == Array(1...20))
    #expect(FileType.pidfd.rawValue == 20 && FileType.namespace.rawValue == 14)
    #expect(MachineType.riscv64.rawValue == 8)
    #expect(FilesystemType.tracefs.rawValue == 19 && FilesystemType.auto.rawValue == 16)
    #expect(VMAStatus.memfd.rawValue == 0x4000)
  }

  @Test func unknownNumbersAreKept() {
    let file = FileEntry.with { $0.type = 99 }
    #expect(file.fileType == nil && file.type == 99)
    #expect(FileEntry.with { $0.type = 18 }.fileType == .memfd)
    #expect(TaskCoreEntry.with { $0.taskState = 2 }.state == .dead)
  }

  @Test(
    arguments: [
      (5, nil, .linked, 5), (0x8000_0005, nil, .ghost, 5), (5, 1, .ghost, 5),
      (0x8000_0005, 2, .procfs, 0x8000_0005), (5, 9, nil, nil),
    ] as [(UInt32, UInt32?, RemapType?, UInt32?)])
  func remaps(id: UInt32, type: UInt32?, expected: RemapType?, number: UInt32?) {
    let entry = RemapFilePathEntry.with {
      $0.remapID = id
      if let type { $0.remapType = type }
    }
    #expect(entry.remap?.type == expected && entry.remap?.id == number)
  }

  /// protobuf-c hands CRIU a C string.
  @Test func textEndsAtTheFirstNUL() {
    let mount = MntEntry.with { $0.mountpoint = Data([0x2f, 0xff, 0x61, 0, 0x62]) }
    #expect(mount.mountpointText == "/\u{fffd}a")
    #expect(mount.extKeyText == nil)
  }
}
