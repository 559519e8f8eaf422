/// A list of numbers as the kernel writes and reads them: `0-3,8` (cpuset(7), “List format”).
public struct NumberList: Sendable, Hashable {
  /// In ascending order, none touching the next.
  public let ranges: [ClosedRange<UInt32>]

  /// More than any kernel has processors; what archives say may be longer.
  private static let limit: UInt32 = 1 << 16

  /// nil if it is no such list, or has a number that no kernel has.
  public init?(_ text: String) {
    let trimmed = text.trimmingWhitespace
    var ranges: [ClosedRange<UInt32>] = []
    guard text.utf8.count < 1 << 16 else { return nil }
    for part in trimmed.isEmpty
      ? [] : trimmed.split(separator: ",", omittingEmptySubsequences: false)
    {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
        .map { KernelText.number(String($0)) }
      guard ends.count == 1 || ends.count == 2, let first = ends.first ?? nil,
        let last = ends.last ?? nil, first <= last, last < UInt64(Self.limit)
      else { return nil }
      ranges.append(UInt32(first)...UInt32(last))
    }
    self.init(ranges)
  }

  private init(_ ranges: [ClosedRange<UInt32>]) {
    var result: [ClosedRange<UInt32>] = []
    for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
      if let last = result.last, range.lowerBound <= last.upperBound + 1 {
        result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
      } else {
        result.append(range)
      }
    }
    self.ranges = result
  }

  public var isEmpty: Bool { ranges.isEmpty }

  /// What is here and not there.
  public func subtracting(_ other: NumberList) -> NumberList {
    var rest: [ClosedRange<UInt32>] = []
    for range in ranges {
      var start = range.lowerBound
      for taken in other.ranges where taken.upperBound >= start {
        if taken.lowerBound > range.upperBound { break }
        if taken.lowerBound > start { rest.append(start...taken.lowerBound - 1) }
        start = taken.upperBound + 1
      }
      if start <= range.upperBound { rest.append(start...range.upperBound) }
    }
    return NumberList(rest)
  }

  public var text: String {
    ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
