// Records of the log, folded again: after a crash, after damage to derived files, and to verify.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// Folds records as they come from the log and compares the decisions with those recorded.
struct Replay {
  let fold: Fold
  let log: LogView
  private(set) var recordCount: UInt64 = 0
  /// Records whose decisions came out differently from those that stand beside them.
  private(set) var differingDecisions: UInt64 = 0
  private(set) var firstDifference: SequenceNumber?

  /// Bytes of the records folded.
  private(set) var byteCount = 0
  /// Whether all timers due at the logical now have fired, so that a checkpoint may stand here.
  private(set) var isSettled = true

  private let cursor = LogCursor()
  private var identifiers = IncomingIdentifiers()
  private var matches: [CellInsertion] = []

  init(fold: Fold, log: LogView) {
    self.fold = fold
    self.log = log
  }

  /// Folds the next record.
  mutating func apply(_ record: borrowing RecordView) throws(StoreError) {
    recordCount += 1
    byteCount += record.payload.byteCount + record.decisions.byteCount
    guard let kind = RecordKind(rawValue: record.kind) else {
      throw StoreError(
        .newerFormat,
        "record \(record.sequence.value) is of kind \(record.kind), which this version does not "
          + "know; open the store with the version that wrote it")
    }
    try begin(record, kind)
    try apply(record, kind)
    compare(fold.decisions.bytes, record.decisions, at: record.sequence)
  }

  /// Starts a record as the writer did.
  ///
  /// Where more timers are due than one record takes, the ticks that took them come before it. In another
  /// state than the one they were written in they need not be there, or take others, so all that is left
  /// fires here.
  private mutating func begin(
    _ record: borrowing RecordView, _ kind: RecordKind
  ) throws(StoreError) {
    let isTickInForce = kind == .tick && record.sequence > fold.state.scalars.refoldedAt
    repeat {
      isSettled = try fold.begin(at: record.sequence, receivedAt: record.receivedAt)
    } while !isSettled && !isTickInForce
  }

  private mutating func apply(
    _ record: borrowing RecordView, _ kind: RecordKind
  ) throws(StoreError) {
    switch kind {
    case .event:
      try applyEvent(record)
    case .quarantined:
      try applyQuarantined(record)
    case .source:
      let source = try decoding(record) { () throws(DecodeError) in
        try SourceRecord(record.payload)
      }
      fold.state.scalars.sources.append(source)
    case .clock:
      fold.state.scalars.clock = try decoding(record) { () throws(DecodeError) in
        try IngestClock(payload: record.payload)
      }
    case .definitions:
      let definitions = try decoding(record) { () throws(DecodeError) in
        try DefinitionsRecord(record.payload)
      }
      try fold.fold(definitions, at: record.sequence, log: log)
    case .trackingPlan:
      fold.state.scalars.trackingPlan = try decoding(record) { () throws(DecodeError) in
        var reader = ByteReader(record.payload)
        return try reader.bytes(reader.remaining).toString()
      }
    case .redrive:
      let redrive = try decoding(record) { () throws(DecodeError) in
        try RedriveRecord(record.payload)
      }
      if try counts(redrive.line) { fold.state.scalars.releasedCount += 1 }
    case .quarantineDrop:
      let drop = try decoding(record) { () throws(DecodeError) in
        try QuarantineDropRecord(record.payload)
      }
      for line in drop.lines { try applyDrop(of: line) }
    case .destination:
      let destination = try decoding(record) { () throws(DecodeError) in
        try DestinationRecord(record.payload)
      }
      fold.state.scalars.fold(destination)
    case .delivery:
      // What has been sent is not sent again: the outcome is folded, and that is all.
      let delivery = try decoding(record) { () throws(DecodeError) in
        try DeliveryRecord(record.payload)
      }
      fold.state.scalars.fold(delivery)
    case .tick, .blank:
      break
    case .erasure, .erased: try applyErasure(record, kind)
    case .identityRules:
      let rules = try decoding(record) { () throws(DecodeError) in
        try IdentityRulesRecord(record.payload)
      }
      try requireRefolded(record.sequence, "the identity rules have changed")
      fold.state.scalars.search(afterRulesAt: record.sequence, rules.appliedAt)
    case .identityCorrection:
      let correction = try decoding(record) { () throws(DecodeError) in
        try IdentityCorrection(record.payload)
      }
      try fold.fold(correction, at: record.sequence)
    }
  }

