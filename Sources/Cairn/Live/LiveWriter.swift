// The thread that writes to a live store: takes what has come, folds it, and commits it together. While a batch is
// being synced the next one is folded.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// What is asked of the thread that writes.
enum LiveMessage: Sendable {
  /// Events.
  case input(LiveInput)
  /// Work on the store between two commits; everything before it is durable by then. What it returns is called once
  /// all that it has changed is published.
  case work(@Sendable (Store) -> @Sendable () -> Void)
  /// Records that share the next commit with events.
  case append(LiveAppend)
  /// A view of the state, which has everything that was acknowledged before it was asked for.
  case view(@Sendable (Result<Snapshot, StoreError>) -> Void)
  /// A commit has been written.
  case written
  /// The store is to be closed.
  case close
}

/// Owns the store of a live store, on the thread that writes.
///
/// Not `Sendable`: everything in it happens on that thread.
final class LiveWriter {
  /// An input whose verdicts are awaited.
  private struct OpenInput {
    let input: LiveInput
    var remaining: Int
    var outcome = LiveOutcome()
  }

  private let store: Store
  private let mailbox: Mailbox<LiveMessage>
  private let board: LiveBoard
  private let options: LiveOptions
  private let environment: Environment
  /// Called between commits, when there is time: delivers to destinations.
  private let onIdle: (@Sendable (Store) -> Void)?
  /// What has come and has not been taken yet, newest first.
  private var inbox: [LiveMessage] = []
  private var session: IngestSession?
  /// Inputs in the order of their verdicts.
  private var open: [OpenInput] = []
  private var firstOpen = 0
  /// Views of batches that are not durable yet, oldest first.
  private var sealed: [Snapshot] = []
  /// What was appended, by its last record.
  private var appended: [(last: SequenceNumber, reply: @Sendable (StoreError?) -> Void)] = []
  private var viewers: [@Sendable (Result<Snapshot, StoreError>) -> Void] = []
  private var isClosing = false
  private var statistics = LiveStatistics()
  /// The commits that are being written: their last records, and when they began.
  private var commits: [(last: SequenceNumber, began: ContinuousClock.Instant)] = []
  /// The last record after which there was time for `onIdle`, and when that was.
  private var idleAt = SequenceNumber(0)
  private var restedAt = Timestamp.earliest
  /// The last record that those who watch know of.
  private var reportedSequence = SequenceNumber(0)
  /// How many definitions had been applied when the rules to parse by were published.
  private var definitionsCount: Int

  init(
    _ store: Store, _ mailbox: Mailbox<LiveMessage>, _ board: LiveBoard, _ options: LiveOptions,
    _ environment: Environment, onIdle: (@Sendable (Store) -> Void)?
  ) {
    self.store = store
    self.mailbox = mailbox
    self.board = board
    self.options = options
    self.environment = environment
    self.onIdle = onIdle
    definitionsCount = store.definitionsCount
    store.shareWithThreads()
    store.onCommitWritten = { [mailbox] in _ = mailbox.post(.written) }
    store.onAwaitingReaders = { [unowned self] in showErased() }
    store.whileAwaitingReaders = { [unowned self] in takeInputsMeanwhile() }
  }

  /// Works until the store is to be closed, and closes it.
  func run() throws(StoreError) {
    defer {
      store.onCommitWritten = nil
      store.onAwaitingReaders = nil
      store.whileAwaitingReaders = nil
      board.end()
    }
    statistics.lastSequence = store.lastSequence
    report()
    while true {
      // Those that a wait in the midst of work has left are the oldest.
      let new = mailbox.take(within: inbox.isEmpty ? patience : Milliseconds(0))
      inbox.insert(contentsOf: new.reversed(), at: 0)
      while let message = inbox.popLast() { take(message) }
      advance()
      guard !isClosing else { break }
      publishDefinitions()
      fireTimers()
      rest()
      report()
    }
    settle()
    for viewer in viewers { viewer(.failure(Self.closed)) }
    try store.close()
  }

  static let closed = StoreError(.poisoned, "the store is being closed; open it again")

  private func take(_ message: LiveMessage) {
    switch message {
    case .input(let input): take(input)
    case .work(let work):
      settle()
      let reply = work(store)
      refresh()
      reply()
    case .append(let append): take(append)
    case .view(let reply):
      viewers.append(reply)
      if !isWaiting { showNow() }
    case .written: break
    case .close: isClosing = true
    }
  }

  // MARK: Events

  private func take(_ input: LiveInput) {
    guard input.generation == board.basis.generation else { return input.reply(.failure(.stale)) }
    guard !input.batch.rows.isEmpty else { return input.reply(.success(LiveOutcome())) }
    do throws(StoreError) {
      let session = try openSession()
      open.append(OpenInput(input: input, remaining: input.batch.rows.count))
      try session.apply(input.batch, input.matches, from: input.source)
    } catch {
      if open.isEmpty { input.reply(.failure(.store(error))) }
      fail(error)
    }
  }

