// The changes of a cell's bytes. It carries the decoded header along, so that one event decodes it
// once, and writes back each field that it changes.

import Bytes

/// A cell while it is being changed.
struct CellEditor {
  var layout: CellLayout
  /// Whether its table has a record more than before.
  var hasNewRecord = false

  init(_ layout: CellLayout) { self.layout = layout }

  // MARK: - Totals

  /// Counts one event in, and adds its amount if it has one.
  mutating func add<Value: CellBytes & ~Copyable>(_ term: CellTerm?, to value: inout Value) {
    if layout.kind == .count || layout.kind == .sum { setMatched(layout.matched &+ 1, &value) }
    guard layout.kind != .count, let term else { return }
    addToTotal(term, in: &value)
    if term.isRounded { addToTotal(.roundedMark, in: &value) }
  }

  private mutating func addToTotal<Value: CellBytes & ~Copyable>(
    _ term: CellTerm, in value: inout Value
  ) {
    let index = totalIndex(of: term.currency, in: &value)
    var total = layout.total(index, in: value.bytes)
    total.add(term, as: layout.kind)
    store(total, at: index, &value)
  }

  /// Takes out an event that was counted in.
  private mutating func subtract<Value: CellBytes & ~Copyable>(
    _ term: CellTerm?, from value: inout Value
  ) {
    // Wrapping: a damaged cell may claim fewer events than it has entries.
    setMatched(layout.matched &- 1, &value)
    guard layout.kind == .sum, let term else { return }
    subtractFromTotal(term, in: &value)
    if term.isRounded { subtractFromTotal(.roundedMark, in: &value) }
  }

  private mutating func subtractFromTotal<Value: CellBytes & ~Copyable>(
    _ term: CellTerm, in value: inout Value
  ) {
    let index = totalIndex(of: term.currency, in: &value)
    var total = layout.total(index, in: value.bytes)
    total.count &-= 1
    total.sum.subtract(WideSum(term.amount))
    store(total, at: index, &value)
  }

  mutating func setMatched<Value: CellBytes & ~Copyable>(
    _ matched: UInt64, _ value: inout Value
  ) {
    layout.matched = matched
    value.store(matched, at: 8)
  }

  /// Finds the total of a currency or makes it.
  ///
  /// There are 26³ currencies at most, and three keys more.
  private mutating func totalIndex<Value: CellBytes & ~Copyable>(
    of currency: CurrencyCode, in value: inout Value
  ) -> Int {
    for index in 0..<layout.totalCount {
      let position = layout.totalsOffset + index * layout.totalBytes
      if value.bytes.load(at: position, as: UInt32.self) == currency.packed { return index }
    }
    let position = layout.stateOffset
    value.insertZeros(layout.totalBytes, at: position)
    value.store(currency.packed, at: position)
    layout.totalCount += 1
    value.store(UInt16(truncatingIfNeeded: layout.totalCount), at: 2)
    return layout.totalCount - 1
  }

  private func store<Value: CellBytes & ~Copyable>(
    _ total: CellTotal, at index: Int, _ value: inout Value
  ) {
    let position = layout.totalsOffset + index * layout.totalBytes
    value.store(total.count, at: position + 4)
    value.store(UInt64(truncatingIfNeeded: total.sum.low), at: position + 12)
    value.store(UInt64(truncatingIfNeeded: total.sum.low >> 64), at: position + 20)
    value.store(total.sum.high, at: position + 28)
    guard layout.kind.isExtreme else { return }
    value.store(UInt64(truncatingIfNeeded: total.rest), at: position + 32)
    value.store(UInt64(truncatingIfNeeded: total.rest >> 64), at: position + 40)
  }

  /// Makes all totals those of no events; they stay, for the same currencies are likely to come again.
  mutating func resetTotals<Value: CellBytes & ~Copyable>(_ value: inout Value) {
    if layout.kind == .count || layout.kind == .sum { setMatched(0, &value) }
    for index in 0..<layout.totalCount {
      var total = layout.total(index, in: value.bytes)
      (total.count, total.sum, total.rest) = (0, .zero, 0)
      store(total, at: index, &value)
    }
  }

  // MARK: - Timeline

