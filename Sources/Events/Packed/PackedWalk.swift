// One payload, packed from front to back. All events of an ingest pass here, so it works on pointers, and what it needs
// stays in registers: it is a plain value that functions which are called rather than inlined give back, because a
// variable whose address was passed on would live in memory.

import Bytes

/// A walk through one payload that packs what it passes.
///
/// It reads nothing that is not the payload's, whatever the payload is. It never writes more than there is room for:
/// what it writes of a value takes no more than the value does in the payload, what it writes of a shape no more than
/// twice as much, and `slack` is for what is written over by what follows.
struct PackedWalk: BitwiseCopyable {
  static let slack = 64

  private var at: UnsafeRawPointer
  /// The end of the object that is open.
  private var end: UnsafeRawPointer
  private let payloadEnd: UnsafeRawPointer
  private let receivedAt: Int64
  /// Where the next value goes.
  private(set) var values: UnsafeMutableRawPointer
  /// Where the next loose bytes go.
  private(set) var loose: UnsafeMutableRawPointer
  /// Where the shape goes on.
  private(set) var shape: UnsafeMutableRawPointer

  init(
    _ start: UnsafeRawPointer, _ count: Int, _ receivedAt: Timestamp,
    values: UnsafeMutableRawPointer, loose: UnsafeMutableRawPointer,
    shape: UnsafeMutableRawPointer
  ) {
    at = start
    payloadEnd = start + count
    end = payloadEnd
    self.receivedAt = receivedAt.milliseconds
    self.values = values
    self.loose = loose
    self.shape = shape
  }

  /// The walk after the payload; nil for one that is stored as it is.
  ///
  /// - Parameter ends: Room for the ends of open objects.
  func packed(_ ends: UnsafeMutablePointer<UnsafeRawPointer>) -> PackedWalk? {
    var walk = self
    guard walk.packHeader() else { return nil }
    return Self.packMembers(walk, ends)
  }

  /// The walk after the times of a header that begin here, given which values are present; nil if they are none.
  func packedTimes(_ presence: UInt8) -> PackedWalk? {
    var walk = self
    for place in PackedLayout.firstTime..<PackedLayout.headerValues {
      guard walk.left > 0 else { return nil }
      if presence & PackedLayout.firstValue << UInt8(truncatingIfNeeded: place) == 0 {
        walk.at += 1
      } else if walk.byte() == ValueTag.milliseconds {
        guard walk.packInstant() else { return nil }
      } else {
        guard walk.packValue() else { return nil }
      }
    }
    return walk
  }

  @inline(__always)
  private var left: Int { end - at }

  @inline(__always)
  private func byte(_ offset: Int = 0) -> UInt8 { at.load(fromByteOffset: offset, as: UInt8.self) }

  @inline(__always)
  private mutating func packHeader() -> Bool {
    guard byte() == PayloadLayout.format,
      byte(PayloadLayout.flagsOffset) & PayloadLayout.hasOriginal == 0
    else { return false }
    let head = shape
    head.storeBytes(of: byte(1), as: UInt8.self)
    head.storeBytes(of: byte(2), toByteOffset: 1, as: UInt8.self)
    shape += EventHeader.eventStart
    at += EventHeader.eventStart
    var presence: UInt8 = 0
    for place in 0...PackedLayout.headerValues {
      guard left > 0 else { return false }
      if byte() == ValueTag.absent {
        at += 1
      } else if place > 0 {
        presence |= PackedLayout.firstValue << UInt8(truncatingIfNeeded: place &- 1)
        guard packValue() else { return false }
      } else if byte() == ValueTag.symbol {
        presence = PackedLayout.symbolName
        at += 1
        guard let count = varintCount() else { return false }
        copyKey(count)
      } else {
        presence = PackedLayout.valueName
        guard packValue() else { return false }
      }
    }
    head.storeBytes(of: presence, toByteOffset: PayloadLayout.flagsOffset, as: UInt8.self)
    return true
  }

