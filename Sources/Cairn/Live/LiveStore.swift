// A store that many threads use at once: one thread writes, requests share commits, and readers see the state as of
// the last commit without waiting for it.

import Bytes
import Engine
import Events
import Storage

/// An open store that serves many callers concurrently.
///
/// Events that arrive while a commit is being synced share the next one. A caller has its outcome once its events
/// are durable; a view that is asked for after that has them. Everything else that changes the store runs between
/// two commits, on the one thread that writes.
public final class LiveStore: Sendable {
  /// The store's directory.
  public let path: String
  /// What opening had to repair.
  public let opening: OpeningReport
  /// Limits.
  public let options: LiveOptions
  let environment: Environment
  let board: LiveBoard
  private let parsers = LiveParsers()
  private let mailbox: Mailbox<LiveMessage>
  /// The end of the thread that writes: why closing failed, if it did.
  private let ending: BoundedQueue<StoreError?>

  /// Opens a store for writing and starts the thread that writes.
  ///
  /// - Parameters:
  ///   - onIdle: Called on that thread between commits, after there were some; may record what it does.
  /// - Throws: As `Store.open`.
  public static func open(
    at path: String, options: StoreOptions = StoreOptions(), live: LiveOptions = LiveOptions(),
    onIdle: (@Sendable (Store) -> Void)? = nil
  ) throws(StoreError) -> LiveStore {
    let mailbox = Mailbox<LiveMessage>()
    let opened = BoundedQueue<Result<(LiveBoard, OpeningReport), StoreError>>(capacity: 1)
    let ending = BoundedQueue<StoreError?>(capacity: 1)
    let environment = options.environment
    let thread = WorkerThread {
      let writer: LiveWriter
      do throws(StoreError) {
        let store = try Store.open(at: path, options: options)
        let board = LiveBoard(store.parseBasis(after: nil), durable: store.lastSequence)
        writer = LiveWriter(store, mailbox, board, live, environment, onIdle: onIdle)
        _ = opened.push(.success((board, store.opening)))
      } catch {
        _ = opened.push(.failure(error))
        return
      }
      do throws(StoreError) {
        try writer.run()
        _ = ending.push(nil)
      } catch {
        _ = ending.push(error)
      }
    }
    guard thread != nil else {
      throw StoreError(.io(0), "no thread could be started; close other programs and try again")
    }
    guard let result = opened.pop() else { preconditionFailure("nobody closes the queue") }
    let (board, opening) = try result.get()
    return LiveStore(path, opening, live, environment, board, mailbox, ending)
  }

  private init(
    _ path: String, _ opening: OpeningReport, _ options: LiveOptions, _ environment: Environment,
    _ board: LiveBoard, _ mailbox: Mailbox<LiveMessage>, _ ending: BoundedQueue<StoreError?>
  ) {
    self.path = path
    self.opening = opening
    self.options = options
    self.environment = environment
    self.board = board
    self.mailbox = mailbox
    self.ending = ending
  }

  /// Commits what has come, takes nothing more, closes the store and waits until that is done.
  ///
  /// To be called exactly once; blocks.
  public func close() throws(StoreError) {
    // In one step: what came after the last message would never be answered.
    mailbox.close(with: .close)
    if let error = ending.pop() ?? nil { throw error }
  }

  // MARK: Events

  /// Takes in the events of a body, which is one input, and returns once they are durable.
  ///
  /// - Parameters:
  ///   - source: The source's number.
  ///   - room: What was taken of the room for input while the body arrived; nil to take it now.
  /// - Throws: `.format` and `.malformed` for a body that cannot be read, `.tooManyEvents`, `.overloaded`, `.draining`,
  ///   or the store's error; what was not acknowledged can be sent again.
  public func collect(
    _ body: [UInt8], from source: SourceID, wantsVerdicts: Bool = false, in room: InputRoom? = nil
  ) async throws(LiveError) -> LiveOutcome {
    let room = room ?? makeRoom(for: source)
    defer { room.leave() }
    try room.take(upTo: body.count)
    while true {
      let basis = board.basis
      let batch = try parsers.with(basis, source: source) { (parser) throws(LiveError) in
        try parse(body, parser)
      }
      if let problem = batch.problemOfAll { throw .malformed(problem) }
      guard batch.rows.count <= options.eventsPerRequestMax else {
        throw .tooManyEvents(options.eventsPerRequestMax)
      }
      if let outcome = try await submit(batch, basis, source, wantsVerdicts) { return outcome }
    }
  }

  private func parse(_ body: [UInt8], _ parser: EventParser) throws(LiveError) -> EventBatch {
    if let refusal = InputProbe(Array(body.prefix(512))).refusalAsJSON() { throw .format(refusal) }
    let reader = JSONReader(BodyBytes(body), parser: parser, bodyBytes: body.count)
    var batch = EventBatch(forBytes: body.count)
    do throws(JSONInputStopped) {
      while try reader.parse(into: &batch) {}
    } catch {
      preconditionFailure("a body in memory can be read to its end")
    }
    return batch
  }

