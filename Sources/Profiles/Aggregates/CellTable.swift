// A hash table inside a cell, for functions that keep something for each of many values. It lies in the
// state part of the cell: slots first, then records, so that a new record is an append.

import Bytes

/// The records of a cell, found by their keys.
///
///     slots    capacity × u32: 1 + the place of a record after the slots; 0 for none
///     places   only in large tables: capacity × u32: where a slot stands in the order; 0 for nowhere
///     order    likewise: capacity × u32: how many records count, then their slots, as a binary heap, from place 1
///     records  each: length u32 (of the whole record), payload, key
///
/// In front stand the capacity, a power of two, and the bytes used, each as a u32; after the records may be room
/// for more, where entries of the cell follow. A key's search begins at its checksum and
/// goes on slot by slot. Nothing is ever taken out; `CellEditor.rebuildTable` makes a new table of
/// what still matters.
struct CellTable {
  /// Where the state begins in the cell.
  let offset: Int
  private(set) var byteCount: Int
  /// The bytes in use, from `offset`.
  private var used: Int
  /// Whether something lies after the table, so that it grows in large steps.
  let hasMoreBehind: Bool
  private(set) var recordCount: Int
  private(set) var capacity: Int
  let payloadBytes: Int
  /// What the records of a large table are ordered by.
  let order: CellTableOrder
  /// From which capacity on a table is large.
  let largeCapacity: Int

  private static let capacityMin = 8
  private static let lengthBytes = 4

  private static let headerBytes = 8
  var slotsOffset: Int { offset + Self.headerBytes }
  var placesOffset: Int { slotsOffset + capacity * 4 }
  var heapOffset: Int { placesOffset + capacity * 4 }
  private var recordsOffset: Int { slotsOffset + indexBytes(capacity) }
  /// Whether the table is large, so that it is ordered.
  var hasOrder: Bool { capacity >= largeCapacity }

  /// The bytes in front of the records, but for the header.
  private func indexBytes(_ capacity: Int) -> Int {
    capacity * (capacity >= largeCapacity ? 12 : 4)
  }
  private var end: Int { offset + used }

  /// Reads and checks the extent of a table; no bytes are an empty one.
  init(
    at offset: Int, byteCount: Int, recordCount: UInt64, payloadBytes: Int, hasMoreBehind: Bool,
    order: CellTableOrder, largeCapacity: Int, in bytes: RawSpan
  ) throws(DecodeError) {
    self.order = order
    self.largeCapacity = largeCapacity
    self.hasMoreBehind = hasMoreBehind
    used = 0
    self.offset = offset
    self.byteCount = byteCount
    self.payloadBytes = payloadBytes
    self.recordCount = 0
    capacity = 0
    guard byteCount > 0 else {
      guard recordCount == 0 else { throw DecodeError(.invalidValue, at: offset) }
      return
    }
    guard byteCount >= Self.headerBytes else { throw DecodeError(.truncated, at: offset) }
    capacity = Int(bytes.load(at: offset, as: UInt32.self))
    used = Int(bytes.load(at: offset + 4, as: UInt32.self))
    guard capacity >= Self.capacityMin, capacity & (capacity - 1) == 0, used <= byteCount,
      used >= Self.headerBytes, capacity <= (used - Self.headerBytes) / 4,
      indexBytes(capacity) <= used - Self.headerBytes, recordCount < UInt64(capacity)
    else { throw DecodeError(.invalidValue, at: offset) }
    self.recordCount = Int(recordCount)
  }

  /// The places of a record's payload and key, which are checked.
  struct Record {
    let payload: Int
    let key: Range<Int>
  }

  private func record(at position: Int, in bytes: RawSpan) throws(DecodeError) -> Record {
    guard position >= recordsOffset, position <= end - Self.lengthBytes - payloadBytes else {
      throw DecodeError(.invalidValue, at: offset)
    }
    let length = Int(bytes.load(at: position, as: UInt32.self))
    guard length >= Self.lengthBytes + payloadBytes, length <= end - position else {
      throw DecodeError(.invalidValue, at: position)
    }
    let payload = position + Self.lengthBytes
    return Record(payload: payload, key: (payload + payloadBytes)..<(position + length))
  }

  /// The record of a slot that has one.
  func record(inSlot slot: Int, in bytes: RawSpan) throws(DecodeError) -> Record {
    let place = Int(bytes.load(at: slotsOffset + slot * 4, as: UInt32.self))
    guard place > 0 else { throw DecodeError(.invalidValue, at: offset) }
    return try record(at: recordsOffset + place - 1, in: bytes)
  }