  private func applyQuarantined(_ record: borrowing RecordView) throws(StoreError) {
    guard let hash = try messageHash(ofLine: record) else { return }
    fold.foldQuarantined(
      messageHash: hash, at: EventAddress(sequence: record.sequence, time: record.receivedAt))
  }

  /// The hash of a line of the quarantine as far as it counts: without what is of somebody erased, whether or
  /// not that has left the log yet; nil if nothing of it counts.
  private func messageHash(ofLine record: borrowing RecordView) throws(StoreError) -> Hash128? {
    var line = try decoding(record) { () throws(DecodeError) in
      try QuarantinedLine(record.payload)
    }
    switch fold.erased?.judge(line: line.line.span.bytes) ?? .untouched {
    case .untouched: break
    case .reduced(let rest): line.line = rest
    case .erased: return nil
    }
    return line.messageHash(source: record.source, seed: fold.seed)
  }

  /// Whether a line of the quarantine counts: one of somebody erased does not, blank or not.
  private func counts(_ line: SequenceNumber) throws(StoreError) -> Bool {
    guard fold.erased != nil else { return true }
    return try log.withRecord(at: line, cursor) { (record) throws(StoreError) in
      guard record.kind == RecordKind.quarantined.rawValue else { return false }
      return try fold.erased?.judge(record) != .erased
    }
  }

  private func applyDrop(of line: SequenceNumber) throws(StoreError) {
    try log.withRecord(at: line, cursor) { (record) throws(StoreError) in
      // A line of somebody erased may be blank by now.
      guard record.kind == RecordKind.quarantined.rawValue,
        let hash = try messageHash(ofLine: record)
      else { return }
      fold.foldDropped(
        messageHash: hash, at: EventAddress(sequence: line, time: record.receivedAt))
    }
  }

  private func applyErasure(
    _ record: borrowing RecordView, _ kind: RecordKind
  ) throws(StoreError) {
    guard kind == .erasure else {
      let receipt = try decoding(record) { () throws(DecodeError) in
        try ErasureReceipt(record.payload)
      }
      return fold.state.scalars.fold(receipt)
    }
    let erasure = try decoding(record) { () throws(DecodeError) in
      try ErasureRecord(record.payload)
    }
    try requireRefolded(record.sequence, "people have been erased")
    fold.state.scalars.erasures.append(ErasureState(erasure, at: record.sequence))
  }

  private mutating func applyEvent(_ record: borrowing RecordView) throws(StoreError) {
    switch try fold.erased?.judge(record) ?? .untouched {
    case .untouched: try applyEvent(record, record.payload)
    case .reduced(let payload): try applyEvent(record, payload.span.bytes)
    case .erased: break
    }
  }

  private mutating func applyEvent(
    _ record: borrowing RecordView, _ payload: RawSpan
  ) throws(StoreError) {
    let event: EventView
    do {
      event = try EventView(payload)
      try fold.readIdentifiers(of: event, into: &identifiers)
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    matches.removeAll(keepingCapacity: true)
    try fold.plan.match(event, into: &matches)
    try fold.fold(
      matches[...], identifiers: identifiers,
      messageHash: event.messageHash(source: record.source, seed: fold.seed),
      at: record.sequence, event.clock(receivedAt: record.receivedAt),
      hasOriginal: event.hasOriginal)
  }

  /// All of the log is folded by what the last refold says, so a later one than the state's means another
  /// state.
  private func requireRefolded(
    _ sequence: SequenceNumber, _ what: String
  ) throws(StoreError) {
    guard sequence <= fold.state.scalars.refoldedAt else {
      throw StoreError(
        .damagedIndex,
        "\(what) with record \(sequence.value), and the derived state is that from before")
    }
  }

  private func decoding<R>(
    _ record: borrowing RecordView, _ body: () throws(DecodeError) -> R
  ) throws(StoreError) -> R {
    do { return try body() } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
  }

  private mutating func compare(
    _ derived: [UInt8], _ recorded: RawSpan, at sequence: SequenceNumber
  ) {
    // What was decided up to the last refold was decided in another state.
    guard sequence > fold.state.scalars.refoldedAt,
      !derived.span.bytes.elementsEqual(recorded)
    else { return }
    differingDecisions += 1
    firstDifference = firstDifference ?? sequence
  }
}
