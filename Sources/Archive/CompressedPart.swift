import Dispatch
import Glibc
import Synchronization

/// A part in the making: filled by one thread, compressed by another.
///
/// An output that is given up may leave it behind in the middle of its work, which it then ends
/// alone.
final class CompressedPart: Sendable {
  private struct Work {
    var compressor: OpaquePointer
    var input: [UInt8]
    var used = 0
    var output: [UInt8]
    /// How much of the output counts; 0 after a failure.
    var made = 0
  }

  private let codec: PartCodec
  private let work: Mutex<Work>
  private let done = DispatchSemaphore(value: 0)

  init(_ codec: PartCodec, level: Int, path: String) throws(ArchiveError) {
    guard let compressor = codec.make(level) else {
      throw .cannotWrite(path: path, reason: "no memory to compress, or no level \(level)")
    }
    self.codec = codec
    work = Mutex(
      Work(
        compressor: compressor, input: Self.room(codec.size),
        output: Self.room(codec.bound(codec.size))))
  }

  /// Memory that nobody has touched: a small archive fills little of a part.
  private static func room(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { _, used in used = count }
  }

  deinit { work.withLock { codec.free($0.compressor) } }

  var isEmpty: Bool { work.withLock { $0.used == 0 } }
  var isFull: Bool { work.withLock { $0.used == codec.size } }

  /// Takes the first bytes, as many as there is room for; returns how many.
  func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    work.withLock { work in
      let count = min(bytes.count, codec.size - work.used)
      let place = work.used
      work.input.withUnsafeMutableBytes { input in
        UnsafeMutableRawBufferPointer(rebasing: input[place..<place + count])
          .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
      }
      work.used += count
      return count
    }
  }

  /// Begins to compress, elsewhere.
  func start() {
    DispatchQueue.global().async {
      self.compress()
      self.done.signal()
    }
  }

  /// Waits for the compressed part, after which this one can be filled again; nil if that failed.
  func result() -> ArraySlice<UInt8>? {
    done.wait()
    return work.withLock { work in
      work.used = 0
      return work.made == 0 ? nil : work.output.prefix(work.made)
    }
  }

  private func compress() {
    work.withLock { work in
      let (compressor, used) = (work.compressor, work.used)
      work.made = work.input.withUnsafeBytes { input in
        work.output.withUnsafeMutableBytes { output in
          codec.compress(compressor, UnsafeRawBufferPointer(rebasing: input.prefix(used)), output)
        }
      }
    }
  }
}
