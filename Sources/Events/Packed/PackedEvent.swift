// Packed events back to payloads: see `PackedLayout`. What is read comes from disk and may be anything; what is written
// has room, and is checked when somebody reads it as a payload.

import Bytes

/// A packed event.
public enum PackedEvent {
  /// Writes the payload of a packed event into `payload`, from its start; what `payload` held is lost.
  ///
  /// - Returns: How many bytes it has; `payload` may be longer.
  /// - Throws: `invalidValue` for parts that no packer made.
  /// - Complexity: O(bytes), and for each object the bytes that follow its beginning at most once more.
  public static func unpack(
    shape: RawSpan, values: RawSpan, loose: RawSpan, receivedAt: Timestamp,
    into payload: inout [UInt8]
  ) throws(DecodeError) -> Int {
    // An object takes at least four bytes of a shape, and its beginning no more than twelve; an instant at least two of
    // the values, and no more than eleven; a text no more than four times its loose bytes.
    let room = UnpackWalk.slack + 3 * shape.byteCount + 6 * values.byteCount + 4 * loose.byteCount
    if payload.count < room {
      payload = [UInt8](repeating: 0, count: max(room, 2 * payload.count))
    }
    let count: Int? = payload.withUnsafeMutableBytes { out in
      shape.withUnsafeBytes { shape in
        values.withUnsafeBytes { values in
          loose.withUnsafeBytes { loose in
            guard let out = out.baseAddress else { return nil }
            return UnpackWalk(
              shape: PackedBytes(shape), values: PackedBytes(values), loose: PackedBytes(loose),
              receivedAt, to: out
            ).run()
          }
        }
      }
    }
    guard let count else { throw DecodeError(.invalidValue, at: 0) }
    return count
  }
}

/// Bytes that are read from the front.
private struct PackedBytes: BitwiseCopyable {
  private(set) var at: UnsafeRawPointer
  private let end: UnsafeRawPointer

  init(_ bytes: UnsafeRawBufferPointer) {
    // Nothing is read of what is empty.
    let start = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 1).unsafelyUnwrapped
    at = start
    end = start + bytes.count
  }

  @inline(__always)
  var left: Int { end - at }

  @inline(__always)
  func byte(_ offset: Int = 0) -> UInt8 { at.load(fromByteOffset: offset, as: UInt8.self) }

  @inline(__always)
  mutating func skip(_ count: Int) { at += count }

  /// How many bytes the varint has that begins at an offset; nil if it has no end.
  @inline(__always)
  func varintCount(at offset: Int = 0) -> Int? {
    var count = 0
    while offset &+ count < left, count < 10 {
      count &+= 1
      if byte(offset &+ count &- 1) < 0x80 { return count }
    }
    return nil
  }
}

/// A walk along a shape that writes a payload.
///
/// A plain value, so that all of it stays in registers.
private struct UnpackWalk: BitwiseCopyable {
  static let slack = 128

  private var shape: PackedBytes
  private var values: PackedBytes
  private var loose: PackedBytes
  private let receivedAt: Int64
  private let start: UnsafeMutableRawPointer
  private var out: UnsafeMutableRawPointer

  init(
    shape: PackedBytes, values: PackedBytes, loose: PackedBytes, _ receivedAt: Timestamp,
    to out: UnsafeMutableRawPointer
  ) {
    self.receivedAt = receivedAt.milliseconds
    self.shape = shape
    self.values = values
    self.loose = loose
    start = out
    self.out = out
  }

  /// Writes all; nil if the parts do not belong together, else the number of bytes.
  func run() -> Int? {
    withUnsafeTemporaryAllocation(
      of: UnsafeMutableRawPointer.self, capacity: PackedLayout.depthMax
    ) { open in
      guard let open = open.baseAddress else { return nil }
      var walk = self
      return walk.write(open) ? walk.out - walk.start : nil
    }
  }

