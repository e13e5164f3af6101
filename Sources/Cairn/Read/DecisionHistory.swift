// Every decision of the log as it was recorded, for auditors and tests.

import Bytes
import Engine
import Storage

extension Snapshot {
  /// Visits all recorded decisions in the order of their addresses (sequence, index).
  ///
  /// Ordinals in decisions before a refold are those of profiles and identifiers as they were until then.
  ///
  /// - Complexity: O(log from `first` on).
  public func visitDecisions(
    from first: SequenceNumber = SequenceNumber(1),
    _ body: (SequenceNumber, Decision) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard first <= lastSequence else { return }
    var decided: [Decision] = []
    try log.scan(from: first, through: lastSequence) { (record) throws(StoreError) in
      decided.removeAll(keepingCapacity: true)
      do throws(DecodeError) {
        try Decision.visitAll(record.decisions) { (_, decision) throws(DecodeError) in
          decided.append(decision)
        }
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      for decision in decided { try body(record.sequence, decision) }
    }
  }
}
