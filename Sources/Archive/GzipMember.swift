import CDeflate
import Dispatch
import Glibc
import Synchronization

/// One gzip member in the making: filled by one thread, compressed by another.
///
/// An output that is given up may leave it behind in the middle of its work, which it then ends
/// alone.
final class GzipMember: Sendable {
  /// The input of a member. Larger ones compress no better, as no match is more than 32 KiB back.
  static let size = 1 << 20

  private struct Work {
    var compressor: OpaquePointer
    var input: [UInt8]
    var used = 0
    var output: [UInt8]
    /// How much of the output counts; 0 after a failure.
    var made = 0
  }

  private let work: Mutex<Work>
  private let done = DispatchSemaphore(value: 0)

  init(level: Int, path: String) throws(ArchiveError) {
    guard let compressor = libdeflate_alloc_compressor(Int32(clamping: level)) else {
      throw .cannotWrite(path: path, reason: "libdeflate has no memory or no level \(level)")
    }
    let bound = libdeflate_gzip_compress_bound(compressor, Self.size)
    work = Mutex(
      Work(
        compressor: compressor, input: [UInt8](repeating: 0, count: Self.size),
        output: [UInt8](repeating: 0, count: bound)))
  }

  deinit { work.withLock { libdeflate_free_compressor($0.compressor) } }

  var isEmpty: Bool { work.withLock { $0.used == 0 } }
  var isFull: Bool { work.withLock { $0.used == Self.size } }

  /// Takes the first bytes, as many as there is room for; returns how many.
  func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    work.withLock { work in
      let count = min(bytes.count, Self.size - work.used)
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

  /// Waits for the compressed member, after which this one can be filled again; nil if that failed.
  func result() -> ArraySlice<UInt8>? {
    done.wait()
    return work.withLock { work in
      work.used = 0
      return work.made == 0 ? nil : work.output.prefix(work.made)
    }
  }

  /// libdeflate's header has no time and no name.
  private func compress() {
    work.withLock { work in
      let (compressor, used) = (work.compressor, work.used)
      work.made = work.input.withUnsafeBytes { input in
        work.output.withUnsafeMutableBytes { output in
          libdeflate_gzip_compress(
            compressor, input.baseAddress, used, output.baseAddress, output.count)
        }
      }
    }
  }
}
