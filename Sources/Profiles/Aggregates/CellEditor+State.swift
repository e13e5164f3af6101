// The changes of cells whose state is more than totals: tables by value or key, runs, epochs.

import Bytes

extension CellLayout {
  /// The bytes of a record's payload in the kinds that have a table.
  var payloadBytes: Int { kind == .unmatched ? 32 : 16 }

  /// The table of a `tally` or `unmatched`.
  func table(in bytes: RawSpan) throws(DecodeError) -> CellTable {
    try CellTable(
      at: stateOffset, byteCount: stateBytes, recordCount: matched, payloadBytes: payloadBytes,
      hasMoreBehind: hasTimeline, order: order,
      // Those of tests have small chunks, and are large at once.
      largeCapacity: chunkBytes < 256 ? 8 : 128, in: bytes)
  }

  static let runBytes = 16
  static let epochBytes = 24

  /// How many parts of a fixed size the state has.
  func partCount(of size: Int) throws(DecodeError) -> Int {
    guard UInt64(stateBytes / size) == matched, stateBytes % size == 0 else {
      throw DecodeError(.invalidValue, at: 4)
    }
    return stateBytes / size
  }

  /// The times of a run of `sessions`.
  func run(_ index: Int, in bytes: RawSpan) -> (start: Timestamp, end: Timestamp) {
    let position = stateOffset + index * Self.runBytes
    return (
      Timestamp(milliseconds: bytes.load(at: position, as: Int64.self)),
      Timestamp(milliseconds: bytes.load(at: position + 8, as: Int64.self))
    )
  }

  /// An epoch of a `score`.
  func epoch(_ index: Int, in bytes: RawSpan) -> DecayingScore.Epoch {
    let position = stateOffset + index * Self.epochBytes
    let low = bytes.load(at: position + 8, as: UInt64.self)
    let high = bytes.load(at: position + 16, as: Int64.self)
    return DecayingScore.Epoch(
      number: bytes.load(at: position, as: Int64.self), sum: Int128(high) << 64 | Int128(low))
  }
}

extension CellEditor {
  /// Whether a `sequence` has happened permanently.
  var hasHappened: Bool { layout.kind == .sequence && layout.matched > 0 }

  /// Takes the entries of a range into the state; they stay until the cell is compacted.
  mutating func absorb<Value: CellBytes & ~Copyable>(
    from start: CellCursor, to end: CellCursor, in value: inout Value, _ spec: CellSpec
  ) throws(DecodeError) {
    var place = start
    while place < end {
      let entry = try layout.entry(at: place, in: value.bytes)
      place = try layout.place(after: entry, in: value.bytes)
      try absorb(try layout.event(of: entry, in: value.bytes), into: &value, spec)
    }
  }

  /// Takes one event into the state.
  mutating func absorb<Value: CellBytes & ~Copyable>(
    _ event: CellEvent, into value: inout Value, _ spec: CellSpec
  ) throws(DecodeError) {
    guard value.count + event.entryByteCount(spec.kind) * 3 <= CellLayout.bytesMax else {
      throw DecodeError(.invalidValue, at: value.count)
    }
    switch (event.amount, spec.kind, spec.parameters) {
    case (.value(let tallied), .tally, _):
      var key = ByteWriter()
      tallied.encode(to: &key)
      try tally(key.bytes, at: event.time, in: &value)
    case (.keyed(let key, let role), .unmatched, _):
      try note(event, key, role, in: &value)
    case (_, .sessions, .gap(let gap)): try extend(to: event.time, gap, in: &value)
    case (.decimal(let weight, _), .score, .halfLife(let halfLife)):
      let (number, fraction) = DecayingScore.split(event.time, halfLife)
      try add(DecayingScore.term(weight, fraction), to: number, in: &value)
    default: break
    }
  }

  mutating func setState<Value: CellBytes & ~Copyable>(
    byteCount: Int, partCount: Int, in value: inout Value
  ) {
    layout.stateBytes = byteCount
    value.store(UInt32(truncatingIfNeeded: byteCount), at: 4)
    setMatched(UInt64(partCount), &value)
  }

  // MARK: - Tables

  /// The place of a key's payload, and its slot; a new payload is all zeros.
  mutating func payload<Value: CellBytes & ~Copyable>(
    of key: [UInt8], in value: inout Value
  ) throws(DecodeError) -> (payload: Int, slot: Int) {
    var table = try layout.table(in: value.bytes)
    let isNew = table.recordCount
    let (payload, slot) = try table.payload(of: key, in: &value)
    if table.recordCount != isNew || table.byteCount != layout.stateBytes {
      setState(byteCount: table.byteCount, partCount: table.recordCount, in: &value)
    }
    if table.recordCount != isNew { hasNewRecord = true }
    if table.recordCount != isNew, layout.kind == .unmatched {
      value.store(Int64.min, at: payload)
      value.store(Int64.min, at: payload + 16)
    }
    return (payload, slot)
  }

