// One payload, packed from front to back. All events of an ingest pass here, so it works on pointers, and what it needs
// stays in registers: it is a plain value that functions which are called rather than inlined give back, because a
// variable whose address was passed on would live in memory.

import Bytes

/// A walk through one payload that packs what it passes.
///
/// It reads nothing that is not the payload's, whatever the payload is. It never writes more than there is room for: what
/// it writes of a value takes no more than the value does in the payload, what it writes of a shape no more than twice
/// as much, and `slack` is for what is written over by what follows.
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
    guard walk.packHeader(), walk.packMembers(ends) else { return nil }
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

  @inline(__always)
  private mutating func packMembers(_ ends: UnsafeMutablePointer<UnsafeRawPointer>) -> Bool {
    guard left > 0, byte() == ValueTag.object else { return false }
    at += 1
    guard let length = readLength(), length == left else { return false }
    var depth = 0
    while true {
      while at == end {
        guard depth > 0 else { return at == payloadEnd }
        depth &-= 1
        end = ends[depth]
        shape.storeBytes(of: 0, as: UInt16.self)
        shape += 2
      }
      var keyCount = 1
      if byte() >= 0x80 {
        guard let count = varintCount() else { return false }
        keyCount = count
      }
      guard keyCount < left, byte() != 0 else { return false }
      guard byte(keyCount) == ValueTag.object else {
        copyKey(keyCount)
        guard packValue() else { return false }
        continue
      }
      guard depth < PackedLayout.depthMax else { return false }
      shape.storeBytes(of: 0, as: UInt8.self)
      shape += 1
      copyKey(keyCount)
      at += 1
      guard let length = readLength(), length <= left else { return false }
      ends[depth] = end
      depth &+= 1
      end = at + length
    }
  }

  /// How many bytes the varint has that comes next; nil if it has no end or is no number of 64 bits.
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

  /// Reads the length of an object; nil for one that would not be written so again.
  @inline(__always)
  private mutating func readLength() -> Int? {
    guard let count = varintCount(), count <= 4 else { return nil }
    var length = 0
    for index in 0..<count { length |= Int(byte(index) & 0x7F) &<< (7 &* index) }
    guard PayloadCursor.varintByteCount(length) == count else { return nil }
    at += count
    return length
  }

  @inline(__always)
  private mutating func packValue() -> Bool {
    let tag = byte()
    if tag >= ValueTag.shortString {
      let count = Int(tag &- ValueTag.shortString)
      guard count < left else { return false }
      if count < 7 || !packText(count) { copy(count &+ 1) }
      return true
    }
    if tag >= ValueTag.smallInteger || tag <= ValueTag.yes {
      copy(1)
      return true
    }
    guard let next = packingLong(tag) else { return false }
    self = next
    return true
  }

  /// Copies bytes, of which there are as many, to the values.
  @inline(__always)
  private mutating func copy(_ count: Int) {
    if count <= 32, payloadEnd - at >= 32 {
      // What is too much is written over by what follows.
      values.storeBytes(of: at.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
      values.storeBytes(
        of: at.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self), toByteOffset: 16,
        as: SIMD2<UInt64>.self)
    } else {
      values.copyMemory(from: at, byteCount: count)
    }
    values += count
    at += count
  }

  /// Packs the text after a tag, if it stands for bytes.
  @inline(__always)
  private mutating func packText(_ count: Int) -> Bool {
    let first = byte(1)
    if count & 1 == 0, count >= 8, count <= 2 * PackedLayout.digitPairsMax,
      PackedText.writeDigits(at + 1, count, to: loose)
    {
      let tag = PackedLayout.digits &+ UInt8(truncatingIfNeeded: count &>> 1)
      values.storeBytes(of: tag, as: UInt8.self)
      values += 1
      loose += count &>> 1
    } else if first &- UInt8(ascii: "0") <= 9, count <= PackedLayout.addressTextMax,
      let address = PackedText.address(at + 1, count)
    {
      values.storeBytes(of: PackedLayout.address, as: UInt8.self)
      values += 1
      loose.storeBytes(of: address.littleEndian, as: UInt32.self)
      loose += 4
    } else {
      return false
    }
    at += count &+ 1
    return true
  }

  /// The walk after a value whose tag says neither what it is nor how long; nil if it is none.
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
    var packed = UInt64(bitPattern: difference << 1 ^ difference >> 63)
    // Ten bytes may hold more than 64 bits.
    guard count < 10, PayloadCursor.varintByteCount(stored) == count,
      PayloadCursor.varintByteCount(packed) < count
    else {
      copy(1 + count)
      return true
    }
    values.storeBytes(of: PackedLayout.sinceReceipt, as: UInt8.self)
    values += 1
    while packed >= 0x80 {
      values.storeBytes(of: UInt8(truncatingIfNeeded: packed) | 0x80, as: UInt8.self)
      values += 1
      packed >>= 7
    }
    values.storeBytes(of: UInt8(truncatingIfNeeded: packed), as: UInt8.self)
    values += 1
    at += 1 + count
    return true
  }
}
