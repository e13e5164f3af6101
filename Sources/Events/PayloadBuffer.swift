// Where stored values are written: the other half of `ValueView`.

import Bytes

/// Builds stored values, front to back; reused from event to event.
struct PayloadBuffer {
  private(set) var bytes: [UInt8] = []

  var count: Int { bytes.count }

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  @inline(__always)
  mutating func put(_ byte: UInt8) { bytes.append(byte) }

  @inline(__always)
  mutating func putVarint(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(truncatingIfNeeded: rest))
  }

  @inline(__always)
  mutating func putZigzag(_ value: Int64) {
    putVarint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  @inline(__always)
  mutating func put(_ span: RawSpan) {
    bytes.append(span)
  }

  /// Sets the bits of `mask` in a byte written before.
  mutating func set(_ mask: UInt8, at offset: Int) { bytes[offset] |= mask }

  /// Writes a string in its shortest form.
  mutating func putString(_ text: RawSpan) {
    switch text.byteCount {
    case UUIDText.textByteCount:
      if let (high, low) = UUIDText.read(text) {
        put(ValueTag.uuid)
        putBigEndian(high)
        putBigEndian(low)
        return
      }
    case InstantText.millisecondsByteCount, InstantText.secondsByteCount:
      if InstantText.isCanonical(text), let instant = Timestamp(text) {
        put(instant, text.byteCount)
        return
      }
    default: break
    }
    if text.byteCount <= ValueTag.shortStringMax {
      put(ValueTag.shortString | UInt8(text.byteCount))
    } else {
      put(ValueTag.string)
      putVarint(UInt64(text.byteCount))
    }
    put(text)
  }

  /// Writes a hash as the id that it stands for.
  mutating func putUUID(_ hash: Hash128) {
    put(ValueTag.uuid)
    putBigEndian(hash.high)
    putBigEndian(hash.low)
  }

  /// Writes a text that was sent as a time, and returns what it stands for.
  mutating func putTime(_ text: RawSpan) -> EventStamp {
    if InstantText.isCanonical(text), let instant = Timestamp(text) {
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
  mutating func begin(_ tag: UInt8) -> Int {
    put(tag)
    put(0)
    return count
  }

  /// Ends what `begin` began, given what that returned.
  ///
  /// The length is a varint of unknown size, mostly one byte, so there is room for one; for more,
  /// what was written is moved up, at most once a level of nesting.
  mutating func end(_ start: Int) {
    let length = count - start
    if length < 0x80 {
      bytes[start - 1] = UInt8(length)
      return
    }
    var rest = UInt64(length)
    bytes[start - 1] = UInt8(truncatingIfNeeded: rest) | 0x80
    rest >>= 7
    var extra: [UInt8] = []
    while rest >= 0x80 {
      extra.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    extra.append(UInt8(truncatingIfNeeded: rest))
    bytes.insert(contentsOf: extra, at: start)
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

  private mutating func putBigEndian(_ value: UInt64) {
    for shift in stride(from: UInt64(56), through: 0, by: -8) {
      put(UInt8(truncatingIfNeeded: value >> shift))
    }
  }
}

/// Instants in the two texts that are stored as numbers.
enum InstantText {
  static let millisecondsByteCount = 24
  static let secondsByteCount = 20

  /// Whether a text that `Timestamp` reads is spelled `YYYY-MM-DDThh:mm:ss.mmmZ` or
  /// `YYYY-MM-DDThh:mm:ssZ`, so that the instant gives back the text.
  static func isCanonical(_ text: RawSpan) -> Bool {
    let count = text.byteCount
    guard count == millisecondsByteCount || count == secondsByteCount else { return false }
    // With these marks in place only digits can be in between; a leap second would not come back.
    return text[count - 1] == UInt8(ascii: "Z") && text[10] == UInt8(ascii: "T")
      && text[4] == UInt8(ascii: "-") && text[7] == UInt8(ascii: "-")
      && text[13] == UInt8(ascii: ":") && text[16] == UInt8(ascii: ":")
      && text[17] != UInt8(ascii: "6")
      && (count == secondsByteCount || text[19] == UInt8(ascii: "."))
  }
}
