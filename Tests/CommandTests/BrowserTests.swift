import Foundation
import Glibc
import Support
import Testing

/// Pages in a real browser: `make test` installs Chromium.
@Suite(.enabled(if: Tool.chromium.exists), .serialized)
struct BrowserTests {
  enum Scheme: String, CaseIterable, Sendable {
    case dark = "0"
    case light = "1"
  }

  private func open(
    _ page: String, _ scratch: ScratchFolder, _ scheme: Scheme = .light, seconds: Int = 20
  ) throws -> Tool.Outcome {
    try Tool.chromium.run(
      "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
      "--user-data-dir=\(scratch.file("profile"))", "--window-size=1180,1600",
      "--timeout=\(seconds * 1000)",
      "--blink-settings=preferredColorScheme=\(scheme.rawValue)", "--enable-logging=stderr",
      "--screenshot=\(scratch.file("\(scheme).png"))", "--dump-dom", "file://\(page)")
  }

  /// What is between tags.
  private func words(_ source: some StringProtocol) -> String {
    var text = ""
    var isTag = false
    for character in source {
      if character == "<" { isTag = true }
      if !isTag { text.append(character) }
      if character == ">" { isTag = false }
    }
    let signs = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
    for (entity, sign) in signs { text = text.replacing(entity, with: sign) }
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }

  @Test func completeInLightAndDark() throws {
    let scratch = try ScratchFolder()
    let page = scratch.file("page.html")
    let made = try Program.run(["inspect", "--format", "html", Fixtures.path("zombie.tar.gz")])
    try write(Array(made.output.utf8), to: page)
    for scheme in Scheme.allCases {
      let outcome = try open(page, scratch, scheme)
      #expect(outcome.status == 0, "\(outcome.errors)")
      let dom = String(decoding: outcome.output, as: UTF8.self)
      // The body: the browser puts nothing in and leaves nothing out.
      let body = made.output.drop(while: { $0 != "\n" })
      #expect(words(dom).hasSuffix(words(body).suffix(200)))
      #expect(words(dom).contains(words(body)))
      #expect(!outcome.errors.contains("CONSOLE"), "\(outcome.errors)")
    }
    let shots = try Scheme.allCases.map { try bytes(of: scratch.file("\($0).png")) }
    #expect(shots.allSatisfy { $0.count > 20_000 })
    #expect(shots[0] != shots[1], "both schemes look the same")
  }

  /// A page whose names would load something, had they not been escaped, and one that does load it,
  /// to show that it would be noticed.
  @Test func nothingIsRequested() throws {
    let scratch = try ScratchFolder()
    let server = try Listener()
    let tag = "<img src='http://127.0.0.1:\(server.port)/x'>"
    try write(Array("<body>\(tag)</body>".utf8), to: scratch.file("control.html"))
    // Nobody answers, and the browser would wait.
    _ = try open(scratch.file("control.html"), scratch, seconds: 5)
    #expect(server.takeCalls() > 0)
    let folder = scratch.file("in")
    try makeFolder(folder)
    try makeFolder("\(folder)/checkpoint")
    // A slash ends a name; to a browser, a backslash is as good.
    let name = tag.replacing("/", with: "\\")
    try write([1], to: "\(folder)/\(name)")
    let made = try Program.run(["inspect", "--format", "html", folder])
    #expect(made.output.contains("&lt;img src="))
    try write(Array(made.output.utf8), to: scratch.file("page.html"))
    #expect(try open(scratch.file("page.html"), scratch).status == 0)
    #expect(server.takeCalls() == 0)
    // And had one not been escaped, the policy of the page still forbids it.
    let injected = made.output.replacing("<main ", with: "\(tag)<main ")
    try write(Array(injected.utf8), to: scratch.file("injected.html"))
    let outcome = try open(scratch.file("injected.html"), scratch)
    #expect(server.takeCalls() == 0)
    #expect(outcome.errors.contains("Content Security Policy"), "\(outcome.errors)")
  }
}

/// A server that counts who calls and answers nobody.
private struct Listener: ~Copyable {
  private let descriptor: Int32
  let port: UInt16

  init() throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    let isOpen = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
        bind(descriptor, address, size) == 0 && listen(descriptor, 16) == 0
          && getsockname(descriptor, address, &size) == 0
      }
    }
    port = UInt16(bigEndian: address.sin_port)
    try #require(isOpen)
  }

  deinit { close(descriptor) }

  /// How many have called since the last time.
  func takeCalls() -> Int {
    var count = 0
    while case let call = accept(descriptor, nil, nil), call >= 0 {
      close(call)
      count += 1
    }
    return count
  }
}
