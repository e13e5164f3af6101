// Zone files, as every Unix system has them under /usr/share/zoneinfo. Read here so that the layers
// below the library's face need no Foundation, and so that the bytes can come from the log.
//
// Source: RFC 8536, The Time Zone Information Format (TZif).

import Bytes

/// What a zone file says.
struct ZoneFile {
  private(set) var transitions: [Int64] = []
  private(set) var offsets: [Int64] = []
  private(set) var tail: PosixTimeRule?

  private struct Counts {
    var isUT = 0
    var isStandard = 0
    var leap = 0
    var times = 0
    var types = 0
    var letters = 0

    func byteCount(timeBytes: Int) -> Int {
      times * (timeBytes + 1) + types * 6 + letters + leap * (timeBytes + 4) + isStandard + isUT
    }
  }

  /// Reads the second, 64-bit part of the file and the rule after it.
  init(_ bytes: RawSpan) throws(DecodeError) {
    guard bytes.byteCount <= TimeZoneRules.byteCountMax else {
      throw DecodeError(.invalidValue, at: 0)
    }
    var reader = ByteReader(bytes)
    let first = try Self.header(&reader)
    try reader.skip(first.byteCount(timeBytes: 4))
    let counts = try Self.header(&reader)
    // Leap seconds would make instants that no other part of the engine knows.
    guard counts.leap == 0, counts.types > 0 else { throw reader.invalid() }
    var times: [Int64] = []
    for _ in 0..<counts.times {
      let seconds = try reader.bigEndian(8)
      guard times.last.map({ $0 < seconds }) ?? true else { throw reader.invalid() }
      times.append(seconds)
    }
    var indices: [Int] = []
    for _ in 0..<counts.times { indices.append(Int(try reader.u8())) }
    var types: [Int64] = []
    for _ in 0..<counts.types {
      let seconds = Int64(Int32(truncatingIfNeeded: try reader.bigEndian(4)))
      guard abs(seconds) < 26 * 3600 else { throw reader.invalid() }
      types.append(seconds * 1000)
      try reader.skip(2)
    }
    try reader.skip(counts.letters + counts.isStandard + counts.isUT)
    offsets = [types[0]]
    for (time, index) in zip(times, indices) {
      guard index < types.count else { throw reader.invalid() }
      // Some files begin before the big bang.
      transitions.append(min(max(time, -Self.secondsMax), Self.secondsMax) * 1000)
      offsets.append(types[index])
    }
    try readTail(&reader)
  }

  private static let secondsMax: Int64 = 10_000_000_000_000

  private static func header(_ reader: inout ByteReader) throws(DecodeError) -> Counts {
    guard try reader.bigEndian(4) == 0x545A_6966, try reader.u8() >= UInt8(ascii: "2") else {
      throw reader.invalid()
    }
    try reader.skip(15)
    var numbers: [Int] = []
    for _ in 0..<6 {
      let number = try reader.bigEndian(4)
      guard number <= TimeZoneRules.byteCountMax else { throw reader.invalid() }
      numbers.append(Int(number))
    }
    return Counts(
      isUT: numbers[0], isStandard: numbers[1], leap: numbers[2], times: numbers[3],
      types: numbers[4], letters: numbers[5])
  }

  private mutating func readTail(_ reader: inout ByteReader) throws(DecodeError) {
    guard try reader.u8() == 0x0A else { throw reader.invalid() }
    var text: [UInt8] = []
    while true {
      let byte = try reader.u8()
      if byte == 0x0A { break }
      text.append(byte)
    }
    guard !text.isEmpty else { return }
    guard let rule = PosixTimeRule(text) else { throw reader.invalid() }
    tail = rule
  }
}

extension ByteReader {
  /// Reads a big-endian number of up to eight bytes; eight have a sign.
  fileprivate mutating func bigEndian(_ count: Int) throws(DecodeError) -> Int64 {
    var value: UInt64 = 0
    for _ in 0..<count { value = value << 8 | UInt64(try u8()) }
    return Int64(bitPattern: value)
  }
}