  /// Puts the record of a slot where it belongs after it has changed.
  func reorder<Value: CellBytes & ~Copyable>(
    _ slot: Int, in value: inout Value
  ) throws(DecodeError) {
    try layout.table(in: value.bytes).reorder(slot, in: &value)
  }

  /// Moves the latest question or answer of a key forward.
  private mutating func note<Value: CellBytes & ~Copyable>(
    _ event: CellEvent, _ key: [UInt8], _ role: MatchRole, in value: inout Value
  ) throws(DecodeError) {
    let (start, slot) = try payload(of: key, in: &value)
    let payload = start + (role == .asks ? 0 : 16)
    let present = (
      value.bytes.load(at: payload, as: Int64.self),
      value.bytes.load(at: payload + 8, as: UInt64.self)
    )
    guard present < (event.time.milliseconds, event.sequence.value) else { return }
    value.store(event.time.milliseconds, at: payload)
    value.store(event.sequence.value, at: payload + 8)
    try reorder(slot, in: &value)
  }

  /// Takes questions out of the order that the window has left behind.
  ///
  /// - Complexity: O(log keys) for each.
  func passOver<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) {
    guard !spec.isKept, layout.stateBytes > 0 else { return }
    let after = spec.bounds(at: now).after.milliseconds
    let table = try layout.table(in: value.bytes)
    guard table.hasOrder else { return }
    while try table.orderedCount(in: value.bytes) > 0,
      value.bytes.load(at: try table.orderedRecord(1, in: value.bytes).payload, as: Int64.self)
        <= after
    {
      try table.takeOutFirst(&value)
    }
  }

  /// Drops keys whose questions and answers lie after the window, each time the table has doubled.
  mutating func dropSettled<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) {
    guard !spec.isKept else { return }
    let after = spec.bounds(at: now).after.milliseconds
    try dropRecords(&value) { bytes, payload in
      bytes.load(at: payload, as: Int64.self) <= after
        && bytes.load(at: payload + 16, as: Int64.self) <= after
    }
  }

  /// Makes the table again without some records, if a new one has doubled it and they are half of it.
  mutating func dropRecords<Value: CellBytes & ~Copyable>(
    _ value: inout Value, where isNeedless: (RawSpan, _ payload: Int) -> Bool
  ) throws(DecodeError) {
    guard hasNewRecord, layout.matched >= 16, layout.matched & (layout.matched - 1) == 0
    else { return }
    var kept: [(key: [UInt8], payload: [UInt8])] = []
    let table = try layout.table(in: value.bytes)
    let size = layout.payloadBytes
    for record in try table.records(in: value.bytes)
    where !isNeedless(value.bytes, record.payload) {
      kept.append(
        (
          value.bytes.extracting(record.key).toArray(),
          value.bytes.extracting(record.payload..<record.payload + size).toArray()
        ))
    }
    guard kept.count <= table.recordCount / 2 else { return }
    value.removeSubrange(layout.stateOffset..<layout.entriesOffset)
    setState(byteCount: 0, partCount: 0, in: &value)
    for record in kept {
      let (payload, slot) = try payload(of: record.key, in: &value)
      for word in stride(from: 0, to: size, by: 8) {
        let words = record.payload
        value.store(words.span.bytes.load(at: word, as: UInt64.self), at: payload + word)
      }
      try reorder(slot, in: &value)
    }
  }

  // MARK: - Runs and epochs

  /// Puts an instant into the runs: a longer one, a new one, or two that become one.
  private mutating func extend<Value: CellBytes & ~Copyable>(
    to time: Timestamp, _ gap: Milliseconds, in value: inout Value
  ) throws(DecodeError) {
    let count = try layout.partCount(of: CellLayout.runBytes)
    // From the back, because most events come in order.
    var index = count - 1
    while index >= 0, layout.run(index, in: value.bytes).start > time + gap { index -= 1 }
    let size = CellLayout.runBytes
    guard index >= 0, time <= layout.run(index, in: value.bytes).end + gap else {
      let position = layout.stateOffset + (index + 1) * size
      value.insertZeros(size, at: position)
      value.store(time.milliseconds, at: position)
      value.store(time.milliseconds, at: position + 8)
      return setState(byteCount: layout.stateBytes + size, partCount: count + 1, in: &value)
    }
    let run = layout.run(index, in: value.bytes)
    var start = min(run.start, time)
    let end = max(run.end, time)
    var first = index
    while first > 0, start <= layout.run(first - 1, in: value.bytes).end + gap {
      first -= 1
      start = min(start, layout.run(first, in: value.bytes).start)
    }
    let position = layout.stateOffset + first * size
    value.store(start.milliseconds, at: position)
    value.store(end.milliseconds, at: position + 8)
    guard first < index else { return }
    value.removeSubrange((position + size)..<(position + size * (index - first + 1)))
    setState(
      byteCount: layout.stateBytes - size * (index - first), partCount: count - (index - first),
      in: &value)
  }

  /// Adds to an epoch, and forgets those that no longer count.
  private mutating func add<Value: CellBytes & ~Copyable>(
    _ term: Int128, to number: Int64, in value: inout Value
  ) throws(DecodeError) {
    let size = CellLayout.epochBytes
    var count = try layout.partCount(of: size)
    let newest = count > 0 ? layout.epoch(count - 1, in: value.bytes).number : number
    guard number >= newest &- DecayingScore.epochsMax else { return }
    var index = count
    while index > 0, layout.epoch(index - 1, in: value.bytes).number > number { index -= 1 }
    if index > 0, layout.epoch(index - 1, in: value.bytes).number == number {
      // Wrapping: a damaged cell must not trap.
      let sum = layout.epoch(index - 1, in: value.bytes).sum &+ term
      value.store(sum, at: layout.stateOffset + (index - 1) * size + 8)
      return
    }
    let position = layout.stateOffset + index * size
    value.insertZeros(size, at: position)
    value.store(number, at: position)
    value.store(term, at: position + 8)
    count += 1
    let latest = max(newest, number)
    setState(byteCount: count * size, partCount: count, in: &value)
    var dropped = 0
    while dropped < count,
      layout.epoch(dropped, in: value.bytes).number < latest &- DecayingScore.epochsMax
    {
      dropped += 1
    }
    guard dropped > 0 else { return }
    value.removeSubrange(layout.stateOffset..<(layout.stateOffset + dropped * size))
    setState(byteCount: (count - dropped) * size, partCount: count - dropped, in: &value)
  }

  // MARK: - Sequences

  /// Keeps the fact alone once a sequence has happened and nothing can undo it; before that, drops what
  /// no chain needs.
  ///
  /// Looked at whenever the entries have doubled, so that it costs O(steps) amortised.
  mutating func settle<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec
  ) throws(DecodeError) {
    guard case .sequence(let rule) = spec.parameters, rule.isFinal, spec.isKept else {
      return
    }
    let count = layout.end.offset / CellLayout.stepEntryBytes
    guard layout.matched == 0, count >= 8, count & (count - 1) == 0 else { return }
    let entries = try layout.steps(from: layout.start, to: layout.end, in: value.bytes)
    let base = layout.entriesOffset
    if rule.happened(in: entries) {
      try flatten(&value)
      value.removeSubrange(base..<value.count)
      setCursors(start: CellCursor(), end: CellCursor(), &value)
      return setMatched(1, &value)
    }
    let kept = rule.pruned(entries)
    guard kept.count <= count / 2 else { return }
    try flatten(&value)
    let size = kept.count * CellLayout.stepEntryBytes
    value.removeSubrange((base + size)..<(base + layout.end.offset))
    for (index, entry) in kept.enumerated() {
      CellEvent(time: entry.time, sequence: entry.sequence, amount: .steps(entry.mask))
        .storeEntry(.sequence, in: &value, at: base + index * CellLayout.stepEntryBytes)
    }
    setCursors(start: CellCursor(), end: CellCursor(offset: size, inside: size), &value)
  }
}

extension CellLayout {
  /// The entries of a `sequence` between two places.
  func steps(
    from start: CellCursor, to end: CellCursor, in bytes: RawSpan
  ) throws(DecodeError) -> [SequenceRule.Entry] {
    var entries: [SequenceRule.Entry] = []
    var place = start
    while place < end {
      let entry = try entry(at: place, in: bytes)
      let position = entry.position
      place = try self.place(after: entry, in: bytes)
      entries.append(
        SequenceRule.Entry(
          time: entry.time, sequence: sequence(of: entry, in: bytes),
          mask: bytes.load(at: position + 16, as: UInt32.self)))
    }
    return entries
  }
}
