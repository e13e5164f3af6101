// Quarantined lines given up for good: what was never an event, and what nobody will repair.

import Bytes
import Events
import Profiles
import Storage

extension Store {
  /// Takes lines out of the quarantine for good.
  ///
  /// They leave lists and counts and are not tried again; a line that comes again is a duplicate of the one that
  /// was dropped. Their text stays in the log, as everything does that came in, until the persons named in
  /// it are erased. An interrupted run goes on where it stopped when it is repeated.
  ///
  /// - Returns: How many lines were dropped.
  /// - Throws: the store's errors; lines up to the last commit are dropped.
  public func dropQuarantined(
    _ filter: QuarantineFilter = QuarantineFilter()
  ) throws(StoreError) -> Int {
    let view = try snapshot()
    var count = 0
    var lines: [(address: EventAddress, hash: Hash128)] = []
    try view.visitQuarantine(filter) { (entry) throws(StoreError) in
      let hash = EventHash.line(
        entry.keptLine.span.bytes, occurrence: entry.occurrence, source: entry.sourceID,
        seed: directory.manifest.seed)
      lines.append((EventAddress(sequence: entry.sequence, time: entry.receivedAt), hash))
      count += 1
      guard lines.count == QuarantineDropRecord.linesMax else { return }
      try drop(lines)
      lines.removeAll(keepingCapacity: true)
    }
    if !lines.isEmpty { try drop(lines) }
    return count
  }

  private func drop(_ lines: [(address: EventAddress, hash: Hash128)]) throws(StoreError) {
    let payload = QuarantineDropRecord(lines: lines.map(\.address.sequence)).encode()
    try transaction { () throws(StoreError) in
      try prepare(for: payload.count)
      _ = try beginRecord(
        .quarantineDrop, receivedAt: logicalNow, source: SourceID(0), payload: payload.span.bytes)
      for line in lines { fold.foldDropped(messageHash: line.hash, at: line.address) }
      endRecord()
      try commit()
    }
  }
}
