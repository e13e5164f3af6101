// The last step to an answer: from what the homes brought together to the answer itself.

import Bytes

extension AggregateValue {
  /// Draws the answer from what the homes brought; to be called once, after the last `combine`.
  ///
  /// Complexity: O(parts), for lists O(values · log values).
  public mutating func finish(as spec: CellSpec) {
    function = spec.function
    switch (parts, spec.parameters) {
    case (.runs(let runs), _):
      guard let last = runs.last else { return }
      self = last.value
      finish(as: spec)
    case (.tallies(let tallies), _): finish(tallies, as: spec)
    case (.keys(let keys), _): count = UInt64(keys.count { $0.isUnmatched })
    case (.intervals(let intervals), _): count = UInt64(intervals.count)
    case (.happened, _): count = 1
    case (.steps(let steps), .sequence(let rule)): count = rule.happened(in: steps) ? 1 : 0
    case (.none, _), (.score, _), (.steps, _): break
    }
  }

  private mutating func finish(_ tallies: [Tally], as spec: CellSpec) {
    var limit = tallies.count
    if case .limit(let most) = spec.parameters { limit = most }
    count = UInt64(tallies.count)
    switch spec.function {
    case .mostFrequent: select(tallies.min { $0.precedesByFrequency($1, isMost: true) })
    case .leastFrequent: select(tallies.min { $0.precedesByFrequency($1, isMost: false) })
    case .uniqueCount: parts = .none
    case .uniqueList: list(tallies.sorted { $0.precedesByTime($1) }, limit)
    default: list(tallies.sorted { $0.precedesByFrequency($1, isMost: true) }, limit)
    }
  }

  private mutating func select(_ tally: Tally?) {
    parts = .none
    selection = tally.map {
      Selection(time: $0.time, sequence: SequenceNumber(0), value: $0.value)
    }
  }

  private mutating func list(_ sorted: [Tally], _ limit: Int) {
    isTruncated = sorted.count > limit
    parts = .tallies(Array(sorted.prefix(limit)))
  }
}

extension Tally {
  /// Whether this one comes first where the last seen does; equal times go by the alphabet.
  func precedesByTime(_ other: Tally) -> Bool {
    time != other.time ? time > other.time : value.precedes(other.value)
  }

  /// Whether this one comes first where the most (or least) frequent does; equal ones go by time.
  func precedesByFrequency(_ other: Tally, isMost: Bool) -> Bool {
    guard count != other.count else { return precedesByTime(other) }
    return isMost ? count > other.count : count < other.count
  }
}

extension FieldValue {
  /// The order of values: by their text, and for equal texts texts first.
  func precedes(_ other: FieldValue) -> Bool {
    let (a, b) = (encoded, other.encoded)
    let (first, second) = (a.dropFirst(), b.dropFirst())
    return first.elementsEqual(second)
      ? a[0] < b[0] : first.lexicographicallyPrecedes(second)
  }

  private var encoded: [UInt8] {
    if case .bool(let value) = self { return [3] + Array((value ? "true" : "false").utf8) }
    var writer = ByteWriter()
    encode(to: &writer)
    return writer.bytes
  }
}

// MARK: - Hashing

extension CellSpec {
  /// Whether a value is that of a sequence that nothing can undo.
  func happensForGood(_ value: AggregateValue) -> Bool {
    switch (value.parts, parameters) {
    case (.happened, _): true
    case (.steps(let steps), .sequence(let rule)):
      rule.isFinal && window.isKept && rule.happened(in: steps)
    default: false
    }
  }
}

extension AggregateParts {
  /// Writes the parts that are not in entries, in an order of their own.
  func hashCanonical(into writer: inout ByteWriter, _ spec: CellSpec, now: Timestamp) {
    switch self {
    case .tallies(let tallies):
      guard spec.hasState else { return }
      for tally in tallies.sorted(by: { $0.value.precedes($1.value) }) {
        var key = ByteWriter()
        tally.value.encode(to: &key)
        writer.lengthPrefixed(key.bytes)
        writer.varint(tally.count)
        writer.i64(tally.time.milliseconds)
      }
    case .keys(let keys):
      for key in keys.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
        writer.lengthPrefixed(key.key)
        for moment in [key.asked, key.answered] {
          writer.i64(moment?.time.milliseconds ?? .min)
          writer.u64(moment?.sequence.value ?? 0)
        }
      }
    case .intervals(let intervals):
      guard spec.hasState else { return }
      for interval in intervals {
        writer.i64(interval.start.milliseconds)
        writer.i64(interval.end.milliseconds)
      }
    case .score(let score):
      for epoch in score.epochs {
        writer.i64(epoch.number)
        writer.i128(epoch.sum)
      }
    case .happened: writer.u8(1)
    case .steps(let steps):
      guard case .sequence(let rule) = spec.parameters, rule.isFinal, spec.window.isKept else {
        return
      }
      if rule.happened(in: steps) { return writer.u8(1) }
      writer.u8(0)
      for entry in rule.pruned(steps) {
        writer.i64(entry.time.milliseconds)
        writer.u64(entry.sequence.value)
        writer.u32(entry.mask)
      }
    case .none, .runs: break
    }
  }
}
