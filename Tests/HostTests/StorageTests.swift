import Testing

@testable import Host

@Suite struct StorageTests {
  static let first = String(repeating: "0a", count: 32)
  static let second = String(repeating: "f9", count: 32)

  @Test func images() {
    let text = """
      [{"id":"\(Self.second)","digest":"sha256:00","names":["localhost/cwl:latest","quay.io/a/b:1"],
        "layer":"x","metadata":"{}","created":"2024-05-06T07:08:09.1Z","big-data-sizes":{"a":1}},
       {"id":"\(Self.first)","layer":"y","names":null},{"id":"\(Self.first)"}]
      """
    #expect(
      ImageList.images(Array(text.utf8))
        == [
          .init(id: Self.first, names: []), .init(id: Self.first, names: []),
          .init(id: Self.second, names: ["localhost/cwl:latest", "quay.io/a/b:1"]),
        ])
    #expect(ImageList.images(Array("[]".utf8)) == [])
  }

  @Test(arguments: [
    "", "[", "{}", "null", "[{}]", "[{\"id\":7}]", "[{\"id\":\"short\"}]", "[1e999999]",
    "[{\"id\":\"\(first)\",\"names\":[7]}]", "[{\"id\":\"\(first.uppercased())\"}]",
    "[{\"id\":\"\(first)\",\"names\":[\"a\"",
  ])
  func otherLists(_ text: String) {
    #expect(ImageList.images(Array(text.utf8)) == nil)
  }

  @Test func deepListsAreRefused() {
    #expect(ImageList.images([UInt8](repeating: 0x5B, count: 100_000)) == nil)
  }

  @Test func settings() {
    let settings = StorageSettings(
      """
      # This file is the configuration file for all tools
      [storage]
      driver = "overlay"
      runroot = "/run/containers/storage"
      graphroot = '/srv/containers' # elsewhere
      # rootless_storage_path = "$HOME/.local/share/containers/storage"
      imagestore = ""
      [storage.options]
      additionalimagestores = [
      ]
      [storage.options.overlay]
      graphroot = "/no"
      """)
    #expect(settings.driver == "overlay")
    #expect(settings.root == "/srv/containers")
    #expect(settings.userRoot == nil)
    #expect(!settings.hasOtherStores)
  }

  @Test(arguments: [
    "[storage]\nimagestore = \"/more\"",
    "[storage.options]\nadditionalimagestores = [ \"/more\" ]",
    "[storage.options]\nadditionalimagestores = [\n# none\n\"/more\",\n]",
  ])
  func furtherStores(_ text: String) {
    #expect(StorageSettings(text).hasOtherStores)
  }

  @Test(arguments: [
    "", "\n", "[", "[storage", "=", "[storage]\ndriver", "[storage]\ndriver =",
    "[storage]\ndriver = \"", "[storage]\ndriver = 7", "[storage.options]\nadditionalimagestores=[",
  ])
  func brokenSettings(_ text: String) {
    #expect(StorageSettings(text) == StorageSettings())
  }
}
