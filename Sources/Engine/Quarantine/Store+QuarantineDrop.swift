// Quarantined lines that are given up permanently: what was never an event, and what nobody will repair.

import Bytes
import Storage

extension Store {
  /// Removes lines from the quarantine permanently.
  ///
  /// They leave lists and counts and are not tried again; a line that comes again is a duplicate of the one that
  /// was dropped. Their text stays in the log, as everything does that came in, until the persons named in
  /// it are erased. An interrupted run continues where it stopped when it is repeated.
  ///
  /// - Returns: How many lines were dropped.
  /// - Throws: the store's errors; lines up to the last commit are dropped.
  public func dropQuarantined(
    _ filter: QuarantineFilter = QuarantineFilter()
  ) throws(StoreError) -> Int {
    let view = try snapshot()
    var count = 0
    var lines: [SequenceNumber] = []
    try view.visitQuarantine(filter) { (entry) throws(StoreError) in
      lines.append(entry.sequence)
      count += 1
      guard lines.count == QuarantineDropRecord.linesMax else { return }
      try record(.quarantineDrop(QuarantineDropRecord(lines: lines)))
      lines.removeAll(keepingCapacity: true)
    }
    if !lines.isEmpty { try record(.quarantineDrop(QuarantineDropRecord(lines: lines))) }
    return count
  }
}
