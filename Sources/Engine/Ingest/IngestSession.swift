// One input on its way into the log: parsed lines become records, records become batches, and each
// line gets its verdict once its batch is durable.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// Applies parsed lines to a store, committing every `batchRecords` records.
package final class IngestSession {
  private let store: Store
  @exclusivity(unchecked) private var source: SourceID
  private let clock: IngestClock
  /// Whether this is an input of its own, whose clock moves the store's time from its first record on.
  private let isInput: Bool
  /// What moved the store's time before, if that was another clock and there were events.
  package private(set) var formerClock: IngestClock?
  private let batchRecords: Int
  private let onVerdict: ((LineVerdict) -> Void)?
  @exclusivity(unchecked) package private(set) var counts = VerdictCounts()
  /// The times of the events whose verdicts have been handed out.
  @exclusivity(unchecked) package private(set) var times = TimeCounts()

  /// Called when the state is that of a batch that is about to be committed, with its last record.
  package var onSeal: ((SequenceNumber) -> Void)?
  /// Called when records are durable, with the last of them, before their verdicts are handed out.
  package var onDurable: ((SequenceNumber) -> Void)?

  /// The verdicts of lines in the batch in hand.
  @exclusivity(unchecked) private var pending = PendingVerdicts()
  /// Those of lines in the commit that is on its way, which holds the records up to `committingThrough`.
  @exclusivity(unchecked) private var committing = PendingVerdicts()
  private var committingThrough = SequenceNumber(0)
  @exclusivity(unchecked) private var identifiers = IncomingIdentifiers()
  /// What the fold needs for lines of the quarantine, which are in the log already.
  private let context: FoldContext
  @exclusivity(unchecked) private var messageKeys: [TableKey] = []
  @exclusivity(unchecked) private var identifierKeys = PrefetchKeys()
  private let admission: Admission
  /// The time of the event that was accepted last, until its verdict is made.
  @exclusivity(unchecked) private var acceptedClock: (clock: EventClock, isOutOfOrder: Bool)?

  /// - Parameters:
  ///   - plan: The store's tracking plan; nil if it has none.
  ///   - onVerdict: Called for each line in order, after its commit; nil if nobody wants to know.
  package init(
    store: Store, plan: TrackingPlan?, source: SourceID, clock: IngestClock, isInput: Bool,
    batchRecords: Int, onVerdict: ((LineVerdict) -> Void)?
  ) {
    self.store = store
    self.source = source
    self.clock = clock
    self.isInput = isInput
    self.batchRecords = batchRecords
    self.onVerdict = onVerdict
    context = FoldContext(log: store.directory.log.view())
    admission = Admission(store, plan: plan, duplicates: DuplicateCheck(store: store))
  }

  /// Applies a batch of parsed lines of another source than those before.
  ///
  /// Errors: as below.
  package func apply(
    _ parsed: borrowing EventBatch, _ matches: EventMatches, from source: SourceID
  ) throws(StoreError) {
    self.source = source
    try apply(parsed, matches)
  }

  /// Applies a batch of parsed lines.
  ///
  /// Where batches end never changes an answer.
  ///
  /// - Throws: the store's errors; the state is then that of the last commit, and lines without a
  ///   verdict can be given again.
  package func apply(_ parsed: borrowing EventBatch, _ matches: EventMatches) throws(StoreError) {
    let readAt = store.options.environment.now()
    var matches = matches.matching(store.fold.plan, parsed)
    try store.transaction { () throws(StoreError) in
      try reserve(for: parsed.rows[...], of: parsed)
      try takeInHand(parsed)
      defer { store.symbolsInHand = [] }
      for index in parsed.rows.indices {
        if index.isMultiple(of: Self.lookAhead) { prefetch(parsed, from: index) }
        let row = parsed.rows[index]
        if !matches.rows.contains(index) { matches.move(to: index, of: parsed) }
        let ruling = try admission.judge(row, at: index, of: parsed, from: source, clock)
        let verdict = try apply(
          ruling, on: row, of: parsed, matches[index],
          receivedAt: receivedAt(row, readAt))
        append(verdict, of: row)
        guard isFull else { continue }
        try turnOver()
        // Definitions may have been published with it.
        matches = matches.matching(store.fold.plan, parsed)
        try reserve(for: parsed.rows[(index + 1)...], of: parsed)
      }
    }
  }

  /// Keeps the verdict of the row in hand until it is durable.
  private func append(_ verdict: Verdict, of row: EventRow) {
    if case .accepted(let sequence) = verdict, let (clock, isOutOfOrder) = acceptedClock,
      admission.hasNothingToSay
    {
      pending.append(row, accepted: sequence, clock, isOutOfOrder: isOutOfOrder)
      acceptedClock = nil
      return
    }
    var line = LineVerdict(
      line: row.line, offset: row.offset, item: row.item, verdict: verdict,
      detail: admission.remarks.detail, isWithoutErased: admission.remarks.isWithoutErased)
    if let (clock, isOutOfOrder) = acceptedClock {
      line.clock = clock
      line.omitted = admission.remarks.omitted
      line.isOutOfOrder = isOutOfOrder
      acceptedClock = nil
    }
    pending.append(line)
  }

  /// Whether what is in hand should be committed: by its records, or because memory is not to grow
  /// with lines that are large or leave no record.
  ///
  /// A few bytes of input can change much of the state, which is in memory until a checkpoint: it counts too, so
  /// that the checkpoint comes in time. What one is writing already is not waited for.
  private var isFull: Bool {
    let count = store.batch.count
    return count >= batchRecords || store.batch.byteCount >= store.options.batchBytesMax
      || pending.count >= Self.pendingMax
      || count & (Self.memoryInterval - 1) == 0 && count > 0 && store.isMemoryFull
  }

  /// How many records come between two looks at the memory in use; a power of two.
  private static let memoryInterval = 64

  private static let pendingMax = 65_536

  /// Begins to commit what is in hand and goes on; the verdicts of the commit before are handed out.
  private func turnOver() throws(StoreError) {
    // Definitions are published between commits.
    guard !store.hasNewsOfBackfill else { return try finish() }
    let last = lastInHand
    onSeal?(last)
    try store.transaction { () throws(StoreError) in
      try store.beginCommit()
      try store.advanceCheckpoint()
    }
    handOut()
    swap(&pending, &committing)
    committingThrough = last
  }

  /// Whether there is anything that has no verdict yet, or is not durable.
  package var isWaiting: Bool {
    pending.count > 0 || committing.count > 0 || store.batch.count > 0
      || store.commitInFlight != nil
  }

  /// Appends records that have no verdict to the batch in hand, which they are committed with.
  ///
  /// - Parameter body: Appends them.
  /// - Returns: The last record in hand.
  /// - Throws: What `body` throws, or the store's errors; the state is then that of the last commit.
  package func append(
    _ body: (Store) throws(StoreError) -> Void
  ) throws(StoreError) -> SequenceNumber {
    try store.transaction { () throws(StoreError) in
      try store.prepare(for: store.batch.byteCount + Self.appendedBytesMax)
      try body(store)
    }
    return lastInHand
  }

  /// What is reserved for records that are appended; what they take beyond it is reserved at the commit.
  private static let appendedBytesMax = 1 << 20

  /// Hands out the verdicts of the commit on its way, for which it waits, and begins to commit what is in hand.
  package func advance() throws(StoreError) {
    if store.commitInFlight != nil || committing.count > 0 {
      try store.transaction { () throws(StoreError) in
        try store.finishCommit()
        // With records in hand the state is ahead of what is durable; their commit comes first.
        if store.batch.count == 0 { try store.advanceCheckpoint() }
      }
      handOut()
    }
    guard store.batch.count > 0 || pending.count > 0 else { return }
    try turnOver()
  }

  /// Commits what is in hand and hands out all verdicts.
  package func finish() throws(StoreError) {
    try store.transaction { () throws(StoreError) in try store.finishCommit() }
    handOut()
    committingThrough = lastInHand
    onSeal?(committingThrough)
    try store.transaction { () throws(StoreError) in try store.commit() }
    swap(&pending, &committing)
    handOut()
    store.publishFinishedBackfill()
  }

  /// After a failure: hands out the verdicts of the commit on its way if it became durable all the same.
  package func conclude() {
    if store.lastSequence >= committingThrough { handOut() }
  }

  /// The last record of the batch in hand, or that before it if it is empty.
  private var lastInHand: SequenceNumber {
    SequenceNumber(store.batch.nextSequence.value - 1)
  }

  /// Hands out the verdicts of what is durable now.
  private func handOut() {
    onDurable?(committingThrough)
    committing.handOut(&counts, &times, to: onVerdict)
  }

  /// How many rows' lookups are fetched together.
  private static let lookAhead = 128

  /// Gathers the cache misses of the next rows, which cost a tenth of what they would one by one.
  private func prefetch(_ parsed: borrowing EventBatch, from start: Int) {
    messageKeys.removeAll(keepingCapacity: true)
    identifierKeys.identifiers.removeAll(keepingCapacity: true)
    for row in start..<min(start + Self.lookAhead, parsed.rows.count) {
      messageKeys.append(TableKey(message: parsed.rows[row].messageHash))
      for index in parsed.rows[row].identifiers {
        identifierKeys.identifiers.append(TableKey(parsed.identifiers[index].hash))
      }
    }
    store.fold.state.messages.prefetch(messageKeys)
    store.fold.state.profiles.prefetch(&identifierKeys)
    store.fold.state.memberships.prefetch(identifierKeys.profiles)
  }

  /// Makes sure there is space before anything is taken in.
  ///
  /// Decisions are small compared with events; what they need beyond this estimate is reserved at the
  /// commit.
  private func reserve(
    for rows: ArraySlice<EventRow>, of parsed: borrowing EventBatch
  ) throws(StoreError) {
    guard let first = rows.first, let last = rows.last else { return }
    let payloads = max(last.payload.upperBound - first.payload.lowerBound, 0)
    reserveBatch(records: rows.count, payloads)
    try store.prepare(
      for: store.batch.byteCount + min(payloads, 2 * store.options.batchBytesMax) + rows.count * 96)
  }

  /// Makes room in an empty batch for as many records as it will take, if the lines that follow are like these.
  private func reserveBatch(records: Int, _ byteCount: Int) {
    guard store.batch.count == 0 else { return }
    let expected = min(batchRecords, Self.batchesExpected * records)
    let byteCount = min(
      expected * (byteCount / records + Self.decisionsExpected), 2 * store.options.batchBytesMax)
    store.batch.reserve(records: expected, byteCount: byteCount)
  }

  /// How many batches of lines a commit consists of, at most, as far as memory is concerned.
  private static let batchesExpected = 8
  /// How many bytes of decisions come with a record, about.
  private static let decisionsExpected = 32

  /// Has the names that a batch uses go into the log with its records; where some rows name the erased, each
  /// record brings its own, so that none gets in that only those use.
  private func takeInHand(_ parsed: borrowing EventBatch) throws(StoreError) {
    try admission.takeInHand(parsed)
    store.symbolsInHand = admission.isAnyoneErased ? [] : parsed.symbols
    for symbol in store.symbolsInHand { store.batch.use(symbol) }
  }

  /// Applies the decision to a row.
  private func apply(
    _ ruling: Admission.Ruling, on row: EventRow, of parsed: borrowing EventBatch,
    _ matches: ArraySlice<CellInsertion>, receivedAt: Timestamp
  ) throws(StoreError) -> Verdict {
    switch ruling {
    case .refused(let verdict): return verdict
    case .event: return .accepted(try accept(row, of: parsed, matches, receivedAt: receivedAt))
    case .replaced(let gate):
      let replaced = gate.replaced
      return .accepted(
        try accept(
          replaced.rows[0], of: replaced, self.matches(of: replaced)[0], receivedAt: receivedAt))
    case .rest(let payload):
      return .accepted(try accept(payload, of: row, receivedAt: receivedAt))
    case .line(let line):
      try followClock()
      let sequence = try store.append(
        .quarantined(line), receivedAt: receivedAt, source: source, in: context)
      return .quarantined(sequence, line.problem)
    }
  }

  /// What the only row of a batch brings.
  private func matches(of parsed: borrowing EventBatch) -> EventMatches {
    var matches = EventMatches(plan: store.fold.plan)
    matches.add(0..<1, of: parsed)
    return matches
  }

  /// Tries one quarantined line again, parsed again as the only line of a batch.
  ///
  /// Its verdict has the number of the record that keeps it in the place of a line's.
  package func redrive(
    _ parsed: borrowing EventBatch, of entry: QuarantineEntry
  ) throws(StoreError) {
    guard let row = parsed.rows.first else { return }
    source = entry.sourceID
    try store.transaction { () throws(StoreError) in
      try reserve(for: parsed.rows[...], of: parsed)
      try takeInHand(parsed)
      defer { store.symbolsInHand = [] }
      append(try redriven(row, of: parsed, entry), of: row)
      if isFull { try finish() }
    }
  }

  /// Leaves a quarantined line where it is.
  ///
  /// A row of a table, for instance: without its mapping it is not an event, whatever its text looks like.
  package func keep(_ entry: QuarantineEntry) throws(StoreError) {
    pending.append(
      LineVerdict(
        line: Int(clamping: entry.sequence.value), offset: 0,
        verdict: .quarantined(entry.sequence, entry.problem), detail: entry.detail))
    if isFull { try finish() }
  }

  private func redriven(
    _ row: EventRow, of parsed: borrowing EventBatch, _ entry: QuarantineEntry
  ) throws(StoreError) -> Verdict {
    // An import's event is received when it happened, as it would have been at first.
    let receivedAt =
      entry.clock == .events ? row.time ?? entry.receivedAt : entry.receivedAt
    let ruling = try admission.judge(
      row, at: 0, of: parsed, from: source, entry.clock, keptAs: entry.sequence)
    switch ruling {
    case .refused(.duplicate(let sequence, _)):
      try record(RedriveRecord(line: entry.sequence, duplicateOf: sequence), receivedAt)
    case .refused, .line: break
    case .event, .replaced, .rest:
      // Both in one commit: ticks, which may be committed on the way, come before the first.
      try record(RedriveRecord(line: entry.sequence), receivedAt)
    }
    return try apply(
      ruling, on: row, of: parsed, matches(of: parsed)[0], receivedAt: receivedAt)
  }

  private func record(_ redrive: RedriveRecord, _ receivedAt: Timestamp) throws(StoreError) {
    try store.append(.redrive(redrive), receivedAt: receivedAt, source: source, in: context)
  }

  private func receivedAt(_ row: EventRow, _ readAt: Timestamp) -> Timestamp {
    switch clock {
    case .system: readAt
    case .events: row.time ?? store.logicalNow
    }
  }

  private func accept(
    _ row: EventRow, of parsed: borrowing EventBatch, _ matches: ArraySlice<CellInsertion>,
    receivedAt: Timestamp
  ) throws(StoreError) -> SequenceNumber {
    identifiers.removeAll()
    for index in row.identifiers {
      let identifier = parsed.identifiers[index]
      switch identifier.role {
      case .person:
        identifiers.append(
          type: identifier.type.rawValue, hash: identifier.hash,
          value: parsed.value(of: identifier))
      case .account:
        identifiers.setAccount(hash: identifier.hash, value: parsed.value(of: identifier))
      case .former:
        identifiers.appendFormer(
          type: identifier.type.rawValue, hash: identifier.hash,
          value: parsed.value(of: identifier))
      case .blocked:
        identifiers.block(identifier.type)
      }
    }
    try followClock()
    let clock = row.clock(receivedAt: receivedAt)
    let sequence = try store.appendEvent(
      parsed.draftAndPayload(of: row), draftCount: row.draftCount, bringing: matches,
      identifiers: identifiers, messageHash: row.messageHash, clock,
      receivedAt: receivedAt, source: source)
    try noteAccepted(parsed.payload(of: row), of: row, clock)
    return sequence
  }

  /// Takes what is left of an event, read as a replay reads it.
  private func accept(
    _ payload: [UInt8], of row: EventRow, receivedAt: Timestamp
  ) throws(StoreError) -> SequenceNumber {
    let event: EventView
    do throws(DecodeError) { event = try EventView(payload.span.bytes) } catch {
      throw StoreError(error, in: "line \(row.line)")
    }
    try followClock()
    let sequence = try store.append(
      .event(event), receivedAt: receivedAt, source: source, in: context)
    try noteAccepted(event.payload, of: row, event.clock(receivedAt: receivedAt))
    return sequence
  }

  /// Takes note of the time of an event that has been appended, and of the names that it uses if the batch does
  /// not bring them.
  private func noteAccepted(
    _ payload: RawSpan, of row: EventRow, _ clock: EventClock
  ) throws(StoreError) {
    acceptedClock = (clock, Uncounted(store.fold).with { $0.isOutOfOrder(clock) })
    guard admission.isAnyoneErased else { return }
    do throws(DecodeError) {
      try EventView(payload).visitSymbols { store.batch.use($0) }
    } catch {
      throw StoreError(error, in: "line \(row.line)")
    }
  }

  /// Records before the first record of an input what moves logical time from there on.
  private func followClock() throws(StoreError) {
    let before = store.fold.state.scalars.clock
    guard isInput, before != clock else { return }
    if store.fold.state.scalars.eventCount > 0 { formerClock = before }
    try store.append(.clock(clock), receivedAt: store.logicalNow, source: source, in: context)
  }
}
