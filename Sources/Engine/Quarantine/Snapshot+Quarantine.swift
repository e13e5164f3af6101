// What is in quarantine: read from the log, where each line is kept as it came. There is no table of
// it, because it is looked at seldom and a store without quarantined lines should pay nothing.

import Bytes
import Events
import Storage

/// A line that was kept without being applied.
public struct QuarantineEntry: Sendable {
  /// The record that keeps it.
  public var sequence: SequenceNumber
  /// When it came.
  public var receivedAt: Timestamp
  /// The name of its source.
  public var source: String
  /// What was wrong with it.
  public var problem: EventProblem
  /// What the problem says of a rule or a column, by its name; empty if it needs no such name.
  public var detail: String
  /// The line as it is kept and tried again: with an id in it if it is an event without one that a tracking plan
  /// quarantined.
  package var keptLine: [UInt8]
  /// Whether such an id is in it.
  var hasDerivedID: Bool
  /// What moved logical time when it came.
  public var clock: IngestClock
  /// How many equal lines came before it in its input.
  package var occurrence: UInt32
  package var sourceID: SourceID

  /// The line as it came; that of an event that a tracking plan quarantined has its members in the order in which
  /// events are stored.
  public var line: [UInt8] {
    hasDerivedID ? QuarantinedLine.withoutDerivedID(keptLine) : keptLine
  }
}

/// Which quarantined lines are meant: those that fit everything that is set.
public struct QuarantineFilter: Sendable {
  /// The stable code of the problem.
  public var code: String?
  /// The name of the source.
  public var source: String?
  /// The earliest instant of receipt.
  public var from: Timestamp?
  /// The instant of receipt at which the range ends; not in it.
  public var until: Timestamp?

  /// Means all lines.
  public init() {}

  func fits(_ entry: QuarantineEntry) -> Bool {
    if let code, entry.problem.name != code { return false }
    if let source, !entry.source.hasSameBytes(as: source) { return false }
    if let from, entry.receivedAt < from { return false }
    if let until, entry.receivedAt >= until { return false }
    return true
  }
}

extension Snapshot {
  /// The number of lines in quarantine.
  public var quarantinedCount: UInt64 { scalars.quarantinedCount - scalars.releasedCount }

  /// Visits the lines in quarantine, in the order they came; those redriven or dropped are left out.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for a source that the store does not have.
  /// - Complexity: O(log), twice if lines have left the quarantine; of memory eight bytes for each
  ///   of these. A store without a line in quarantine is not read at all.
  public func visitQuarantine(
    _ filter: QuarantineFilter = QuarantineFilter(),
    _ body: (QuarantineEntry) throws(StoreError) -> Void
  ) throws(StoreError) {
    if let source = filter.source,
      !scalars.sources.contains(where: { $0.name.hasSameBytes(as: source) })
    {
      throw .notFound(
        "source", source, among: scalars.sources.map(\.name), ifNone: "ingest events first")
    }
    guard quarantinedCount > 0, lastSequence.value > 0 else { return }
    let gone = try releasedLines()
    let sources = Dictionary(
      scalars.sources.map { ($0.id, $0.name) }, uniquingKeysWith: { first, _ in first })
    var clock = IngestClock.system
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      // Most records are events, which are not looked at.
      guard record.kind != RecordKind.event.rawValue, !gone.contains(record.sequence.value) else {
        return
      }
      switch try Input(record) {
      case .clock(let changed): clock = changed
      case .quarantined(let line):
        let entry = QuarantineEntry(
          line, at: RecordPlace(of: record), source: sources[record.source] ?? "", clock)
        if filter.fits(entry) { try body(entry) }
      default: break
      }
    }
  }

  /// One quarantined line.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` if the record is none, was redriven, or was dropped.
  public func quarantined(_ sequence: SequenceNumber) throws(StoreError) -> QuarantineEntry {
    var found: QuarantineEntry?
    try visitQuarantine { (entry) throws(StoreError) in
      if entry.sequence == sequence { found = entry }
    }
    guard let found else {
      throw StoreError(
        .noSuchRecord,
        "record \(sequence.value) is not a quarantined line; 'cairn quarantine list' shows them")
    }
    return found
  }

  private func releasedLines() throws(StoreError) -> Set<UInt64> {
    var lines: Set<UInt64> = []
    guard scalars.releasedCount > 0 else { return lines }
    try log.scan(from: SequenceNumber(1), through: lastSequence) { (record) throws(StoreError) in
      guard record.kind != RecordKind.event.rawValue else { return }
      switch try Input(record) {
      case .redrive(let redrive): lines.insert(redrive.line.value)
      case .quarantineDrop(let drop): for line in drop.lines { lines.insert(line.value) }
      default: break
      }
    }
    return lines
  }
}

extension QuarantineEntry {
  fileprivate init(
    _ kept: QuarantinedLine, at place: RecordPlace, source: String, _ clock: IngestClock
  ) {
    self.init(
      sequence: place.sequence, receivedAt: place.receivedAt, source: source,
      problem: kept.problem, detail: kept.detail, keptLine: kept.line,
      hasDerivedID: kept.hasDerivedID, clock: clock, occurrence: kept.occurrence,
      sourceID: place.source)
  }
}
