// Answers that a cell can give at once, where no cell of another home has a part in them.

import Bytes

extension CellSpec {
  /// Whether a cell may give its answer at once where it is a profile's only one; see `Cell.brief`.
  public var mayBeBrief: Bool {
    switch digest {
    case .runs, .sequence, .newestRun, .tallies: true
    case .none, .extremes: hasState && (kind == .sessions || kind == .tally || kind == .unmatched)
    }
  }
}

extension Cell {
  /// What `answer` and `finish` come to for a profile that has no other cell of this spec; nil if only a look at
  /// all entries tells.
  ///
  /// - Complexity: O(entries that came or went since the last advance).
  public static func brief(
    _ bytes: RawSpan, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> (value: AggregateValue, change: Timestamp?)? {
    let layout = try CellLayout(bytes, spec)
    let moved = try layout.cursors(in: bytes, spec, now: now)
    var value = AggregateValue(spec.function)
    var change: Timestamp?
    if moved.end.offset < layout.entryByteCount(bytes) {
      change = spec.window.enters(try layout.entry(at: moved.end, in: bytes).time)
    }
    switch spec.digest {
    case .runs(let gap):
      value.count = try layout.runCount(at: moved, gap, in: bytes)
      change = try nextChangeOfState(bytes, layout, moved, spec, after: now)
    case .sequence:
      guard let rule = spec.sequenceRule else { return nil }
      if layout.matched > 0 {
        value.count = 1
        return (value, nil)
      }
      let completed = try layout.completed(at: moved, rule, in: bytes)
      if completed > spec.bounds(at: now).after.milliseconds {
        value.count = 1
        // What comes later cannot undo it, and the chain is lost with its first step.
        change = spec.window.leaves(Timestamp(milliseconds: completed))
      }
    case .newestRun(let gap): try value.readNewestRun(bytes, layout, moved, gap)
    case .tallies:
      guard let tallies = try TallyRecords(bytes, layout, moved, first: spec.valuesWanted) else {
        return nil
      }
      try value.finish(tallies, bytes, as: spec)
      change = try layout.nextChange(in: bytes, moved, spec)
    case .none where spec.kind == .unmatched:
      let table = try layout.table(in: bytes)
      // What has come since, of which the state knows nothing, is looked at in whole.
      guard !layout.hasTimeline else { return nil }
      let (count, first) = try table.unmatched(
        after: spec.bounds(at: now).after.milliseconds, in: bytes)
      value.count = UInt64(clamping: count)
      change = first.flatMap { spec.window.leaves(Timestamp(milliseconds: $0)) }
    case .none, .extremes:
      guard spec.mayBeBrief, moved.end == layout.end else { return nil }
      if spec.kind == .sessions || spec.function == .uniqueCount {
        value.count = layout.matched
      } else if let tallies = try TallyRecords(bytes, layout, moved, first: spec.valuesWanted) {
        try value.finish(tallies, bytes, as: spec)
      }
    }
    return (value, change)
  }
}

extension CellLayout {
  /// The first step of the chain that has been completed and began last, of the entries up to a cursor.
  fileprivate func completed(
    at moved: CellCursors, _ rule: SequenceRule, in bytes: RawSpan
  ) throws(DecodeError) -> Int64 {
    var run = sequenceRun(rule, in: bytes)
    var place = end
    while place < moved.end {
      let entry = try entry(at: place, in: bytes)
      place = try self.place(after: entry, in: bytes)
      run.take(entry.time, mask(of: entry, in: bytes), rule)
    }
    return run.completed
  }
}

extension AggregateValue {
  /// Reads the totals over the newest run, and what has come in since.
  fileprivate mutating func readNewestRun(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors, _ gap: Milliseconds
  ) throws(DecodeError) {
    readTotals(bytes, layout)
    var last = try layout.last(before: layout.end, in: bytes)
    var place = layout.end
    while place < moved.end {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      if last.map({ entry.time > $0 + gap }) ?? true { self = AggregateValue(function) }
      last = entry.time
      if layout.kind == .count {
        count &+= 1
      } else {
        take(layout.term(of: entry, in: bytes), as: layout.kind)
      }
    }
  }
}
