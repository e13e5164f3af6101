// What a message id leads to: the bytes of the format, and damage.

import Bytes
import Storage
import Testing

@testable import Engine

@Suite struct MessageRowTests {
  @Test func everyRowReadsBack() throws {
    let table = Table(id: 8, kind: .replace)
    for sequence in [0, 1, 1 << 31 - 1, 1 << 31, UInt64.max >> 1] as [UInt64] {
      for isDropped in [false, true] {
        let row = MessageRow(sequence: SequenceNumber(sequence), isDropped: isDropped)
        let hash = Hash128(high: 7, low: sequence)
        row.put(in: table, at: hash)
        let value = try #require(try table.shortValue(TableKey(message: hash)))
        #expect(value.byteCount == (sequence < 1 << 31 ? 4 : 8))
        #expect(try MessageRow(value) == row)
      }
    }
  }

  @Test func otherSizesAreDamage() throws {
    let table = Table(id: 8, kind: .replace)
    let key = TableKey(message: Hash128(high: 7, low: 1))
    for count in [0, 3, 5, 6, 9, 20] {
      table.put(key, [UInt8](repeating: 0, count: count).span.bytes)
      let value = try #require(try table.shortValue(key))
      #expect(throws: StoreError.self) { try MessageRow(value) }
    }
  }
}
