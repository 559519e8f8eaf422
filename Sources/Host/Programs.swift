import CLinux
import Glibc

/// Runs programs that answer a short question, all at once.
enum Programs {
  struct Question: Hashable {
    /// Absolute.
    var path: String
    var arguments: [String]
  }

  enum Answer: Hashable {
    case text(String)
    case failed(String)
  }

  /// What each writes to standard output. A program that has not ended by then is killed, with all
  /// that it has started.
  static func ask(_ questions: [Question], milliseconds: Int64 = 250) -> [Answer] {
    let end = now() + milliseconds
    var running = questions.map { Running($0) }
    while running.contains(where: { !$0.isOver }), case let left = end - now(), left > 0 {
      let open = running.indices.filter { running[$0].output >= 0 }
      var polls = open.map { pollfd(fd: running[$0].output, events: Int16(POLLIN), revents: 0) }
      // Nothing can be polled for the end of a program that has closed its output.
      let isClosing = running.contains { !$0.isOver && $0.output < 0 }
      poll(&polls, nfds_t(polls.count), Int32(isClosing ? min(left, 2) : left))
      for (index, item) in zip(open, polls) where item.revents != 0 { running[index].take() }
      for index in running.indices { running[index].reap() }
    }
    return running.indices.map { index in
      if !running[index].isOver {
        running[index].kill()
        return .failed("no answer within \(milliseconds) ms")
      }
      return running[index].answer
    }
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }
}

private struct Running {
  /// No version is longer; what comes after is not taken.
  private static let limit = 1 << 14

  private var process: pid_t = 0
  /// -1 once it is closed.
  private(set) var output: Int32 = -1
  private var bytes: [UInt8] = []
  private var status: Int32 = 0
  private var failure: String?
  private(set) var isOver = false

  init(_ question: Programs.Question) {
    var ends: [Int32] = [-1, -1]
    guard ckptmend_pipe(&ends) == 0 else {
      fail(errno)
      return
    }
    defer { close(ends[1]) }
    output = ends[0]
    _ = fcntl(output, F_SETFL, O_NONBLOCK)
    let code = Self.start(question, output: ends[1], &process)
    if code != 0 { fail(code) }
  }

  private static func start(
    _ question: Programs.Question, output: Int32, _ process: inout pid_t
  ) -> Int32 {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
    // Warnings may hold numbers, too.
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var arguments = ([question.path] + question.arguments).map { strdup($0) } + [nil]
    defer { arguments.forEach { free($0) } }
    return posix_spawn(&process, question.path, &actions, &attributes, &arguments, environ)
  }

  private mutating func fail(_ code: Int32) {
    failure = String(cString: strerror(code))
    isOver = true
    shut()
  }

  private mutating func shut() {
    if output >= 0 { close(output) }
    output = -1
  }

  /// Reads what there is.
  mutating func take() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = read(output, &buffer, 4096)
    if count < 0 && (errno == EAGAIN || errno == EINTR) { return }
    if count > 0 { bytes += buffer[..<count] }
    if count <= 0 || bytes.count >= Self.limit { shut() }
  }

  /// Sees whether it has ended, once there is no more output.
  mutating func reap() {
    guard !isOver && output < 0 else { return }
    let ended = waitpid(process, &status, WNOHANG)
    if ended < 0 { fail(errno) } else { isOver = ended > 0 }
  }

  mutating func kill() {
    shut()
    _ = Glibc.kill(-process, SIGKILL)
    // One that the kernel holds on to is left to it.
    for _ in 0..<50 where waitpid(process, &status, WNOHANG) == 0 { usleep(1000) }
  }

  var answer: Programs.Answer {
    if let failure { return .failed(failure) }
    // WIFSIGNALED, WEXITSTATUS.
    if status & 0x7F != 0 { return .failed("killed by signal \(status & 0x7F)") }
    if status != 0 { return .failed("exit code \(status >> 8 & 0xFF)") }
    return .text(String(decoding: bytes, as: UTF8.self))
  }
}
