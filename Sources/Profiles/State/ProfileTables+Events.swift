// Filing an event under its home identifier.

import Bytes
import Storage

extension ProfileTables {
  /// Counts an event under its home identifier and remembers where it stands.
  ///
  /// Addresses of one home stand in pages of `eventsPerPage`, so that no value of the table grows
  /// without bound.
  ///
  /// - Complexity: O(1) lookups; one append of some ten bytes.
  public func file(
    _ event: EventAddress, under home: IdentifierOrdinal
  ) throws(StoreError) {
    var row = try identifierRows.edit(home.value)
    guard row.count >= IdentifierRow.headerBytes else {
      throw .derivedMismatch("identifierRows", "a row is cut short")
    }
    let before = row.load(at: IdentifierRow.eventCountOffset, as: UInt64.self)
    guard before < UInt64.max else {
      throw .derivedMismatch("identifierRows", "a count is out of range")
    }
    row.store(before + 1, at: IdentifierRow.eventCountOffset)
    let first = row.load(at: IdentifierRow.firstSeenOffset, as: Int64.self)
    row.store(min(first, event.time.milliseconds), at: IdentifierRow.firstSeenOffset)
    let last = row.load(at: IdentifierRow.lastSeenOffset, as: Int64.self)
    row.store(max(last, event.time.milliseconds), at: IdentifierRow.lastSeenOffset)
    let key = TableKey(eventsOf: home, page: before / Self.eventsPerPage)
    try event.withBytes { (bytes) throws(StoreError) in try homeEvents.append(key, bytes) }
  }

  /// Events in one value of `homeEvents`: at most 1.25 MiB of addresses.
  static let eventsPerPage: UInt64 = 65_536
}
