// Keeping up what a cell knows of its entries as they come in and go out.

import Bytes

extension CellEditor {
  /// The entries on both sides of a place, as far as they are inside the window.
  struct Neighbours {
    var before: Timestamp?
    var after: Timestamp?
  }

  /// Looks at both sides of a place.
  func neighbours(of place: CellCursor, in bytes: RawSpan) throws(DecodeError) -> Neighbours {
    var found = Neighbours()
    if layout.start < place { found.before = try layout.entry(before: place, in: bytes).time }
    if place < layout.end { found.after = try layout.entry(at: place, in: bytes).time }
    return found
  }

  /// Counts runs again after an event has come between two others.
  mutating func countRuns<Value: CellBytes & ~Copyable>(
    with time: Timestamp, between others: Neighbours, _ gap: Milliseconds, _ value: inout Value
  ) {
    func breaks(_ a: Timestamp, _ b: Timestamp) -> UInt64 { b > a + gap ? 1 : 0 }
    switch (others.before, others.after) {
    case (nil, nil): setMatched(1, &value)
    case (let before?, nil): setMatched(layout.matched &+ breaks(before, time), &value)
    case (nil, let after?): setMatched(layout.matched &+ breaks(time, after), &value)
    case (let before?, let after?):
      let more = breaks(before, time) &+ breaks(time, after) &- breaks(before, after)
      setMatched(layout.matched &+ more, &value)
    }
  }

  /// Counts runs again after events have left the window and others have come in.
  mutating func countRuns<Value: CellBytes & ~Copyable>(
    movingTo moved: CellCursors, _ gap: Milliseconds, _ value: inout Value
  ) throws(DecodeError) {
    setMatched(try layout.runCount(at: moved, gap, in: value.bytes), &value)
  }

  // MARK: - Extremes

  /// Takes an amount into what is kept of its chunk.
  func digest<Value: CellBytes & ~Copyable>(
    _ term: CellTerm?, into index: Int, _ value: inout Value
  ) {
    guard let term else { return }
    let offset = layout.digestOffset(index)
    var extreme = ChunkExtreme(value.bytes, at: offset)
    extreme.take(term, as: layout.kind)
    extreme.store(in: &value, at: offset)
  }

  /// Works out what is kept of a chunk.
  func digestExtremes<Value: CellBytes & ~Copyable>(
    of index: Int, _ value: inout Value
  ) throws(DecodeError) {
    var extreme = ChunkExtreme()
    var place = CellCursor(chunk: index)
    let used = try layout.chunk(index, in: value.bytes).used
    while place.chunk == index, place.inside < used {
      let entry = try layout.entry(at: place, in: value.bytes)
      extreme.take(layout.term(of: entry, in: value.bytes), as: layout.kind)
      place.inside += entry.byteCount
    }
    extreme.store(in: &value, at: layout.digestOffset(index))
  }

