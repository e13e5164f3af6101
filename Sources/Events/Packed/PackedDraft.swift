// What the parser writes of an event next to its payload, so that packing a block is copying: it has each value in
// registers already, and knows which structure the event has. Everything of an ingest passes here, so it works on
// pointers.

import Bytes

/// The layout of a draft of a packed event, which never leaves memory.
///
///     offset  size  field
///     ------  ----  -----------------------------------------------------------------------------------
///          0     8  the structure of the members, a number that says the same wherever it is met
///          8     4  the name's symbol; 0 for none
///         12     3  summary, flags and presence, as in the shape (`PackedLayout`)
///         16     4  how many bytes the values of the members take
///         20     4  how many bytes the values of the header take, without the times
///         24     4  how many loose bytes there are
///         28     4  where the times begin in the payload
///         32    24  `timestamp`, `originalTimestamp`, `sentAt`, if they are instants with milliseconds, else `noTime`
///         56        values of the members, of the header without its times; loose bytes of the header and the
///                   members
///
/// The first 16 bytes say which shape the event has. Values are those of a packed event, but for instants, which are
/// those of the payload: the parser does not know when the record is received.
enum DraftLayout {
  static let nameOffset = 8
  static let summaryOffset = 12
  static let flagsOffset = 13
  static let presenceOffset = 14
  static let memberCountOffset = 16
  static let headCountOffset = 20
  static let looseCountOffset = 24
  static let timesOffset = 28
  static let instantsOffset = 32
  static let headerByteCount = 56
  /// Stands for a time that is read in the payload.
  static let noTime = Int64.min
}

/// Where the values of a draft are written: no more than a pointer, which stays in a register.
///
/// Its owner has made room.
struct DraftCursor: BitwiseCopyable {
  /// Where the next value goes.
  private(set) var values: UnsafeMutableRawPointer

  init(_ values: UnsafeMutableRawPointer) { self.values = values }

  /// Writes a text of at most `PayloadCursor.paddedStringMax` bytes as it is; as many can be read, whatever its length.
  @inline(__always)
  mutating func putPadded(_ text: UnsafeRawPointer, _ count: Int) {
    values.storeBytes(of: ValueTag.shortString | UInt8(truncatingIfNeeded: count), as: UInt8.self)
    // What is too much is written over by what follows.
    values.storeBytes(
      of: text.loadUnaligned(as: SIMD2<UInt64>.self), toByteOffset: 1, as: SIMD2<UInt64>.self)
    values.storeBytes(
      of: text.loadUnaligned(fromByteOffset: 16, as: SIMD2<UInt64>.self), toByteOffset: 17,
      as: SIMD2<UInt64>.self)
    values += count &+ 1
  }

  /// Copies a stored value of at most 16 bytes; as many can be read.
  @inline(__always)
  mutating func putShort(_ stored: UnsafeRawPointer, _ count: Int) {
    values.storeBytes(of: stored.loadUnaligned(as: SIMD2<UInt64>.self), as: SIMD2<UInt64>.self)
    values += count
  }

  /// Copies a stored value.
  @inline(__always)
  mutating func put(_ stored: UnsafeRawPointer, _ count: Int) {
    values.copyMemory(from: stored, byteCount: count)
    values += count
  }

  /// Writes the tag of a value whose bytes are loose.
  @inline(__always)
  mutating func put(_ tag: UInt8) {
    values.storeBytes(of: tag, as: UInt8.self)
    values += 1
  }
}

