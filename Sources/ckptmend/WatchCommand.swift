import Archive
import ArgumentParser
import Checkpoint
import Glibc
import Verify

struct WatchCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Judge each archive that appears in a folder.",
    discussion: """
      Examples:
        ckptmend watch /var/lib/kubelet/checkpoints --metrics /var/lib/node-exporter/ckptmend.prom
        ckptmend watch --once store | jq 'select(.verdict != "restorable")'

      Prints one line of JSON for each: time, path, verdict, counts, rules, seconds and bytes. \
      Archives that are there already come first, in the order of their names; those that are \
      still being written, once they are closed. Hidden files, links and folders are passed over.

      Ends at SIGTERM or SIGINT with 0. Exit codes of --once: 0 all restorable, 1 findings, \
      2 unreadable, 3 unsafe; the highest wins.
      """)

  @Argument(help: "The folder.")
  var folder: String

  @Option(
    help: ArgumentHelp(
      "Keep metrics for Prometheus in this file, which everybody may read; end its name in .prom for node-exporter.",
      valueName: "file"))
  var metrics: String?

  @Flag(help: "Judge what is there, then end.")
  var once = false

  @Flag(help: "Pass over what is there already.")
  var newOnly = false

  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if once, newOnly { throw ValidationError("--once judges what is there, --new-only does not") }
  }

  func run() throws {
    // See ckptmend_is_written.
    signal(SIGIO, SIG_IGN)
    guard let watch = FolderWatch.start(folder) else {
      throw Failure(
        .unreadable, "cannot watch \(Escape.text(folder)): \(String(cString: strerror(errno)))")
    }
    var session = WatchSession(folder: folder, metrics: metrics, limits: limits.limits)
    session.publish()
    if !newOnly { try session.judge(watch.names(), in: watch, changedSince: 0) }
    if once { throw ExitCode(session.status.rawValue) }
    // Where the kernel dropped notices, everything that changed since the last ones is judged.
    var heard = WatchSession.now.tv_sec
    while !session.isInterrupted {
      let before = WatchSession.now.tv_sec
      for notice in watch.next(waiting: 1000) {
        switch notice {
        case .file(let name): try session.judge([name], in: watch, changedSince: 0)
        case .overflow: try session.judge(watch.names(), in: watch, changedSince: heard - 1)
        case .gone: throw Failure(.unreadable, "the folder \(Escape.text(folder)) is gone")
        }
      }
      heard = before
    }
  }
}

/// What one run of `watch` has seen.
struct WatchSession {
  let folder: String
  let metrics: String?
  let limits: Limits
  private(set) var status = ExitStatus.restorable
  private var wasInterrupted = false
  private var tally = WatchMetrics()

  init(folder: String, metrics: String?, limits: Limits) {
    self.folder = folder
    self.metrics = metrics
    self.limits = limits
  }

  /// Whether a signal has asked for the end.
  var isInterrupted: Bool { wasInterrupted || (try? Interruption.check()) == nil }

  static var now: timespec {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return time
  }

  /// Judges files, as far as they are regular, closed, and not older than asked for.
  mutating func judge(_ names: [[UInt8]], in watch: borrowing FolderWatch, changedSince time: Int)
    throws
  {
    for name in names {
      if isInterrupted { return }
      guard let file = watch.open(name) else { continue }
      if file.changed < time {
        close(file.descriptor)
        continue
      }
      try judge(name, file.descriptor, size: file.size)
    }
  }

  private mutating func judge(_ name: [UInt8], _ descriptor: Int32, size: Int64) throws {
    let start = ContinuousClock.now
    let shown = Escape.text(Array("\(folder)/".utf8) + name)
    let path = "\(folder)/\(String(decoding: name, as: UTF8.self))"
    let record: WatchRecord
    do throws(ArchiveError) {
      let checkpoint = try Checkpoint.load(takingOver: descriptor, path: path, limits: limits)
      let report = Verifier.verify(checkpoint)
      status = max(status, ExitStatus(report, failOn: .error))
      record = WatchRecord(
        path: shown, bytes: size, seconds: Self.seconds(since: start), at: Self.now, report)
    } catch {
      if case .interrupted = error {
        wasInterrupted = true
        return
      }
      status = max(status, ExitStatus(error))
      record = WatchRecord(
        path: shown, bytes: size, seconds: Self.seconds(since: start), at: Self.now, error: error)
    }
    Console.out(try record.line())
    tally.add(record, at: Self.now)
    publish()
  }

  /// Writes the metrics. A collector that goes without must not stop the judging.
  mutating func publish() {
    guard let metrics else { return }
    do throws(ArchiveError) {
      try tally.write(to: metrics)
    } catch {
      Console.note("ckptmend: \(error)")
      status = max(status, .notWritten)
    }
  }

  private static func seconds(since start: ContinuousClock.Instant) -> Double {
    let duration = ContinuousClock.now - start
    let (seconds, attoseconds) = duration.components
    return Double(seconds) + Double(attoseconds / 1_000_000_000_000) / 1e6
  }
}