  /// The session that inputs go through until the store's rules change.
  private func openSession() throws(StoreError) -> IngestSession {
    if let session { return session }
    try store.makeReady()
    let session = IngestSession(
      store: store, plan: try store.trackingPlan(), source: SourceID(0), clock: .system,
      isInput: true, batchRecords: options.batchRecords
    ) { [unowned self] in take($0) }
    session.onSeal = { [unowned self] in seal(through: $0) }
    session.onDurable = { [unowned self] in publish(through: $0) }
    self.session = session
    return session
  }

  /// Takes the next verdict, which is that of the first input that lacks one.
  private func take(_ verdict: LineVerdict) {
    guard firstOpen < open.count else { return }
    open[firstOpen].outcome.counts.count(verdict)
    note(problem: verdict.verdict, of: open[firstOpen].input.source)
    if open[firstOpen].input.wantsVerdicts { open[firstOpen].outcome.verdicts.append(verdict) }
    open[firstOpen].remaining -= 1
    guard open[firstOpen].remaining == 0 else { return }
    note(open[firstOpen].outcome.counts, of: open[firstOpen].input.source)
    open[firstOpen].input.reply(.success(open[firstOpen].outcome))
    firstOpen += 1
    guard firstOpen == open.count || firstOpen > 1024 else { return }
    open.removeFirst(firstOpen)
    firstOpen = 0
  }

  /// Gives up everything that has no verdict yet; the state is that of the last commit.
  private func fail(_ error: StoreError) {
    session?.conclude()
    session = nil
    sealed.removeAll()
    commits.removeAll()
    let failed = open[firstOpen...]
    open = []
    firstOpen = 0
    for entry in failed { entry.input.reply(.failure(.store(error))) }
    let lost = appended
    appended = []
    for entry in lost { entry.reply(error) }
  }

  /// Takes records into the batch in hand; their reply comes with the commit.
  private func take(_ append: LiveAppend) {
    do throws(StoreError) {
      let last = try openSession().append(append.body)
      guard last > store.lastSequence else { return append.reply(nil) }
      appended.append((last, append.reply))
    } catch {
      append.reply(error)
      fail(error)
    }
  }

  // MARK: Commits

  /// Whether anything has no verdict yet.
  private var isWaiting: Bool { session?.isWaiting ?? false }

  /// Begins the next commit once the one before is written.
  private func advance() {
    do throws(StoreError) {
      // Twice where nothing is to be written, as for duplicates.
      while let session, session.isWaiting, !store.isCommitting { try session.advance() }
    } catch {
      fail(error)
    }
    if !isWaiting, !viewers.isEmpty { showNow() }
  }

  /// Commits everything in hand and waits for it.
  private func settle() {
    guard let session else { return }
    do throws(StoreError) { try session.finish() } catch { fail(error) }
  }

  /// After work on the store: what it may have changed is published.
  private func refresh() {
    session = nil
    board.forget()
    board.publish(durable: store.lastSequence, nil)
    board.basis = store.parseBasis(after: board.basis)
    if !viewers.isEmpty { showNow() }
  }

  // MARK: Readers

  /// The state is that of a batch that is about to be committed.
  private func seal(through last: SequenceNumber) {
    commits.append((last, .now))
    guard !viewers.isEmpty || board.takeInterest() else { return }
    sealed.append(store.earlySnapshot(through: last))
  }

  /// Records are durable: the state as of the last of them may be shown.
  private func publish(through last: SequenceNumber) {
    noteCommits(through: last)
    var newest: Snapshot?
    while let first = sealed.first, first.lastSequence <= last {
      newest = first
      sealed.removeFirst()
    }
    let shown = newest.map { Snapshot($0, durableIn: store.durableLog) }
    board.publish(durable: last, shown)
    while let first = appended.first, first.last <= last {
      appended.removeFirst()
      first.reply(nil)
    }
    guard let shown else { return }
    for viewer in viewers { viewer(.success(shown)) }
    viewers.removeAll()
  }

  /// Shows the state to those who wait for it; nothing is in hand.
  private func showNow() {
    let result: Result<Snapshot, StoreError>
    do throws(StoreError) {
      let snapshot = try store.snapshot()
      board.publish(durable: snapshot.lastSequence, snapshot)
      result = .success(snapshot)
    } catch {
      result = .failure(error)
    }
    for viewer in viewers { viewer(result) }
    viewers.removeAll()
  }

  /// An erasure waits for those who read files that it has replaced: from now on readers find the state without the
  /// erased people, and what was published before is let go of.
  private func showErased() {
    sealed.removeAll()
    refresh()
    guard let snapshot = try? store.snapshot() else { return board.forget() }
    board.publish(durable: snapshot.lastSequence, snapshot)
  }

  /// While an erasure waits for readers: takes in events and makes them durable, fires timers and answers questions.
  ///
  /// Other work comes after the erasure.
  private func takeInputsMeanwhile() {
    inbox.insert(contentsOf: mailbox.take(within: Milliseconds(0)).reversed(), at: 0)
    var others: [LiveMessage] = []
    while let message = inbox.popLast() {
      switch message {
      case .input, .view, .written: take(message)
      case .work, .append, .close: others.append(message)
      }
    }
    inbox = others.reversed()
    settle()
    if !viewers.isEmpty { showNow() }
    fireTimers()
    report()
  }

