// One input on its way into the log: parsed lines become records, records become batches, and each
// line gets its verdict once its batch is durable.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// Applies parsed lines to a store, committing every `batchRecords` records.
final class IngestSession {
  private let store: Store
  private var source: SourceID
  private let clock: IngestClock
  /// Whether this is an input of its own, whose clock moves the store's time from its first record on.
  private let isInput: Bool
  /// What moved the store's time before, if that was another clock and there were events.
  private(set) var formerClock: IngestClock?
  private let batchRecords: Int
  private let onVerdict: (LineVerdict) -> Void
  private(set) var counts = VerdictCounts()
  /// The times of the events whose verdicts have been handed out.
  private(set) var times = TimeCounts()

  /// The verdicts of lines in the batch in hand.
  private var pending: [LineVerdict] = []
  /// Those of lines in the commit that is on its way, which holds the records up to `committingThrough`.
  private var committing: [LineVerdict] = []
  private var committingThrough = SequenceNumber(0)
  private var identifiers = IncomingIdentifiers()
  private var scratch = ByteWriter()
  private var messageKeys: [TableKey] = []
  private var identifierKeys = PrefetchKeys()
  private let duplicates: DuplicateCheck
  /// The rows of the batch in hand that name somebody who has been erased.
  private var erasure = ErasedRows()
  /// Whether the line in hand has lost values of somebody who has been erased.
  private var isReduced = false
  /// What the event in hand came in without.
  private var omitted: [String] = []
  /// What the problem of the line in hand is about, by name.
  private var detail = ""
  /// The time of the event that was accepted last, until its verdict is made.
  private var acceptedClock: (clock: EventClock, isOutOfOrder: Bool)?
  private let hasPlan: Bool
  private var gate: (source: SourceID, clock: IngestClock, gate: PlanGate)?

  init(
    store: Store, source: SourceID, clock: IngestClock, isInput: Bool, batchRecords: Int,
    onVerdict: @escaping (LineVerdict) -> Void
  ) {
    self.store = store
    self.source = source
    self.clock = clock
    self.isInput = isInput
    self.batchRecords = batchRecords
    self.onVerdict = onVerdict
    duplicates = DuplicateCheck(store: store)
    hasPlan = !store.fold.state.scalars.trackingPlan.isEmpty
  }