  /// Works out what is kept of all chunks.
  mutating func makeDigests<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec
  ) throws(DecodeError) {
    switch layout.digest {
    case .extremes:
      for index in 0..<layout.chunkCount { try digestExtremes(of: index, &value) }
    case .sequence:
      // No chain leads into the first chunk that could still matter: it would have left the window.
      guard let rule = spec.sequenceRule else { return }
      store(SequenceRun(steps: rule.stepCount), before: 0, &value)
      try rerun(from: 0, through: layout.chunkCount, rule, &value)
    case .none, .runs, .newestRun, .tallies: break
    }
  }

  // MARK: - Tallies

  /// Counts a value in.
  mutating func tally<Value: CellBytes & ~Copyable>(
    _ key: [UInt8], at time: Timestamp, in value: inout Value
  ) throws(DecodeError) {
    let (payload, slot) = try payload(of: key, in: &value)
    let count = value.bytes.load(at: payload, as: UInt64.self)
    let latest = value.bytes.load(at: payload + 8, as: Int64.self)
    value.store(count &+ 1, at: payload)
    value.store(count == 0 ? time.milliseconds : max(latest, time.milliseconds), at: payload + 8)
    try reorder(slot, in: &value)
  }

  /// Counts a value in, or stops counting for as long as anything is in the window: long values would stand in
  /// the cell twice.
  mutating func tallyOrGiveUp<Value: CellBytes & ~Copyable>(
    _ key: [UInt8], at time: Timestamp, in value: inout Value
  ) throws(DecodeError) {
    if key.count <= Self.talliedBytesMax { return try tally(key, at: time, in: &value) }
    dropTallies(&value)
  }

  /// The longest value that windowed tallies are kept for.
  private static let talliedBytesMax = 512

  private mutating func dropTallies<Value: CellBytes & ~Copyable>(_ value: inout Value) {
    guard layout.stateBytes > 0 else { return }
    value.removeSubrange(layout.stateOffset..<layout.entriesOffset)
    setState(byteCount: 0, partCount: 0, in: &value)
  }

  /// Counts out what leaves the window, and in what it comes to.
  mutating func tally<Value: CellBytes & ~Copyable>(
    from old: CellLayout, to moved: CellCursors, in value: inout Value
  ) throws(DecodeError) {
    let isOther = old.end <= moved.start
    if isOther { dropTallies(&value) }
    guard isOther || old.stateBytes > 0 else { return }
    var place = isOther ? old.end : old.start
    while place < min(moved.start, old.end) {
      let entry = try layout.entry(at: place, in: value.bytes)
      place = try layout.place(after: entry, in: value.bytes)
      guard let (payload, slot) = try layout.payload(of: entry, in: value.bytes) else {
        throw DecodeError(.invalidValue, at: entry.position)
      }
      let count = value.bytes.load(at: payload, as: UInt64.self)
      value.store(count &- 1, at: payload)
      try reorder(slot, in: &value)
    }
    place = max(old.end, moved.start)
    var isFirst = isOther
    while place < moved.end, isFirst || layout.stateBytes > 0 {
      let entry = try layout.entry(at: place, in: value.bytes)
      place = try layout.place(after: entry, in: value.bytes)
      let key = value.bytes.extracting(layout.key(of: entry)).toArray()
      try tallyOrGiveUp(key, at: entry.time, in: &value)
      isFirst = false
    }
  }

  /// Drops values that have left the window: all at once where it is empty, else when they are half.
  mutating func dropUntallied<Value: CellBytes & ~Copyable>(
    _ value: inout Value
  ) throws(DecodeError) {
    guard value.count > 0 else { return }
    if layout.start == layout.end { return dropTallies(&value) }
    try dropRecords(&value) { bytes, payload in bytes.load(at: payload, as: UInt64.self) == 0 }
  }

  // MARK: - Sequences

  /// Takes in an event of a sequence that has come to a place.
  ///
  /// - Parameters:
  ///   - isLast: Whether it came after all that are inside.
  ///   - chunkCount: The number of chunks before it.
  mutating func run<Value: CellBytes & ~Copyable>(
    _ event: CellEvent, at place: CellCursor, isLast: Bool, chunkCount: Int, _ rule: SequenceRule,
    _ value: inout Value
  ) throws(DecodeError) {
    guard case .steps(let mask) = event.amount else { return }
    let isNewChunk = layout.isChunked && place.inside == 0
    guard isLast,
      layout.chunkCount == chunkCount || isNewChunk && place.chunk == layout.chunkCount - 1
    else {
      let moved = layout.chunkCount == chunkCount ? 0 : 1
      return try rerun(
        from: max(0, place.chunk - moved), through: place.chunk + moved, rule, &value)
    }
    var run = layout.sequenceRun(rule, in: value.bytes)
    if isNewChunk { store(run, before: place.chunk, &value) }
    run.take(event.time, mask, rule)
    run.store(in: &value, at: layout.stateOffset)
    // The event may have found room at the end of the chunk before.
    if layout.isChunked, layout.end.inside == 0 { store(run, before: layout.end.chunk, &value) }
  }

  /// Takes in the entries of a range, which come after all that are inside.
  mutating func run<Value: CellBytes & ~Copyable>(
    from start: CellCursor, to end: CellCursor, _ rule: SequenceRule, _ value: inout Value
  ) throws(DecodeError) {
    var run = layout.sequenceRun(rule, in: value.bytes)
    var place = start
    while true {
      if layout.isChunked, place.inside == 0 { store(run, before: place.chunk, &value) }
      guard place < end else { break }
      let entry = try layout.entry(at: place, in: value.bytes)
      place = try layout.place(after: entry, in: value.bytes)
      run.take(entry.time, layout.mask(of: entry, in: value.bytes), rule)
    }
    run.store(in: &value, at: layout.stateOffset)
  }

  /// Runs again from the beginning of a chunk, or of all entries, up to where nothing is new.
  ///
  /// - Parameter last: The last chunk whose entries are others than before.
  mutating func rerun<Value: CellBytes & ~Copyable>(
    from chunk: Int, through last: Int, _ rule: SequenceRule, _ value: inout Value
  ) throws(DecodeError) {
    var run = SequenceRun(steps: rule.stepCount)
    var first = chunk
    while layout.isChunked {
      // Of a chunk that was split while its end was the future, it is not known.
      if let before = layout.sequenceRun(before: first, rule, in: value.bytes) {
        run = before
        break
      }
      if first == 0 { break }
      first -= 1
    }
    var place = CellCursor(chunk: first)
    while true {
      if layout.isChunked, place.inside == 0, place.chunk > first {
        if place.chunk > last,
          layout.sequenceRun(before: place.chunk, rule, in: value.bytes) == run
        {
          return
        }
        store(run, before: place.chunk, &value)
      }
      guard place < layout.end else { break }
      let entry = try layout.entry(at: place, in: value.bytes)
      place = try layout.place(after: entry, in: value.bytes)
      run.take(entry.time, layout.mask(of: entry, in: value.bytes), rule)
    }
    run.store(in: &value, at: layout.stateOffset)
  }

  private func store<Value: CellBytes & ~Copyable>(
    _ run: SequenceRun, before chunk: Int, _ value: inout Value
  ) {
    let offset = layout.digestOffset(chunk)
    value.store(UInt32(1), at: offset - 4)
    run.store(in: &value, at: offset)
  }

  // MARK: - The newest run of a session

  /// Takes in an event, which has come in, if it belongs to the newest run or begins the next.
  ///
  /// - Parameters:
  ///   - term: What it brings; nothing of a count.
  ///   - last: The time of the latest event before it, if there was one.
  mutating func extendNewestRun<Value: CellBytes & ~Copyable>(
    with time: Timestamp, _ term: CellTerm?, after last: Timestamp?, _ gap: Milliseconds,
    _ value: inout Value
  ) throws(DecodeError) {
    guard let last, time <= last + gap else {
      resetTotals(&value)
      store(newestRunStart: time, &value)
      return addToRun(term, &value)
    }
    let start = layout.newestRunStart(in: value.bytes)
    guard start <= time + gap else { return }
    addToRun(term, &value)
    guard time < start else { return }
    // It may lead over to the run before.
    var first = time
    var place = try layout.place(ofFirstAt: first, in: value.bytes)
    while place > CellCursor() {
      let entry = try layout.entry(before: place, in: value.bytes)
      if first > entry.time + gap { break }
      first = entry.time
      place = entry.place
      addToRun(layout.kind == .count ? nil : layout.term(of: entry, in: value.bytes), &value)
    }
    store(newestRunStart: first, &value)
  }

  /// Takes in the entries of a range, which come after all that are inside.
  mutating func extendNewestRun<Value: CellBytes & ~Copyable>(
    from start: CellCursor, to end: CellCursor, _ gap: Milliseconds, _ value: inout Value
  ) throws(DecodeError) {
    var last = try layout.last(before: start, in: value.bytes)
    var place = start
    while place < end {
      let entry = try layout.entry(at: place, in: value.bytes)
      place = try layout.place(after: entry, in: value.bytes)
      let term = layout.kind == .count ? nil : layout.term(of: entry, in: value.bytes)
      try extendNewestRun(with: entry.time, term, after: last, gap, &value)
      last = entry.time
    }
  }

  /// Adds what an event of the newest run brings, if it brings something.
  private mutating func addToRun<Value: CellBytes & ~Copyable>(
    _ term: CellTerm?, _ value: inout Value
  ) {
    if let term, term.currency == CellTerm.absentCurrency, layout.kind != .count { return }
    add(term, to: &value)
  }

  private func store<Value: CellBytes & ~Copyable>(
    newestRunStart start: Timestamp, _ value: inout Value
  ) {
    value.store(start.milliseconds, at: layout.stateOffset)
  }

  /// Makes room for what the cell keeps in its state, if there is none yet.
  mutating func addDigest<Value: CellBytes & ~Copyable>(_ value: inout Value) {
    let size = layout.digest.stateBytes
    guard size > 0, layout.stateBytes == 0 else { return }
    value.insertZeros(size, at: layout.stateOffset)
    layout.stateBytes = size
    value.store(UInt32(truncatingIfNeeded: size), at: 4)
    if case .sequence(let steps) = layout.digest {
      SequenceRun(steps: steps).store(in: &value, at: layout.stateOffset)
    }
  }
}

