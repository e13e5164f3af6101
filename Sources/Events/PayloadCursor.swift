// Where stored values are written. Every byte of every event passes here, so it works on memory of its own, and
// is a plain value: in a local variable it stays in registers, where a buffer that is part of something larger
// would be read and written back for every byte.

import Bytes

/// Writes stored values into memory that a `PayloadBuffer` owns.
///
/// After copying it, only one of the copies may be used: growing frees the memory of the others.
struct PayloadCursor: BitwiseCopyable {
  private(set) var memory: UnsafeMutableRawPointer
  private var capacity: Int
  /// The number of bytes written.
  var count = 0

  /// The same, as a header notes it.
  @inline(__always)
  var end: UInt32 { UInt32(truncatingIfNeeded: count) }

  init(capacity: Int) {
    self.capacity = max(capacity, 64)
    memory = .allocate(byteCount: self.capacity, alignment: 16)
  }

  /// Makes room for `extra` more bytes; all writes come after this check.
  @inline(__always)
  mutating func reserve(_ extra: Int) {
    if capacity &- count < extra { self = grown(extra) }
  }

  /// Functions that are called rather than inlined return the cursor to continue with: a cursor whose address was
  /// passed on would no longer be in registers.
  @inline(never)
  private func grown(_ extra: Int) -> PayloadCursor {
    var larger = PayloadCursor(capacity: max(2 * capacity, count + extra))
    larger.memory.copyMemory(from: memory, byteCount: count)
    larger.count = count
    memory.deallocate()
    return larger
  }