  /// Applies a batch of parsed lines.
  ///
  /// Where batches end never changes an answer.
  ///
  /// - Throws: the store's errors; the state is then that of the last commit, and lines without a
  ///   verdict can be given again.
  func apply(_ parsed: borrowing EventBatch, _ matches: EventMatches) throws(StoreError) {
    let receivedAt = store.options.environment.now()
    var matches = matches.matching(store.fold.plan, parsed)
    try store.transaction { () throws(StoreError) in
      try reserve(for: parsed.rows[...], of: parsed)
      try erasure.judge(parsed, by: store.fold)
      takeInHand(parsed)
      defer { store.symbolsInHand = [] }
      for index in parsed.rows.indices {
        if index.isMultiple(of: Self.lookAhead) { prefetch(parsed, from: index) }
        let row = parsed.rows[index]
        detail = parsed.details.isEmpty ? "" : parsed.details[index] ?? ""
        isReduced = false
        omitted = []
        let verdict = try apply(
          row, of: parsed, matches[index], erasure[index], readAt: receivedAt)
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
    var line = LineVerdict(
      line: row.line, offset: row.offset, item: row.item, verdict: verdict, detail: detail,
      isWithoutErased: isReduced)
    if let (clock, isOutOfOrder) = acceptedClock {
      line.clock = clock
      line.omitted = omitted
      line.isOutOfOrder = isOutOfOrder
      acceptedClock = nil
    }
    pending.append(line)
  }

  /// Whether what is in hand should be committed: by its records, or because memory is not to grow
  /// with lines that are large or leave no record.
  private var isFull: Bool {
    store.batch.count >= batchRecords || store.batch.byteCount >= store.options.batchBytesMax
      || pending.count >= Self.pendingMax
  }

  private static let pendingMax = 65_536

  /// Begins to commit what is in hand and goes on; the verdicts of the commit before are handed out.
  private func turnOver() throws(StoreError) {
    // Definitions are published between commits.
    guard !store.hasNewsOfBackfill else { return try finish() }
    let last = SequenceNumber(store.batch.nextSequence.value - 1)
    try store.transaction { () throws(StoreError) in
      try store.beginCommit()
      try store.advanceCheckpoint()
    }
    handOut()
    swap(&pending, &committing)
    committingThrough = last
  }

  /// Commits what is in hand and hands out all verdicts.
  func finish() throws(StoreError) {
    try store.transaction { () throws(StoreError) in try store.finishCommit() }
    handOut()
    try store.transaction { () throws(StoreError) in try store.commit() }
    swap(&pending, &committing)
    handOut()
    store.publishFinishedBackfill()
  }

  /// After a failure: hands out the verdicts of the commit on its way if it became durable all the same.
  func conclude() {
    if store.lastSequence >= committingThrough { handOut() }
  }

  /// Hands out the verdicts of what is durable now.
  private func handOut() {
    for verdict in committing {
      counts.count(verdict)
      if let clock = verdict.clock { times.count(clock, isOutOfOrder: verdict.isOutOfOrder) }
      onVerdict(verdict)
    }
    committing.removeAll(keepingCapacity: true)
  }

  /// How many rows' look-ups are fetched together.
  private static let lookAhead = 128

  /// Gathers the cache misses of the next rows, which cost a tenth of what they would one by one.
  private func prefetch(_ parsed: borrowing EventBatch, from start: Int) {
    messageKeys.removeAll(keepingCapacity: true)
    identifierKeys.identifiers.removeAll(keepingCapacity: true)
    for row in parsed.rows[start..<min(start + Self.lookAhead, parsed.rows.count)] {
      messageKeys.append(TableKey(row.messageHash))
      for identifier in parsed.identifiers[row.identifiers] {
        identifierKeys.identifiers.append(TableKey(identifier.hash))
      }
    }
    store.fold.state.messages.prefetch(messageKeys)
    store.fold.state.profiles.prefetch(&identifierKeys)
    store.fold.state.memberships.prefetch(identifierKeys.profiles)
  }

  /// Makes sure there is space before anything is taken in.
  ///
  /// Decisions are small beside events; what they need beyond this estimate is reserved at the
  /// commit.
  private func reserve(
    for rows: ArraySlice<EventRow>, of parsed: borrowing EventBatch
  ) throws(StoreError) {
    guard let first = rows.first, let last = rows.last else { return }
    let payloads = max(last.payload.upperBound - first.payload.lowerBound, 0)
    try store.prepare(
      for: store.batch.byteCount + min(payloads, 2 * store.options.batchBytesMax) + rows.count * 96)
  }

  private func apply(
    _ row: EventRow, of parsed: borrowing EventBatch, _ matches: ArraySlice<CellInsertion>,
    _ judgement: ErasureJudgement, readAt: Timestamp
  ) throws(StoreError) -> Verdict {
    switch row.outcome {
    case .rejected(let problem): return .rejected(problem)
    case .event:
      if let known = try duplicates.find(row, of: parsed, source: source) { return known }
      let receivedAt = receivedAt(row, readAt)
      // The plan first: it judged what is in the log already as it was sent.
      if let replaced = try replacement(for: row, of: parsed, clock) {
        return try admit(replaced, receivedAt: receivedAt)
      }
      return try take(row, of: parsed, matches, judgement, receivedAt: receivedAt)
    case .quarantined(let problem):
      return try keep(
        row, problem, of: parsed, judgement, receivedAt: receivedAt(row, readAt))
    }
  }

  private static let erased = Verdict.rejected(EventProblem(.erasedIdentifier, at: 0))

  /// Has the names that a batch uses go into the log with its records; where some rows name the erased, each
  /// record brings its own, so that none gets in that only those use.
  private func takeInHand(_ parsed: borrowing EventBatch) {
    store.symbolsInHand = erasure.isEmpty ? parsed.symbols : []
    for symbol in store.symbolsInHand { store.batch.use(symbol) }
  }

  /// Takes an event as far as what has been erased allows.
  private func take(
    _ row: EventRow, of parsed: borrowing EventBatch, _ matches: ArraySlice<CellInsertion>,
    _ judgement: ErasureJudgement, receivedAt: Timestamp
  ) throws(StoreError) -> Verdict {
    switch judgement {
    case .erased: return Self.erased
    case .untouched:
      return .accepted(try accept(row, of: parsed, matches, receivedAt: receivedAt))
    case .reduced(let payload):
      isReduced = true
      return .accepted(try accept(payload, of: row, receivedAt: receivedAt))
    }
  }

  /// Keeps a line aside as far as what has been erased allows.
  private func keep(
    _ row: EventRow, _ problem: EventProblem, of parsed: borrowing EventBatch,
    _ judgement: ErasureJudgement, receivedAt: Timestamp
  ) throws(StoreError) -> Verdict {
    switch judgement {
    case .erased: return Self.erased
    case .untouched:
      if let known = try duplicates.find(row, of: parsed, source: source) { return known }
      return .quarantined(
        try quarantine(row, problem, of: parsed, receivedAt: receivedAt), problem)
    case .reduced(let line):
      isReduced = true
      let problem = problem.inReducedLine
      let rest = EventBatch(
        quarantined: line.span.bytes, insteadOf: row, problem, detail: detail, source: source,
        seed: store.fold.seed)
      return try keep(rest.rows[0], problem, of: rest, .untouched, receivedAt: receivedAt)
    }
  }

  /// What the tracking plan makes of an event; nil to take it as it is.
  private func replacement(
    for row: EventRow, of parsed: borrowing EventBatch, _ clock: IngestClock
  ) throws(StoreError) -> EventBatch? {
    guard hasPlan else { return nil }
    if gate?.source != source || gate?.clock != clock {
      gate = try PlanGate(store, source: source, clock: clock).map { (source, clock, $0) }
    }
    guard let gate = gate?.gate, try gate.replaces(row, of: parsed) else { return nil }
    omitted = gate.omitted
    return gate.replaced
  }

  /// Takes what the tracking plan made of an event.
  private func admit(
    _ replaced: EventBatch, receivedAt: Timestamp
  ) throws(StoreError) -> Verdict {
    let row = replaced.rows[0]
    detail = replaced.details[0] ?? ""
    let judgement = try store.fold.judge(row, of: replaced)
    switch row.outcome {
    case .event:
      return try take(
        row, of: replaced, matches(of: replaced)[0], judgement, receivedAt: receivedAt)
    case .quarantined(let problem), .rejected(let problem):
      return try keep(row, problem, of: replaced, judgement, receivedAt: receivedAt)
    }
  }

  /// What the only row of a batch brings.
  private func matches(of parsed: borrowing EventBatch) -> EventMatches {
    var matches = EventMatches(plan: store.fold.plan)
    matches.add(parsed.rows[..<1], of: parsed)
    return matches
  }

  /// Tries one quarantined line again, parsed again as the only line of a batch.
  ///
  /// Its verdict has the number of the record that keeps it in the place of a line's.
  func redrive(
    _ parsed: borrowing EventBatch, of entry: QuarantineEntry
  ) throws(StoreError) {
    guard let row = parsed.rows.first else { return }
    source = entry.sourceID
    detail = ""
    try store.transaction { () throws(StoreError) in
      try reserve(for: parsed.rows[...], of: parsed)
      try erasure.judge(parsed, by: store.fold)
      takeInHand(parsed)
      defer { store.symbolsInHand = [] }
      isReduced = false
      omitted = []
      let verdict = try redriven(row, of: parsed, entry)
      append(verdict, of: row)
      if isFull { try finish() }
    }
  }

  /// Leaves a quarantined line where it is.
  ///
  /// A row of a table, for instance: without its mapping it is not an event, whatever its text looks like.
  func keep(_ entry: QuarantineEntry) throws(StoreError) {
    pending.append(
      LineVerdict(
        line: Int(clamping: entry.sequence.value), offset: 0,
        verdict: .quarantined(entry.sequence, entry.problem), detail: entry.detail))
    if isFull { try finish() }
  }

  private func redriven(
    _ row: EventRow, of parsed: borrowing EventBatch, _ entry: QuarantineEntry
  ) throws(StoreError) -> Verdict {
    switch row.outcome {
    case .quarantined(let problem), .rejected(let problem):
      return .quarantined(entry.sequence, problem)
    case .event: break
    }
    // An import's event is received when it happened, as it would have been at first.
    let receivedAt =
      entry.clock == .events ? row.time ?? entry.receivedAt : entry.receivedAt
    if let known = try duplicates.find(row, of: parsed, source: source) {
      if case .duplicate(let sequence, _) = known {
        try record(RedriveRecord(line: entry.sequence, duplicateOf: sequence), receivedAt)
      }
      return known
    }
    let replaced = try replacement(for: row, of: parsed, entry.clock)
    if let row = replaced?.rows.first, case .quarantined(let problem) = row.outcome {
      detail = replaced?.details[0] ?? ""
      return .quarantined(entry.sequence, problem)
    }
    let judgement =
      try replaced.map { (replaced) throws(StoreError) in
        try store.fold.judge(replaced.rows[0], of: replaced)
      } ?? erasure[0]
    guard judgement != .erased else { return Self.erased }
    // Both in one commit: ticks, which may be committed on the way, come before the first.
    try record(RedriveRecord(line: entry.sequence), receivedAt)
    if let replaced { return try admit(replaced, receivedAt: receivedAt) }
    return try take(
      row, of: parsed, matches(of: parsed)[0], judgement, receivedAt: receivedAt)
  }

  private func record(_ redrive: RedriveRecord, _ receivedAt: Timestamp) throws(StoreError) {
    let payload = redrive.encode()
    _ = try store.beginRecord(
      .redrive, receivedAt: receivedAt, source: source, payload: payload.span.bytes)
    store.fold.state.scalars.releasedCount += 1
    store.endRecord()
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
    for identifier in parsed.identifiers[row.identifiers] {
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
    return try append(parsed.payload(of: row), of: row, matches, receivedAt: receivedAt)
  }

  /// Takes what is left of an event, read as a replay reads it.
  private func accept(
    _ payload: [UInt8], of row: EventRow, receivedAt: Timestamp
  ) throws(StoreError) -> SequenceNumber {
    var matches: [CellInsertion] = []
    let event: EventView
    do throws(DecodeError) {
      event = try EventView(payload.span.bytes)
      try store.fold.readIdentifiers(of: event, into: &identifiers)
    } catch {
      throw StoreError(error, in: "line \(row.line)")
    }
    try store.fold.plan.match(event, into: &matches)
    return try append(payload.span.bytes, of: row, matches[...], receivedAt: receivedAt)
  }

  /// Appends the record of an event, whose identifiers are in `identifiers`, and folds it.
  private func append(
    _ payload: RawSpan, of row: EventRow, _ matches: ArraySlice<CellInsertion>,
    receivedAt: Timestamp
  ) throws(StoreError) -> SequenceNumber {
    try followClock()
    let sequence = try store.beginRecord(
      .event, receivedAt: receivedAt, source: source, payload: payload)
    if !erasure.isEmpty {
      do throws(DecodeError) {
        try EventView(payload).visitSymbols { store.batch.use($0) }
      } catch {
        throw StoreError(error, in: "line \(row.line)")
      }
    }
    let clock = row.clock(receivedAt: receivedAt)
    try store.fold.fold(
      matches, identifiers: identifiers, messageHash: row.messageHash, at: sequence, clock,
      hasOriginal: EventHeader.hasOriginal(payload))
    acceptedClock = (clock, store.fold.isOutOfOrder(clock))
    store.endRecord()
    return sequence
  }

  private func quarantine(
    _ row: EventRow, _ problem: EventProblem, of parsed: borrowing EventBatch,
    receivedAt: Timestamp
  ) throws(StoreError) -> SequenceNumber {
    QuarantinedLine.encode(
      problem, detail: detail, occurrence: row.occurrence, hasDerivedID: row.hasDerivedID,
      line: parsed.payload(of: row), into: &scratch)
    let payload = scratch.bytes
    try followClock()
    let sequence = try store.beginRecord(
      .quarantined, receivedAt: receivedAt, source: source, payload: payload.span.bytes)
    store.fold.foldQuarantined(
      messageHash: row.messageHash, at: EventAddress(sequence: sequence, time: receivedAt))
    store.endRecord()
    return sequence
  }

  /// Records before the first record of an input what moves logical time from there on.
  private func followClock() throws(StoreError) {
    let before = store.fold.state.scalars.clock
    guard isInput, before != clock else { return }
    if store.fold.state.scalars.eventCount > 0 { formerClock = before }
    _ = try store.beginRecord(
      .clock, receivedAt: store.logicalNow, source: source, payload: [clock.rawValue].span.bytes)
    store.fold.state.scalars.clock = clock
    store.endRecord()
  }
}