  /// Puts an event at its place among the entries: inside the window, or in the future.
  mutating func insert<Value: CellBytes & ~Copyable>(
    _ event: CellEvent, into value: inout Value, _ spec: CellSpec, isFuture: Bool
  ) throws(DecodeError) {
    addTimeline(&value)
    addDigest(&value)
    let size = event.entryByteCount(layout.kind)
    guard value.count + size + layout.chunkBytes + layout.totalBytes <= CellLayout.bytesMax else {
      throw DecodeError(.invalidValue, at: value.count)
    }
    let low = isFuture ? layout.end : layout.start
    let high = isFuture ? try layout.limit(value.bytes) : layout.end
    let wanted = try place(of: event, from: low, to: high, in: value.bytes)
    if isFuture {
      _ = try insertEntry(event, size, at: wanted, beforeEnd: false, into: &value)
      return
    }
    switch layout.digest {
    case .none, .extremes:
      _ = try insertEntry(event, size, at: wanted, beforeEnd: true, into: &value)
    case .runs(let gap):
      let others = try neighbours(of: wanted, in: value.bytes)
      _ = try insertEntry(event, size, at: wanted, beforeEnd: true, into: &value)
      countRuns(with: event.time, between: others, gap, &value)
    case .sequence:
      let (isLast, chunkCount) = (wanted == layout.end, layout.chunkCount)
      let place = try insertEntry(event, size, at: wanted, beforeEnd: true, into: &value)
      guard let rule = spec.sequenceRule else { return }
      try run(event, at: place, isLast: isLast, chunkCount: chunkCount, rule, &value)
    case .tallies:
      let isCounted = layout.start == layout.end || layout.stateBytes > 0
      _ = try insertEntry(event, size, at: wanted, beforeEnd: true, into: &value)
      if isCounted, case .value(let tallied) = event.amount {
        var key = ByteWriter()
        tallied.encode(to: &key)
        try tallyOrGiveUp(key.bytes, at: event.time, in: &value)
      }
    case .newestRun(let gap):
      let last = try layout.last(before: layout.end, in: value.bytes)
      _ = try insertEntry(event, size, at: wanted, beforeEnd: true, into: &value)
      let term = layout.kind == .count ? nil : event.term
      try extendNewestRun(with: event.time, term, after: last, gap, &value)
    }
    if layout.keepsTotals { add(event.term, to: &value) }
  }

  /// Where the event belongs: most events come in order, and belong at the end.
  ///
  /// - Complexity: O(1) at the end; else O(log chunks + entries of a chunk).
  private func place(
    of event: CellEvent, from low: CellCursor, to high: CellCursor, in bytes: RawSpan
  ) throws(DecodeError) -> CellCursor {
    guard low < high else { return high }
    var place = high
    let last = try layout.entry(before: high, in: bytes)
    if !isAfter(last, event, in: bytes) { return high }
    if layout.isChunked { place = try end(ofChunkOf: event, from: low, to: last, in: bytes) }
    while place > low {
      let entry = try layout.entry(before: place, in: bytes)
      guard entry.place >= low else { throw DecodeError(.invalidValue, at: entry.position) }
      if !isAfter(entry, event, in: bytes) { break }
      place = entry.place
    }
    return place
  }

  /// A place that the event belongs before, at the end of the chunk in which it does.
  private func end(
    ofChunkOf event: CellEvent, from low: CellCursor, to last: CellEntry, in bytes: RawSpan
  ) throws(DecodeError) -> CellCursor {
    // Chunks up to `first` begin before the event, those from `behind` on after it.
    var (first, behind) = (low.chunk, last.place.chunk + 1)
    while behind - first > 1 {
      let middle = (first + behind) / 2
      let entry = try layout.entry(at: CellCursor(chunk: middle), in: bytes)
      if isAfter(entry, event, in: bytes) { behind = middle } else { first = middle }
    }
    if first == last.place.chunk { return try layout.place(after: last, in: bytes) }
    return CellCursor(chunk: first + 1)
  }

  /// The order of entries.
  ///
  /// It is total on what entries hold, so that the bytes do not depend on the order in which events
  /// of the same instant came.
  private func isAfter(_ entry: CellEntry, _ event: CellEvent, in bytes: RawSpan) -> Bool {
    if entry.time != event.time { return entry.time > event.time }
    switch layout.kind {
    case .count, .sessions: return false
    case .sum, .minimum, .maximum, .score:
      return layout.term(of: entry, in: bytes).isAfter(event.term ?? .skipped)
    case .first, .last, .tally, .sequence:
      return layout.sequence(of: entry, in: bytes) > event.sequence
    case .unmatched:
      let sequence = layout.sequence(of: entry, in: bytes)
      guard sequence == event.sequence, case .keyed(_, let role) = event.amount else {
        return sequence > event.sequence
      }
      return bytes[entry.position + 20] > role.rawValue
    }
  }

  private mutating func addTimeline<Value: CellBytes & ~Copyable>(_ value: inout Value) {
    guard !layout.hasTimeline else { return }
    value.insertZeros(CellLayout.cursorBytes, at: CellLayout.headerBytes)
    value.store(layout.kind.rawValue | CellLayout.timelineFlag, at: 1)
    layout.hasTimeline = true
  }

  mutating func setCursors<Value: CellBytes & ~Copyable>(
    start: CellCursor, end: CellCursor, _ value: inout Value
  ) {
    layout.start = start
    layout.end = end
    // All are at most `bytesMax`.
    value.store(UInt32(truncatingIfNeeded: start.offset), at: 16)
    value.store(UInt32(truncatingIfNeeded: end.offset), at: 20)
    guard layout.isChunked else { return }
    let offset = layout.entriesOffset
    value.store(UInt32(truncatingIfNeeded: start.chunk), at: offset + 8)
    value.store(UInt32(truncatingIfNeeded: start.inside), at: offset + 12)
    value.store(UInt32(truncatingIfNeeded: end.chunk), at: offset + 16)
    value.store(UInt32(truncatingIfNeeded: end.inside), at: offset + 20)
  }

