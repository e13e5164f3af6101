// The portable format of roaring bitmaps, checked field by field from front to back. Both ways in (an owned
// bitmap, a view over mapped bytes) go through it, because CRoaring trusts the bytes it is given.

import Bytes

/// Where the parts of a serialised bitmap are, after every byte of it was checked.
///
/// Source: https://github.com/RoaringBitmap/RoaringFormatSpec. Little-endian:
///
///     cookie         u32: 12346, then u32 number of containers; or 12347 | (containers - 1) << 16,
///                    then one bit for each container: it is stored as runs
///     descriptions   for each container: u16 key (upper half of its values), u16 cardinality - 1
///     offsets        for each container: u32 from the start; absent with the second cookie and fewer
///                    than four containers
///     containers     runs: u16 number, then u16 first, u16 length - 1 each; or, with more than 4,096
///                    values, 1,024 × u64 of bits; or u16 for each value, ascending
struct PortableLayout {
  static let cookieWithoutRuns: UInt32 = 12346
  static let cookieWithRuns: UInt32 = 12347
  static let arrayMax = 4096
  static let bitsetBytes = 8192
  /// With runs, offsets are stored from this many containers on.
  static let offsetsFrom = 4

  enum ContainerKind {
    case array
    case bitset
    case runs
  }

  let containerCount: Int
  /// Where the flags of run containers begin, or nil if there are none.
  let flagsOffset: Int?
  let descriptionsOffset: Int
  let offsetsOffset: Int?
  let containersOffset: Int
  /// The number of values.
  private(set) var count = 0

  /// Checks that `bytes` are exactly one serialised bitmap.
  ///
  /// Stricter than CRoaring: keys, values and runs must ascend, counts and offsets must be right, and
  /// nothing may follow. Complexity: O(bytes), no allocation.
  init(validating bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let cookie = try reader.u32()
    if cookie & 0xFFFF == Self.cookieWithRuns {
      containerCount = Int(cookie >> 16) + 1
      flagsOffset = reader.offset
      try reader.skip((containerCount + 7) / 8)
    } else {
      guard cookie == Self.cookieWithoutRuns else { throw DecodeError(.invalidValue, at: 0) }
      let containers = try reader.u32()
      guard containers <= 1 << 16 else { throw DecodeError(.invalidValue, at: 4) }
      containerCount = Int(containers)
      flagsOffset = nil
    }
    descriptionsOffset = reader.offset
    try reader.skip(4 * containerCount)
    let hasOffsets = flagsOffset == nil || containerCount >= Self.offsetsFrom
    offsetsOffset = hasOffsets ? reader.offset : nil
    if hasOffsets { try reader.skip(4 * containerCount) }
    containersOffset = reader.offset
    var lastKey = -1
    for index in 0..<containerCount {
      guard key(bytes, index) > lastKey else {
        throw DecodeError(.invalidValue, at: descriptionsOffset + 4 * index)
      }
      lastKey = key(bytes, index)
      if let offsetsOffset, Self.u32(bytes, offsetsOffset + 4 * index) != UInt32(reader.offset) {
        throw DecodeError(.invalidValue, at: offsetsOffset + 4 * index)
      }
      try checkContainer(bytes, index, &reader)
      count += cardinality(bytes, index)
    }
    try checkUnusedFlags(bytes)
    try reader.expectEnd()
  }

  private func checkUnusedFlags(_ bytes: RawSpan) throws(DecodeError) {
    guard let flagsOffset, containerCount % 8 != 0 else { return }
    let last = flagsOffset + containerCount / 8
    guard bytes[last] >> UInt8(containerCount % 8) == 0 else {
      throw DecodeError(.invalidValue, at: last)
    }
  }

  private func checkContainer(
    _ bytes: RawSpan, _ index: Int, _ reader: inout ByteReader
  ) throws(DecodeError) {
    let start = reader.offset
    let cardinality = cardinality(bytes, index)
    switch kind(bytes, index) {
    case .array:
      try reader.skip(2 * cardinality)
      var last = -1
      for place in stride(from: start, to: start + 2 * cardinality, by: 2) {
        let value = Self.u16(bytes, place)
        guard value > last else { throw DecodeError(.invalidValue, at: place) }
        last = value
      }
    case .bitset:
      try reader.skip(Self.bitsetBytes)
      var found = 0
      for place in stride(from: start, to: start + Self.bitsetBytes, by: 8) {
        found += Self.u64(bytes, place).nonzeroBitCount
      }
      guard found == cardinality else { throw DecodeError(.invalidValue, at: start) }
    case .runs:
      let runs = Int(try reader.u16())
      try reader.skip(4 * runs)
      var found = 0
      var last = -1
      for place in stride(from: start + 2, to: start + 2 + 4 * runs, by: 4) {
        let first = Self.u16(bytes, place)
        let end = first + Self.u16(bytes, place + 2)
        guard first > last, end < 1 << 16 else { throw DecodeError(.invalidValue, at: place) }
        found += end - first + 1
        last = end
      }
      guard found == cardinality else { throw DecodeError(.invalidValue, at: start) }
    }
  }

  // MARK: Parts, for bytes that were checked

  func key(_ bytes: RawSpan, _ index: Int) -> Int {
    Self.u16(bytes, descriptionsOffset + 4 * index)
  }

  func cardinality(_ bytes: RawSpan, _ index: Int) -> Int {
    Self.u16(bytes, descriptionsOffset + 4 * index + 2) + 1
  }

  func kind(_ bytes: RawSpan, _ index: Int) -> ContainerKind {
    if let flagsOffset, bytes[flagsOffset + index / 8] & (1 << UInt8(index % 8)) != 0 {
      return .runs
    }
    return cardinality(bytes, index) > Self.arrayMax ? .bitset : .array
  }

  /// Where container `index` begins.
  ///
  /// Complexity: O(1); without offsets there are at most three.
  func offset(_ bytes: RawSpan, _ index: Int) -> Int {
    if let offsetsOffset { return Int(Self.u32(bytes, offsetsOffset + 4 * index)) }
    var offset = containersOffset
    for before in 0..<index {
      switch kind(bytes, before) {
      case .array: offset += 2 * cardinality(bytes, before)
      case .bitset: offset += Self.bitsetBytes
      case .runs: offset += 2 + 4 * Self.u16(bytes, offset)
      }
    }
    return offset
  }

  /// The container with key `key`, or nil.
  ///
  /// Complexity: O(log containers).
  func find(_ bytes: RawSpan, _ key: Int) -> Int? {
    var low = 0
    var high = containerCount
    while low < high {
      let middle = (low + high) / 2
      if self.key(bytes, middle) < key { low = middle + 1 } else { high = middle }
    }
    return low < containerCount && self.key(bytes, low) == key ? low : nil
  }

  // The loads do not check: every offset they get was passed by the reader of `init`, which did.

  @inline(__always)
  static func u16(_ bytes: RawSpan, _ offset: Int) -> Int {
    Int(
      UInt16(
        littleEndian: bytes.unsafeLoadUnaligned(
          fromUncheckedByteOffset: offset, as: UInt16.self)))
  }

  @inline(__always)
  static func u32(_ bytes: RawSpan, _ offset: Int) -> UInt32 {
    UInt32(
      littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt32.self))
  }

  @inline(__always)
  static func u64(_ bytes: RawSpan, _ offset: Int) -> UInt64 {
    UInt64(
      littleEndian: bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: UInt64.self))
  }
}
