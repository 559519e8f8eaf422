import Testing

@testable import Archive

struct SHA256Tests {
  @Test(arguments: [
    // The examples of FIPS 180-2, appendix B.
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func isThatOfTheStandard(text: String, digest: String) {
    #expect(SHA256.digest(of: Array(text.utf8)) == "sha256:" + digest)
  }

  @Test func doesNotDependOnHowBytesAreCut() {
    let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
    var hash = SHA256()
    for start in stride(from: 0, to: bytes.count, by: 7) {
      bytes[start..<min(start + 7, bytes.count)].withUnsafeBytes { hash.update($0) }
    }
    #expect(hash.digest() == SHA256.digest(of: bytes))
  }
}
