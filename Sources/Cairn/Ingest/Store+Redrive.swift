// Quarantined lines tried again under the current rules. What was accepted becomes an event that was
// received when the line was, so that its time and its windows are those it would have had.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// What became of one quarantined line that was tried again.
public struct RedriveVerdict: Sendable {
  /// The record that keeps the line.
  public var sequence: SequenceNumber
  /// What became of it; a line that is still not acceptable names itself.
  public var verdict: Verdict
  /// What a problem says of a rule, by its name; empty if it needs no such name.
  public var detail = ""
  /// Whether the event lacks values of an erased person.
  public var isWithoutErased = false
  /// The members that an accepted event came in without; see `LineVerdict.omitted`.
  public var omitted: [String] = []
  /// The time that an accepted event counts from, and how it came about; nil for any other line.
  public var clock: EventClock?
  /// Whether an accepted event is earlier than the logical time that was reached.
  public var isOutOfOrder = false
}

extension Store {
  /// Tries quarantined lines again, in the order they came.
  ///
  /// A line that is acceptable now, or that repeats an event of the log, leaves the quarantine permanently;
  /// any other stays as it was. An interrupted run continues where it stopped when it is repeated.
  ///
  /// - Parameter onVerdict: Called for each line in order, after its commit.
  /// - Throws: the store's errors; lines without a verdict are still in quarantine.
  public func redrive(
    _ filter: QuarantineFilter = QuarantineFilter(), batchRecords: Int = 10_000,
    onVerdict: @escaping (RedriveVerdict) -> Void = { _ in }
  ) throws(StoreError) -> VerdictCounts {
    let view = try snapshot()
    let session = IngestSession(
      store: self, plan: try trackingPlan(), source: SourceID(0), clock: .system, isInput: false,
      batchRecords: max(batchRecords, 1),
      onVerdict: {
        onVerdict(
          RedriveVerdict(
            sequence: SequenceNumber(UInt64($0.line)), verdict: $0.verdict, detail: $0.detail,
            isWithoutErased: $0.isWithoutErased, omitted: $0.omitted, clock: $0.clock,
            isOutOfOrder: $0.isOutOfOrder))
      })
    var parsers: [ParserKey: EventParser] = [:]
    var batch = EventBatch()
    try view.visitQuarantine(filter) { (entry) throws(StoreError) in
      guard !entry.problem.isOfTable else { return try session.keep(entry) }
      let key = ParserKey(source: entry.sourceID, clock: entry.clock)
      let parser =
        parsers[key]
        ?? EventParser(
          symbols: symbols, seed: directory.manifest.seed, source: entry.sourceID,
          identifiers: fold.rules.identifiers, keepsTimes: entry.clock == .events,
          wallClock: options.environment.now)
      parsers[key] = parser
      batch.removeAll()
      // Verdicts carry the number of the record in the place of a line's.
      parser.parse(
        value: entry.keptLine.span.bytes,
        at: LinePosition(number: Int(clamping: entry.sequence.value), offset: 0),
        occurrenceMin: entry.occurrence, into: &batch)
      // A record without a line, which some versions have kept of a batch whose end was missing.
      guard !batch.rows.isEmpty else { return try session.keep(entry) }
      try session.redrive(batch, of: entry)
    }
    try session.finish()
    return session.counts
  }

  private struct ParserKey: Hashable {
    var source: SourceID
    var clock: IngestClock
  }
}
