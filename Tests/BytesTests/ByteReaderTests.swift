// Readers give back what writers wrote, and refuse whatever is cut off or overlong without trapping.

import Bytes
import Testing

@Suite struct ByteReaderTests {
  @Test func everyWidthComesBack() throws {
    var writer = ByteWriter()
    writer.u8(0xFE)
    writer.u16(0xFEDC)
    writer.u32(0xFEDC_BA98)
    writer.u64(0xFEDC_BA98_7654_3210)
    writer.i64(.min)
    writer.i128(.min + 5)
    writer.lengthPrefixed("høst")
    let bytes = writer.bytes
    #expect(Array(bytes[1..<3]) == [0xDC, 0xFE], "little-endian")
    var reader = ByteReader(bytes.span.bytes)
    #expect(try reader.u8() == 0xFE)
    #expect(try reader.u16() == 0xFEDC)
    #expect(try reader.u32() == 0xFEDC_BA98)
    #expect(try reader.u64() == 0xFEDC_BA98_7654_3210)
    #expect(try reader.i64() == .min)
    #expect(try reader.i128() == .min + 5)
    #expect(try reader.lengthPrefixed().toString() == "høst")
    try reader.expectEnd()
  }

  @Test func varintsOfEveryBitLengthComeBack() throws {
    for bit in 0..<64 {
      for value in [UInt64(1) << bit, (UInt64(1) << bit) - 1, ~(UInt64(1) << bit)] {
        var writer = ByteWriter()
        writer.varint(value)
        writer.zigzag(Int64(bitPattern: value))
        var reader = ByteReader(writer.bytes.span.bytes)
        #expect(try reader.varint() == value)
        #expect(try reader.zigzag() == Int64(bitPattern: value))
        try reader.expectEnd()
      }
    }
  }

  /// Whatever follows a varint is none of its business, however its bits look.
  @Test(arguments: [0x00, 0x7F, 0x80, 0xFF] as [UInt8])
  func varintsEndWhereTheyEnd(_ next: UInt8) throws {
    for bit in 0..<64 {
      for value in [UInt64(1) << bit, (UInt64(1) << bit) - 1, 0x5A5A_A5A5_1234_FEDC >> bit] {
        var writer = ByteWriter()
        writer.varint(value)
        let length = writer.count
        for room in 0..<10 {
          let bytes = writer.bytes + [UInt8](repeating: next, count: room)
          var reader = ByteReader(bytes.span.bytes)
          #expect(try reader.varint() == value)
          #expect(reader.offset == length)
        }
      }
    }
  }

  @Test func cutOffAndOverlongBytesAreErrors() {
    func failure(_ bytes: [UInt8]) -> DecodeError? {
      var reader = ByteReader(bytes.span.bytes)
      do {
        _ = try reader.varint()
        return nil
      } catch { return error }
    }
    #expect(failure([]) == DecodeError(.truncated, at: 0))
    #expect(failure([0x80, 0x80]) == DecodeError(.truncated, at: 2))
    #expect(failure([UInt8](repeating: 0xFF, count: 9) + [0x02])?.reason == .overlongVarint)
    #expect(failure([UInt8](repeating: 0xFF, count: 9) + [0x01]) == nil)
  }

  @Test func aCountNeverExceedsWhatFollows() {
    let bytes: [UInt8] = [5, 1, 2, 3]
    var reader = ByteReader(bytes.span.bytes)
    #expect(throws: DecodeError.self) { _ = try reader.count() }
  }
}
