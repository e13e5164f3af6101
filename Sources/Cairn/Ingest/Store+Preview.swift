// What an input would become, without taking any of it in.

import Bytes
import Events
import Profiles
import Storage

/// What the first rows of an input would become.
public struct IngestPreview: Sendable {
  /// The verdicts, counted.
  ///
  /// An id that the log has already counts as a duplicate, whatever its content.
  public var verdicts = VerdictCounts()
  /// The first events, as JSON.
  public var events: [[UInt8]] = []
  /// The first problems.
  public var problems: [LineVerdict] = []
  /// How many events there are beyond those in `events`, among the rows that were looked at.
  public var moreEvents = 0
  /// How many problems there are beyond those in `problems`.
  public var moreProblems = 0
  /// Whether the input is a table with a header and nothing after it.
  public var hasNoRows = false
  /// Whether there are more rows than were looked at.
  public var isCutOff = false
  /// The times of the events that would be accepted.
  public var times = TimeCounts()
  /// The logical time that an import has reached; nil under this machine's clock.
  fileprivate var reached: Timestamp?
}

extension Store {
  /// Says what the first rows of an input would become; writes nothing.
  ///
  /// - Parameters:
  ///   - rowsMax: How many rows to look at.
  ///   - examplesMax: How many events and problems to show.
  public func preview(
    descriptor: Int32, options ingest: IngestOptions, rowsMax: Int = 1000, examplesMax: Int = 5
  ) throws(IngestFailure) -> IngestPreview {
    var preview = IngestPreview()
    if ingest.clock == .events { preview.reached = logicalNow }
    var failure: IngestFailure.Reason?
    do throws(StoreError) {
      let source = sourceID(of: ingest.source)
      let gate = try PlanGate(
        self, source: source, name: ingest.source, clock: ingest.clock)
      let feed = try ParserFeed(
        descriptor: descriptor, symbols: symbols, seed: directory.manifest.seed,
        source: source, identifiers: fold.rules.identifiers,
        clock: ingest.clock, plan: fold.plan, format: ingest.format,
        wallClock: options.environment.now)
      defer { feed.stop() }
      var seen: Set<Hash128> = []
      while !preview.isCutOff, failure == nil, let next = feed.next() {
        let parsed = next.parsed
        failure = parsed.error
        preview.hasNoRows = parsed.hasNoRows
        for index in parsed.batch.rows.indices {
          guard preview.verdicts.lines < rowsMax else {
            preview.isCutOff = true
            break
          }
          let row = parsed.batch.rows[index]
          let isRepeated = !seen.insert(row.messageHash).inserted
          let isKnown = isRepeated ? true : try isInLog(row)
          let isEvent = if case .event = row.outcome { true } else { false }
          if isEvent, !isKnown, let gate, try gate.replaces(row, of: parsed.batch) {
            try look(
              at: 0, of: gate.replaced, isKnown, omitted: gate.omitted, item: row.item, examplesMax,
              &preview)
          } else {
            try look(
              at: index, of: parsed.batch, isKnown, omitted: [], item: row.item, examplesMax,
              &preview)
          }
        }
      }
    } catch {
      failure = .store(error)
    }
    if let failure { throw IngestFailure(reason: failure, summary: IngestSummary()) }
    return preview
  }

  /// The number that a source has, or would get.
  private func sourceID(of name: String) -> SourceID {
    let sources = fold.state.scalars.sources
    let known = sources.first { $0.name.hasSameBytes(as: name) }
    return known?.id ?? SourceID(UInt32(sources.count) + 1)
  }

  private func isInLog(_ row: EventRow) throws(StoreError) -> Bool {
    try fold.state.messages.withValue(TableKey(row.messageHash)) { _ throws(StoreError) in true }
      ?? false
  }

  /// Whether a line is one that was dropped from the quarantine.
  private func isDropped(_ row: EventRow) throws(StoreError) -> Bool {
    let known = try fold.state.messages.withValue(TableKey(row.messageHash)) {
      (bytes) throws(StoreError) in try MessageRow(bytes)
    }
    return known?.profile == MessageRow.dropped
  }

  private func look(
    at index: Int, of parsed: borrowing EventBatch, _ isKnown: Bool, omitted: [String], item: Int,
    _ examplesMax: Int, _ preview: inout IngestPreview
  ) throws(StoreError) {
    let row = parsed.rows[index]
    var payload = parsed.payload(of: row).toArray()
    var line = LineVerdict(
      line: row.line, offset: row.offset, item: item, verdict: try verdict(row, isKnown),
      detail: parsed.details[index] ?? "")
    if case .duplicate = line.verdict {
    } else {
      switch try fold.judge(row, of: parsed) {
      case .untouched: break
      case .erased: line.verdict = .rejected(EventProblem(.erasedIdentifier, at: 0))
      case .reduced(let rest):
        payload = rest
        line.isWithoutErased = true
      }
    }
    if case .accepted = line.verdict { line.omitted = omitted }
    preview.verdicts.count(line)
    guard case .event = row.outcome else {
      if case .duplicate = line.verdict { return }
      preview.add(problem: line, examplesMax)
      return
    }
    switch line.verdict {
    case .accepted, .duplicate:
      if !isKnown { preview.count(row, readAt: options.environment.now()) }
      guard preview.events.count < examplesMax else {
        preview.moreEvents += 1
        return
      }
      var json = ByteWriter()
      do throws(DecodeError) {
        try EventView(payload.span.bytes).writeJSON(to: &json, names: symbols.names())
      } catch {
        throw StoreError(error, in: "input")
      }
      preview.events.append(json.bytes)
    case .quarantined, .rejected: preview.add(problem: line, examplesMax)
    }
  }

  private func verdict(_ row: EventRow, _ isKnown: Bool) throws(StoreError) -> Verdict {
    let none = SequenceNumber(0)
    switch row.outcome {
    case .event: return isKnown ? .duplicate(of: none, isSame: true) : .accepted(none)
    case .quarantined(let problem):
      return try isDropped(row) ? .duplicate(of: none, isSame: true) : .quarantined(none, problem)
    case .rejected(let problem): return .rejected(problem)
    }
  }
}

extension IngestPreview {
  fileprivate mutating func add(problem line: LineVerdict, _ examplesMax: Int) {
    if problems.count < examplesMax { problems.append(line) } else { moreProblems += 1 }
  }

  /// Counts the time of an event as taking it in would.
  fileprivate mutating func count(_ row: EventRow, readAt: Timestamp) {
    guard let reached else {
      return times.count(row.clock(receivedAt: readAt), isOutOfOrder: false)
    }
    let receivedAt = row.time ?? reached
    times.count(row.clock(receivedAt: receivedAt), isOutOfOrder: receivedAt < reached)
    self.reached = max(reached, receivedAt)
  }
}
