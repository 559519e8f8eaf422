import Archive
import CRIUImages
import Checkpoint
import Foundation
import Support
import SwiftProtobuf

@testable import Verify

extension HostileCase {
  /// The image of that name with other bytes.
  private static func image(
    _ name: String, _ image: String, _ answer: Answer, _ rules: String...,
    bytes: @escaping @Sendable ([UInt8]) -> [UInt8]
  ) -> HostileCase {
    var made = Category.image.sketch(name, answer) { sketch in
      sketch.editing("checkpoint/\(image)") { $0.bytes = bytes($0.bytes) }
    }
    made.rules = Set(rules)
    return made
  }

  private static let unreadable = "criu.image-unreadable"
  /// The pages of the task that cannot be read.
  private static let orphan = "criu.orphan-image"

  /// A head, and one record with this content; its size as given.
  private static func record(_ head: [UInt8], _ body: [UInt8], size: UInt32? = nil) -> [UInt8] {
    let size = size ?? UInt32(body.count)
    return head.prefix(8) + (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) } + body
  }

  /// A field of this number that holds itself so many times, with honest lengths.
  private static func nested(_ number: UInt8, times: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    for _ in 0..<times {
      // Lengths as varints; from the inside, so in reverse.
      bytes = [number << 3 | 2] + varint(bytes.count) + bytes
    }
    return bytes
  }

  private static func varint(_ value: Int) -> [UInt8] {
    var rest = value
    var bytes: [UInt8] = []
    repeat {
      bytes.append(UInt8(rest & 0x7F) | (rest > 0x7F ? 0x80 : 0))
      rest >>= 7
    } while rest > 0
    return bytes
  }

  static let images: [HostileCase] = [
    image("of nothing", "core-1.img", .findings, unreadable, orphan) { _ in [] },
    image("of a magic alone", "core-1.img", .findings, unreadable, orphan) { Array($0.prefix(8)) },
    image("of another type", "core-1.img", .findings, unreadable, orphan) {
      [1, 2, 3, 4] + $0.dropFirst(4)
    },
    image("whose record claims 4 GiB", "core-1.img", .findings, unreadable, orphan) {
      record($0, [], size: .max)
    },
    image("whose record claims one byte more", "core-1.img", .findings, unreadable, orphan) {
      var bytes = $0
      bytes[8] += 1
      return bytes
    },
    image("cut in its record", "core-1.img", .findings, unreadable, orphan) {
      Array($0.dropLast())
    },
    image("with rubbish behind", "core-1.img", .restorable, "criu.trailing-bytes") {
      $0 + pattern(100)
    },
    image("of groups in groups", "core-1.img", .findings, unreadable, orphan) {
      record($0, [UInt8](repeating: 0x0B, count: 10_000))
    },
    image("of messages in messages", "core-1.img", .findings, unreadable, orphan) {
      record($0, nested(2, times: 5000))
    },
    image("of directories in directories", "core-1.img", .findings, unreadable, orphan) {
      record($0, nested(5, times: 5000))
    },
    image("with a number that does not end", "core-1.img", .findings, unreadable, orphan) {
      record($0, [0x08] + [UInt8](repeating: 0xFF, count: 100))
    },
    image("with a length beyond its record", "core-1.img", .findings, unreadable, orphan) {
      record($0, [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F])
    },
    image("with a field of number 0", "core-1.img", .findings, unreadable, orphan) {
      record($0, [0x00, 0x00])
    },
    image("pages one short", "pages-1.img", .findings, "criu.pages-size-mismatch") {
      Array($0.dropLast(4096))
    },
    image("pages a byte long", "pages-1.img", .restorable, "criu.pages-size-mismatch") { $0 + [0] },
    Category.image.sketch(
      "of 2^63 pages", .findings, "criu.pages-size-mismatch",
      "criu.pagemap-order"
    ) {
      $0.messages(ImageName(.pagemap, 1), PagemapEntry.self) { _ in }
        .image(
          ImageName(.pagemap, 1),
          [
            Sketch.pagemapHead,
            PagemapEntry.with {
              $0.vaddr = 0x40_0000
              $0.compatNrPages = 0
              $0.flags = PagemapFlags.present.rawValue
              $0.nrPages = 1 << 63
            },
          ])
    },
    Category.image.sketch(
      "of pages at the end of all addresses", .findings,
      "criu.pagemap-order"
    ) {
      $0.image(
        ImageName(.pagemap, 1),
        [
          Sketch.pagemapHead,
          PagemapEntry.with {
            $0.vaddr = .max - 4095
            $0.compatNrPages = 0
            $0.flags = PagemapFlags.present.rawValue
            $0.nrPages = 1
          },
        ])
    },
    Category.image.sketch(
      "area that ends before it begins", .findings, "criu.vma-shape",
      "criu.pagemap-outside-vma"
    ) {
      $0.message(ImageName(.mm, 1), MmEntry.self) { $0.vmas[0].end = 0 }
    },
    Category.image.sketch(
      "task that is its own parent", .findings, "criu.pstree-root", orphan
    ) {
      $0.tasks { $0[0].ppid = 1 }
    },
    Category.image.sketch(
      "two tasks that are each other's parent", .findings, "criu.core-missing", "criu.pstree-root"
    ) {
      $0.tasks {
        $0[0].ppid = 2
        $0.append(Sketch.task(2, parent: 1))
      }
    },
    Category.image.sketch("task of 20 000 threads", .findings, "criu.core-missing") {
      $0.tasks { $0[0].threads = Array(1...20_000) }
    },
    Category.image.sketch(
      "mounts in a circle", .findings, "mnt.parent-missing", "mnt.outside-parent"
    ) {
      $0.messages(ImageName(.mounts, 13), MntEntry.self) {
        $0[4].parentMntID = 262
        $0[5].parentMntID = 263
      }
    },
    Category.image.sketch("mount that is its own parent", .findings, "mnt.parent-missing") {
      $0.messages(ImageName(.mounts, 13), MntEntry.self) { $0[4].parentMntID = 263 }
    },
    Category.image.sketch("filters in a circle", .findings, "criu.seccomp-filter") {
      $0.image(
        ImageName(.seccomp),
        [
          SeccompEntry.with {
            $0.seccompFilters = (0..<2).map { index in
              SeccompFilter.with {
                $0.filter = Data(repeating: 0, count: 8)
                $0.prev = UInt32(1 - index)
              }
            }
          }
        ])
    },
    Category.image.sketch("descriptor of number 2^31", .findings, "criu.fd-range") {
      $0.holding(Sketch.descriptor(1 << 31, 2, .regular))
    },
    Category.image.sketch("20 000 descriptors of one file", .restorable) {
      $0.messages(ImageName(.fdinfo, 2), FdinfoEntry.self) { entries in
        entries += (3..<20_003).map { Sketch.descriptor(UInt32($0), 2, .regular) }
      }
    },
    Category.image.sketch("queue that claims 4 GiB", .findings, unreadable) {
      $0.image(
        ImageName(.pipesData),
        [
          PipeDataEntry.with {
            $0.pipeID = 1001
            $0.bytes = .max
          }
        ])
    },
    Category.image.sketch("open file whose name leads out", .findings, "criu.tmpfs-file-missing") {
      $0.messages(ImageName(.files), FileEntry.self) {
        $0[1].reg.name = Data("/dev/../../etc/shadow".utf8)
      }
    },
    Category.image.sketch("tmpfs whose names lead out", .unsafe, "archive.nested-path-escape") {
      $0.replacing(
        "checkpoint/tmpfs-dev-109.tar.gz.img",
        Sketch.tar([Sketch.file("./", kind: .directory), Sketch.file("../../x")], .gzip))
    },
    Category.image.sketch("tmpfs that writes through a link", .unsafe, "archive.nested-path-escape")
    {
      $0.replacing(
        "checkpoint/tmpfs-dev-109.tar.gz.img",
        Sketch.tar(
          [
            Sketch.file("./", kind: .directory),
            Sketch.file("l", kind: .symlink(target: Array("/etc".utf8))), Sketch.file("l/x"),
          ], .gzip))
    },
    Category.image.sketch("root file system that leads out", .unsafe, "archive.nested-path-escape")
    {
      $0.adding("rootfs-diff.tar", Sketch.tar([Sketch.file("../../x")]))
    },
    Category.image.sketch("shared memory that leads out", .unsafe, "archive.nested-path-escape") {
      $0.replacing("devshm-checkpoint.tar", Sketch.tar([Sketch.file("/x")]))
    },
  ]
}