  /// - Parameter open: Room for where the members begin of open objects.
  @inline(__always)
  private mutating func write(_ open: UnsafeMutablePointer<UnsafeMutableRawPointer>) -> Bool {
    guard writeHeader() else { return false }
    // Nearly all have more than 127 bytes.
    let lengthBytes = values.left + shape.left > 150 ? 2 : 1
    put(ValueTag.object)
    out += lengthBytes
    let members = out
    guard writeMembers(open) else { return false }
    end(members, lengthBytes: lengthBytes)
    return values.left == 0 && loose.left == 0
  }

  @inline(__always)
  private mutating func put(_ byte: UInt8) {
    out.storeBytes(of: byte, as: UInt8.self)
    out += 1
  }

  @inline(__always)
  private mutating func writeHeader() -> Bool {
    guard shape.left > PayloadLayout.flagsOffset else { return false }
    let presence = shape.byte(PayloadLayout.flagsOffset)
    put(PayloadLayout.format)
    put(shape.byte())
    put(shape.byte(1))
    shape.skip(EventHeader.eventStart)
    switch presence & PackedLayout.nameMask {
    case 0: put(ValueTag.absent)
    case PackedLayout.symbolName:
      guard let count = shape.varintCount() else { return false }
      put(ValueTag.symbol)
      copyKey(count)
    case PackedLayout.valueName:
      guard writeValue() else { return false }
    default: return false
    }
    for place in 0..<PackedLayout.headerValues {
      if presence & PackedLayout.firstValue << UInt8(place) == 0 {
        put(ValueTag.absent)
      } else {
        guard writeValue() else { return false }
      }
    }
    return true
  }

  /// Writes the members of the outermost object and all that they hold.
  @inline(__always)
  private mutating func writeMembers(
    _ open: UnsafeMutablePointer<UnsafeMutableRawPointer>
  ) -> Bool {
    var depth = 0
    while shape.left > 0 {
      guard shape.byte() == 0 else {
        guard let count = shape.varintCount() else { return false }
        copyKey(count)
        guard writeValue() else { return false }
        continue
      }
      guard shape.left > 1 else { return false }
      shape.skip(1)
      if shape.byte() == 0 {
        shape.skip(1)
        guard depth > 0 else { return false }
        depth &-= 1
        end(open[depth], lengthBytes: 1)
      } else {
        guard let count = shape.varintCount(), depth < PackedLayout.depthMax else { return false }
        copyKey(count)
        put(ValueTag.object)
        out += 1
        open[depth] = out
        depth &+= 1
      }
    }
    return depth == 0
  }

  @inline(__always)
  private mutating func copyKey(_ count: Int) {
    for index in 0..<count {
      out.storeBytes(of: shape.byte(index), toByteOffset: index, as: UInt8.self)
    }
    out += count
    shape.skip(count)
  }

  /// Ends an object, for whose length there is room before its members.
  @inline(__always)
  private mutating func end(_ members: UnsafeMutableRawPointer, lengthBytes: Int) {
    let length = out - members
    if length < 0x80, lengthBytes == 1 {
      (members - 1).storeBytes(of: UInt8(truncatingIfNeeded: length), as: UInt8.self)
    } else {
      out = Self.endByMove(members, length, lengthBytes)
    }
  }

  @inline(never)
  private static func endByMove(
    _ members: UnsafeMutableRawPointer, _ length: Int, _ lengthBytes: Int
  ) -> UnsafeMutableRawPointer {
    let needed = PayloadCursor.varintByteCount(length)
    let place = members - lengthBytes
    if needed != lengthBytes { (place + needed).copyMemory(from: members, byteCount: length) }
    var rest = length
    for index in 0..<needed {
      let more: UInt8 = index < needed - 1 ? 0x80 : 0
      place.storeBytes(
        of: UInt8(truncatingIfNeeded: rest & 0x7F) | more, toByteOffset: index, as: UInt8.self)
      rest >>= 7
    }
    return place + needed + length
  }

