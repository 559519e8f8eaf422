/// Whether Go's `time.Time.UnmarshalJSON` takes what stands between the quotes.
///
/// It looks at the raw bytes, so that an escape never matches. The layout is RFC 3339's, read by
/// the lenient `time.Parse`: an hour may have one digit, the fraction may follow a comma, and an
/// offset may be 24:60. (time/format_rfc3339.go holds the strict form behind a switch that is off.)
func isGoTime(_ text: ArraySlice<UInt8>) -> Bool {
  var rest = text
  guard let year = number(&rest, 4...4), skip(&rest, "-"),
    let month = number(&rest, 2...2), (1...12).contains(month), skip(&rest, "-"),
    let day = number(&rest, 2...2), (1...days(in: month, of: year)).contains(day),
    skip(&rest, "T"),
    let hour = number(&rest, 1...2), hour < 24, skip(&rest, ":"),
    let minute = number(&rest, 2...2), minute < 60, skip(&rest, ":"),
    let second = number(&rest, 2...2), second < 60
  else { return false }
  if let point = rest.first, point == UInt8(ascii: ".") || point == UInt8(ascii: ","),
    isDigits(rest.dropFirst().prefix(1), 1...1)
  {
    rest = rest.dropFirst().drop { isDigits([$0], 1...1) }
  }
  if rest.elementsEqual([UInt8(ascii: "Z")]) { return true }
  guard skip(&rest, "+") || skip(&rest, "-"),
    let hours = number(&rest, 2...2), hours <= 24, skip(&rest, ":"),
    let minutes = number(&rest, 2...2), minutes <= 60
  else { return false }
  return rest.isEmpty
}

/// Takes as many digits as there are, up to the upper bound.
private func number(_ rest: inout ArraySlice<UInt8>, _ count: ClosedRange<Int>) -> Int? {
  let digits = rest.prefix(count.upperBound).prefix { isDigits([$0], 1...1) }
  guard count.contains(digits.count) else { return nil }
  rest = rest.dropFirst(digits.count)
  return digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
}

private func skip(_ rest: inout ArraySlice<UInt8>, _ character: Unicode.Scalar) -> Bool {
  guard rest.first == UInt8(ascii: character) else { return false }
  rest = rest.dropFirst()
  return true
}

private func days(in month: Int, of year: Int) -> Int {
  switch month {
  case 4, 6, 9, 11: 30
  case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
  default: 31
  }
}