/// A draft while an event is parsed; reused from event to event.
struct PackedDraft: ~Copyable {
  private var values = PayloadCursor(capacity: 2 << 10)
  private var memberLoose = PayloadCursor(capacity: 1 << 10)
  /// The loose bytes of the header, of which there are three texts at most.
  private let headLoose = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 16)
  /// Where the next loose bytes go.
  private(set) var loose: UnsafeMutableRawPointer
  private var memberCount = 0
  private var memberLooseCount = 0
  /// The structure of the members so far, as the tree numbers them.
  var structure: UInt32 = 0
  private var key: UInt64 = 0
  private var name: Symbol?
  private var presence: UInt8 = 0
  private var headCount = 0
  private var headLooseCount = 0

  init() { loose = headLoose }

  deinit {
    values.memory.deallocate()
    memberLoose.memory.deallocate()
    headLoose.deallocate()
  }

  /// Begins the draft of an event whose payload takes at most `room` bytes; returns where its members go.
  @inline(__always)
  mutating func begin(room: Int, _ first: UInt32) -> DraftCursor {
    key = 0
    presence = 0
    structure = first
    (values.count, memberLoose.count) = (0, 0)
    // The values of the header and all loose bytes come after those of the members.
    values.reserve(DraftLayout.headerByteCount + 2 * room + Self.headRoom)
    memberLoose.reserve(room + Self.headRoom)
    loose = memberLoose.memory
    return DraftCursor(values.memory + DraftLayout.headerByteCount)
  }

  private static let headRoom = 256

  /// Writes a text as `DraftCursor.putPadded`, or the bytes that it stands for.
  @inline(__always)
  mutating func put(padded text: UnsafeRawPointer, _ count: Int, _ cursor: inout DraftCursor) {
    if PackedText.mayStandForBytes(text, count), let tag = putLoose(text, count) {
      cursor.put(tag)
    } else {
      cursor.putPadded(text, count)
    }
  }

  /// Writes the bytes that a text stands for; returns its tag, or nil if it stands for none.
  @inline(never)
  private mutating func putLoose(_ text: UnsafeRawPointer, _ count: Int) -> UInt8? {
    guard let packed = PackedText.pack(text, count, to: loose) else { return nil }
    loose += packed.looseCount
    return packed.tag
  }

  /// Writes a UUID.
  @inline(__always)
  mutating func putUUID(_ high: UInt64, _ low: UInt64, _ cursor: inout DraftCursor) {
    cursor.put(ValueTag.uuid)
    loose.storeBytes(of: high.bigEndian, as: UInt64.self)
    loose.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
    loose += UUIDText.storedByteCount
  }

  /// The cursor after any stored value but an object.
  @inline(never)
  mutating func putting(
    _ stored: UnsafeRawPointer, _ count: Int, _ cursor: DraftCursor
  ) -> DraftCursor {
    var cursor = cursor
    let tag = stored.load(as: UInt8.self)
    if tag == ValueTag.uuid {
      cursor.put(tag)
      loose.copyMemory(from: stored + 1, byteCount: UUIDText.storedByteCount)
      loose += UUIDText.storedByteCount
    } else if tag >= ValueTag.shortString, count > PackedText.lengthMin,
      let packed = putLoose(stored + 1, count &- 1)
    {
      cursor.put(packed)
    } else if count <= 16 {
      cursor.putShort(stored, count)
    } else {
      cursor.put(stored, count)
    }
    return cursor
  }

  /// The cursor after a list, in the place of what was written of its elements.
  @inline(never)
  mutating func putting(
    list stored: UnsafeRawPointer, _ count: Int, begun: ShapeFrame
  ) -> DraftCursor {
    loose = begun.loose
    var cursor = begun.draft
    cursor.put(stored, count)
    return cursor
  }

  /// Ends the members.
  ///
  /// - Parameter key: What tells their structure from others; 0 if there is to be no draft.
  @inline(__always)
  mutating func endMembers(_ cursor: DraftCursor, key: UInt64) {
    self.key = key
    memberCount = cursor.values - values.memory - DraftLayout.headerByteCount
    memberLooseCount = loose - memberLoose.memory
  }

  /// Begins the header; returns where its values go, those of the times excepted.
  @inline(__always)
  mutating func beginHead() -> DraftCursor {
    loose = headLoose
    return DraftCursor(values.memory + (DraftLayout.headerByteCount + memberCount))
  }

  /// Notes a time, the first of three if `place` is 0; nil for one that is read in the payload.
  @inline(__always)
  mutating func setTime(_ instant: Timestamp?, at place: Int) {
    values.store(
      instant?.milliseconds ?? DraftLayout.noTime, at: DraftLayout.instantsOffset &+ 8 &* place)
  }

  /// Ends the header.
  @inline(__always)
  mutating func endHead(_ cursor: DraftCursor, presence: UInt8, name: Symbol?) {
    headCount = cursor.values - values.memory - DraftLayout.headerByteCount - memberCount
    headLooseCount = loose - headLoose
    self.presence = presence
    self.name = name
  }

  /// Forgets the draft.
  mutating func removeAll() { key = 0 }

  /// Completes the draft of an event with this header, and appends it; returns how many bytes it has, 0 for none.
  @inline(__always)
  mutating func finish(
    _ header: EventHeader, flags: UInt8, into content: inout FlatBuffer<UInt8>
  ) -> Int {
    guard key != 0, presence != 0, header.payloadEnd <= PackedLayout.payloadBytesMax else {
      return 0
    }
    let memory = values.memory
    let end = memory + (DraftLayout.headerByteCount + memberCount + headCount)
    end.copyMemory(from: headLoose, byteCount: headLooseCount)
    (end + headLooseCount).copyMemory(from: memberLoose.memory, byteCount: memberLooseCount)
    memory.storeBytes(of: key, as: UInt64.self)
    memory.storeBytes(
      of: name?.value ?? 0, toByteOffset: DraftLayout.nameOffset, as: UInt32.self)
    memory.storeBytes(
      of: UInt32(header.summary) | UInt32(flags) << 8 | UInt32(presence) << 16,
      toByteOffset: DraftLayout.summaryOffset, as: UInt32.self)
    memory.storeBytes(
      of: UInt32(truncatingIfNeeded: memberCount), toByteOffset: DraftLayout.memberCountOffset,
      as: UInt32.self)
    memory.storeBytes(
      of: UInt32(truncatingIfNeeded: headCount), toByteOffset: DraftLayout.headCountOffset,
      as: UInt32.self)
    memory.storeBytes(
      of: UInt32(truncatingIfNeeded: headLooseCount + memberLooseCount),
      toByteOffset: DraftLayout.looseCountOffset, as: UInt32.self)
    memory.storeBytes(
      of: header.ends.anonymousID, toByteOffset: DraftLayout.timesOffset, as: UInt32.self)
    let count = end - memory + headLooseCount + memberLooseCount
    content.append(memory.assumingMemoryBound(to: UInt8.self), count)
    return count
  }
}