  /// The walk after `rest`, which ends the payload.
  ///
  /// Static, with all that each member needs in local variables: a method of a variable reads and writes memory.
  @inline(__always)
  private static func packMembers(
    _ start: PackedWalk, _ ends: UnsafeMutablePointer<UnsafeRawPointer>
  ) -> PackedWalk? {
    var walk = start
    guard walk.left > 0, walk.byte() == ValueTag.object else { return nil }
    guard let rest = members(walk.at + 1, walk.end), rest.end == walk.end else { return nil }
    walk.at = rest.at
    var (at, end, values, loose, shape) = (walk.at, walk.end, walk.values, walk.loose, walk.shape)
    var depth = 0
    while true {
      while at == end {
        guard depth > 0 else { break }
        depth &-= 1
        end = ends[depth]
        shape.storeBytes(of: 0, as: UInt16.self)
        shape += 2
      }
      if at == end { break }
      guard let keyCount = keyCount(at, end) else { return nil }
      let value = at + keyCount
      let tag = value.load(as: UInt8.self)
      if tag == ValueTag.object {
        guard depth < PackedLayout.depthMax else { return nil }
        shape.storeBytes(of: 0, as: UInt8.self)
        shape += 1
      }
      shape.storeBytes(of: at.load(as: UInt8.self), as: UInt8.self)
      for index in 1..<keyCount {
        shape.storeBytes(
          of: at.load(fromByteOffset: index, as: UInt8.self), toByteOffset: index, as: UInt8.self)
      }
      shape += keyCount
      at = value
      if tag >= ValueTag.smallInteger || tag <= ValueTag.yes {
        let count = tag < ValueTag.shortString ? 0 : Int(tag &- ValueTag.shortString)
        guard count < end - at else { return nil }
        let text = count < PackedText.lengthMin ? nil : PackedText.pack(at + 1, count, to: loose)
        if let text {
          values.storeBytes(of: text.tag, as: UInt8.self)
          values += 1
          loose += text.looseCount
        } else {
          copy(at, count &+ 1, to: values, before: start.payloadEnd)
          values += count &+ 1
        }
        at += count &+ 1
      } else if tag == ValueTag.object {
        guard let object = members(at + 1, end) else { return nil }
        ends[depth] = end
        depth &+= 1
        (at, end) = object
      } else if tag == ValueTag.integer, start.payloadEnd - at >= 16,
        let count = varintCount(at.loadUnaligned(fromByteOffset: 1, as: UInt64.self))
      {
        guard count < end - at else { return nil }
        values.storeBytes(
          of: at.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
        values += count &+ 1
        at += count &+ 1
      } else {
        (walk.at, walk.end, walk.values, walk.loose) = (at, end, values, loose)
        guard let next = walk.packingLong(tag) else { return nil }
        (at, values, loose) = (next.at, next.values, next.loose)
      }
    }
    (walk.at, walk.values, walk.loose, walk.shape) = (at, values, loose, shape)
    return at == start.payloadEnd ? walk : nil
  }

  /// How many bytes the key has that comes next, before a value; nil if none does, or it is not a symbol.
  @inline(__always)
  private static func keyCount(_ at: UnsafeRawPointer, _ end: UnsafeRawPointer) -> Int? {
    let first = at.load(as: UInt8.self)
    if first &- 1 < 0x7F { return end - at > 1 ? 1 : nil }
    var count = 1
    while first != 0, count < end - at, count < 10 {
      count &+= 1
      if at.load(fromByteOffset: count &- 1, as: UInt8.self) < 0x80 {
        return count < end - at ? count : nil
      }
    }
    return nil
  }

  /// Where the members of an object begin and end, given where its length does; nil if they do not end before `end`, or
  /// for a length that would not be written so again.
  @inline(__always)
  private static func members(
    _ at: UnsafeRawPointer, _ end: UnsafeRawPointer
  ) -> (at: UnsafeRawPointer, end: UnsafeRawPointer)? {
    guard end - at > 0 else { return nil }
    var length = Int(at.load(as: UInt8.self))
    var count = 1
    if length >= 0x80 {
      length &= 0x7F
      repeat {
        guard count < end - at, count < 4 else { return nil }
        let byte = at.load(fromByteOffset: count, as: UInt8.self)
        length |= Int(byte & 0x7F) &<< (7 &* count)
        count &+= 1
        if byte < 0x80 { break }
      } while true
      guard PayloadCursor.varintByteCount(length) == count else { return nil }
    }
    let first = at + count
    return length <= end - first ? (first, first + length) : nil
  }

  /// How many bytes the varint has that begins in eight bytes; nil if it ends after them.
  @inline(__always)
  private static func varintCount(_ bytes: UInt64) -> Int? {
    let ends = ~UInt64(littleEndian: bytes) & 0x8080_8080_8080_8080
    return ends == 0 ? nil : ends.trailingZeroBitCount &>> 3 &+ 1
  }

  /// How many bytes the varint has that comes next; nil if it has no end or is not a number of 64 bits.
  @inline(__always)
  private func varintCount() -> Int? {
    var count = 0
    while count < left, count < 10 {
      count &+= 1
      if byte(count &- 1) < 0x80 { return count }
    }
    return nil
  }

  @inline(__always)
  private mutating func copyKey(_ count: Int) {
    for index in 0..<count {
      shape.storeBytes(of: byte(index), toByteOffset: index, as: UInt8.self)
    }
    shape += count
    at += count
  }

  /// Packs a value of the header.
  @inline(__always)
  private mutating func packValue() -> Bool {
    let tag = byte()
    guard tag >= ValueTag.smallInteger || tag <= ValueTag.yes else {
      guard let next = packingLong(tag) else { return false }
      self = next
      return true
    }
    let count = tag < ValueTag.shortString ? 0 : Int(tag &- ValueTag.shortString)
    guard count < left else { return false }
    if count >= PackedText.lengthMin, let text = PackedText.pack(at + 1, count, to: loose) {
      values.storeBytes(of: text.tag, as: UInt8.self)
      values += 1
      loose += text.looseCount
      at += count &+ 1
    } else {
      copy(count &+ 1)
    }
    return true
  }

  /// Copies bytes, of which there are as many, to the values.
  @inline(__always)
  private mutating func copy(_ count: Int) {
    Self.copy(at, count, to: values, before: payloadEnd)
    values += count
    at += count
  }

  /// Copies bytes; may write up to 32, if as many can be read.
  @inline(__always)
  private static func copy(
    _ from: UnsafeRawPointer, _ count: Int, to: UnsafeMutableRawPointer,
    before end: UnsafeRawPointer
  ) {
    guard count <= 32, end - from >= 32 else {
      return to.copyMemory(from: from, byteCount: count)
    }
    // What is too much is written over by what follows.
    to.storeBytes(of: from.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
    to.storeBytes(
      of: from.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self), toByteOffset: 16,
      as: SIMD2<UInt64>.self)
  }

  /// The walk after a value, not an object, whose tag says neither what it is nor how long; nil if it is not one.
  @inline(never)
  private func packingLong(_ tag: UInt8) -> PackedWalk? {
    var walk = self
    switch tag {
    case ValueTag.integer, ValueTag.seconds:
      return walk.copy(tagAndVarint: 1) ? walk : nil
    case ValueTag.decimal:
      return walk.copy(tagAndVarint: 2) ? walk : nil
    case ValueTag.milliseconds:
      return walk.packInstant() ? walk : nil
    case ValueTag.uuid:
      guard left > UUIDText.storedByteCount else { return nil }
      walk.values.storeBytes(of: tag, as: UInt8.self)
      walk.values += 1
      walk.loose.copyMemory(from: at + 1, byteCount: UUIDText.storedByteCount)
      walk.loose += UUIDText.storedByteCount
      walk.at += 1 + UUIDText.storedByteCount
      return walk
    case ValueTag.number, ValueTag.string, ValueTag.array:
      var rest = self
      rest.at += 1
      guard let count = rest.varintCount(), count <= 4 else { return nil }
      var length = 0
      for index in 0..<count { length |= Int(rest.byte(index) & 0x7F) << (7 * index) }
      guard length < left - count else { return nil }
      walk.copy(1 + count + length)
      return walk
    default:
      return nil
    }
  }

  /// Copies a tag, what comes before a varint, and the varint.
  @inline(__always)
  private mutating func copy(tagAndVarint first: Int) -> Bool {
    guard left > first else { return false }
    var rest = self
    rest.at += first
    guard let count = rest.varintCount() else { return false }
    copy(first + count)
    return true
  }

  /// Packs an instant as a difference from the receipt, if it comes back and is shorter so.
  @inline(__always)
  private mutating func packInstant() -> Bool {
    var rest = self
    rest.at += 1
    guard let count = rest.varintCount() else { return false }
    var stored: UInt64 = 0
    for index in 0..<count { stored |= UInt64(rest.byte(index) & 0x7F) << UInt64(7 * index) }
    let instant = Int64(bitPattern: stored >> 1) ^ -Int64(bitPattern: stored & 1)
    let difference = instant &- receivedAt
    let packed = UInt64(bitPattern: difference << 1 ^ difference >> 63)
    // Ten bytes may hold more than 64 bits.
    guard count < 10, PayloadCursor.varintByteCount(stored) == count,
      PayloadCursor.varintByteCount(packed) < count
    else {
      copy(1 + count)
      return true
    }
    values = Self.put(packed, tag: PackedLayout.sinceReceipt, to: values)
    at += 1 + count
    return true
  }

  /// Writes a tag and a varint; returns where they end.
  @inline(__always)
  static func put(
    _ value: UInt64, tag: UInt8, to start: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    var (out, rest) = (start, value)
    out.storeBytes(of: tag, as: UInt8.self)
    out += 1
    while rest >= 0x80 {
      out.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, as: UInt8.self)
      out += 1
      rest >>= 7
    }
    out.storeBytes(of: UInt8(truncatingIfNeeded: rest), as: UInt8.self)
    return out + 1
  }
}