  /// The record whose payload is at a position.
  func record(ofPayload payload: Int, in bytes: RawSpan) throws(DecodeError) -> Record {
    try record(at: payload - Self.lengthBytes, in: bytes)
  }

  /// All records, in the order in which they were made.
  func records(in bytes: RawSpan) throws(DecodeError) -> [Record] {
    var records: [Record] = []
    var position = recordsOffset
    while used > 0, position < end {
      let next = try record(at: position, in: bytes)
      records.append(next)
      position = next.key.upperBound
    }
    return records
  }

  /// Finds the record of a key, or where a new one's slot is.
  private func find(_ key: RawSpan, in bytes: RawSpan) throws(DecodeError) -> (Record?, slot: Int) {
    var slot = Int(truncatingIfNeeded: Checksum.of(key)) & (capacity - 1)
    // Fewer records than slots, so that a search ends; a damaged table ends it by the count.
    for _ in 0..<capacity {
      let place = Int(bytes.load(at: slotsOffset + slot * 4, as: UInt32.self))
      if place == 0 { return (nil, slot) }
      let found = try record(at: recordsOffset + place - 1, in: bytes)
      if bytes.extracting(found.key).elementsEqual(key) { return (found, slot) }
      slot = (slot + 1) & (capacity - 1)
    }
    throw DecodeError(.invalidValue, at: offset)
  }

  /// The place of a key's payload, and its slot; a new record's payload is all zeros.
  ///
  /// Complexity: O(1) amortised, without what lies after the table being moved.
  mutating func payload<Value: CellBytes & ~Copyable>(
    of key: [UInt8], in value: inout Value
  ) throws(DecodeError) -> (payload: Int, slot: Int) {
    if (recordCount + 1) * 4 > capacity * 3 { try grow(&value) }
    let key = key.span.bytes
    let (found, slot) = try find(key, in: value.bytes)
    if let found { return (found.payload, slot) }
    let length = Self.lengthBytes + payloadBytes + key.byteCount
    let position = end
    let missing = used + length - byteCount
    if missing > 0 {
      let added = hasMoreBehind ? max(missing, byteCount / 2) : missing
      value.insertZeros(added, at: offset + byteCount)
      byteCount += added
    }
    value.store(
      UInt32(truncatingIfNeeded: position - recordsOffset + 1), at: slotsOffset + slot * 4)
    value.store(UInt32(truncatingIfNeeded: length), at: position)
    value.replace(at: position + Self.lengthBytes + payloadBytes, with: key)
    setUsed(used + length, &value)
    recordCount += 1
    return (position + Self.lengthBytes, slot)
  }

  private mutating func setUsed<Value: CellBytes & ~Copyable>(_ bytes: Int, _ value: inout Value) {
    used = bytes
    value.store(UInt32(truncatingIfNeeded: bytes), at: offset + 4)
  }

  /// The place of a key's payload, and its slot; nil if it has no record.
  func payload(
    of key: RawSpan, in bytes: RawSpan
  ) throws(DecodeError) -> (payload: Int, slot: Int)? {
    guard capacity > 0 else { return nil }
    let (found, slot) = try find(key, in: bytes)
    return found.map { ($0.payload, slot) }
  }

  /// Doubles the slots.
  private mutating func grow<Value: CellBytes & ~Copyable>(
    _ value: inout Value
  ) throws(DecodeError) {
    let old = capacity
    let new = max(Self.capacityMin, old * 2)
    guard new <= 1 << 24 else { throw DecodeError(.invalidValue, at: offset) }
    let added = indexBytes(new) - indexBytes(old) + (old == 0 ? Self.headerBytes : 0)
    value.insertZeros(added, at: old == 0 ? offset : recordsOffset)
    byteCount += added
    setUsed(used + added, &value)
    capacity = new
    value.store(UInt32(new), at: offset)
    for slot in 0..<(indexBytes(old) / 4) { value.store(UInt32(0), at: slotsOffset + slot * 4) }
    var position = recordsOffset
    while position < end {
      let next = try record(at: position, in: value.bytes)
      var slot = Int(truncatingIfNeeded: Checksum.of(value.bytes.extracting(next.key))) & (new - 1)
      // A damaged table can have more records than it says.
      var steps = 0
      while value.bytes.load(at: slotsOffset + slot * 4, as: UInt32.self) != 0 {
        slot = (slot + 1) & (new - 1)
        steps += 1
        guard steps < new else { throw DecodeError(.invalidValue, at: offset) }
      }
      value.store(
        UInt32(truncatingIfNeeded: position - recordsOffset + 1), at: slotsOffset + slot * 4)
      position = next.key.upperBound
    }
    try orderAll(&value)
  }
}
