// Payloads to packed events, a block at a time: see `PackedLayout`. Every event of an ingest passes here once, on the
// thread that compresses.

import Bytes

/// Packs the events of one block after the other.
public struct EventPacker: ~Copyable {
  /// What became of an event.
  public struct Packed {
    /// The number of its shape in the block, from 1.
    public var shape: UInt32
    /// Where its values lie among those of the block.
    public var values: Range<Int>
    /// How many loose bytes it has.
    public var looseCount: Int
    /// How many bytes were added to the shapes of the block.
    public var newShapeCount: Int
  }

  private var values = PayloadCursor(capacity: 64 << 10)
  private var loose = PayloadCursor(capacity: 16 << 10)
  /// The shape of the event in hand.
  private var shape = PayloadCursor(capacity: 1 << 10)
  private var shapes = PackedShapes()
  /// Where the objects end that are open.
  private let ends = UnsafeMutablePointer<UnsafeRawPointer>.allocate(
    capacity: PackedLayout.depthMax)

  /// One without shapes.
  public init() {}

  deinit {
    values.memory.deallocate()
    loose.memory.deallocate()
    shape.memory.deallocate()
    ends.deallocate()
  }

  /// Forgets everything: a block begins.
  public mutating func begin() {
    (values.count, loose.count) = (0, 0)
    shapes.removeAll()
  }

  /// Packs the payload of an event; nil, with nothing changed, for one that is stored as it is.
  ///
  /// - Parameters:
  ///   - receivedAt: When its record was received.
  ///   - excessMax: By how many bytes the packed form, with a new shape, may exceed the payload.
  /// - Complexity: O(bytes).
  public mutating func pack(
    _ payload: RawSpan, receivedAt: Timestamp, excessMax: Int
  ) -> Packed? {
    let count = payload.byteCount
    guard count > EventHeader.eventStart, count <= PackedLayout.payloadBytesMax else { return nil }
    values.reserve(count + PackedWalk.slack)
    loose.reserve(count + PackedWalk.slack)
    shape.count = 0
    shape.reserve(2 * count + PackedWalk.slack)
    let walked: PackedWalk? = payload.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return nil }
      var walk = PackedWalk(
        start, count, receivedAt, values: values, loose: loose, shape: shape, ends)
      return walk.packHeader() && walk.packMembers() ? walk : nil
    }
    guard let walked else { return nil }
    let valueRange = values.count..<walked.values.count
    let looseCount = walked.loose.count - loose.count
    let text = RawSpan(_unsafeStart: walked.shape.memory, byteCount: walked.shape.count)
    let room = count + excessMax - valueRange.count - looseCount
    guard let found = shapes.number(of: text, room: room) else { return nil }
    values = walked.values
    loose = walked.loose
    return Packed(
      shape: found.number, values: valueRange, looseCount: looseCount,
      newShapeCount: found.newByteCount)
  }

  /// Writes the values of an event of this block.
  public func writeValues(_ range: Range<Int>, to out: inout ByteWriter) {
    precondition(range.lowerBound >= 0 && range.upperBound <= values.count, "of another block")
    out.append(RawSpan(_unsafeStart: values.memory + range.lowerBound, byteCount: range.count))
  }

  /// Writes the loose bytes of all events of this block.
  public func writeLoose(to out: inout ByteWriter) {
    out.append(RawSpan(_unsafeStart: loose.memory, byteCount: loose.count))
  }

  /// Writes the shapes of this block, each as a varint length and bytes.
  public func writeShapes(to out: inout ByteWriter) { shapes.write(to: &out) }
}

/// A walk through one payload that packs what it passes.
///
/// A plain value, so that all of it stays in registers. It never writes more than there is room for: what it writes of
/// a value takes no more than the value does in the payload, and `slack` for what is written over by what follows.
private struct PackedWalk: BitwiseCopyable {
  static let slack = 64

  private var at: UnsafeRawPointer
  /// The end of the object that is open.
  private var end: UnsafeRawPointer
  private let payloadEnd: UnsafeRawPointer
  private let receivedAt: Int64
  private(set) var values: PayloadCursor
  private(set) var loose: PayloadCursor
  private(set) var shape: PayloadCursor
  private let ends: UnsafeMutablePointer<UnsafeRawPointer>

  init(
    _ start: UnsafeRawPointer, _ count: Int, _ receivedAt: Timestamp, values: PayloadCursor,
    loose: PayloadCursor, shape: PayloadCursor, _ ends: UnsafeMutablePointer<UnsafeRawPointer>
  ) {
    self.receivedAt = receivedAt.milliseconds
    at = start
    payloadEnd = start + count
    end = payloadEnd
    self.values = values
    self.loose = loose
    self.shape = shape
    self.ends = ends
  }

  @inline(__always)
  private var left: Int { end - at }

  @inline(__always)
  private func byte(_ offset: Int = 0) -> UInt8 { at.load(fromByteOffset: offset, as: UInt8.self) }

