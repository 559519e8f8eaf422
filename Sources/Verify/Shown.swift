import Archive

/// A path as a finding shows it.
func shown(_ path: String) -> String { Escape.text(Array(path.utf8)) }

/// A name of the images as a finding shows it: CRIU's strings end at the first NUL.
func shown(name bytes: some Collection<UInt8>) -> String {
  Escape.text(Array(bytes.prefix { $0 != 0 }))
}

/// An address as a finding shows it.
func hex(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }

/// Addresses as a finding shows them.
func hex(_ range: Range<UInt64>) -> String { "\(hex(range.lowerBound))-\(hex(range.upperBound))" }

/// A number of things: “1 thread”, “2 threads”.
func counted(_ number: Int, _ noun: String) -> String {
  "\(number) \(noun)\(number == 1 ? "" : "s")"
}
