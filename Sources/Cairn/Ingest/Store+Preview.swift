// What an input would become, without ingesting any of it.

import Bytes
import Engine
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
      let admission = Admission(
        self, plan: try trackingPlan(), duplicates: DuplicateCheck(store: self, compares: false),
        sourceName: ingest.source)
      let feed = try ParserFeed(
        descriptor: descriptor, symbols: symbols, seed: directory.manifest.seed,
        source: source, identifiers: fold.rules.identifiers,
        clock: ingest.clock, plan: fold.plan, format: ingest.format,
        wallClock: options.environment.now)
      defer { feed.stop() }
      while !preview.isCutOff, failure == nil, let next = feed.next() {
        let parsed = next.parsed
        failure = parsed.error
        preview.hasNoRows = parsed.hasNoRows
        try admission.takeInHand(parsed.batch)
        for index in parsed.batch.rows.indices {
          guard preview.verdicts.lines < rowsMax else {
            preview.isCutOff = true
            break
          }
          let row = parsed.batch.rows[index]
          let ruling = try admission.judge(
            row, at: index, of: parsed.batch, from: source, ingest.clock)
          try look(
            at: row, of: parsed.batch, ruling, admission.remarks, examplesMax, &preview)
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

  private func look(
    at row: EventRow, of parsed: borrowing EventBatch, _ ruling: Admission.Ruling,
    _ remarks: Admission.Remarks, _ examplesMax: Int, _ preview: inout IngestPreview
  ) throws(StoreError) {
    let verdict = ruling.verdict
    var line = LineVerdict(
      line: row.line, offset: row.offset, item: row.item, verdict: verdict,
      detail: remarks.detail, isWithoutErased: remarks.isWithoutErased)
    if case .accepted = verdict { line.omitted = remarks.omitted }
    preview.verdicts.count(line)
    switch ruling {
    case .refused(.duplicate):
      // An event that is there already is shown as it was sent.
      guard row.outcome == .event else { return }
      try show(parsed.payload(of: row), examplesMax, &preview)
    case .refused, .line: preview.add(problem: line, examplesMax)
    case .event: try accept(row, parsed.payload(of: row), examplesMax, &preview)
    case .replaced(let gate):
      let replaced = gate.replaced
      try accept(row, replaced.payload(of: replaced.rows[0]), examplesMax, &preview)
    case .rest(let payload): try accept(row, payload.span.bytes, examplesMax, &preview)
    }
  }

  /// Counts and shows an event that would come in.
  private func accept(
    _ row: EventRow, _ payload: RawSpan, _ examplesMax: Int, _ preview: inout IngestPreview
  ) throws(StoreError) {
    do throws(DecodeError) {
      preview.count(row, try EventView(payload), readAt: options.environment.now())
    } catch {
      throw StoreError(error, in: "input")
    }
    try show(payload, examplesMax, &preview)
  }

  private func show(
    _ payload: RawSpan, _ examplesMax: Int, _ preview: inout IngestPreview
  ) throws(StoreError) {
    guard preview.events.count < examplesMax else {
      preview.moreEvents += 1
      return
    }
    var json = ByteWriter()
    do throws(DecodeError) {
      try EventView(payload).writeJSON(to: &json, names: symbols.names())
    } catch {
      throw StoreError(error, in: "input")
    }
    preview.events.append(json.bytes)
  }
}

extension Admission.Ruling {
  /// The verdict that a row would get, without the record that it would become.
  fileprivate var verdict: Verdict {
    switch self {
    case .refused(let verdict): verdict
    case .event, .replaced, .rest: .accepted(SequenceNumber(0))
    case .line(let line): .quarantined(SequenceNumber(0), line.problem)
    }
  }
}

extension IngestPreview {
  fileprivate mutating func add(problem line: LineVerdict, _ examplesMax: Int) {
    if problems.count < examplesMax { problems.append(line) } else { moreProblems += 1 }
  }

  /// Counts the time of an event as taking it in would.
  fileprivate mutating func count(
    _ row: EventRow, _ event: borrowing EventView, readAt: Timestamp
  ) {
    guard let reached else {
      return times.count(event.clock(receivedAt: readAt), isOutOfOrder: false)
    }
    let receivedAt = row.time ?? reached
    times.count(event.clock(receivedAt: receivedAt), isOutOfOrder: receivedAt < reached)
    self.reached = max(reached, receivedAt)
  }
}
