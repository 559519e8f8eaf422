import Archive
import Checkpoint
import Documents
import Testing

@Suite struct LayoutTests {
  static let layouts: [(String, [String], Layout)] = [
    ("archive", ["spec.dump", "config.dump", "checkpoint/inventory.img"], .container),
    ("one document", ["config.dump"], .container),
    ("images", ["inventory.img", "pstree.img"], .images),
    ("docker", ["inventory.img", "descriptors.json"], .docker),
    ("pre-dump", ["pre-checkpoint/pagemap-1.img"], .preDump),
    ("bare pre-dump", ["pagemap-1.img", "pages-1.img"], .preDump),
    ("pod", ["pod.options", "web/spec.dump"], .pod(containers: ["web"])),
    ("wrapped", ["backup/spec.dump", "backup/config.dump"], .wrapped(folder: "backup")),
    ("nothing", ["readme"], .unknown),
    ("absolute", ["/spec.dump"], .unknown),
  ]

  @Test(arguments: layouts)
  func isRecognised(_ name: String, _ files: [String], _ layout: Layout) {
    var sketch = Sketch()
    for file in files { sketch = sketch.adding(file) }
    #expect(sketch.checkpoint.layout == layout)
  }

  /// A mark that joins the slash before it is a part of the name: CRIU finds no image by that.
  @Test(arguments: ["\u{FF9E}", "\u{1F3FB}"]) func namesAreBytes(_ mark: String) {
    let checkpoint = Sketch().adding("spec.dump", text: "{}")
      .adding("checkpoint/\(mark)inventory.img").checkpoint
    if case .image = checkpoint.entries[1].content { Issue.record("it is taken for an image") }
  }

  @Test func lastDuplicateCounts() {
    let sketch = Sketch().adding("spec.dump", text: "1").adding("./spec.dump", text: "{}")
    let checkpoint = sketch.checkpoint
    #expect(checkpoint.entries.map(\.isSuperseded) == [true, false])
    #expect(checkpoint.document(.spec)?.root?.kind == .object)
  }

  /// Documents are kept only as far as the limits allow; what is larger is told, not read.
  @Test func largeDocumentIsRefused() {
    let checkpoint = Sketch().claiming("spec.dump", size: 1).adding("spec.dump", text: "{}")
      .claiming("spec.dump", size: 1 << 40).checkpoint
    guard case .refused(let have, _)? = checkpoint["spec.dump"]?.content else {
      Issue.record("read")
      return
    }
    #expect(have == 1 << 40)
  }
}
