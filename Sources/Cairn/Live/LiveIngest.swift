// A whole input, of any format and length, on its way into a live store: read and parsed as `Store.ingest` does,
// committed together with what others send.

import Bytes
import Engine
import Events
import Storage

/// One input of a live store.
///
/// Holds a bounded part of the input: the thread that reads it waits until the outcomes of earlier parts have been
/// taken, and the sender waits for that thread.
package final class LiveIngest: Sendable {
  /// What became of a part of the input.
  package struct Part: Sendable {
    /// The verdicts of its lines, in order; all of them are durable.
    package var verdicts: [LineVerdict]
    /// How much of the input has been read, in bytes as it came.
    package var bytes: Int
    /// Whether the input is a table that has ended with its header.
    package var hasNoRows: Bool
  }

  /// Parts whose outcomes have not been taken.
  fileprivate static let partsMax = 4
  /// How long a sender waits for room, in milliseconds.
  private static let waitMilliseconds = 1

  /// The parts of the input in order; ends with it, or with why it stopped.
  package let parts: AsyncThrowingStream<Part, any Error>
  private let pipe: InputPipe
  private let slots: BoundedQueue<Bool>

  fileprivate init(
    _ parts: AsyncThrowingStream<Part, any Error>, _ pipe: InputPipe, _ slots: BoundedQueue<Bool>
  ) {
    self.parts = parts
    self.pipe = pipe
    self.slots = slots
  }

  /// Gives the next bytes of the input; false if no more are wanted.
  package func send(_ bytes: [UInt8]) async throws -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      guard let count = pipe.write(rest) else { return false }
      rest.removeFirst(count)
      if count == 0 { try await Task.sleep(for: .milliseconds(Self.waitMilliseconds)) }
    }
    return true
  }

  /// The input has ended.
  package func finish() { pipe.finish() }

  /// The outcome of a part has been taken.
  package func take() { _ = slots.poll() }

  /// Nobody is interested any more; what has been read may still come in.
  package func cancel() {
    slots.close()
    pipe.finish()
  }
}

extension LiveStore {
  /// Begins an input.
  ///
  /// - Throws: `.store` if the system has no descriptors or threads left.
  package func ingest(
    from source: SourceID, format: InputFormat
  ) throws(LiveError) -> LiveIngest {
    guard let pipe = InputPipe() else {
      throw .store(
        StoreError(.io(0), "no file could be opened; close other programs and try again"))
    }
    let slots = BoundedQueue<Bool>(capacity: LiveIngest.partsMax)
    let (parts, continuation) = AsyncThrowingStream<LiveIngest.Part, any Error>.makeStream()
    let thread = WorkerThread { [self] in
      do {
        try read(pipe, from: source, format, slots) { continuation.yield($0) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
      // A sender learns that no more is wanted.
      pipe.finish()
    }
    guard let thread else {
      throw .store(
        StoreError(.io(0), "no thread could be started; close other programs and try again"))
    }
    thread.detach()
    return LiveIngest(parts, pipe, slots)
  }

  /// Reads an input to its end, on a thread of its own.
  private func read(
    _ pipe: InputPipe, from source: SourceID, _ format: InputFormat, _ slots: BoundedQueue<Bool>,
    _ report: (LiveIngest.Part) -> Void
  ) throws {
    let basis = board.basis
    let feed = try ParserFeed(
      descriptor: pipe.reading, symbols: basis.symbols, seed: basis.seed, source: source,
      identifiers: basis.identifiers, clock: .system, plan: basis.plan, format: format,
      wallClock: environment.now)
    defer { feed.stop() }
    // While one part is being committed the next one is handed over.
    var before: (BoundedQueue<Result<LiveOutcome, LiveFailure>>, ParsedChunk)?
    func settle() throws {
      guard let (replies, parsed) = before else { return }
      before = nil
      guard let reply = replies.pop() else { throw LiveError.draining }
      switch reply {
      case .success(let outcome):
        report(
          LiveIngest.Part(
            verdicts: outcome.verdicts, bytes: parsed.endOffset, hasNoRows: parsed.hasNoRows))
      case .failure(.stale): throw LiveError.store(Self.rulesHaveChanged)
      case .failure(.store(let error)): throw LiveError.store(error)
      }
    }
    while let next = feed.next() {
      guard slots.push(true) else { return }
      let replies = BoundedQueue<Result<LiveOutcome, LiveFailure>>(capacity: 1)
      let input = LiveInput(
        source: source, batch: next.parsed.batch, matches: next.matches,
        generation: basis.generation, wantsVerdicts: true
      ) { _ = replies.push($0) }
      guard post(input) else { throw LiveError.draining }
      try settle()
      before = (replies, next.parsed)
      feed.use(board.basis.plan)
      if let reason = next.parsed.error {
        try settle()
        throw IngestFailure(reason: reason, summary: IngestSummary())
      }
      // The next line may take a long time to arrive.
      if !feed.isReady { try settle() }
    }
    try settle()
  }

  private static let rulesHaveChanged = StoreError(
    .outOfOrder, "the store's identity rules have changed while lines arrived; send them again")
}