extension CellLayout {
  /// Where in the cell the digest of a chunk lies.
  func digestOffset(_ index: Int) -> Int {
    directoryOffset + index * directoryEntryBytes + Self.directoryHeadBytes
  }

  /// Where the value of a `tally` entry lies, as the key of its record.
  func key(of entry: CellEntry) -> Range<Int> {
    (entry.position + 20)..<(entry.position + entry.byteCount - 4)
  }

  /// The record of the value of a `tally` entry and its slot, if it has one.
  func payload(
    of entry: CellEntry, in bytes: RawSpan
  ) throws(DecodeError) -> (payload: Int, slot: Int)? {
    try table(in: bytes).payload(of: bytes.extracting(key(of: entry)), in: bytes)
  }

  /// Where the entries that have come in lead to.
  func sequenceRun(_ rule: SequenceRule, in bytes: RawSpan) -> SequenceRun {
    stateBytes == 0
      ? SequenceRun(steps: rule.stepCount)
      : SequenceRun(bytes, at: stateOffset, steps: rule.stepCount)
  }

  /// Where the entries before a chunk lead to; nil if that is not known.
  func sequenceRun(before chunk: Int, _ rule: SequenceRule, in bytes: RawSpan) -> SequenceRun? {
    let offset = digestOffset(chunk)
    guard chunk < chunkCount, bytes.load(at: offset - 4, as: UInt32.self) == 1 else { return nil }
    return SequenceRun(bytes, at: offset, steps: rule.stepCount)
  }