  /// Stores a value at an offset that `reserve` made room for.
  @inline(__always)
  func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
    assert(offset >= 0 && offset + MemoryLayout<T>.size <= capacity, "no room was made")
    memory.storeBytes(of: value, toByteOffset: offset, as: T.self)
  }

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    reserve(1)
    putReserved(byte)
  }

  /// As `put`, where there is room.
  @inline(__always)
  mutating func putReserved(_ byte: UInt8) {
    store(byte, at: count)
    count &+= 1
  }

  /// Writes the first `length` bytes, at most eight, of a little-endian number, where there is room for eight.
  @inline(__always)
  mutating func putReserved(low bytes: UInt64, _ length: Int) {
    store(bytes.littleEndian, at: count)
    count &+= length
  }

  @inline(__always)
  mutating func putVarint(_ value: UInt64) {
    reserve(10)
    var rest = value
    while rest >= 0x80 {
      store(UInt8(truncatingIfNeeded: rest) | 0x80, at: count)
      count &+= 1
      rest >>= 7
    }
    store(UInt8(truncatingIfNeeded: rest), at: count)
    count &+= 1
  }

  @inline(__always)
  mutating func putZigzag(_ value: Int64) {
    putVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Copies bytes.
  @inline(__always)
  mutating func put(_ from: UnsafeRawPointer, _ length: Int) {
    reserve(length)
    // Most texts are short, and a call would cost more than the copy.
    if length > 16 {
      if length <= 32 {
        let place = length &- 16
        store(from.loadUnaligned(as: SIMD2<UInt64>.self), at: count)
        store(
          from.loadUnaligned(fromByteOffset: place, as: SIMD2<UInt64>.self), at: count &+ place)
      } else {
        (memory + count).copyMemory(from: from, byteCount: length)
      }
    } else if length >= 8 {
      let place = length &- 8
      store(from.loadUnaligned(as: UInt64.self), at: count)
      store(from.loadUnaligned(fromByteOffset: place, as: UInt64.self), at: count &+ place)
    } else if length >= 4 {
      let place = length &- 4
      store(from.loadUnaligned(as: UInt32.self), at: count)
      store(from.loadUnaligned(fromByteOffset: place, as: UInt32.self), at: count &+ place)
    } else {
      for index in 0..<length {
        store(from.load(fromByteOffset: index, as: UInt8.self), at: count &+ index)
      }
    }
    count &+= length
  }

  @inline(__always)
  mutating func put(_ span: RawSpan) {
    span.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      put(from, source.count)
    }
  }

  /// Writes a string in its shortest form.
  @inline(__always)
  mutating func putString(_ text: RawSpan) {
    text.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return put(ValueTag.shortString) }
      putString(from, source.count)
    }
  }

  /// As above.
  @inline(__always)
  mutating func putString(_ from: UnsafeRawPointer, _ length: Int) {
    if length == UUIDText.textByteCount || InstantText.hasLength(length),
      let packed = packing(from, length)
    {
      self = packed
    } else if length <= ValueTag.shortStringMax {
      put(ValueTag.shortString | UInt8(truncatingIfNeeded: length))
      put(from, length)
    } else {
      put(ValueTag.string)
      putVarint(UInt64(length))
      put(from, length)
    }
  }

  /// The longest string that `putPaddedString` takes.
  static let paddedStringMax = 32

  /// Writes a string of at most `paddedStringMax` bytes that has not the length of an instant.
  ///
  /// `paddedStringMax` bytes must be readable from its start, whatever its length, and there must be room for one more.
  @inline(__always)
  mutating func putPaddedString(_ from: UnsafeRawPointer, _ length: Int) {
    store(ValueTag.shortString | UInt8(truncatingIfNeeded: length), at: count)
    // What is too much is written over by what follows.
    store(from.loadUnaligned(as: SIMD2<UInt64>.self), at: count &+ 1)
    store(from.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self), at: count &+ 17)
    count &+= length &+ 1
  }

  /// Writes an integer below 2^62, where there is room for it.
  @inline(__always)
  mutating func putReserved(integer value: UInt64) {
    if value <= UInt64(ValueTag.smallIntegerMax) {
      return putReserved(ValueTag.smallInteger | UInt8(truncatingIfNeeded: value))
    }
    putReserved(ValueTag.integer)
    // In zigzag form.
    var rest = value &<< 1
    while rest >= 0x80 {
      putReserved(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest &>>= 7
    }
    putReserved(UInt8(truncatingIfNeeded: rest))
  }

  /// Writes a string that is a UUID or an instant; nil, with nothing written, for others.
  @inline(never)
  private func packing(_ from: UnsafeRawPointer, _ length: Int) -> PayloadCursor? {
    var packed = self
    if length == UUIDText.textByteCount {
      guard let (high, low) = UUIDText.read(from) else { return nil }
      packed.putUUID(high, low)
    } else {
      guard let instant = InstantText.read(from, length) else { return nil }
      packed.put(instant, length)
    }
    return packed
  }

  @inline(__always)
  mutating func putUUID(_ high: UInt64, _ low: UInt64) {
    reserve(1 + UUIDText.storedByteCount)
    store(ValueTag.uuid, at: count)
    store(high.bigEndian, at: count &+ 1)
    store(low.bigEndian, at: count &+ 9)
    count &+= 1 + UUIDText.storedByteCount
  }

  /// Writes an instant whose canonical text has `textByteCount` bytes.
  @inline(__always)
  mutating func put(_ instant: Timestamp, _ textByteCount: Int) {
    if textByteCount == InstantText.millisecondsByteCount {
      put(ValueTag.milliseconds)
      putZigzag(instant.milliseconds)
    } else {
      put(ValueTag.seconds)
      // Exact: the text has no fraction.
      putZigzag(instant.milliseconds / 1000)
    }
  }

  /// Writes a number in its shortest form; false if the text is not a number.
  @inline(__always)
  mutating func putNumber(_ text: UnsafeRawPointer, _ length: Int) -> Bool {
    guard let number = JSONNumber(text, length) else { return false }
    switch number {
    case .integer(let value):
      if value >= 0, value <= ValueTag.smallIntegerMax {
        put(ValueTag.smallInteger | UInt8(truncatingIfNeeded: value))
      } else {
        put(ValueTag.integer)
        putZigzag(value)
      }
    case .decimal(let mantissa, let scale):
      put(ValueTag.decimal)
      put(scale)
      putZigzag(mantissa)
    case .text:
      put(ValueTag.number)
      putVarint(UInt64(length))
      put(text, length)
    }
    return true
  }

  /// Begins an object or array; its length is filled in by `end`.
  @inline(__always)
  mutating func begin(_ tag: UInt8) -> Int {
    reserve(8)
    return beginReserved(tag, lengthBytes: 1)
  }

  /// As above, with room for a length of `lengthBytes`, where there is room for eight bytes.
  @inline(__always)
  mutating func beginReserved(_ tag: UInt8, lengthBytes: Int) -> Int {
    store(tag, at: count)
    count &+= 1 &+ lengthBytes
    return count
  }

  /// Ends what `begin` began, given what that returned.
  ///
  /// The length is a varint; where it takes another number of bytes than there is room for, what was written is
  /// moved.
  ///
  /// - Returns: By how many bytes it was moved up, or down.
  @inline(__always)
  @discardableResult
  mutating func end(_ start: Int, lengthBytes: Int = 1) -> Int {
    let length = count &- start
    assert(start > lengthBytes && length >= 0, "ended what was not begun")
    if length < 0x80, lengthBytes == 1 {
      store(UInt8(truncatingIfNeeded: length), at: start &- 1)
      return 0
    }
    if length < 0x4000, length >= 0x80, lengthBytes == 2 {
      let low = UInt16(truncatingIfNeeded: length & 0x7F | 0x80)
      store((low | UInt16(truncatingIfNeeded: length >> 7) << 8).littleEndian, at: start &- 2)
      return 0
    }
    let moved = Self.varintByteCount(length) &- lengthBytes
    self = endingByMove(start, length, lengthBytes)
    return moved
  }

  @inline(never)
  private func endingByMove(_ start: Int, _ length: Int, _ room: Int) -> PayloadCursor {
    var moving = self
    moving.endByMove(start, length, room)
    return moving
  }

  private mutating func endByMove(_ start: Int, _ length: Int, _ room: Int) {
    let needed = Self.varintByteCount(length)
    let moved = needed - room
    reserve(max(moved, 0))
    if moved != 0 { (memory + start + moved).copyMemory(from: memory + start, byteCount: length) }
    var rest = length
    for place in 0..<needed {
      let more: UInt8 = place < needed - 1 ? 0x80 : 0
      store(UInt8(truncatingIfNeeded: rest & 0x7F) | more, at: start - room + place)
      rest >>= 7
    }
    count += moved
  }

  /// How many bytes the varint of a length takes.
  @inline(__always)
  static func varintByteCount(_ length: Int) -> Int {
    length < 0x80 ? 1 : length < 0x4000 ? 2 : varintByteCount(UInt64(length))
  }

  /// How many bytes a varint takes.
  @inline(__always)
  static func varintByteCount(_ value: UInt64) -> Int {
    value == 0 ? 1 : (70 - value.leadingZeroBitCount) / 7
  }
}
