// Where stored values are written: the other half of `ValueView`. Every byte of every event passes here, so
// the memory is its own, without the checks that an array makes on each append.

import Bytes

/// Builds stored values, front to back; reused from event to event.
struct PayloadBuffer: ~Copyable {
  private var memory: UnsafeMutableRawBufferPointer
  /// The number of bytes written.
  private(set) var count = 0

  /// An empty buffer with room for `capacity` bytes; it grows as needed.
  init(capacity: Int = 256) {
    memory = .allocate(byteCount: max(capacity, 64), alignment: 16)
  }

  deinit { memory.deallocate() }

  /// What was written.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get {
      let span = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(rebasing: memory[..<count]))
      return _overrideLifetime(span, borrowing: self)
    }
  }

  mutating func removeAll() { count = 0 }

  /// Makes room for `extra` more bytes; all writes are behind this check.
  @inline(__always)
  private mutating func reserve(_ extra: Int) {
    if memory.count &- count < extra { grow(extra) }
  }

  @inline(never)
  private mutating func grow(_ extra: Int) {
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(2 * memory.count, count + extra), alignment: 16)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    memory.deallocate()
    memory = larger
  }

  /// Stores a value at the end, which has room for it; `reserve` came before.
  @inline(__always)
  private func store<T: BitwiseCopyable>(_ value: T, at offset: Int) {
    memory.baseAddress.unsafelyUnwrapped.storeBytes(of: value, toByteOffset: offset, as: T.self)
  }

  @inline(__always)
  mutating func put(_ byte: UInt8) {
    reserve(1)
    store(byte, at: count)
    count &+= 1
  }

  /// Writes the first `length` bytes, at most eight, of a little-endian number.
  @inline(__always)
  mutating func put(low bytes: UInt64, _ length: Int) {
    reserve(8)
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

  @inline(__always)
  mutating func put(_ span: RawSpan) {
    let length = span.byteCount
    reserve(length)
    span.withUnsafeBytes { source in
      guard let from = source.baseAddress else { return }
      // Most texts are short, and a call would cost more than the copy.
      if length >= 8, length <= 16 {
        store(from.loadUnaligned(as: UInt64.self), at: count)
        store(
          from.loadUnaligned(fromByteOffset: length &- 8, as: UInt64.self), at: count &+ length &- 8
        )
      } else if length < 8 {
        for index in 0..<length {
          store(from.load(fromByteOffset: index, as: UInt8.self), at: count &+ index)
        }
      } else {
        (memory.baseAddress.unsafelyUnwrapped + count).copyMemory(from: from, byteCount: length)
      }
    }
    count &+= length
  }

  /// Sets the bits of `mask` in a byte written before.
  mutating func set(_ mask: UInt8, at offset: Int) {
    precondition(offset >= 0 && offset < count, "outside of what was written")
    memory[offset] |= mask
  }

  /// Writes a string in its shortest form.
  @inline(__always)
  mutating func putString(_ text: RawSpan) {
    let length = text.byteCount
    if length == UUIDText.textByteCount || length == InstantText.millisecondsByteCount
      || length == InstantText.secondsByteCount, putPacked(text)
    {
      return
    }
    if length <= ValueTag.shortStringMax {
      put(ValueTag.shortString | UInt8(truncatingIfNeeded: length))
    } else {
      put(ValueTag.string)
      putVarint(UInt64(length))
    }
    put(text)
  }

  /// Writes a string that is a UUID or an instant; false, with nothing written, for others.
  @inline(never)
  private mutating func putPacked(_ text: RawSpan) -> Bool {
    if text.byteCount == UUIDText.textByteCount {
      guard let (high, low) = UUIDText.read(text) else { return false }
      putUUID(high, low)
      return true
    }
    guard let instant = InstantText.read(text) else { return false }
    put(instant, text.byteCount)
    return true
  }

  /// Writes a hash as the id that it stands for.
  mutating func putUUID(_ hash: Hash128) { putUUID(hash.high, hash.low) }

  private mutating func putUUID(_ high: UInt64, _ low: UInt64) {
    reserve(1 + UUIDText.storedByteCount)
    store(ValueTag.uuid, at: count)
    store(high.bigEndian, at: count &+ 1)
    store(low.bigEndian, at: count &+ 9)
    count &+= 1 + UUIDText.storedByteCount
  }

  /// Writes a text that was sent as a time, and returns what it stands for.
  mutating func putTime(_ text: RawSpan) -> EventStamp {
    if let instant = InstantText.read(text) {
      put(instant, text.byteCount)
      return EventStamp(instant)
    }
    putString(text)
    return EventStamp(text)
  }

  /// Writes a number in its shortest form; false if the text is not a number.
  mutating func putNumber(_ text: RawSpan, _ range: Range<Int>) -> Bool {
    guard let number = JSONNumber(text, range) else { return false }
    switch number {
    case .integer(let value):
      if value >= 0, value <= ValueTag.smallIntegerMax {
        put(ValueTag.smallInteger | UInt8(value))
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
      putVarint(UInt64(range.count))
      put(text.extracting(range))
    }
    return true
  }

  /// Begins an object or array; its length is filled in by `end`.
  @inline(__always)
  mutating func begin(_ tag: UInt8) -> Int {
    put(low: UInt64(tag), 2)
    return count
  }

  /// Ends what `begin` began, given what that returned.
  ///
  /// The length is a varint of unknown size, mostly one byte, so there is room for one; for more,
  /// what was written is moved up, at most once a level of nesting.
  ///
  /// - Returns: By how many bytes it was moved.
  @inline(__always)
  @discardableResult
  mutating func end(_ start: Int) -> Int {
    let length = count &- start
    if length < 0x80 {
      precondition(start > 0 && length >= 0, "ended what was not begun")
      store(UInt8(truncatingIfNeeded: length), at: start &- 1)
      return 0
    }
    return endLong(start, length)
  }

  @inline(never)
  private mutating func endLong(_ start: Int, _ length: Int) -> Int {
    precondition(start > 0, "ended what was not begun")
    var extra = 0
    var rest = length >> 7
    while rest > 0 {
      extra += 1
      rest >>= 7
    }
    reserve(extra)
    let base = memory.baseAddress.unsafelyUnwrapped
    (base + start + extra).copyMemory(from: base + start, byteCount: length)
    rest = length
    for place in 0..<extra {
      store(UInt8(truncatingIfNeeded: rest) | 0x80, at: start - 1 + place)
      rest >>= 7
    }
    store(UInt8(truncatingIfNeeded: rest), at: start - 1 + extra)
    count += extra
    return extra
  }

  /// Writes an instant whose canonical text has `textByteCount` bytes.
  private mutating func put(_ instant: Timestamp, _ textByteCount: Int) {
    if textByteCount == InstantText.millisecondsByteCount {
      put(ValueTag.milliseconds)
      putZigzag(instant.milliseconds)
    } else {
      put(ValueTag.seconds)
      // Exact: the text has no fraction.
      putZigzag(instant.milliseconds / 1000)
    }
  }
}