  /// The steps and exclusions that an entry of a `sequence` satisfies.
  func mask(of entry: CellEntry, in bytes: RawSpan) -> UInt32 {
    bytes.load(at: entry.position + 16, as: UInt32.self)
  }

  /// When the newest run began.
  func newestRunStart(in bytes: RawSpan) -> Timestamp {
    Timestamp(milliseconds: stateBytes == 0 ? .min : bytes.load(at: stateOffset, as: Int64.self))
  }

  /// The time of the last entry before a place, if there is one.
  func last(before place: CellCursor, in bytes: RawSpan) throws(DecodeError) -> Timestamp? {
    place > CellCursor() ? try entry(before: place, in: bytes).time : nil
  }

  /// How many runs lie between cursors, of a window that moves.
  ///
  /// - Complexity: O(entries that came or went).
  func runCount(
    at moved: CellCursors, _ gap: Milliseconds, in bytes: RawSpan
  ) throws(DecodeError) -> UInt64 {
    var runs = matched
    var place = start
    while place < min(moved.start, end) {
      let entry = try entry(at: place, in: bytes)
      place = try self.place(after: entry, in: bytes)
      // The last one takes its run along.
      let ends = place < end ? try self.entry(at: place, in: bytes).time > entry.time + gap : true
      if ends { runs &-= 1 }
    }
    place = max(end, moved.start)
    while place < moved.end {
      let entry = try entry(at: place, in: bytes)
      let before = moved.start < place ? try self.entry(before: place, in: bytes).time : nil
      if before.map({ entry.time > $0 + gap }) ?? true { runs &+= 1 }
      place = try self.place(after: entry, in: bytes)
    }
    return runs
  }

  /// The place of the first entry at a time or later, of those that have come in.
  ///
  /// - Complexity: O(log chunks + entries of a chunk).
  func place(ofFirstAt time: Timestamp, in bytes: RawSpan) throws(DecodeError) -> CellCursor {
    var place = end
    if isChunked {
      var (first, behind) = (0, end.inside > 0 ? end.chunk + 1 : end.chunk)
      while behind - first > 1 {
        let middle = (first + behind) / 2
        let entry = try entry(at: CellCursor(chunk: middle), in: bytes)
        if entry.time >= time { behind = middle } else { first = middle }
      }
      if first < end.chunk { place = CellCursor(chunk: first + 1) }
    }
    while place > CellCursor() {
      let entry = try entry(before: place, in: bytes)
      if entry.time < time { break }
      place = entry.place
    }
    return place
  }
}
