// Reading cells at any instant without changing them, so that snapshots can answer for a later now
// than the writer's last touch.

import Bytes

extension CellLayout {
  /// Where the cursors belong at `now`.
  func cursors(
    in bytes: RawSpan, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> CellCursors {
    var moved = CellCursors(start: start, end: end)
    let (after, through) = spec.bounds(at: now)
    let size = entryByteCount(bytes)
    while moved.end.offset < size {
      let entry = try entry(at: moved.end, in: bytes)
      if entry.time > through { break }
      moved.end = try place(after: entry, in: bytes)
    }
    if spec.isKept || spec.isTotalOnly { return moved }
    while moved.start < moved.end {
      let entry = try entry(at: moved.start, in: bytes)
      if entry.time > after { break }
      moved.start = try place(after: entry, in: bytes)
    }
    // An entry whose length reaches over a cursor is damage.
    guard moved.start <= moved.end else { throw DecodeError(.invalidValue, at: moved.end.offset) }
    return moved
  }
}

extension CellLayout {
  /// The number of events between the cursors, of `count`.
  func count(_ moved: CellCursors) -> UInt64 {
    let gone = (min(moved.start, end).offset - start.offset) / Self.countEntryBytes
    let came = (moved.end.offset - max(end, moved.start).offset) / Self.countEntryBytes
    // Wrapping: of a damaged cell the cursors may contradict each other.
    return matched &- UInt64(truncatingIfNeeded: gone) &+ UInt64(truncatingIfNeeded: came)
  }

