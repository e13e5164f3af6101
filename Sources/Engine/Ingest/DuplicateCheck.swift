// Exact duplicates: a hit in the index of message ids is believed only after the stored record has
// been read and its id compared.

import Bytes
import Events
import Profiles
import Storage

/// Finds the record that a parsed line repeats, if there is one.
package final class DuplicateCheck {
  private let store: Store
  private let cursor = LogCursor()
  private var view: LogView?
  private var viewEnd = SequenceNumber(0)

  /// Whether what is found is compared with what was sent.
  private let compares: Bool
  /// What was asked for before, if nothing is compared.
  private var seen: Set<Hash128> = []

  /// - Parameter compares: Whether a line that is found is compared with the one that was sent. If not, a line
  ///   counts as known by its hash, and so does one that was asked for before: nothing is taken in in between.
  package init(store: Store, compares: Bool = true) {
    self.store = store
    self.compares = compares
  }

  /// The verdict for a line that is in the log or in the batch in hand already; nil for a new one.
  ///
  /// - Complexity: one lookup; on a hit, at most one block read.
  func find(
    _ row: EventRow, of parsed: borrowing EventBatch, source: SourceID
  ) throws(StoreError) -> Verdict? {
    let key = TableKey(message: row.messageHash)
    // The state stays while it is asked.
    let value = try Uncounted(store.fold.state.messages).with { (messages) throws(StoreError) in
      try messages.shortValue(key)
    }
    guard compares else {
      let found = try value.map { (value) throws(StoreError) in try MessageRow(value) }
      return verdict(byHashOf: row, found)
    }
    guard let value else { return nil }
    let found = try MessageRow(value)
    let sequence = found.sequence
    let isDropped = found.isDropped
    for batch in [store.batch, store.commitInFlight?.batch] {
      guard let batch, sequence >= batch.firstSequence else { continue }
      let index = Int(sequence.value - batch.firstSequence.value)
      return try compare(
        batch.record(at: index), row, of: parsed, source: source, isDropped: isDropped)
    }
    if view == nil || sequence > viewEnd {
      view = store.directory.log.view()
      viewEnd = store.lastSequence
    }
    guard let view else { return nil }
    return try view.withRecord(at: sequence, cursor) { (record) throws(StoreError) in
      try compare(record, row, of: parsed, source: source, isDropped: isDropped)
    }
  }

  private func verdict(byHashOf row: EventRow, _ found: MessageRow?) -> Verdict? {
    let isRepeated = !seen.insert(row.messageHash).inserted
    let isKnown: Bool
    if case .quarantined = row.outcome {
      isKnown = found?.isDropped == true
    } else {
      isKnown = isRepeated || found != nil
    }
    return isKnown
      ? .duplicate(of: found?.sequence ?? SequenceNumber(0), isSame: true) : nil
  }

  private func compare(
    _ record: borrowing RecordView, _ row: EventRow, of parsed: borrowing EventBatch,
    source: SourceID, isDropped: Bool
  ) throws(StoreError) -> Verdict {
    let isSame: Bool
    let isSameID: Bool
    do {
      if case .quarantined = row.outcome {
        let stored = try QuarantinedLine(record.payload)
        isSame =
          parsed.payload(of: row).elementsEqual(stored.line.span.bytes)
          && row.occurrence == stored.occurrence
        isSameID = isSame && record.kind == RecordKind.quarantined.rawValue
        // What is wrong with it is still wrong, and is reported each time it is sent.
        if isSameID, record.source == source, !isDropped {
          return .quarantined(record.sequence, stored.problem)
        }
      } else {
        let stored = try EventView(record.payload)
        let sent = parsed.event(of: row)
        isSame = try hasContent(stored, of: sent)
        isSameID = record.kind == RecordKind.event.rawValue && stored.hasSameID(as: sent)
      }
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    guard isSameID, record.source == source else {
      throw .derivedMismatch("messages", "a row names another record")
    }
    return .duplicate(of: record.sequence, isSame: isSame)
  }

  /// Whether an event was sent with the content of the stored one, which may have lost values to an erasure: a
  /// retry loses them before it is compared.
  private func hasContent(
    _ stored: borrowing EventView, of sent: borrowing EventView
  ) throws(DecodeError) -> Bool {
    if stored.hasSameContent(as: sent) { return true }
    guard let rest = try store.fold.erased?.rest(of: sent) else { return false }
    return stored.hasSameContent(as: try EventView(rest.span.bytes))
  }
}
