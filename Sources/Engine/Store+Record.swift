// How an input becomes a record: reserved, begun, folded, ended and committed, in this order and nowhere else.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension Store {
  /// Takes in one input, which is durable when this returns.
  ///
  /// - Parameters:
  ///   - instant: Its receipt; the logical now unless given.
  ///   - source: Where it comes from; nowhere unless given.
  ///   - context: What the fold needs; the log as it is unless given.
  ///   - endsState: Whether the state is made again after it, so that none is to be checkpointed.
  /// - Returns: Its record.
  /// - Throws: As `commit`; the state is then that of the last commit.
  @discardableResult
  package func record(
    _ input: borrowing Input, receivedAt instant: Timestamp? = nil,
    source: SourceID = SourceID(0), in context: FoldContext? = nil, endsState: Bool = false
  ) throws(StoreError) -> SequenceNumber {
    let payload = input.encode()
    return try transaction { () throws(StoreError) in
      try prepare(for: payload.count)
      let sequence = try append(
        input, payload, receivedAt: instant ?? logicalNow, source: source,
        in: context ?? FoldContext(log: directory.log.view()))
      if endsState { try commitWithoutCheckpoint() } else { try commit() }
      return sequence
    }
  }

  /// Appends an input to the batch in hand, which the caller has reserved space for and commits.
  ///
  /// - Returns: Its record.
  @discardableResult
  func append(
    _ input: borrowing Input, receivedAt instant: Timestamp, source: SourceID = SourceID(0),
    in context: FoldContext
  ) throws(StoreError) -> SequenceNumber {
    try append(input, input.encode(), receivedAt: instant, source: source, in: context)
  }

  private func append(
    _ input: borrowing Input, _ payload: [UInt8], receivedAt instant: Timestamp,
    source: SourceID, in context: FoldContext
  ) throws(StoreError) -> SequenceNumber {
    let place = try begin(
      input.kind, payload.span.bytes, draftCount: 0, receivedAt: instant, source: source)
    try fold.apply(input, at: place, in: context)
    end()
    return place.sequence
  }

  /// As `append` for an event that has been read already; nothing of it is copied on the way.
  ///
  /// - Parameters:
  ///   - draftAndPayload: The draft of the packed event, of `draftCount` bytes, and the payload.
  ///   - matches: As for `Fold.applyEvent`.
  ///   - clock: The time that it counts from if it is received at `instant`.
  func appendEvent(
    _ draftAndPayload: RawSpan, draftCount: Int, bringing matches: ArraySlice<CellInsertion>,
    identifiers: borrowing IncomingIdentifiers, messageHash: Hash128, _ clock: EventClock,
    receivedAt instant: Timestamp, source: SourceID
  ) throws(StoreError) -> SequenceNumber {
    // It stays for as long as records are folded by it.
    let fold = Uncounted(self.fold)
    let place = try begin(
      .event, draftAndPayload, draftCount: draftCount, receivedAt: instant, source: source)
    let hasOriginal = EventHeader.hasOriginal(
      draftAndPayload.extracting(draftCount..<draftAndPayload.byteCount))
    try fold.with { (fold) throws(StoreError) in
      try fold.applyEvent(
        bringing: matches, identifiers: identifiers, messageHash: messageHash, at: place.sequence,
        clock, hasOriginal: hasOriginal)
    }
    end()
    return place.sequence
  }

  /// Begins a record: fires due timers, then opens the record with its payload.
  ///
  /// Where very many timers are due, ticks that hold their changes come before it, and are committed
  /// on the way when they are large: a tick is an input of its own.
  private func begin(
    _ kind: RecordKind, _ draftAndPayload: RawSpan, draftCount: Int,
    receivedAt instant: Timestamp, source: SourceID
  ) throws(StoreError) -> RecordPlace {
    if !condition.isAhead { condition = .ahead }
    while true {
      let place = RecordPlace(
        sequence: batch.nextSequence, receivedAt: instant, source: source)
      let isBegun = try Uncounted(fold).with { (fold) throws(StoreError) in
        try fold.begin(at: place)
      }
      if isBegun {
        batch.begin(
          kind: kind.rawValue, receivedAt: instant, source: source,
          draftAndPayload: draftAndPayload, draftCount: draftCount)
        return place
      }
      let empty: [UInt8] = []
      batch.begin(
        kind: RecordKind.tick.rawValue, receivedAt: logicalNow, source: SourceID(0),
        payload: empty.span.bytes)
      end()
      if batch.byteCount > options.batchBytesMax, try !fold.hasTimersDueNow {
        try commit()
        condition = .ahead
      }
    }
  }

  /// Ends the record in hand by filing the decisions taken on it.
  private func end() {
    let decisions = fold.decisions.bytes
    batch.decide(decisions.span.bytes)
  }

  /// The instant at which a decision of people is received that was taken at `wall` by the machine's clock.
  ///
  /// On a store that lives by the machine's clock and has seen events that instant counts; an empty store, or one
  /// whose time follows its events, stays where it is, free to take in the past.
  package func decisionInstant(_ wall: Timestamp) -> Timestamp {
    let scalars = fold.state.scalars
    let livesByClock = scalars.clock == .system && scalars.eventCount > 0
    return livesByClock ? max(wall, logicalNow) : logicalNow
  }
}
