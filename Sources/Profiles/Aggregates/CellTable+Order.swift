// The order of the records of a large table, so that an answer needs the first of them and no others.

import Bytes

/// What the records of a cell's table are ordered by; those that do not count have no place in it.
enum CellTableOrder: UInt8, BitwiseCopyable {
  /// By nothing: how many count is all that is asked.
  case none
  /// The latest first; equal ones by value.
  case latest
  /// The most frequent first, then the latest.
  case mostFrequent
  /// The least frequent first, then the latest.
  case leastFrequent
  /// Of keys without an answer, the one that was asked first.
  case longestUnmatched

  init(_ function: AggregateFunction) {
    switch function {
    case .unmatched: self = .longestUnmatched
    case .uniqueList: self = .latest
    case .mostFrequent, .categoryCount: self = .mostFrequent
    case .leastFrequent: self = .leastFrequent
    default: self = .none
    }
  }
}

extension CellTable {
  /// The number of records that count; only with an order.
  func orderedCount(in bytes: RawSpan) throws(DecodeError) -> Int {
    let count = Int(bytes.load(at: heapOffset, as: UInt32.self))
    guard count < capacity else { throw DecodeError(.invalidValue, at: heapOffset) }
    return count
  }

  /// The slot at a place of the heap, from 1 on.
  private func heapSlot(_ place: Int, in bytes: RawSpan) throws(DecodeError) -> Int {
    let slot = Int(bytes.load(at: heapOffset + place * 4, as: UInt32.self))
    guard slot < capacity else { throw DecodeError(.invalidValue, at: heapOffset) }
    return slot
  }

  /// The record at a place of the heap, from 1 on.
  func orderedRecord(_ place: Int, in bytes: RawSpan) throws(DecodeError) -> Record {
    try record(inSlot: heapSlot(place, in: bytes), in: bytes)
  }

  /// Whether a record counts.
  private func counts(_ record: Record, in bytes: RawSpan) -> Bool {
    guard order == .longestUnmatched else {
      return bytes.load(at: record.payload, as: UInt64.self) > 0
    }
    return Self.isUnmatched(at: record.payload, in: bytes)
  }

  /// Whether the payload at a position is of a key that was asked for and not answered since.
  static func isUnmatched(at payload: Int, in bytes: RawSpan) -> Bool {
    let asked = bytes.load(at: payload, as: Int64.self)
    let answered = bytes.load(at: payload + 16, as: Int64.self)
    guard asked == answered, asked != .min else { return asked > answered }
    return bytes.load(at: payload + 8, as: UInt64.self)
      > bytes.load(at: payload + 24, as: UInt64.self)
  }

  /// Whether one record comes before another.
  func precedes(_ a: Record, _ b: Record, in bytes: RawSpan) throws(DecodeError) -> Bool {
    switch order {
    case .none: return false
    case .longestUnmatched:
      return bytes.load(at: a.payload, as: Int64.self) < bytes.load(at: b.payload, as: Int64.self)
    case .latest, .mostFrequent, .leastFrequent: break
    }
    if order != .latest {
      let first = bytes.load(at: a.payload, as: UInt64.self)
      let second = bytes.load(at: b.payload, as: UInt64.self)
      if first != second { return (first > second) == (order == .mostFrequent) }
    }
    let first = bytes.load(at: a.payload + 8, as: Int64.self)
    let second = bytes.load(at: b.payload + 8, as: Int64.self)
    guard first == second else { return first > second }
    return try FieldValue(decoding: bytes.extracting(a.key)).precedes(
      try FieldValue(decoding: bytes.extracting(b.key)))
  }

  // MARK: Changes

  /// Puts the record of a slot where it belongs after it has changed, or takes it out if it does not count any more.
  ///
  /// - Complexity: O(log records).
  func reorder<Value: CellBytes & ~Copyable>(
    _ slot: Int, in value: inout Value
  ) throws(DecodeError) {
    guard hasOrder else { return }
    let place = try place(ofSlot: slot, in: value.bytes)
    let counts = counts(try record(inSlot: slot, in: value.bytes), in: value.bytes)
    if counts {
      if place == 0 { return try push(slot, &value) }
      if try !moveUp(slot, from: place, &value) { try moveDown(slot, from: place, &value) }
    } else if place > 0 {
      try takeOut(place, &value)
    }
  }

  /// Takes the first record out, as one that does not count any more.
  func takeOutFirst<Value: CellBytes & ~Copyable>(_ value: inout Value) throws(DecodeError) {
    try takeOut(1, &value)
  }

  /// Orders all records that count, none of which has a place yet.
  func orderAll<Value: CellBytes & ~Copyable>(_ value: inout Value) throws(DecodeError) {
    guard hasOrder else { return }
    for slot in 0..<capacity
    where value.bytes.load(at: slotsOffset + slot * 4, as: UInt32.self) != 0 {
      if counts(try record(inSlot: slot, in: value.bytes), in: value.bytes) {
        try push(slot, &value)
      }
    }
  }

  private func place(ofSlot slot: Int, in bytes: RawSpan) throws(DecodeError) -> Int {
    let place = Int(bytes.load(at: placesOffset + slot * 4, as: UInt32.self))
    guard try place <= orderedCount(in: bytes) else {
      throw DecodeError(.invalidValue, at: placesOffset)
    }
    return place
  }

