// Ingest of a whole input: one thread reads and parses ahead, the caller's thread writes.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// How an input is taken in.
public struct IngestOptions: Sendable {
  /// The source's name; duplicates are judged within a source.
  public var source = "default"
  /// What moves logical time.
  public var clock = IngestClock.system
  /// What the input is made of.
  public var format = InputFormat.json
  /// The most records in one commit, from 1.
  ///
  /// Larger commits are fewer syncs; answers are the same. Lines that have been read are committed
  /// before waiting for more input, however few they are.
  public var batchRecords = 10_000

  /// The defaults.
  public init() {}
}

/// How far an ingest has come.
public struct IngestProgress: Sendable {
  /// Bytes of the input whose lines have been applied.
  public var bytes = 0
  /// Verdicts so far, of committed lines.
  public var counts = VerdictCounts()
}

/// The result of an ingest.
public struct IngestSummary: Sendable {
  /// Every line's verdict, counted.
  public var verdicts = VerdictCounts()
  /// Bytes read.
  public var bytes = 0
  /// Changes of membership caused by the input and the passing of time, but not by definitions.
  public var memberships = MembershipCounts()
  /// The times of the accepted events.
  public var times = TimeCounts()
  /// What moved logical time before this input, if it was something else and there were events.
  public var formerClock: IngestClock?

  /// Whether the input is a table with a header and nothing after it.
  public var hasNoRows = false

  /// The summary of an input without a line.
  public init() {}
}

/// An input that stopped halfway, and how far it got.
public struct IngestFailure: Error, Sendable {
  /// Why it stopped.
  public enum Reason: Sendable {
    /// The input could not be read.
    case input(InputError)
    /// The input is not of its format from some place on.
    case format(InputFormatError)
    /// The store refused.
    case store(StoreError)
  }

  /// Why it stopped.
  public var reason: Reason
  /// What is in the store.
  ///
  /// Ingesting the same input again continues from there: events that are in the store already are duplicates.
  public var summary: IngestSummary
}

extension Store {
  /// Ingests events, in the format that the options name, from an open file descriptor to its end.
  ///
  /// Memory is bounded whatever the input holds. Every line with a verdict is durable. Lines of an
  /// input that pauses get their verdicts then, not at its end.
  ///
  /// - Parameters:
  ///   - descriptor: Open for reading; stays the caller's.
  ///   - onVerdict: Called for each line in order, after its commit.
  ///   - onProgress: Called after each chunk of about 1 MiB.
  public func ingest(
    descriptor: Int32, options ingest: IngestOptions = IngestOptions(),
    onVerdict: ((LineVerdict) -> Void)? = nil,
    onProgress: (IngestProgress) -> Void = { _ in }
  ) throws(IngestFailure) -> IngestSummary {
    var summary = IngestSummary()
    let before = (all: fold.changes, published: publishedChanges)
    do {
      let source = try openSource(ingest.source)
      let session = IngestSession(
        store: self, plan: try trackingPlan(), source: source, clock: ingest.clock, isInput: true,
        batchRecords: max(ingest.batchRecords, 1), onVerdict: onVerdict)
      let feed = try ParserFeed(
        descriptor: descriptor, symbols: symbols, seed: directory.manifest.seed, source: source,
        identifiers: fold.rules.identifiers, clock: ingest.clock, plan: fold.plan,
        format: ingest.format, wallClock: options.environment.now)
      defer { feed.stop() }
      var failure: IngestFailure.Reason?
      do {
        while true {
          // The next line may take a long time to arrive: everything is made durable meanwhile.
          if !feed.isReady { try session.finish() }
          guard let next = feed.next() else { break }
          let (parsed, matches) = (next.parsed, next.matches)
          try session.apply(parsed.batch, matches)
          feed.use(fold.plan)
          summary.bytes = parsed.endOffset
          summary.hasNoRows = parsed.hasNoRows
          if let error = parsed.error {
            failure = error
            break
          }
          onProgress(IngestProgress(bytes: parsed.endOffset, counts: session.counts))
          feed.reuse(parsed.batch)
        }
        try session.finish()
      } catch {
        session.conclude()
        failure = .store(error)
      }
      finishCheckpointOrNote()
      summary.verdicts = session.counts
      summary.times = session.times
      summary.formerClock = session.formerClock
      summary.memberships = fold.changes - before.all - (publishedChanges - before.published)
      if let failure { throw IngestFailure(reason: failure, summary: summary) }
      return summary
    } catch let error as StoreError {
      throw IngestFailure(reason: .store(error), summary: summary)
    } catch let error as IngestFailure {
      throw error
    } catch {
      preconditionFailure("only the two errors above are thrown")
    }
  }

  /// Ingests Segment events, one JSON object a line, from memory; all of it is one input.
  ///
  /// - Throws: `StoreError`; the lines that have no verdict by then can be ingested again.
  public func ingest(
    lines: [UInt8], options ingest: IngestOptions = IngestOptions(),
    onVerdict: ((LineVerdict) -> Void)? = nil
  ) throws(StoreError) -> IngestSummary {
    let before = (all: fold.changes, published: publishedChanges)
    let source = try openSource(ingest.source)
    let session = IngestSession(
      store: self, plan: try trackingPlan(), source: source, clock: ingest.clock, isInput: true,
      batchRecords: max(ingest.batchRecords, 1),
      onVerdict: onVerdict)
    let parser = EventParser(
      symbols: symbols, seed: directory.manifest.seed, source: source,
      identifiers: fold.rules.identifiers, keepsTimes: ingest.clock == .events,
      wallClock: options.environment.now)
    var batch = EventBatch()
    parser.parse(lines.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    var matches = EventMatches(plan: fold.plan)
    matches.add(batch.rows.indices, of: batch)
    defer { finishCheckpointOrNote() }
    do throws(StoreError) {
      try session.apply(batch, matches)
      try session.finish()
    } catch {
      session.conclude()
      throw error
    }
    var summary = IngestSummary()
    summary.verdicts = session.counts
    summary.times = session.times
    summary.formerClock = session.formerClock
    summary.bytes = lines.count
    summary.memberships = fold.changes - before.all - (publishedChanges - before.published)
    return summary
  }
}
