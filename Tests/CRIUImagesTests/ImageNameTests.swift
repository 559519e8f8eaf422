import CRIUImages
import Testing

@Suite struct ImageNameTests {
  @Test(arguments: [
    ("inventory.img", ImageType.inventory, UInt64(0)),
    ("core-1.img", .core, 1),
    ("core-0.img", .core, 0),
    ("core-4294967295.img", .core, 4_294_967_295),
    ("pagemap-18446744073709551615.img", .pagemap, .max),
    ("pagemap-shmem-12.img", .shmemPagemap, 12),
    ("pages-3.img", .pages, 3),
    ("pages-shmem-3.img", .shmemPages, 3),
    ("ghost-file-1f.img", .ghostFile, 0x1f),
    ("tcp-stream-ffffffff.img", .tcpStream, 0xffff_ffff),
    ("tmpfs-dev-41.tar.gz.img", .tmpfsDev, 41),
    ("tmpfs-41.tar.gz.img", .tmpfs, 41),
    ("netns-ct-5.img", .conntrack, 5),
    ("netns-5.img", .netns, 5),
    ("binfmt-misc.img", .binfmtMisc, 0),
    ("binfmt-misc-7.img", .binfmtMiscByDev, 7),
    ("tty-data.img", .ttyData, 0),
    ("stats-dump", .dumpStats, 0),
    ("irmap-cache", .irmapCache, 0),
  ])
  func knownNames(fileName: String, type: ImageType, id: UInt64) throws {
    let name = try #require(ImageName(fileName: fileName))
    #expect(name == ImageName(type, id))
    #expect(name.fileName == fileName)
    #expect(ImageName(fileName: Array(fileName.utf8)) == name)
  }

  @Test(arguments: [
    "", "-", "img", ".img", "core", "core.img", "core-.img", "core-01.img", "core-00.img",
    "core-+1.img", "core--1.img", "core-1.im", "core-1.img.bak", "core-1", "xcore-1.img",
    "core-a.img", "Core-1.img", "core-4294967296.img", "pagemap-18446744073709551616.img",
    "ghost-file-1F.img", "ghost-file-0x1.img", "ghost-file-100000000.img", "core-１.img",
    "tmpfs-dev-1.img", "tmpfs-dev-1.tar.gz", "pages-1.tar.gz.img", "inventory-1.img",
    "stats-dump.img", "descriptors.json", "parent", "core-1 .img",
  ])
  func unknownNames(fileName: String) {
    #expect(ImageName(fileName: fileName) == nil)
  }

  @Test func bytesThatAreNotText() {
    #expect(ImageName(fileName: [0xff] + Array("core-1.img".utf8)) == nil)
    #expect(ImageName(fileName: Array("core-1.img\0".utf8)) == nil)
  }

  @Test(arguments: ImageType.allCases)
  func everyTypeIsFoundByItsName(type: ImageType) {
    let name = ImageName(type, 10)
    #expect(ImageName(fileName: name.fileName) == name)
  }

  @Test func numbersAreCutToWhatANameCarries() {
    #expect(ImageName(.inventory, 9) == ImageName(.inventory))
    #expect(ImageName(.core, 1 << 32 | 5) == ImageName(.core, 5))
  }

  @Test func magicsAreSharedOnlyAsCRIUSharesThem() {
    let shared: Set<Set<ImageType>> = [
      [.pagemap, .shmemPagemap], [.dumpStats, .restoreStats], [.binfmtMisc, .binfmtMiscByDev],
      [.sharedSignals, .privateSignals],
    ]
    let framed = ImageType.allCases.filter { $0.layout.head != .raw }
    let groups = Dictionary(grouping: framed) { $0.layout.magic }.values
    #expect(Set(groups.filter { $0.count > 1 }.map(Set.init)) == shared)
    #expect(framed.allSatisfy { $0.layout.magic != 0 && !$0.layout.messages.isEmpty })
  }
}
