// Verdicts that wait for their batch to become durable. Nearly all are of events that came in as they were sent, of
// which there is little to say; each line costs a few words here and no reference count.

import Bytes
import Events
import Storage

/// The verdicts of the lines of a batch, in the order of the lines.
struct PendingVerdicts: ~Copyable {
  /// One line; not private, for the compiler then leaves it out where the session is compiled for debugging.
  struct Entry: BitwiseCopyable {
    var line: Int
    var offset: Int
    var item: Int
    var sequence: SequenceNumber
    /// Nil for other lines.
    var clock: EventClock?
    var isOutOfOrder: Bool
    /// Its place among `others`; negative for an event that came in as it was sent.
    var other = -1
  }

  private var entries = ReusableArray<Entry>(minimumCapacity: 1024)
  private var others: [LineVerdict] = []

  /// The number of lines.
  var count: Int { entries.count }

  /// Adds an event that came in as it was sent.
  mutating func append(
    _ row: borrowing EventRow, accepted sequence: SequenceNumber, _ clock: EventClock,
    isOutOfOrder: Bool
  ) {
    entries.append(
      Entry(
        line: row.line, offset: row.offset, item: row.item, sequence: sequence, clock: clock,
        isOutOfOrder: isOutOfOrder))
  }

  /// Adds any other line.
  mutating func append(_ verdict: LineVerdict) {
    entries.append(
      Entry(
        line: 0, offset: 0, item: 0, sequence: SequenceNumber(0),
        clock: nil, isOutOfOrder: false, other: others.count))
    others.append(verdict)
  }

  /// Counts all lines, hands them out and forgets them.
  ///
  /// - Parameter body: Takes each verdict; nil if nobody wants them.
  mutating func handOut(
    _ counts: inout VerdictCounts, _ times: inout TimeCounts, to body: ((LineVerdict) -> Void)?
  ) {
    for index in entries.indices {
      let entry = entries[index]
      if entry.other < 0 {
        counts.accepted += 1
        if let clock = entry.clock { times.count(clock, isOutOfOrder: entry.isOutOfOrder) }
        body?(Self.verdict(of: entry))
      } else {
        let verdict = others[entry.other]
        counts.count(verdict)
        if let clock = verdict.clock { times.count(clock, isOutOfOrder: verdict.isOutOfOrder) }
        body?(verdict)
      }
    }
    entries.removeAll()
    others.removeAll(keepingCapacity: true)
  }

  private static func verdict(of entry: Entry) -> LineVerdict {
    var verdict = LineVerdict(
      line: entry.line, offset: entry.offset, item: entry.item,
      verdict: .accepted(entry.sequence))
    verdict.clock = entry.clock
    verdict.isOutOfOrder = entry.isOutOfOrder
    return verdict
  }
}
