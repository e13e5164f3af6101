// Filing an event under its home identifier.

import Bytes
import Storage

extension ProfileTables {
  /// Counts an event under its home identifier and remembers where it stands.
  ///
  /// - Complexity: O(1) look-ups; one append of 16 bytes.
  public func file(
    _ event: EventAddress, under home: IdentifierOrdinal, scratch: inout ByteWriter
  ) throws(StoreError) {
    scratch.removeAll()
    scratch.i64(event.time.milliseconds)
    scratch.u64(event.sequence.value)
    try homeEvents.append(TableKey(home), scratch.bytes.span.bytes)
    try identifierRows.mutate(TableKey(home)) { (row) throws(StoreError) in
      let count = row.load(at: IdentifierRow.eventCountOffset, as: UInt64.self)
      row.store(count + 1, at: IdentifierRow.eventCountOffset)
      let first = row.load(at: IdentifierRow.firstSeenOffset, as: Int64.self)
      row.store(min(first, event.time.milliseconds), at: IdentifierRow.firstSeenOffset)
      let last = row.load(at: IdentifierRow.lastSeenOffset, as: Int64.self)
      row.store(max(last, event.time.milliseconds), at: IdentifierRow.lastSeenOffset)
    }
  }
}