  /// Moves the cursors, with what that does to the totals.
  mutating func move<Value: CellBytes & ~Copyable>(
    to moved: CellCursors, in value: inout Value, _ spec: CellSpec
  ) throws(DecodeError) {
    let (start, end) = (layout.start, layout.end)
    switch layout.digest {
    case .none, .extremes: break
    case .runs(let gap): try countRuns(movingTo: moved, gap, &value)
    case .sequence:
      if let rule = spec.sequenceRule { try run(from: end, to: moved.end, rule, &value) }
    case .tallies: try tally(from: layout, to: moved, in: &value)
    case .newestRun(let gap): try extendNewestRun(from: end, to: moved.end, gap, &value)
    }
    if spec.hasState {
      try absorb(from: max(end, moved.start), to: moved.end, in: &value, spec)
    } else if layout.keepsTotals {
      var place = start
      while place < min(moved.start, end) {
        let entry = try layout.entry(at: place, in: value.bytes)
        place = try layout.place(after: entry, in: value.bytes)
        subtract(term(of: entry, in: value.bytes), from: &value)
      }
      place = max(end, moved.start)
      while place < moved.end {
        let entry = try layout.entry(at: place, in: value.bytes)
        place = try layout.place(after: entry, in: value.bytes)
        add(term(of: entry, in: value.bytes), to: &value)
      }
    }
    var newStart = moved.start
    if layout.kind == .last, spec.sessionGap == nil, moved.end > moved.start {
      newStart = try layout.entry(before: moved.end, in: value.bytes).place
    }
    setCursors(start: newStart, end: moved.end, &value)
  }

  private func term(of entry: CellEntry, in bytes: RawSpan) -> CellTerm? {
    layout.kind == .count ? nil : layout.term(of: entry, in: bytes)
  }

  // MARK: - First and last

  /// Whether the window holds an entry that comes after `event`.
  func hasLater(than event: CellEvent, in bytes: RawSpan) throws(DecodeError) -> Bool {
    guard layout.start < layout.end else { return false }
    return isAfter(try layout.entry(before: layout.end, in: bytes), event, in: bytes)
  }

  /// Gives up what precedes the newest entry of the window.
  mutating func keepNewest<Value: CellBytes & ~Copyable>(
    _ value: inout Value
  ) throws(DecodeError) {
    let newest = try layout.entry(before: layout.end, in: value.bytes)
    setCursors(start: newest.place, end: layout.end, &value)
  }

  /// Keeps the earlier of the one entry and `event`: over all time nothing else can become first.
  mutating func replaceFirst<Value: CellBytes & ~Copyable>(
    with event: CellEvent, in value: inout Value, _ spec: CellSpec, isFuture: Bool
  ) throws(DecodeError) {
    let size = layout.entryByteCount(value.bytes)
    if size > 0 {
      let present = try layout.entry(at: CellCursor(), in: value.bytes)
      guard isAfter(present, event, in: value.bytes) else { return }
      value.removeSubrange(layout.entriesOffset..<(layout.entriesOffset + size))
      setCursors(start: CellCursor(), end: CellCursor(), &value)
    }
    try insert(event, into: &value, spec, isFuture: isFuture)
  }

  // MARK: - Memory

  /// Removes dead entries once they are as large as the living, so that moving costs O(1) amortised.
  mutating func compact<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) {
    if spec.kind == .unmatched {
      try passOver(&value, spec, now: now)
      try dropSettled(&value, spec, now: now)
    }
    if spec.kind == .sequence { try settle(&value, spec) }
    if layout.digest == .tallies { try dropUntallied(&value) }
    guard layout.hasTimeline, value.count > 0 else { return }
    let isTotalOnly = spec.isTotalOnly
    // Over all time, totals have taken in what is past: nothing of it is needed any more.
    if isTotalOnly { setCursors(start: layout.end, end: layout.end, &value) }
    let size = layout.entryByteCount(value.bytes)
    if isTotalOnly, layout.start.offset == size {
      value.removeSubrange(layout.entriesOffset..<value.count)
      value.removeSubrange(
        CellLayout.headerBytes..<(CellLayout.headerBytes + CellLayout.cursorBytes))
      value.store(layout.kind.rawValue, at: 1)
      layout.hasTimeline = false
      layout.isChunked = false
      (layout.start, layout.end) = (CellCursor(), CellCursor())
      return
    }
    if layout.start.offset == size, layout.matched == 0, size > 0 {
      // Nothing is left that matters: the same bytes as a cell that never had an event.
      value.removeAll()
      return
    }
    if layout.isChunked { return try dropDeadChunks(&value) }
    let removed = layout.start.offset
    if removed > 0, removed >= size - removed {
      value.removeSubrange(layout.entriesOffset..<(layout.entriesOffset + removed))
      let end = layout.end.offset - removed
      setCursors(start: CellCursor(), end: CellCursor(offset: end, inside: end), &value)
    }
    try makeChunks(of: &value, spec)
  }
}
