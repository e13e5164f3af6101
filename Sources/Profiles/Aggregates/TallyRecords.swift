// What answers over values need of a cell's table, without making values of all its records.

import Bytes

/// The records of a `tally` that count, as numbers.
struct TallyRecords {
  /// A value that occurs.
  struct Record {
    var count: UInt64
    var time: Int64
    /// Where in the cell its value lies.
    var key: Range<Int>
  }

  private(set) var records: [Record] = []
  /// How many values occur; `records` may be the first of them only.
  private(set) var count = 0

  /// Reads the table of a cell, and counts out and in what has left the window and come to it since.
  ///
  /// Nil if something has come that has no record yet, or the values are too long for records.
  ///
  /// - Parameter wanted: How many values are asked for; the first ones by the order of the cell's function.
  /// - Complexity: O(records + entries that came or went); in a large table O(*n* log *n*) in what is wanted and in the
  ///   entries.
  init?(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, first wanted: Int
  ) throws(DecodeError) {
    if layout.digest == .tallies, layout.stateBytes == 0, layout.start < layout.end { return nil }
    let table = try layout.table(in: bytes)
    var changes: [Int: (count: Int64, time: Int64)] = [:]
    if layout.digest == .tallies {
      var place = layout.start
      while place < min(moved.start, layout.end) {
        let entry = try layout.entry(at: place, in: bytes)
        place = try layout.place(after: entry, in: bytes)
        guard let (payload, _) = try layout.payload(of: entry, in: bytes) else {
          throw DecodeError(.invalidValue, at: entry.position)
        }
        changes[payload, default: (0, .min)].count -= 1
      }
      place = max(layout.end, moved.start)
      while place < moved.end {
        let entry = try layout.entry(at: place, in: bytes)
        place = try layout.place(after: entry, in: bytes)
        guard let (payload, _) = try layout.payload(of: entry, in: bytes) else { return nil }
        changes[payload, default: (0, .min)].count += 1
        changes[payload, default: (0, .min)].time = entry.time.milliseconds
      }
    }
    guard table.hasOrder, wanted < table.recordCount else {
      for record in try table.records(in: bytes) {
        append(record, changes.isEmpty ? nil : changes[record.payload], bytes)
      }
      count = records.count
      return
    }
    // Those that change with time are put in by what they have changed to.
    for record in try table.first(wanted + changes.count, in: bytes)
    where changes[record.payload] == nil {
      append(record, nil, bytes)
    }
    count = try table.orderedCount(in: bytes)
    for (payload, change) in changes {
      let before = bytes.load(at: payload, as: UInt64.self)
      let after = before &+ UInt64(bitPattern: change.count)
      count += (after > 0 ? 1 : 0) - (before > 0 ? 1 : 0)
      append(try table.record(ofPayload: payload, in: bytes), change, bytes)
    }
  }

  private mutating func append(
    _ record: CellTable.Record, _ change: (count: Int64, time: Int64)?, _ bytes: RawSpan
  ) {
    var count = bytes.load(at: record.payload, as: UInt64.self)
    var time = bytes.load(at: record.payload + 8, as: Int64.self)
    if let change {
      count &+= UInt64(bitPattern: change.count)
      time = max(time, change.time)
    }
    if count > 0 { records.append(Record(count: count, time: time, key: record.key)) }
  }
}

extension CellSpec {
  /// How many values of a `tally` are asked for.
  var valuesWanted: Int {
    switch (function, parameters) {
    case (.uniqueCount, _): 0
    case (.mostFrequent, _), (.leastFrequent, _): 1
    case (_, .limit(let most)): most
    default: .max / 2
    }
  }
}

extension AggregateValue {
  /// Draws the answer from the records of the only cell.
  ///
  /// - Complexity: O(records), of lists times the logarithm of the limit.
  mutating func finish(
    _ tallies: TallyRecords, _ bytes: RawSpan, as spec: CellSpec
  ) throws(DecodeError) {
    count = UInt64(clamping: tallies.count)
    switch spec.function {
    case .uniqueCount: return
    case .mostFrequent, .leastFrequent:
      let best = try tallies.first(1, bytes, byTime: false, isMost: spec.function == .mostFrequent)
      selection = best.first.map {
        Selection(time: $0.time, sequence: SequenceNumber(0), value: $0.value)
      }
    default:
      let limit = max(0, min(spec.valuesWanted, tallies.count))
      isTruncated = tallies.count > limit
      parts = .tallies(
        try tallies.first(limit, bytes, byTime: spec.function == .uniqueList, isMost: true))
    }
  }
}

extension TallyRecords {
  /// The first records in an order, as values.
  fileprivate func first(
    _ limit: Int, _ bytes: RawSpan, byTime: Bool, isMost: Bool
  ) throws(DecodeError) -> [Tally] {
    // The order by numbers alone; what is equal in it is ordered by its values.
    func precedes(_ a: Record, _ b: Record) -> Bool {
      if !byTime, a.count != b.count { return isMost ? a.count > b.count : a.count < b.count }
      return a.time > b.time
    }
    var chosen = records
    if limit < records.count, limit > 0 {
      // Numbers that are not among the first fall out, ties with the last one stay in.
      var heap: [Record] = []
      // From the back: what came last is likely to be among the newest.
      for record in records.reversed() {
        if heap.count < limit {
          heap.append(record)
          if heap.count == limit { heap.sort(by: precedes) }
        } else if precedes(record, heap[limit - 1]) {
          var place = limit - 1
          while place > 0, precedes(record, heap[place - 1]) {
            heap[place] = heap[place - 1]
            place -= 1
          }
          heap[place] = record
        }
      }
      let last = heap[limit - 1]
      chosen = records.filter { !precedes(last, $0) }
    }
    var tallies: [Tally] = []
    for record in chosen {
      tallies.append(
        Tally(
          value: try FieldValue(decoding: bytes.extracting(record.key)), count: record.count,
          time: Timestamp(milliseconds: record.time)))
    }
    tallies.sort {
      byTime ? $0.precedesByTime($1) : $0.precedesByFrequency($1, isMost: isMost)
    }
    return Array(tallies.prefix(limit))
  }
}