  /// Takes in a part of an input of lines, parsed.
  func take(
    _ batch: EventBatch, _ byteCount: Int, _ basis: ParseBasis, _ source: SourceID
  ) async throws(LiveError) -> LiveOutcome {
    let room = makeRoom(for: source)
    defer { room.leave() }
    try room.take(upTo: byteCount)
    guard let outcome = try await submit(batch, basis, source, false) else {
      throw .store(
        StoreError(
          .outOfOrder,
          "the store's identity rules have changed while the lines arrived; send them again"))
    }
    return outcome
  }

  /// Hands parsed events to the thread that writes; nil if they have to be parsed again.
  private func submit(
    _ batch: EventBatch, _ basis: ParseBasis, _ source: SourceID, _ wantsVerdicts: Bool
  ) async throws(LiveError) -> LiveOutcome? {
    var matches = EventMatches(plan: basis.plan)
    matches.add(batch.rows.indices, of: batch)
    let result: Result<LiveOutcome, LiveFailure>? = await withCheckedContinuation { continuation in
      let input = LiveInput(
        source: source, batch: batch, matches: matches, generation: basis.generation,
        wantsVerdicts: wantsVerdicts
      ) { continuation.resume(returning: $0) }
      if !mailbox.post(.input(input)) { continuation.resume(returning: nil) }
    }
    switch result {
    case .success(let outcome): return outcome
    case .failure(.stale): return nil
    case .failure(.store(let error)): throw .store(error)
    case nil: throw .draining
    }
  }

  /// Hands parsed events to the thread that writes; false once the store is being closed.
  func post(_ input: LiveInput) -> Bool { mailbox.post(.input(input)) }

  /// Hands records to the thread that writes; false once the store is being closed.
  func post(_ append: LiveAppend) -> Bool { mailbox.post(.append(append)) }

  /// Asks the thread that writes for a view; false once the store is being closed.
  func postView(_ reply: @escaping @Sendable (Result<Snapshot, StoreError>) -> Void) -> Bool {
    mailbox.post(.view(reply))
  }

  // MARK: Reading

  /// The state as of the last commit, which has everything that was acknowledged before the call.
  ///
  /// An erasure waits up to a minute for snapshots of before: see `Snapshot.isAwaited`.
  ///
  /// - Complexity: O(1) while there are readers; the first one waits for the commit in hand.
  public func snapshot() async throws(LiveError) -> Snapshot {
    if let current = board.current() { return current }
    let result: Result<Snapshot, StoreError>? = await withCheckedContinuation { continuation in
      let isTaken = mailbox.post(.view { continuation.resume(returning: $0) })
      if !isTaken { continuation.resume(returning: nil) }
    }
    guard let result else { throw .draining }
    do { return try result.get() } catch { throw .store(error) }
  }

  /// As `snapshot`, with the present as the instant that it answers for.
  package func presentSnapshot() async throws(LiveError) -> Snapshot {
    Snapshot(askedNow: try await snapshot())
  }

  /// The instant that readers answer for: the present, or the logical now if that is later.
  public func readingInstant(_ snapshot: Snapshot) -> Timestamp {
    Snapshot.readingInstant(snapshot.scalars, environment)
  }

  /// Waits until a record after `sequence` has been acknowledged.
  ///
  /// - Parameter limit: How long to wait at most.
  /// - Returns: False if the time is over, the task was cancelled, or the store is being closed.
  public func changed(after sequence: SequenceNumber, within limit: Duration) async -> Bool {
    await withTaskGroup(of: Bool.self) { group in
      group.addTask { await self.board.changed(after: sequence) }
      group.addTask {
        try? await Task.sleep(for: limit)
        return false
      }
      let isChanged = await group.next() ?? false
      group.cancelAll()
      return isChanged
    }
  }

  // MARK: Other work

  /// Runs `body` on the thread that writes, between two commits.
  ///
  /// When this returns, everybody sees what `body` has changed: questions, keys, and the rules to parse by.
  /// Collecting waits meanwhile.
  public func withStore<R: Sendable>(
    _ body: @escaping @Sendable (Store) throws(StoreError) -> R
  ) async throws(LiveError) -> R {
    let result: Result<R, StoreError>? = await withCheckedContinuation { continuation in
      let isTaken = mailbox.post(
        .work { store in
          let result: Result<R, StoreError>
          do throws(StoreError) { result = .success(try body(store)) } catch {
            result = .failure(error)
          }
          return { continuation.resume(returning: result) }
        })
      if !isTaken { continuation.resume(returning: nil) }
    }
    guard let result else { throw .draining }
    do { return try result.get() } catch { throw .store(error) }
  }
}