  mutating func packHeader() -> Bool {
    guard byte() == PayloadLayout.format,
      byte(PayloadLayout.flagsOffset) & PayloadLayout.hasOriginal == 0
    else { return false }
    shape.putReserved(byte(1))
    shape.putReserved(byte(2))
    shape.putReserved(0)
    at += EventHeader.eventStart
    var presence: UInt8 = 0
    guard left > 0 else { return false }
    switch byte() {
    case ValueTag.absent: at += 1
    case ValueTag.symbol:
      at += 1
      presence = PackedLayout.symbolName
      guard packKey() else { return false }
    default:
      presence = PackedLayout.valueName
      guard packValue() else { return false }
    }
    for place in 0..<PackedLayout.headerValues {
      guard left > 0 else { return false }
      if byte() == ValueTag.absent {
        at += 1
      } else {
        presence |= PackedLayout.firstValue << UInt8(place)
        guard packValue() else { return false }
      }
    }
    shape.store(presence, at: PayloadLayout.flagsOffset)
    return true
  }

  mutating func packMembers() -> Bool {
    guard left > 0, byte() == ValueTag.object else { return false }
    at += 1
    guard let length = readLength(), length == left else { return false }
    var depth = 0
    while true {
      while at == end {
        guard depth > 0 else { return at == payloadEnd }
        depth -= 1
        end = ends[depth]
        shape.putReserved(low: 0, 2)
      }
      guard let keyCount = varintCount(), keyCount < left, byte() != 0 else { return false }
      guard byte(keyCount) == ValueTag.object else {
        copyKey(keyCount)
        guard packValue() else { return false }
        continue
      }
      guard depth < PackedLayout.depthMax else { return false }
      shape.putReserved(0)
      copyKey(keyCount)
      at += 1
      guard let length = readLength(), length <= left else { return false }
      ends[depth] = end
      depth += 1
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

  private mutating func packKey() -> Bool {
    guard let count = varintCount() else { return false }
    copyKey(count)
    return true
  }

  @inline(__always)
  private mutating func copyKey(_ count: Int) {
    for index in 0..<count { shape.store(byte(index), at: shape.count &+ index) }
    shape.count &+= count
    at += count
  }

  /// Reads the length of an object; nil for one that would not be written so again.
  @inline(__always)
  private mutating func readLength() -> Int? {
    guard let count = varintCount(), count <= 4 else { return nil }
    var length = 0
    for index in 0..<count { length |= Int(byte(index) & 0x7F) << (7 &* index) }
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
      if count >= 7, packText(count) { return true }
      return copy(count &+ 1)
    }
    return tag >= ValueTag.smallInteger ? copy(1) : packLong(tag)
  }

  /// Copies bytes to the values; false if there are not as many.
  @inline(__always)
  private mutating func copy(_ count: Int) -> Bool {
    guard count <= left else { return false }
    if count <= 32, payloadEnd - at >= 32 {
      // What is too much is written over by what follows.
      let place = values.count
      values.store(at.loadUnaligned(as: SIMD2<UInt64>.self), at: place)
      values.store(
        at.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self), at: place &+ 16)
    } else {
      (values.memory + values.count).copyMemory(from: at, byteCount: count)
    }
    values.count &+= count
    at += count
    return true
  }

  /// Packs the text after a tag, if it stands for bytes.
  @inline(__always)
  private mutating func packText(_ count: Int) -> Bool {
    let text = at + 1
    if count & 1 == 0, count >= 8, count <= 2 * PackedLayout.digitPairsMax,
      PackedText.writeDigits(text, count, to: loose.memory + loose.count)
    {
      values.putReserved(PackedLayout.digits &+ UInt8(truncatingIfNeeded: count >> 1))
      loose.count &+= count >> 1
      at += count &+ 1
      return true
    }
    guard count <= PackedLayout.addressTextMax, byte(1) &- UInt8(ascii: "0") <= 9,
      let address = PackedText.address(text, count)
    else { return false }
    values.putReserved(PackedLayout.address)
    loose.store(address.littleEndian, at: loose.count)
    loose.count &+= 4
    at += count &+ 1
    return true
  }

  @inline(never)
  private mutating func packLong(_ tag: UInt8) -> Bool {
    switch tag {
    case ValueTag.null, ValueTag.no, ValueTag.yes:
      return copy(1)
    case ValueTag.milliseconds:
      return packInstant()
    case ValueTag.integer, ValueTag.seconds:
      return copy(tagAndVarint: 1)
    case ValueTag.decimal:
      return copy(tagAndVarint: 2)
    case ValueTag.uuid:
      guard left > UUIDText.storedByteCount else { return false }
      values.putReserved(tag)
      loose.put(at + 1, UUIDText.storedByteCount)
      at += 1 + UUIDText.storedByteCount
      return true
    case ValueTag.number, ValueTag.string, ValueTag.array:
      var length = self
      length.at += 1
      guard let count = length.varintCount(), count <= 9 else { return false }
      var bytes: UInt64 = 0
      for index in 0..<count { bytes |= UInt64(length.byte(index) & 0x7F) << UInt64(7 * index) }
      guard bytes <= UInt64(left) else { return false }
      return copy(1 + count + Int(bytes))
    default:
      return false
    }
  }

  /// Packs an instant as a difference from the receipt, if it comes back and is shorter so.
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
    else { return copy(1 + count) }
    values.putReserved(PackedLayout.sinceReceipt)
    values.putVarint(packed)
    at += 1 + count
    return true
  }

  /// Copies a tag, what comes before a varint, and the varint.
  private mutating func copy(tagAndVarint first: Int) -> Bool {
    guard left > first else { return false }
    var rest = self
    rest.at += first
    guard let count = rest.varintCount() else { return false }
    return copy(first + count)
  }
}
