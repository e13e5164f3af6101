// Reading the cells of functions whose answers for several homes cannot be combined: what they give is
// what the answer follows from.

import Bytes

extension Cell {
  /// What the cell brings to the answer at `now`.
  static func parts(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec,
    now: Timestamp
  ) throws(DecodeError) -> AggregateParts {
    switch (spec.kind, spec.parameters) {
    case (.tally, _): .tallies(try tallies(bytes, layout, moved, spec))
    case (.unmatched, _): .keys(try keys(bytes, layout, spec, now: now))
    case (.sessions, .gap(let gap)):
      .intervals(try intervals(bytes, layout, moved, spec, gap))
    case (.score, .halfLife(let halfLife)):
      .score(try score(bytes, layout, moved, halfLife, now: now))
    case (.sequence, _):
      layout.matched > 0
        ? .happened : .steps(try layout.steps(from: moved.start, to: moved.end, in: bytes))
    default: .none
    }
  }

  private static func tallies(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec
  ) throws(DecodeError) -> [Tally] {
    var tallies = TallyList()
    if spec.hasState {
      for record in try layout.table(in: bytes).records(in: bytes) {
        let time = bytes.load(at: record.payload + 8, as: Int64.self)
        tallies.append(
          Tally(
            value: try FieldValue(decoding: bytes.extracting(record.key)),
            count: bytes.load(at: record.payload, as: UInt64.self),
            time: Timestamp(milliseconds: time)))
      }
    }
    var place = spec.hasState ? max(layout.end, moved.start) : moved.start
    while place < moved.end {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      let selection = try layout.selection(of: entry, in: bytes)
      tallies.add(Tally(value: selection.value, count: 1, time: entry.time))
    }
    return tallies.list
  }

