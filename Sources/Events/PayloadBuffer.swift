// Stored values while they are built: the other half of `ValueView`.

import Bytes

/// Builds stored values, front to back; reused from event to event.
struct PayloadBuffer: ~Copyable {
  /// What writes; a caller that takes it out must put it back before anything else is done with the buffer.
  var cursor: PayloadCursor
  /// How many bytes before what is written are left free, for what belongs before it.
  private(set) var front: Int

  /// An empty buffer with room for `capacity` bytes; it grows as needed.
  init(capacity: Int = 256, front: Int = 0) {
    self.front = front
    cursor = PayloadCursor(capacity: front + capacity)
    cursor.count = front
  }

  deinit { cursor.memory.deallocate() }

  /// The number of bytes written.
  var count: Int { cursor.count - front }

  /// The number of bytes written, as a header notes it.
  @inline(__always)
  var end: UInt32 { UInt32(truncatingIfNeeded: cursor.count &- front) }

  /// What was written.
  var bytes: RawSpan {
    @_lifetime(borrow self)
    get { bytes(after: 0) }
  }

  /// What was written, and the last `count` bytes of what was put before it.
  @_lifetime(borrow self)
  func bytes(after count: Int) -> RawSpan {
    precondition(count <= front, "nothing was put there")
    let span = RawSpan(
      _unsafeBytes: UnsafeRawBufferPointer(
        start: cursor.memory + (front - count), count: cursor.count - front + count))
    return _overrideLifetime(span, borrowing: self)
  }

  /// Puts what another one holds right before what was written.
  mutating func putBefore(_ other: borrowing PayloadBuffer) {
    let length = other.count
    if length > front { enlargeFront(to: 2 * length) }
    (cursor.memory + (front - length)).copyMemory(
      from: other.cursor.memory + other.front, byteCount: length)
  }

  /// Writes bytes.
  mutating func put(_ bytes: borrowing FlatBuffer<UInt8>) { cursor.put(bytes.span.bytes) }

  @inline(never)
  private mutating func enlargeFront(to larger: Int) {
    var enlarged = PayloadCursor(capacity: larger + count)
    (enlarged.memory + larger).copyMemory(from: cursor.memory + front, byteCount: count)
    enlarged.count = larger + count
    cursor.memory.deallocate()
    cursor = enlarged
    front = larger
  }

  mutating func removeAll() { cursor.count = front }

  /// Puts an id in the place of one byte that was written before.
  mutating func putUUID(_ hash: Hash128, insteadOfByteAt offset: Int) {
    var id = PayloadCursor(capacity: 1 + UUIDText.storedByteCount)
    id.putUUID(hash.high, hash.low)
    let start = front + offset
    let (length, rest) = (id.count, cursor.count - start - 1)
    cursor.reserve(length)
    (cursor.memory + (start + length)).copyMemory(
      from: cursor.memory + (start + 1), byteCount: rest)
    (cursor.memory + start).copyMemory(from: id.memory, byteCount: length)
    cursor.count += length - 1
    id.memory.deallocate()
  }

  mutating func put(_ byte: UInt8) { cursor.put(byte) }
  mutating func put(_ span: RawSpan) { cursor.put(span) }
  mutating func putVarint(_ value: UInt64) { cursor.putVarint(value) }

  /// Sets the bits of `mask` in a byte written before.
  mutating func set(_ mask: UInt8, at offset: Int) {
    precondition(offset >= 0 && offset < count, "outside of what was written")
    let place = front + offset
    cursor.memory.storeBytes(
      of: cursor.memory.load(fromByteOffset: place, as: UInt8.self) | mask,
      toByteOffset: place, as: UInt8.self)
  }

  /// Writes a string in its shortest form.
  mutating func putString(_ text: RawSpan) { cursor.putString(text) }

  /// Writes a text that was sent as a time, and returns what it stands for.
  mutating func putTime(_ text: RawSpan) -> EventStamp {
    if let instant = InstantText.read(text) {
      cursor.put(instant, text.byteCount)
      return EventStamp(instant)
    }
    putString(text)
    return EventStamp(text)
  }

  /// Writes a number in its shortest form; false if the text is not a number.
  mutating func putNumber(_ text: RawSpan, _ range: Range<Int>) -> Bool {
    let number = text.extracting(range)
    return number.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      return cursor.putNumber(start, bytes.count)
    }
  }

  /// Begins an object or array; its length is filled in by `end`.
  mutating func begin(_ tag: UInt8) -> Int { cursor.begin(tag) }

  /// Ends what `begin` began, given what that returned.
  mutating func end(_ start: Int) {
    precondition(start > front && start <= cursor.count, "ended what was not begun")
    cursor.end(start)
  }
}