  @inline(__always)
  private mutating func writeValue() -> Bool {
    guard values.left > 0 else { return false }
    let tag = values.byte()
    if tag >= ValueTag.shortString { return copy(Int(tag &- ValueTag.shortString) &+ 1) }
    if tag >= ValueTag.smallInteger || tag <= ValueTag.yes { return copy(1) }
    guard let next = writingLong(tag) else { return false }
    self = next
    return true
  }

  /// Copies values; false if there are not as many bytes.
  @inline(__always)
  private mutating func copy(_ count: Int) -> Bool {
    let left = values.left
    guard count <= left else { return false }
    if count <= 32, left >= 32 {
      // What is too much is written over by what follows.
      out.storeBytes(
        of: values.at.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
      out.storeBytes(
        of: values.at.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self), toByteOffset: 16,
        as: SIMD2<UInt64>.self)
    } else {
      out.copyMemory(from: values.at, byteCount: count)
    }
    out += count
    values.skip(count)
    return true
  }

  /// The walk after a value whose tag says neither what it is nor how long; nil if it is none.
  ///
  /// Given back, since `self` would live in memory if its address was passed on.
  @inline(never)
  private func writingLong(_ tag: UInt8) -> UnpackWalk? {
    var walk = self
    return walk.writeLong(tag) ? walk : nil
  }

  @inline(__always)
  private mutating func writeLong(_ tag: UInt8) -> Bool {
    switch tag {
    case ValueTag.integer, ValueTag.milliseconds, ValueTag.seconds:
      guard let count = values.varintCount(at: 1) else { return false }
      return copy(1 + count)
    case ValueTag.decimal:
      guard values.left > 2, let count = values.varintCount(at: 2) else { return false }
      return copy(2 + count)
    case ValueTag.number, ValueTag.string, ValueTag.array:
      guard let count = values.varintCount(at: 1), count <= 4 else { return false }
      var length = 0
      for index in 0..<count { length |= Int(values.byte(1 + index) & 0x7F) << (7 * index) }
      return copy(1 + count + length)
    case PackedLayout.sinceReceipt:
      return writeInstant()
    case ValueTag.uuid:
      guard loose.left >= UUIDText.storedByteCount else { return false }
      put(tag)
      out.copyMemory(from: loose.at, byteCount: UUIDText.storedByteCount)
      out += UUIDText.storedByteCount
      loose.skip(UUIDText.storedByteCount)
    case PackedLayout.address:
      guard loose.left >= 4 else { return false }
      let address = UInt32(littleEndian: loose.at.loadUnaligned(as: UInt32.self))
      let count = PackedText.writeText(ofAddress: address, to: out + 1)
      put(ValueTag.shortString | UInt8(truncatingIfNeeded: count))
      out += count
      loose.skip(4)
    default:
      guard tag >= PackedLayout.digits else { return false }
      let count = Int(tag &- PackedLayout.digits)
      guard count >= PackedLayout.digitPairsMin, count <= PackedLayout.digitPairsMax,
        loose.left >= count
      else { return false }
      put(ValueTag.shortString | UInt8(truncatingIfNeeded: 2 * count))
      PackedText.writeText(ofDigits: loose.at, count, to: out)
      out += 2 * count
      loose.skip(count)
    }
    values.skip(1)
    return true
  }

  /// Writes an instant that is stored as a difference from the receipt.
  @inline(__always)
  private mutating func writeInstant() -> Bool {
    guard let count = values.varintCount(at: 1), count < 10 else { return false }
    var packed: UInt64 = 0
    for index in 0..<count { packed |= UInt64(values.byte(1 + index) & 0x7F) << UInt64(7 * index) }
    let instant = receivedAt &+ (Int64(bitPattern: packed >> 1) ^ -Int64(bitPattern: packed & 1))
    put(ValueTag.milliseconds)
    var rest = UInt64(bitPattern: instant << 1 ^ instant >> 63)
    while rest >= 0x80 {
      put(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    put(UInt8(truncatingIfNeeded: rest))
    values.skip(1 + count)
    return true
  }
}