  /// The keys with their latest question inside the window and their latest answer up to now.
  private static func keys(
    _ bytes: RawSpan, _ layout: CellLayout, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> [MatchKey] {
    let (after, through) = spec.bounds(at: now)
    var keys: [[UInt8]: MatchKey] = [:]
    for record in try layout.table(in: bytes).records(in: bytes) {
      let key = bytes.extracting(record.key).toArray()
      keys[key] = MatchKey(
        key: key, asked: layout.moment(at: record.payload, in: bytes),
        answered: layout.moment(at: record.payload + 16, in: bytes))
    }
    // The entries that have come in are in the state up to `end`; after it, both kinds may have come.
    var place = layout.end
    while place.offset < layout.entryByteCount(bytes) {
      let entry = try layout.entry(at: place, in: bytes)
      if entry.time > now { break }
      place = try layout.place(after: entry, in: bytes)
      let event = try layout.event(of: entry, in: bytes)
      guard case .keyed(let key, let role) = event.amount else { continue }
      let moment = MatchKey.Moment(time: event.time, sequence: event.sequence)
      var present = keys[key] ?? MatchKey(key: key)
      if role == .asks {
        guard event.time <= through else { continue }
        present.asked = MatchKey.later(present.asked, moment)
      } else {
        present.answered = MatchKey.later(present.answered, moment)
      }
      keys[key] = present
    }
    return keys.values.compactMap { $0.inside(after) }
  }

  private static func intervals(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec,
    _ gap: Milliseconds
  ) throws(DecodeError) -> [SessionInterval] {
    var intervals: [SessionInterval] = []
    if spec.hasState {
      for index in 0..<(try layout.partCount(of: CellLayout.runBytes)) {
        let run = layout.run(index, in: bytes)
        intervals.append(SessionInterval(start: run.start, end: run.end))
      }
    }
    var coming: [SessionInterval] = []
    var place = spec.hasState ? max(layout.end, moved.start) : moved.start
    while place < moved.end {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      SessionInterval.append(SessionInterval(start: entry.time, end: entry.time), to: &coming, gap)
    }
    return SessionInterval.merged(intervals, coming, gap)
  }

  private static func score(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ halfLife: Milliseconds,
    now: Timestamp
  ) throws(DecodeError) -> DecayingScore {
    var score = DecayingScore()
    score.halfLife = halfLife
    for index in 0..<(try layout.partCount(of: CellLayout.epochBytes)) {
      let epoch = layout.epoch(index, in: bytes)
      score.add(epoch.sum, to: epoch.number)
    }
    var place = max(layout.end, moved.start)
    while place < moved.end {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      let (number, fraction) = DecayingScore.split(entry.time, halfLife)
      score.add(
        DecayingScore.term(layout.term(of: entry, in: bytes).amount, fraction), to: number)
    }
    score.drop(before: now)
    return score
  }

  /// `nextChange` of the kinds that have no window of their own to leave, or more than one thing to
  /// leave it.
  ///
  /// Of `sessions` and `sequence` an instant may come at which the answer stays as it is.
  static func nextChangeOfState(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec,
    after now: Timestamp
  ) throws(DecodeError) -> Timestamp? {
    var next: Timestamp?
    func consider(_ instant: Timestamp?) {
      guard let instant, instant > now else { return }
      next = min(next ?? instant, instant)
    }
    switch (spec.kind, spec.parameters) {
    case (.unmatched, _):
      for key in try keys(bytes, layout, spec, now: now) where key.isUnmatched {
        if let asked = key.asked { consider(spec.window.leaves(asked.time)) }
      }
      try comingKeys(bytes, layout, moved, spec, now, consider)
      return next
    case (.sessions, .gap(let gap)) where !spec.hasState:
      // The number falls when the first run has left whole; a few of its events are looked at, and then it is
      // asked again.
      var remaining = 64
      var place = moved.start
      var last: Timestamp?
      while place < moved.end {
        let entry = try layout.entry(at: place, in: bytes)
        if remaining == 0 { break }
        remaining -= 1
        if let last, entry.time > last + gap { break }
        last = entry.time
        place = try layout.place(after: entry, in: bytes)
      }
      consider(last.flatMap { spec.window.leaves($0) })
    case (.sequence, _):
      if layout.matched > 0 { return nil }
      // A chain is lost with its first step.
      let steps = try layout.steps(from: moved.start, to: moved.end, in: bytes)
      consider(steps.first { $0.mask & 1 == 1 }.flatMap { spec.window.leaves($0.time) })
    default: break
    }
    if moved.end.offset < layout.entryByteCount(bytes) {
      consider(spec.window.enters(try layout.entry(at: moved.end, in: bytes).time))
    }
    return next
  }

  /// Writes the entries of `unmatched` that have had no effect yet.
  static func hashPending(
    _ bytes: RawSpan, _ layout: CellLayout, from start: CellCursor, now: Timestamp,
    into writer: inout ByteWriter
  ) throws(DecodeError) {
    var place = start
    while place.offset < layout.entryByteCount(bytes) {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      let event = try layout.event(of: entry, in: bytes)
      if case .keyed(_, let role) = event.amount, role != .asks, event.time <= now { continue }
      let position = entry.position
      writer.append(bytes.extracting(position..<(position + entry.byteCount)))
    }
  }

  /// The next question that the window reaches, and the next answer of the future.
  private static func comingKeys(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ spec: CellSpec,
    _ now: Timestamp, _ consider: (Timestamp?) -> Void
  ) throws(DecodeError) {
    var place = moved.end
    var hasQuestion = false
    while place.offset < layout.entryByteCount(bytes) {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      let event = try layout.event(of: entry, in: bytes)
      guard case .keyed(_, let role) = event.amount else { continue }
      if role != .asks {
        consider(event.time)
        if event.time > now { return }
      } else if !hasQuestion {
        hasQuestion = true
        consider(spec.window.enters(event.time))
      }
    }
  }
}

extension CellLayout {
  /// A time and sequence of an `unmatched` record; nil for never.
  func moment(at position: Int, in bytes: RawSpan) -> MatchKey.Moment? {
    let time = bytes.load(at: position, as: Int64.self)
    guard time != .min else { return nil }
    return MatchKey.Moment(
      time: Timestamp(milliseconds: time),
      sequence: SequenceNumber(bytes.load(at: position + 8, as: UInt64.self)))
  }
}
