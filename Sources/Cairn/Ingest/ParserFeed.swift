// Reading and parsing ahead of the writer, on a thread of its own.

import Audiences
import Bytes
import Engine
import Events
import Glibc
import Storage
import Synchronization

/// One chunk of the input, parsed.
struct ParsedChunk: Sendable {
  var batch: EventBatch
  /// Where the chunk ends, in bytes from the start of the input.
  var endOffset: Int
  /// Set instead of lines if reading failed here.
  var error: IngestFailure.Reason?
  /// Whether the input is a table that has ended with its header.
  var hasNoRows = false
}

/// A chunk and the values of each of its rows for the aggregates.
struct MatchedChunk: Sendable {
  var parsed: ParsedChunk
  var matches: EventMatches
}

/// Parses an input ahead of the consumer of the chunks, at most `queueChunks` of them.
final class ParserFeed {
  private static let queueChunks = 4
  /// How much input a chunk is made of, about.
  private static let chunkBytes = 1 << 20
  private let queue = BoundedQueue<MatchedChunk>(capacity: ParserFeed.queueChunks)
  /// Batches that have been taken in, to be filled again: new memory for each would be returned to
  /// the system and cleared by it every time.
  private let spares = BoundedQueue<EventBatch>(capacity: ParserFeed.queueChunks + 2)
  private let thread: WorkerThread
  private let wakeUp: WakeUp
  private let plan: PlanInForce

  /// Starts to read and parse an open descriptor, which stays the caller's.
  init(
    descriptor: Int32, symbols: SymbolTable, seed: HashSeed, source: SourceID,
    identifiers: IdentifierRules, clock: IngestClock, plan: EvaluationPlan,
    format: InputFormat = .json, wallClock: @escaping @Sendable () -> Timestamp
  ) throws(StoreError) {
    guard let wakeUp = WakeUp() else {
      throw StoreError(.io(errno), "no file could be opened; close other programs and try again")
    }
    self.wakeUp = wakeUp
    let current = PlanInForce(plan)
    self.plan = current
    let queue = self.queue
    let spares = self.spares
    let thread = WorkerThread {
      let parser = EventParser(
        symbols: symbols, seed: seed, source: source, identifiers: identifiers,
        keepsTimes: clock == .events, wallClock: wallClock)
      var chunks = Self.source(of: format, descriptor, stop: wakeUp, parser)
      while let parsed = chunks.next(Self.emptied(spares.poll())) {
        var matches = EventMatches(plan: current.plan)
        matches.add(parsed.batch.rows.indices, of: parsed.batch)
        let parsed = MatchedChunk(parsed: parsed, matches: matches)
        if !queue.push(parsed) { break }
      }
      queue.close()
    }
    guard let thread else {
      throw StoreError(.io(0), "no thread could be started; close other programs and try again")
    }
    self.thread = thread
  }

  /// Looks at the first bytes of an input, and reads it as what it is.
  private static func source(
    of format: InputFormat, _ descriptor: Int32, stop: WakeUp, _ parser: EventParser
  ) -> any ChunkSource {
    var status = stat()
    let isFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    let start = isFile ? lseek(descriptor, 0, SEEK_CUR) : -1
    let stream = InputStream(InputReader(descriptor: descriptor, stop: stop))
    let probe: InputProbe
    do throws(InputProblem) { probe = InputProbe(try stream.start()) } catch {
      return RefusedSource(error.reason)
    }
    let form: JSONReader.Form
    switch format {
    case .table(let mapping):
      if let refusal = probe.refusalAsTable() { return RefusedSource(.format(refusal)) }
      return CSVSource(stream, mapping: mapping, parser: parser)
    case .json: form = .any
    case .lines: form = .lines
    }
    if let refusal = probe.refusalAsJSON() { return RefusedSource(.format(refusal)) }
    let isSought = start >= 0 && stream.compression == nil
    let bytes: any JSONBytes =
      isSought ? FileBytes(descriptor: descriptor, start: start) : StreamBytes(stream)
    return JSONSource(bytes, as: form, parser: parser)
  }

  /// The next chunk in input order; nil at the end.
  func next() -> MatchedChunk? { queue.pop() }

  /// Matches what is parsed from now on with another plan, if it differs.
  func use(_ plan: EvaluationPlan) { self.plan.plan = plan }

  /// Returns a batch that is no longer needed.
  func reuse(_ batch: EventBatch) { spares.offer(batch) }

  private static func emptied(_ spare: consuming EventBatch?) -> EventBatch {
    guard var batch = consume spare else { return EventBatch(forBytes: chunkBytes) }
    batch.removeAll()
    return batch
  }

  /// Whether `next` would return at once.
  var isReady: Bool { queue.isReady }

  /// Ends the waiting for more input, from any thread: what has been parsed is still returned, and then the end.
  var interrupt: @Sendable () -> Void {
    { [queue, wakeUp] in
      queue.close()
      wakeUp.raise()
    }
  }

  /// Ends the thread, whether or not the input was taken to its end, and even while it waits for
  /// an input that stays silent.
  ///
  /// To be called exactly once.
  func stop() {
    queue.close()
    wakeUp.raise()
    thread.join()
  }
}

/// The plan that events are matched with, for the thread that matches and the one that changes it.
private final class PlanInForce: Sendable {
  private let held: Mutex<EvaluationPlan>

  init(_ plan: EvaluationPlan) { held = Mutex(plan) }

  var plan: EvaluationPlan {
    get { held.withLock { $0 } }
    set { held.withLock { $0 = newValue } }
  }
}
