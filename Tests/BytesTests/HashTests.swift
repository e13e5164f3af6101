// Checksums are the published XXH3; keyed hashes depend on every input.

import Bytes
import Testing

@Suite struct HashTests {
  /// Source: XXH3-64 of the empty input and of "a" with seed 0, from the reference implementation's
  /// command line tool (`xxhsum -H3`).
  @Test func checksumIsXXH3() {
    let empty: [UInt8] = []
    #expect(Checksum.of(empty.span.bytes) == 0x2D06_8005_38D3_94C2)
    let letter = [UInt8(ascii: "a")]
    #expect(Checksum.of(letter.span.bytes) == 0xE6C6_32B6_1E96_4E1F)
    // Long ones take other instructions where the machine has them.
    let long = (0..<100_003).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 7) }
    #expect(Checksum.of(long.span.bytes) == 0x6CE3_432F_8C8E_8B62)
  }

  @Test func aChecksumInPiecesIsTheSame() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 7 ^ $0 >> 5) }
    for cuts in [[], [0], [1, 2], [240, 241], [1024, 3000], [4999]] {
      var stream = ChecksumStream()
      var start = 0
      for cut in cuts + [bytes.count] {
        stream.add(bytes.span.bytes.extracting(start..<cut))
        start = cut
      }
      #expect(stream.value == Checksum.of(bytes.span.bytes))
    }
  }

  @Test func keyedHashesDependOnSeedDomainAndBytes() {
    let one = HashSeed([UInt8](repeating: 1, count: 32))
    let two = HashSeed([UInt8](repeating: 2, count: 32))
    let value = Array("jane@example.com".utf8)
    let hash = one.hash(value.span.bytes, domain: 1)
    #expect(one.hash(value.span.bytes, domain: 1) == hash)
    #expect(one.hash(value.span.bytes, domain: 2) != hash)
    #expect(two.hash(value.span.bytes, domain: 1) != hash)
    let shorter = Array(value.dropLast())
    #expect(one.hash(shorter.span.bytes, domain: 1) != hash)
  }

  @Test func everyMixIsUndone() {
    var value: UInt64 = 1
    for _ in 0..<10_000 {
      value = HashSeed.mix(value)
      #expect(HashSeed.unmix(HashSeed.mix(value)) == value)
      #expect(HashSeed.mix(HashSeed.unmix(value)) == value)
    }
    for value in [0, 1, UInt64.max] { #expect(HashSeed.unmix(HashSeed.mix(value)) == value) }
  }

  @Test func profileIDsReadBack() {
    let id = ProfileID(Hash128(high: 0x00AB, low: .max))
    #expect(id.description == "00000000000000abffffffffffffffff")
    #expect(ProfileID(hex: id.description) == id)
    #expect(ProfileID(hex: "00ab") == nil)
  }
}
