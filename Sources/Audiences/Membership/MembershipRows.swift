// All that is known of one profile in all audiences, as one value of a table: an event that matters to
// ten audiences then costs one lookup and one write, not ten.

import Bytes
import Profiles
import Storage

/// The rows of one profile, borrowing their bytes.
struct MembershipRows: ~Escapable {
  private let bytes: RawSpan
  /// The number of rows.
  let count: Int

  /// Checks the bytes of a table; what does not decode is damage.
  @_lifetime(copy bytes)
  init(checking bytes: RawSpan) throws(StoreError) {
    guard bytes.byteCount.isMultiple(of: MembershipRow.byteCount) else {
      throw .derivedMismatch("memberships", "a row does not decode")
    }
    self.bytes = bytes
    count = bytes.byteCount / MembershipRow.byteCount
  }

  /// The audience of a row.
  func audience(at index: Int) -> AudienceNumber {
    AudienceNumber(bytes.load(at: index * MembershipRow.byteCount + 4, as: UInt32.self))
  }

  /// A row.
  func row(at index: Int) throws(StoreError) -> MembershipRow {
    let start = index * MembershipRow.byteCount
    do {
      return try MembershipRow(bytes.extracting(start..<(start + MembershipRow.byteCount)))
    } catch {
      throw .derivedMismatch("memberships", "a row does not decode")
    }
  }

  /// The first row whose audience is not below `audience`, of those from `start` on.
  ///
  /// Complexity: O(log of the rows skipped).
  func index(of audience: AudienceNumber, from start: Int = 0) -> Int {
    var (low, step) = (start, 1)
    while low + step <= count, self.audience(at: low + step - 1) < audience {
      low += step
      step *= 2
    }
    var high = min(low + step - 1, count)
    while low < high {
      let middle = (low + high) / 2
      if self.audience(at: middle) < audience { low = middle + 1 } else { high = middle }
    }
    return low
  }

  /// The row of an audience; nil if there is none.
  func row(of audience: AudienceNumber) throws(StoreError) -> MembershipRow? {
    let index = index(of: audience)
    guard index < count, self.audience(at: index) == audience else { return nil }
    return try row(at: index)
  }
}

/// Reading memberships, for the writer's tables and for snapshots alike.
public protocol MembershipState {
  /// The type of table that is read.
  associatedtype Rows: RowReading
  /// Profile -> its rows, in the order of the audiences' numbers.
  var rows: Rows { get }
}

extension MembershipTables: MembershipState {}
extension MembershipSnapshot: MembershipState {}

extension MembershipState {
  /// The state of one profile in one audience; nil if it never was in and has no timer.
  public func row(
    _ profile: ProfileOrdinal, _ audience: AudienceNumber
  ) throws(StoreError) -> MembershipRow? {
    let row = try rows.withRow(profile.value) { (bytes) throws(StoreError) in
      try MembershipRows(checking: bytes).row(of: audience)
    }
    return row ?? nil
  }

  /// The states of one profile in all audiences that it was ever in or has a timer for.
  public func rows(
    of profile: ProfileOrdinal
  ) throws(StoreError) -> [AudienceNumber: MembershipRow] {
    var result: [AudienceNumber: MembershipRow] = [:]
    _ = try rows.withRow(profile.value) { (bytes) throws(StoreError) in
      let rows = try MembershipRows(checking: bytes)
      result.reserveCapacity(rows.count)
      for index in 0..<rows.count { result[rows.audience(at: index)] = try rows.row(at: index) }
    }
    return result
  }

  /// Visits every row there is.
  public func visitRows(
    _ body: (ProfileOrdinal, AudienceNumber, MembershipRow) throws(StoreError) -> Void
  ) throws(StoreError) {
    try rows.forEach { (ordinal, bytes) throws(StoreError) in
      let rows = try MembershipRows(checking: bytes)
      let profile = ProfileOrdinal(ordinal)
      for index in 0..<rows.count {
        try body(profile, rows.audience(at: index), try rows.row(at: index))
      }
    }
  }
}
