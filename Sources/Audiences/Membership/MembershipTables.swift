// The members of audiences: the state rows, one bitmap per audience, and the timers.

import Bytes
import Profiles
import Roaring
import Storage

/// The changes to one audience's members since its sealed base was written.
///
/// The base is a bitmap in roaring's portable format in the `members` table; the delta stays in
/// memory and is shared with snapshots copy-on-write.
struct MembershipDelta: Sendable {
  var added = Bitmap()
  var removed = Bitmap()

  var isEmpty: Bool { added.isEmpty && removed.isEmpty }

  mutating func insert(_ ordinal: UInt32) {
    if !removed.remove(ordinal) { added.add(ordinal) }
  }

  mutating func remove(_ ordinal: UInt32) {
    if !added.remove(ordinal) { removed.add(ordinal) }
  }
}

/// The derived state of all audiences.
public final class MembershipTables {
  /// Profile -> its rows, in the order of the audiences' numbers.
  public let rows: RowTable
  /// Audience -> sealed bitmap of members.
  public let members: Table
  /// The next instant of each (profile, audience) whose truth can change by itself.
  public let timers: TimerQueue
  // One writer has it, and nothing that a change is handed leads back here.
  @exclusivity(unchecked) private(set) var deltas: [AudienceNumber: MembershipDelta] = [:]

  /// Works on opened tables.
  public init(rows: RowTable, members: Table, timers: TimerQueue) {
    self.rows = rows
    self.members = members
    self.timers = timers
  }

  /// Touches the rows of profiles that are going to be judged.
  public func prefetch(_ profiles: [UInt32]) { rows.prefetch(profiles) }

  /// What one row of a profile is to be.
  struct Change: BitwiseCopyable {
    var audience: AudienceNumber
    var row: MembershipRow
  }

  /// Changes some rows of a profile, in place where there is one already.
  ///
  /// - Parameter changes: The rows to write, ascending by audience; a blank one is removed.
  func store(
    _ changes: borrowing ReusableArray<Change>, of profile: ProfileOrdinal
  ) throws(StoreError) {
    guard !changes.isEmpty else { return }
    var value = try rows.edit(profile.value)
    for index in changes.indices {
      let (audience, row) = (changes[index].audience, changes[index].row)
      let (index, isFound) = try Self.place(of: audience, in: value.bytes)
      let start = index * MembershipRow.byteCount
      if row.isBlank {
        if isFound { value.removeSubrange(start..<(start + MembershipRow.byteCount)) }
        continue
      }
      if !isFound { value.insertGaps((MembershipRow.byteCount, start), (0, start)) }
      row.store(audience, in: &value, at: start)
    }
    if value.count == 0 { try rows.remove(profile.value) }
  }

  private static func place(
    of audience: AudienceNumber, in bytes: RawSpan
  ) throws(StoreError) -> (index: Int, isFound: Bool) {
    let rows = try MembershipRows(checking: bytes)
    let index = rows.index(of: audience)
    return (index, index < rows.count && rows.audience(at: index) == audience)
  }

  /// Visits the rows of one profile.
  func visitRows(
    of profile: ProfileOrdinal,
    _ body: (AudienceNumber, MembershipRow) throws(StoreError) -> Void
  ) throws(StoreError) {
    _ = try rows.withRow(profile.value) { (bytes) throws(StoreError) in
      let rows = try MembershipRows(checking: bytes)
      for index in 0..<rows.count { try body(rows.audience(at: index), try rows.row(at: index)) }
    }
  }

  func insert(_ profile: ProfileOrdinal, into audience: AudienceNumber) {
    deltas[audience, default: MembershipDelta()].insert(profile.value)
  }

  func remove(_ profile: ProfileOrdinal, from audience: AudienceNumber) {
    deltas[audience, default: MembershipDelta()].remove(profile.value)
  }

  /// Forgets an audience that has been removed from the definitions.
  public func removeAll(of audience: AudienceNumber) {
    deltas[audience] = nil
    members.remove(Self.membersKey(audience))
  }

  /// Folds the deltas into the sealed bitmaps, ahead of a checkpoint.
  ///
  /// - Complexity: O(members) of each audience that changed.
  public func sealBitmaps() throws(StoreError) {
    for (audience, delta) in deltas where !delta.isEmpty {
      let sealed = try memberBitmap(of: audience)
      if sealed.isEmpty {
        members.remove(Self.membersKey(audience))
      } else {
        members.put(Self.membersKey(audience), sealed.serialized().span.bytes)
      }
    }
    deltas.removeAll()
  }

  /// The present members of an audience.
  func memberBitmap(of audience: AudienceNumber) throws(StoreError) -> Bitmap {
    try joinedMembers(of: audience, base: members, delta: deltas[audience])
  }

  static func membersKey(_ audience: AudienceNumber) -> TableKey {
    TableKey(high: UInt64(audience.value), low: 0)
  }

  /// A view of the present state for readers.
  ///
  /// Complexity: O(audiences).
  public func snapshot() -> MembershipSnapshot {
    MembershipSnapshot(
      rows: rows.snapshot(), members: members.snapshot(), timers: timers.snapshot(),
      deltas: deltas)
  }
}