  /// The first instant at which an event leaves or enters, of kinds up to `tally`.
  func nextChange(
    in bytes: RawSpan, _ moved: CellCursors, _ spec: CellSpec
  ) throws(DecodeError) -> Timestamp? {
    var next: Timestamp?
    if moved.start < moved.end, !spec.isTotalOnly {
      // The oldest one goes first; of `last`, the newest decides.
      let entry =
        kind == .last
        ? try entry(before: moved.end, in: bytes) : try entry(at: moved.start, in: bytes)
      next = spec.window.leaves(entry.time)
      // While there is a first one, none of the future can take its place.
      if kind == .first, spec.sessionGap == nil { return next }
    }
    if moved.end.offset < entryByteCount(bytes) {
      let coming = spec.window.enters(try entry(at: moved.end, in: bytes).time)
      next = min(next ?? coming, coming)
    }
    return next
  }
}

extension Cell {
  /// The value of a cell at `now`, which is at or after every instant it was advanced to, and the first
  /// instant after that at which the answer can differ if no event comes; nil if there is none.
  ///
  /// The instant is never too late: none before it changes the answer of a profile with this home. It is
  /// the one at which an event enters or leaves; for `sessions` and `sequence`, only where the answer
  /// may depend on that event. Scores fade all the time: theirs is when an event of the future comes in.
  /// Complexity: O(entries that came or went since the last advance); `unmatched`, `sessions` and
  /// `sequence` look at all that they keep.
  public static func answer(
    _ bytes: RawSpan, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> (value: AggregateValue, change: Timestamp?) {
    guard bytes.byteCount > 0 else { return (AggregateValue(spec.function), nil) }
    let layout = try CellLayout(bytes, spec)
    let moved = try layout.cursors(in: bytes, spec, now: now)
    return (
      try value(bytes, layout, moved, spec, now: now),
      try nextChange(bytes, layout, moved, spec, after: now)
    )
  }

  /// The value of `answer`.
  static func read(
    _ bytes: RawSpan, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> AggregateValue {
    guard bytes.byteCount > 0 else { return AggregateValue(spec.function) }
    let layout = try CellLayout(bytes, spec)
    return try value(
      bytes, layout, try layout.cursors(in: bytes, spec, now: now), spec, now: now)
  }

  private static func value(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> AggregateValue {
    var value = AggregateValue(spec.function)
    if let gap = spec.sessionGap {
      value.parts = .runs(try runs(bytes, layout, moved, spec, gap: gap))
      return value
    }
    switch spec.kind {
    case .first where moved.start < moved.end:
      let entry = try layout.entry(at: moved.start, in: bytes)
      value.selection = try layout.selection(of: entry, in: bytes)
    case .last where moved.start < moved.end:
      let entry = try layout.entry(before: moved.end, in: bytes)
      value.selection = try layout.selection(of: entry, in: bytes)
    case .first, .last: break
    case .count: value.count = layout.count(moved)
    case .sum, .minimum, .maximum: try value.readSums(bytes, layout, moved)
    case .tally, .unmatched, .sessions, .sequence, .score:
      value.parts = try parts(bytes, layout, moved, spec, now: now)
    }
    return value
  }

  /// All entries that have come in, as runs.
  private static func runs(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec,
    gap: Milliseconds
  ) throws(DecodeError) -> [AggregateRun] {
    var runs: [AggregateRun] = []
    var place = moved.start
    while place < moved.end {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      var value = AggregateValue(spec.function)
      switch spec.kind {
      case .count: value.count = 1
      case .first, .last:
        if layout.isAbsent(entry, in: bytes) { break }
        value.selection = try layout.selection(of: entry, in: bytes)
      case .tally:
        if layout.isAbsent(entry, in: bytes) { break }
        let tally = try layout.selection(of: entry, in: bytes)
        value.parts = .tallies([Tally(value: tally.value, count: 1, time: entry.time)])
      case .unmatched, .sessions, .sequence, .score: break
      case .sum, .minimum, .maximum:
        value.take(layout.term(of: entry, in: bytes), as: spec.kind)
      }
      if let last = runs.last, entry.time <= last.end + gap {
        runs[runs.count - 1].end = entry.time
        runs[runs.count - 1].value.combine(value, as: spec)
      } else {
        runs.append(AggregateRun(start: entry.time, end: entry.time, value: value))
      }
    }
    return runs
  }

  private static func nextChange(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec,
    after now: Timestamp
  ) throws(DecodeError) -> Timestamp? {
    if spec.kind.rawValue >= CellKind.unmatched.rawValue {
      return try nextChangeOfState(bytes, layout, moved, spec, after: now)
    }
    return try layout.nextChange(in: bytes, moved, spec)
  }

  /// Writes the logical content of a cell at `now`, the same whenever the cell was advanced and in
  /// whatever order its events came; nothing for a cell that holds nothing.
  public static func hashCanonical(
    _ bytes: RawSpan, _ spec: CellSpec, now: Timestamp, into writer: inout ByteWriter
  ) throws(DecodeError) {
    guard bytes.byteCount > 0 else { return }
    let layout = try CellLayout(bytes, spec)
    let value = try read(bytes, spec, now: now)
    let moved = try layout.cursors(in: bytes, spec, now: now)
    let size = layout.entryByteCount(bytes)
    let settled = spec.happensForGood(value)
    guard !value.isEmpty || moved.end.offset < size else { return }
    writer.u8(spec.kind.rawValue)
    writer.varint(value.count)
    writer.varint(value.skipped)
    writer.varint(value.rounded)
    writer.varint(UInt64(value.sums.count))
    for sum in value.sums {
      writer.u32(sum.currency.packed)
      writer.varint(sum.count)
      writer.i128(Int128(truncatingIfNeeded: sum.sum.low))
      writer.zigzag(Int64(sum.sum.high))
      writer.i128(Int128(truncatingIfNeeded: sum.rest))
    }
    value.parts.hashCanonical(into: &writer, spec, now: now)
    if settled { return }
    // Totals stand for the past of an all-time sum or count; of `last`, only the newest matters.
    var start = moved.start
    switch spec.kind {
    case .last where spec.sessionGap == nil && moved.start < moved.end:
      start = try layout.entry(before: moved.end, in: bytes).place
    // What an order needs of the past has been written.
    default: if spec.isTotalOnly || spec.prunes { start = moved.end }
    }
    // An answer of the past can wait among the entries, or be in the state already.
    if spec.kind == .unmatched {
      return try hashPending(bytes, layout, from: start, now: now, into: &writer)
    }
    writer.varint(UInt64(try layout.checkEntryBytes(from: start, in: bytes)))
    try layout.visitEntryBytes(from: start, in: bytes) { writer.append($0) }
  }
}
