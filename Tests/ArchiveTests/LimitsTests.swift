import Archive
import Testing

@Suite struct LimitsTests {
  @Test func namesAreAllTheLimits() throws {
    #expect(Limits.names.count == Mirror(reflecting: Limits()).children.count)
    for name in Limits.names {
      var limits = Limits()
      let isKnown = limits.set(name.name, to: 12_345)
      #expect(isKnown)
      #expect(limits != Limits(), "\(name.name)")
    }
    var limits = Limits()
    let isKnown = limits.set("entry", to: 1)
    #expect(!isKnown)
  }

  @Test(
    arguments: [
      ("1", 1), ("200000", 200_000), ("64M", 64 << 20), ("1T", 1 << 40), ("2K", 2048), ("0", nil),
      ("-1", nil), ("", nil), ("K", nil), ("1.5M", nil), ("1k", nil), ("1MM", nil), ("1 M", nil),
      ("9223372036854775807", Int.max), ("9223372036854775808", nil), ("8388608T", nil),
    ] as [(String, Int?)])
  func amounts(_ text: String, _ amount: Int?) { #expect(Limits.amount(text) == amount) }

  @Test(arguments: [1, 1000, 1024, 3 << 20, 1 << 40, 200_000, Int.max])
  func amountsAreWrittenAsTheyAreRead(_ value: Int) {
    #expect(Limits.amount(Limits.text(value)) == value)
  }
}
