// Packed rows: what comes back out of them, what they take, and bytes that are none.

import Bytes
import Testing

@testable import Storage

@Suite struct RowPackingTests {
  private func pack(_ row: [UInt8]) -> [UInt8]? {
    var packed = [UInt8](repeating: 0xEE, count: row.count + RowPacking.slackBytes)
    let size: Int? = packed.withUnsafeMutableBytes { target in
      row.withUnsafeBytes { source in
        guard let from = source.baseAddress, let to = target.baseAddress else { return nil }
        return RowPacking.pack(from, row.count, to: to)
      }
    }
    return size.map { Array(packed[..<$0]) }
  }

  private func unpack(_ packed: [UInt8]) throws(StoreError) -> [UInt8]? {
    // Memory of its size, which a sanitizer watches.
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: packed.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: packed)
    return try StoredRow(UnsafeRawBufferPointer(memory), isPacked: true).withUnpacked {
      (bytes) throws(StoreError) in bytes.toArray()
    }
  }

  @Test(arguments: 0..<8) func everyRowReadsBack(seed: Int) throws {
    var random = SeededGenerator(UInt64(seed))
    var packedCount = 0
    for _ in 0..<800 {
      var row = random.value()
      // From none to nearly all of them, one by one and in runs.
      let share = Int.random(in: 0...20, using: &random)
      var isZero = false
      let length = Int.random(in: 1...40, using: &random)
      for index in row.indices {
        if Int.random(in: 0..<length, using: &random) == 0 {
          isZero = Int.random(in: 0..<20, using: &random) < share
        }
        if isZero { row[index] = 0 }
      }
      guard let packed = pack(row) else { continue }
      packedCount += 1
      #expect(packed.count <= row.count - row.count / 8)
      #expect(try unpack(packed) == row)
    }
    #expect(packedCount > 40)
  }

  @Test func bytesAreThoseOfTheFormat() throws {
    let zeros = [UInt8](repeating: 0, count: 20)
    let row = [7] + zeros + [1, 0, 2, 3] + zeros.prefix(7)
    #expect(pack(row) == [32, 0x1F, 7, 0x05, 0x47, 1, 0, 2, 3])
    #expect(pack([UInt8](repeating: 1, count: 100)) == nil)
    #expect(pack([1, 0, 0, 0, 0, 0, 0]) == nil)
  }

  @Test(arguments: 0..<8) func otherBytesAreNoTrap(seed: Int) throws {
    var random = SeededGenerator(UInt64(seed))
    let sound = try #require(
      pack((0..<200).map { $0 % 5 == 0 ? UInt8(truncatingIfNeeded: $0) : 0 }))
    for length in sound.indices {
      #expect(try unpack(Array(sound[..<length])) == nil)
    }
    #expect(try unpack(sound + [0]) == nil)
    for _ in 0..<500 {
      var packed = Bool.random(using: &random) ? sound : random.bytes(upTo: 80)
      for _ in 0..<3 where !packed.isEmpty {
        let place = Int.random(in: packed.indices, using: &random)
        packed[place] = .random(in: 0...255, using: &random)
      }
      // Any row will do, but no trap, and no more memory than the bytes can stand for.
      let row = try unpack(packed)
      #expect((row?.count ?? 0) <= packed.count * 30)
    }
  }
}
