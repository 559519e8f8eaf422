import Testing

@testable import Host

@Suite struct ToolTests {
  @Test(arguments: [
    ("Version: 4.2\n", "4.2"), ("Version: 3.17.1\nGitID: v3.17.1-2\n", "3.17.1"),
    ("runc version 1.1.5+ds1\ncommit: 1.1.5+ds1-1+deb12u1\nspec: 1.0.2-dev\n", "1.1.5"),
    ("crun version 1.21\ncommit: 10269840aa07fb7e6b7e1acff6198692d8ff5c88\n", "1.21"),
    ("podman version 4.3.1\n", "4.3.1"), ("podman version 6.0.0-dev\n", "6.0.0"),
    ("crio version 1.37.0\nVersion:        1.37.0\n", "1.37.0"),
    ("containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u1\n", "1.6.20"),
    ("containerd github.com/containerd/containerd/v2 v2.1.0 061792f\n", "2.1.0"),
    ("conmon version 2.1.6\ncommit: unknown\n", "2.1.6"), ("tar (GNU tar) 1.34\n", "1.34"),
    ("iptables v1.8.9 (nf_tables)\n", "1.8.9"), ("nftables v1.0.6 (Lester Gooch #5)\n", "1.0.6"),
    ("", nil), ("no number", nil), ("7", nil), ("1.", nil), (".5", nil), ("1..2", nil),
    ("ends 4.2.", "4.2"), ("1..2 then 3.4", "3.4"),
    ("99999999999999999999.1", "99999999999999999999.1"),
  ])
  func versions(_ text: String, _ version: String?) {
    #expect(VersionText.version(text) == version)
  }

  @Test func endlessVersionsAreNone() {
    #expect(VersionText.version(String(repeating: "1.", count: 100_000)) == nil)
    #expect(VersionText.version(String(repeating: "9", count: 100_000) + ".1") == nil)
  }

  @Test func relativeFoldersAreNotSearched() {
    #expect(
      HostProbe.searchPath("/usr/bin:.::bin:/sbin:/usr/bin")
        == ["/usr/bin", "/sbin", "/usr/local/sbin", "/usr/sbin"])
  }

  static func ask(_ script: String, milliseconds: Int64 = 10_000) -> Programs.Answer? {
    Programs.ask(
      [.init(path: "/bin/sh", arguments: ["-c", script])], milliseconds: milliseconds
    ).first
  }

  @Test(arguments: [
    ("echo 1.2; echo 3.4 >&2", Programs.Answer.text("1.2\n")), ("exit 3", .failed("exit code 3")),
    ("kill -9 $$", .failed("killed by signal 9")), ("exec >&-; sleep 0.02", .text("")),
    ("read line && echo $line || echo none", .text("none\n")),
  ])
  func answers(_ script: String, _ answer: Programs.Answer) {
    #expect(Self.ask(script) == answer)
  }

  @Test(arguments: [
    "sleep 30", "exec >&-; sleep 30", "sleep 30 & exit 0", "trap '' TERM; sleep 30",
  ])
  func hangingProgramsAreKilled(_ script: String) {
    let clock = ContinuousClock()
    let start = clock.now
    #expect(Self.ask(script, milliseconds: 50) == .failed("no answer within 50 ms"))
    #expect(clock.now - start < .seconds(10))
  }

  @Test func talkativeProgramsAreCutOff() {
    guard case .failed? = Self.ask("exec cat /dev/zero") else {
      Issue.record("an endless answer was taken")
      return
    }
  }

  @Test func severalAreAskedAtOnce() {
    let questions = (0..<8).map { index in
      Programs.Question(path: "/bin/sh", arguments: ["-c", "sleep 0.2; echo \(index)"])
    }
    #expect(
      Programs.ask(questions, milliseconds: 30_000) == (0..<8).map { .text("\($0)\n") })
    #expect(Programs.ask([]) == [])
    #expect(
      Programs.ask([.init(path: "/no/such/program", arguments: [])])
        == [.failed("No such file or directory")])
  }
}
