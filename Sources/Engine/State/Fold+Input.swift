// What each kind of input does to the state. Ingest, recovery, replay, previews and refolds all come through
// here, so that it is written once.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension Fold {
  /// Folds an input; `begin` came before.
  ///
  /// Where an event has been read already, as by the parsing thread, `applyEvent` goes on from there.
  func apply(
    _ input: borrowing Input, at place: RecordPlace, in context: FoldContext
  ) throws(StoreError) {
    switch input {
    case .event(let event): try apply(event, at: place)
    case .quarantined(let line): apply(line, at: place)
    case .definitions(let record): try apply(record, at: place.sequence, in: context)
    case .source(let source): state.scalars.sources.append(source)
    case .tick, .blank: break
    case .clock(let clock): state.scalars.clock = clock
    case .identityRules(let record):
      if try !end(by: .rules, at: place, in: context) {
        state.scalars.search(afterRulesAt: place.sequence, record.appliedAt)
      }
    case .identityCorrection(let correction): try apply(correction, at: place.sequence)
    case .trackingPlan(let plan): state.scalars.trackingPlan = plan.text
    case .redrive(let redrive):
      if try counts(redrive.line, in: context) { state.scalars.releasedCount += 1 }
    case .destination(let record): try apply(record)
    case .delivery(let input): try apply(input)
    case .erasure(let record):
      if try !end(by: .erasure, at: place, in: context) {
        state.scalars.erasures.append(ErasureState(record, at: place.sequence))
      }
    case .erased(let receipt): state.scalars.fold(receipt)
    case .quarantineDrop(let drop):
      for line in drop.lines { try applyDrop(of: line, in: context) }
    case .accessKey(let record): state.scalars.fold(record)
    }
  }

  private func apply(_ line: QuarantinedLine, at place: RecordPlace) {
    guard let hash = messageHash(of: line, from: place.source) else { return }
    file(messageHash: hash, at: place.sequence)
    state.scalars.quarantinedCount += 1
  }

  private func applyDrop(
    of line: SequenceNumber, in context: FoldContext
  ) throws(StoreError) {
    try context.log.withRecord(at: line, context.cursor) { (record) throws(StoreError) in
      // A line of somebody erased may be blank by now.
      guard case .quarantined(let line) = try Input(record),
        let hash = messageHash(of: line, from: record.source)
      else { return }
      file(messageHash: hash, at: record.sequence, isDropped: true)
      state.scalars.releasedCount += 1
    }
  }

  /// Whether a line of the quarantine counts: one of somebody erased does not, blank or not.
  private func counts(
    _ line: SequenceNumber, in context: FoldContext
  ) throws(StoreError) -> Bool {
    guard erased != nil else { return true }
    return try context.log.withRecord(at: line, context.cursor) { (record) throws(StoreError) in
      guard case .quarantined(let line) = try Input(record) else { return false }
      return messageHash(of: line, from: record.source) != nil
    }
  }

  /// The hash of a line of the quarantine as far as it counts: without what is of somebody erased, whether or
  /// not that has left the log yet; nil if nothing of it counts.
  private func messageHash(of line: QuarantinedLine, from source: SourceID) -> Hash128? {
    var line = line
    switch erased?.judge(line: line.line.span.bytes) ?? .untouched {
    case .untouched: break
    case .reduced(let rest): line.line = rest
    case .erased: return nil
    }
    return line.messageHash(source: source, seed: seed)
  }
}