  private func set<Value: CellBytes & ~Copyable>(
    _ slot: Int, at place: Int, _ value: inout Value
  ) {
    value.store(UInt32(truncatingIfNeeded: slot), at: heapOffset + place * 4)
    value.store(UInt32(truncatingIfNeeded: place), at: placesOffset + slot * 4)
  }

  private func push<Value: CellBytes & ~Copyable>(
    _ slot: Int, _ value: inout Value
  ) throws(DecodeError) {
    let place = try orderedCount(in: value.bytes) + 1
    guard place < capacity else { throw DecodeError(.invalidValue, at: heapOffset) }
    value.store(UInt32(truncatingIfNeeded: place), at: heapOffset)
    set(slot, at: place, &value)
    _ = try moveUp(slot, from: place, &value)
  }

  private func takeOut<Value: CellBytes & ~Copyable>(
    _ place: Int, _ value: inout Value
  ) throws(DecodeError) {
    let count = try orderedCount(in: value.bytes)
    guard place <= count else { throw DecodeError(.invalidValue, at: heapOffset) }
    let slot = try heapSlot(place, in: value.bytes)
    let last = try heapSlot(count, in: value.bytes)
    value.store(UInt32(0), at: placesOffset + slot * 4)
    value.store(UInt32(truncatingIfNeeded: count - 1), at: heapOffset)
    guard place < count else { return }
    set(last, at: place, &value)
    if try !moveUp(last, from: place, &value) { try moveDown(last, from: place, &value) }
  }

  private func moveUp<Value: CellBytes & ~Copyable>(
    _ slot: Int, from start: Int, _ value: inout Value
  ) throws(DecodeError) -> Bool {
    let moved = try record(inSlot: slot, in: value.bytes)
    var place = start
    while place > 1 {
      let above = try heapSlot(place / 2, in: value.bytes)
      let other = try record(inSlot: above, in: value.bytes)
      guard try precedes(moved, other, in: value.bytes) else { break }
      set(above, at: place, &value)
      place /= 2
    }
    if place != start { set(slot, at: place, &value) }
    return place != start
  }

  private func moveDown<Value: CellBytes & ~Copyable>(
    _ slot: Int, from start: Int, _ value: inout Value
  ) throws(DecodeError) {
    let moved = try record(inSlot: slot, in: value.bytes)
    let count = try orderedCount(in: value.bytes)
    var place = start
    while place * 2 <= count {
      var child = place * 2
      var best = try orderedRecord(child, in: value.bytes)
      if child < count {
        let other = try orderedRecord(child + 1, in: value.bytes)
        if try precedes(other, best, in: value.bytes) {
          child += 1
          best = other
        }
      }
      guard try precedes(best, moved, in: value.bytes) else { break }
      set(try heapSlot(child, in: value.bytes), at: place, &value)
      place = child
    }
    if place != start { set(slot, at: place, &value) }
  }

  // MARK: Questions

  /// The first records in the order.
  ///
  /// - Complexity: O(*n*²) at worst in the records asked for, mostly O(*n* log *n*).
  func first(_ wanted: Int, in bytes: RawSpan) throws(DecodeError) -> [Record] {
    let count = try orderedCount(in: bytes)
    var found: [Record] = []
    // The next may be any of these; the first of them stands last.
    var waiting: [(place: Int, record: Record)] = []
    if count > 0 { waiting.append((1, try orderedRecord(1, in: bytes))) }
    while found.count < wanted, let next = waiting.popLast() {
      found.append(next.record)
      for child in [next.place * 2, next.place * 2 + 1] where child <= count {
        let record = try orderedRecord(child, in: bytes)
        var (low, high) = (0, waiting.count)
        while low < high {
          let middle = (low + high) / 2
          if try precedes(record, waiting[middle].record, in: bytes) {
            low = middle + 1
          } else {
            high = middle
          }
        }
        waiting.insert((child, record), at: low)
      }
    }
    return found
  }

  /// Of keys without an answer: how many were asked for after an instant, and when the first of them was.
  ///
  /// - Complexity: O(those asked for before); of a table that is not large, O(keys).
  func unmatched(
    after: Int64, in bytes: RawSpan
  ) throws(DecodeError) -> (count: Int, first: Int64?) {
    guard hasOrder else {
      var (count, first) = (0, Int64?.none)
      for record in try records(in: bytes) where Self.isUnmatched(at: record.payload, in: bytes) {
        let asked = bytes.load(at: record.payload, as: Int64.self)
        guard asked > after else { continue }
        count += 1
        first = min(first ?? asked, asked)
      }
      return (count, first)
    }
    let count = try orderedCount(in: bytes)
    var gone = 0
    var first: Int64?
    var waiting = count > 0 ? [1] : []
    while let place = waiting.popLast() {
      let asked = bytes.load(at: try orderedRecord(place, in: bytes).payload, as: Int64.self)
      guard asked <= after else {
        first = min(first ?? asked, asked)
        continue
      }
      gone += 1
      for child in [place * 2, place * 2 + 1] where child <= count { waiting.append(child) }
    }
    return (count - gone, first)
  }
}
