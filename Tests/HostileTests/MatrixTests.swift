import Foundation
import Support
import Synchronization
import Testing

/// Every hostile archive through every command, as root and not, under strace.
///
/// `make test` takes a few of them; `make test-hostile` all.
@Suite struct MatrixTests {
  static let samples =
    Hostile.isWhole
    ? HostileCase.all
    : HostileCase.all.enumerated().filter {
      $0.offset % 100 == 7 || $0.element.name == "30 000 deep"
    }.map(\.element)

  static let users: [HostileRun.User] = HostileRun.isRoot ? [.root, .nobody] : [.nobody]

  @Test(arguments: samples) func harmsNothing(_ sample: HostileCase) throws {
    let archive = try sample.bytes()
    for user in Self.users {
      for command in HostileRun.Command.allCases {
        let canary = try Canary(archive, owner: user)
        let run = try HostileRun.run(
          command.arguments(canary.input, in: canary.folder), in: canary.folder, as: user,
          traced: Hostile.hasTrace)
        let about = Comment(rawValue: "\(command) as \(user)")
        let outside = run.writes(outside: canary.folder)
        let changes = try canary.changes()
        let isCrash = ![0, 1, 2, 3, 4, 5].contains(run.status)
        Hostile.figures.withLock {
          $0.runs[user, default: 0] += 1
          $0.crashes += isCrash ? 1 : 0
          $0.outside += outside.count + changes.count
          $0.memory = max($0.memory, run.memory)
          $0.traced += run.trace.isEmpty ? 0 : 1
        }
        #expect(!isCrash, about)
        #expect(outside.isEmpty, about)
        #expect(changes.isEmpty, about)
        #expect(run.controls.isEmpty, about)
        #expect(run.memory < 256 << 10, about)
        #expect(!Hostile.hasTrace || run.trace.contains("execve("), about)
        if command == .verify { #expect(run.status == sample.answer.rawValue, about) }
        if command.isRepack, sample.answer == .unsafe { #expect(run.status == 3, about) }
        // What is published is whole and was judged; an unsafe archive is never passed on.
        let isPublished = !canary.made.isEmpty
        if isPublished {
          #expect(canary.made.count == 1, about)
          #expect([0, 1].contains(run.status), about)
          #expect(sample.answer != .unsafe || command == .repair, about)
        } else if command == .repair || command.isRepack {
          #expect(run.status != 0, about)
        }
      }
    }
    Hostile.print()
  }

  /// The trace is read right: a write outside is seen, one inside is none.
  @Test func traceShowsWrites() {
    let calls = SystemCalls(
      """
      12 openat(AT_FDCWD</c/out>, "/etc/ld.so.cache", O_RDONLY|O_CLOEXEC) = 3</etc/ld.so.cache>
      12 openat(AT_FDCWD</c/out>, "/etc/x", O_WRONLY|O_CREAT, 0600) = -1 EACCES (Permission denied)
      12 openat(3</c/out/.work>, "x", O_RDWR|O_CREAT|O_EXCL, 0600) = 4</c/out/.work/x>
      12 openat(3</c>, ".", O_RDWR|O_TMPFILE, 0600) = 4</c/#1 (deleted)>
      12 mkdirat(3</c/out>, "a", 0700) = 0
      12 renameat2(3</c/out>, "a", 4</c/beside>, "b", RENAME_NOREPLACE) = 0
      12 fchmod(4</c/out/.work/x>, 0600) = 0
      12 symlinkat("/etc", 3</c/out/.work>, "l") = 0
      12 symlinkat("x", 3</c/beside>, "l") = 0
      12 unlink("y") = 0
      12 unlink("/c/out/../y") = 0
      12 fchown(5</c/x>, 0, 0) = 0
      12 linkat(AT_FDCWD</c/out>, "/proc/self/fd/6", 5</c/out>, "o", AT_SYMLINK_FOLLOW <unfinished ...>
      13 fchmod(4</c/out/o>, 0600 <unfinished ...>
      13 <... fchmod resumed>) = 0
      12 <... linkat resumed>) = 0
      13 linkat(AT_FDCWD</c/out>, "/proc/self/fd/6", 5</c>, "o", AT_SYMLINK_FOLLOW <unfinished ...>
      """)
    #expect(
      calls.writes(allowing: "/c/out").map { String($0.prefix { $0 != " " }) } == [
        "/etc/x", "/c", "/c/beside/b", "/c/beside/l", "/c/out/../y", "/c/x", "/c/o",
      ])
  }
}