  // MARK: Time

  /// How often the clock is looked at while a timer waits, since it may be set.
  private static let watchMax = Milliseconds(1000)
  /// How often definitions that are being applied are looked at.
  private static let applyingInterval = Milliseconds(20)
  /// The least time between two passes over the destinations, and the longest that one is put off under load.
  private static let restInterval = Milliseconds(200)
  private static let restDelayMax = Milliseconds(1000)

  /// How long to wait for messages: until there is something to do without one; nil for as long as it takes.
  private var patience: Milliseconds? {
    // The end of the commit on its way is a message.
    guard !isWaiting else { return nil }
    let now = environment.now()
    var wait: Int64?
    if let due = try? store.nextTimerDue {
      wait = min(due.milliseconds - now.milliseconds, Self.watchMax.value)
    }
    if isRestPending {
      let due = restedAt.milliseconds + Self.restInterval.value - now.milliseconds
      wait = min(wait ?? .max, due)
    }
    if store.isApplying { wait = min(wait ?? .max, Self.applyingInterval.value) }
    return wait.map { Milliseconds(max($0, 0)) }
  }

  /// Fires the timers that are due, if nothing else moves time: a tick is recorded only when one is.
  private func fireTimers() {
    guard !isWaiting, store.failure == nil else { return }
    let now = environment.now()
    do throws(StoreError) {
      guard let due = try store.nextTimerDue, due <= now, now > store.logicalNow else { return }
      try store.followClock()
      _ = try store.tick(to: now)
      statistics.ticks += 1
      board.publish(durable: store.lastSequence, nil)
    } catch {
      // The store has gone back to the last commit; the timers are due again with the next message.
    }
  }

  /// Publishes definitions whose history has been read, and what they change for those who parse.
  private func publishDefinitions() {
    if store.isApplying, !isWaiting {
      store.publishFinishedBackfill()
      board.publish(durable: store.lastSequence, nil)
    }
    // They may also have been published with a commit.
    guard store.definitionsCount != definitionsCount else { return }
    definitionsCount = store.definitionsCount
    board.basis = store.parseBasis(after: board.basis)
  }

  /// Whether there are records that the destinations have not been looked at for.
  private var isRestPending: Bool { onIdle != nil && store.lastSequence > idleAt }

  /// Does what there is time for between commits, and now and then without.
  private func rest() {
    guard let onIdle, isRestPending, store.failure == nil else { return }
    let waited = environment.now().milliseconds - restedAt.milliseconds
    guard waited >= (isWaiting ? Self.restDelayMax : Self.restInterval).value || waited < 0 else {
      return
    }
    if isWaiting { settle() }
    onIdle(store)
    idleAt = store.lastSequence
    restedAt = environment.now()
    board.publish(durable: idleAt, nil)
  }

  // MARK: Statistics

  /// Sources beyond this many are counted together, so that nobody can make the list long.
  private static let sourcesMax = 100

  private func note(_ counts: VerdictCounts, of source: SourceID) {
    let name = name(of: source)
    for (verdict, stage, count) in [
      ("accepted", "commit", counts.accepted), ("duplicate", "duplicates", counts.duplicates),
      ("conflict", "duplicates", counts.conflicts),
    ] where count > 0 {
      statistics.events[.init(source: name, verdict: verdict, stage: stage), default: 0] += count
    }
  }

  private func note(problem verdict: Verdict, of source: SourceID) {
    switch verdict {
    case .accepted, .duplicate: break
    case .quarantined(_, let problem), .rejected(let problem):
      let key = LiveStatistics.EventKey(
        source: name(of: source), verdict: verdict.name, stage: problem.code.stage,
        reason: problem.name)
      statistics.events[key, default: 0] += 1
    }
  }

  private func name(of source: SourceID) -> String {
    let isNamed = source.value <= Self.sourcesMax
    return isNamed ? store.sources.first { $0.id == source }?.name ?? "other" : "other"
  }

  private func noteCommits(through last: SequenceNumber) {
    while let first = commits.first, first.last <= last {
      let time = ContinuousClock.now - first.began
      let (seconds, attoseconds) = time.components
      statistics.commitSeconds.observe(Double(seconds) + Double(attoseconds) / 1e18)
      let before = min(statistics.lastSequence, first.last)
      statistics.commitRecords.observe(Double(first.last.value - before.value))
      statistics.lastSequence = first.last
      commits.removeFirst()
    }
  }

  /// Publishes how the store is.
  private func report() {
    if !isWaiting { statistics.lastSequence = store.lastSequence }
    statistics.checkpointSequence = store.checkpointSequence
    statistics.logicalNow = store.logicalNow
    statistics.nextTimerDue = try? store.nextTimerDue
    statistics.profileCount = store.profileCount
    statistics.identifierCount = store.identifierCount
    statistics.failure = store.writingFailure
    statistics.webhookCount = store.webhookCount
    board.statistics = statistics
    guard statistics.lastSequence > reportedSequence else { return }
    reportedSequence = statistics.lastSequence
    board.callWatcher()
  }
}
