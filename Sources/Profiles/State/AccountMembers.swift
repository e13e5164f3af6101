// Who was seen with which account. Kept by home identifier, so that what happens to a profile later, a
// merge or a split, needs nothing done here.
//
//     table           key (high, low)                   value
//     --------------  --------------------------------  ---------------------------------------
//     accountMembers  (account, page)                   u32 homes, in the order they were seen
//     accountMembers  (1 << 32 | home, 0)               u32 accounts, likewise
//     memberTimes     (account, home)                   i64 first, i64 last event time
//     memberTimes     (account, 1 << 32)                u64 number of homes

import Bytes
import Storage

extension TableKey {
  fileprivate init(membersOf account: ProfileOrdinal, page: UInt64) {
    self.init(high: UInt64(account.value), low: page)
  }
  fileprivate init(accountsOf home: IdentifierOrdinal) {
    self.init(high: 1 << 32 | UInt64(home.value), low: 0)
  }
  fileprivate init(_ home: IdentifierOrdinal, in account: ProfileOrdinal) {
    self.init(high: UInt64(account.value), low: UInt64(home.value))
  }
  fileprivate init(memberCountOf account: ProfileOrdinal) {
    self.init(high: UInt64(account.value), low: 1 << 32)
  }
}

/// Homes in one value of `accountMembers`: a quarter of a mebibyte.
private let homesPerPage: UInt64 = 65_536

extension ProfileTables {
  /// Notes that an event of a home counts for an account.
  ///
  /// - Returns: Whether it is the first.
  /// - Complexity: O(1): one lookup.
  func note(
    _ home: IdentifierOrdinal, in account: ProfileOrdinal, at time: Timestamp
  ) throws(StoreError) -> Bool {
    let isFirst = try memberTimes.mutate(TableKey(home, in: account)) {
      (row) throws(StoreError) in
      if row.count == 0 {
        row.resize(to: 16)
        row.store(time.milliseconds, at: 0)
        row.store(time.milliseconds, at: 8)
        return true
      }
      guard row.count == 16 else {
        throw .derivedMismatch("memberTimes", "a row has another length")
      }
      row.store(min(row.load(at: 0, as: Int64.self), time.milliseconds), at: 0)
      row.store(max(row.load(at: 8, as: Int64.self), time.milliseconds), at: 8)
      return false
    }
    guard isFirst else { return false }
    let before = try memberTimes.mutate(TableKey(memberCountOf: account)) {
      (row) throws(StoreError) in
      if row.count == 0 { row.resize(to: 8) }
      guard row.count == 8 else {
        throw .derivedMismatch("memberTimes", "a count has another length")
      }
      let count = row.load(at: 0, as: UInt64.self)
      row.store(count &+ 1, at: 0)
      return count
    }
    var bytes = ByteWriter(capacity: 4)
    bytes.u32(home.value)
    try accountMembers.append(
      TableKey(membersOf: account, page: before / homesPerPage), bytes.bytes.span.bytes)
    bytes.removeAll()
    bytes.u32(account.value)
    try accountMembers.append(TableKey(accountsOf: home), bytes.bytes.span.bytes)
    return true
  }
}

extension ProfileState {
  /// The home identifiers of persons whose events counted for an account, in the order they were seen.
  ///
  /// Several may belong to one person; `survivor(of:)` of their rows' profiles tells.
  /// Complexity: O(homes).
  public func memberHomes(
    ofAccount account: ProfileOrdinal
  ) throws(StoreError) -> [IdentifierOrdinal] {
    let count: UInt64 =
      try memberTimes.withValue(TableKey(memberCountOf: account)) { (bytes) throws(StoreError) in
        guard bytes.byteCount == 8 else {
          throw .derivedMismatch("memberTimes", "a count has another length")
        }
        return bytes.load(at: 0, as: UInt64.self)
      } ?? 0
    var homes: [IdentifierOrdinal] = []
    var page: UInt64 = 0
    while page * homesPerPage < count {
      try visitOrdinals(accountMembers, TableKey(membersOf: account, page: page)) {
        homes.append(IdentifierOrdinal($0))
      }
      page += 1
    }
    guard UInt64(homes.count) == count else {
      throw .derivedMismatch("accountMembers", "a list has another length than its count says")
    }
    return homes
  }

  /// The accounts that events of any of these homes counted for, each once, in the order of ordinals.
  ///
  /// Complexity: O(homes × accounts of each).
  public func accounts(
    ofHomes homes: [IdentifierOrdinal]
  ) throws(StoreError) -> [ProfileOrdinal] {
    var found: Set<UInt32> = []
    for home in homes {
      try visitOrdinals(accountMembers, TableKey(accountsOf: home)) { found.insert($0) }
    }
    return found.sorted().map { ProfileOrdinal($0) }
  }

  /// The first and last time of the events of a home that counted for an account; nil if none did.
  public func times(
    of home: IdentifierOrdinal, in account: ProfileOrdinal
  ) throws(StoreError) -> ClosedRange<Timestamp>? {
    try memberTimes.withValue(TableKey(home, in: account)) { (bytes) throws(StoreError) in
      guard bytes.byteCount == 16 else {
        throw .derivedMismatch("memberTimes", "a row has another length")
      }
      let first = Timestamp(milliseconds: bytes.load(at: 0, as: Int64.self))
      let last = Timestamp(milliseconds: bytes.load(at: 8, as: Int64.self))
      guard first <= last else { throw .derivedMismatch("memberTimes", "times are reversed") }
      return first...last
    }
  }

  /// Visits the u32 ordinals of a list in an append table.
  func visitOrdinals(
    _ table: Rows, _ key: TableKey, _ body: (UInt32) -> Void
  ) throws(StoreError) {
    try table.visit(key) { (bytes) throws(StoreError) in
      guard bytes.byteCount.isMultiple(of: 4) else {
        throw StoreError.derivedMismatch("accountMembers", "a list does not decode")
      }
      for index in 0..<(bytes.byteCount / 4) { body(bytes.load(at: index * 4, as: UInt32.self)) }
    }
  }
}
