// Addresses of events: the bytes of the format, and what comes back out of them.

import Bytes
import Storage
import Testing

@testable import Profiles

@Suite struct EventAddressTests {
  private func bytes(_ address: EventAddress) -> [UInt8] {
    var result: [UInt8] = []
    address.withBytes { result = $0.toArray() }
    return result
  }

  @Test func bytesAreThoseOfTheFormat() {
    let address = EventAddress(
      sequence: SequenceNumber(300), time: Timestamp(milliseconds: 1_700_000_000_000))
    #expect(bytes(address) == [0x80, 0xA0, 0xAB, 0xFE, 0xF9, 0x62, 0xAC, 0x02])
  }

  @Test func everyAddressReadsBack() throws {
    let times: [Int64] = [0, -1, 1, 1_700_000_000_000, .max, .min]
    for time in times {
      for sequence in [0, 1, 127, 128, 2_000_000, UInt64.max] {
        let address = EventAddress(
          sequence: SequenceNumber(sequence), time: Timestamp(milliseconds: time))
        let bytes = bytes(address)
        var reader = ByteReader(bytes.span.bytes)
        #expect(try EventAddress(&reader) == address)
        let isAtEnd = reader.isAtEnd
        #expect(isAtEnd)
        for length in bytes.indices {
          let cut = Array(bytes[..<length])
          #expect(throws: DecodeError.self) {
            var reader = ByteReader(cut.span.bytes)
            _ = try EventAddress(&reader)
          }
        }
      }
    }
  }

  @Test func everyLinkReadsBack() throws {
    let address = EventAddress(
      sequence: SequenceNumber(1 << 40), time: Timestamp(milliseconds: -5))
    for kind in [EdgeKind.deterministic, .manual, .alias] {
      let row = LinkRow(evidence: address, profile: ProfileOrdinal(.max), kind: kind)
      var writer = ByteWriter()
      row.encode(into: &writer)
      let bytes = writer.bytes
      #expect(try LinkRow(bytes.span.bytes) == row)
      #expect(throws: DecodeError.self) { try LinkRow((bytes + [0]).span.bytes) }
    }
  }
}
