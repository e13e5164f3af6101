// What identity keeps besides the graph: which identifiers were split manually, and how often what was
// decided.
//
//     key (high, low)              value
//     ---------------------------  -------------------------------------------------------------
//     (1 << 32 | identifier, 0)    9 bytes a parting: u64 sequence of the split, u8 side (1 left)
//     (2 << 32 | count, type)      u64

import Bytes
import Events
import Storage

/// What is counted of identity resolution.
public enum IdentityCount: UInt32, Sendable, CaseIterable {
  /// Values that identify nobody, by their type.
  case blocked = 1
  /// Identifiers demoted by a limit, by the type that the limit is of.
  case limited = 2
  /// Identifiers demoted by merge protection, by the protected type.
  case protected = 3
  /// Identifiers demoted because a split keeps them apart.
  case keptApart = 4
  /// Profiles absorbed by events.
  case merged = 5
  /// Manual splits.
  case split = 6
  /// Manual merges.
  case mergedByHand = 7
  /// Events without an identifier by the rules in force.
  case unidentified = 8
}

/// On which side of a split an identifier was.
struct Parting: Hashable, Sendable {
  static let byteCount = 9
  var split: SequenceNumber
  var side: UInt8
}

extension TableKey {
  fileprivate init(partingsOf identifier: IdentifierOrdinal) {
    self.init(high: 1 << 32 | UInt64(identifier.value), low: 0)
  }
  fileprivate init(_ count: IdentityCount, _ type: UInt16) {
    self.init(high: 2 << 32 | UInt64(count.rawValue), low: UInt64(type))
  }
}

extension ProfileTables {
  /// Counts one more.
  func count(
    _ what: IdentityCount, _ type: IdentifierType = IdentifierType(rawValue: 0)
  ) throws(StoreError) {
    try identityNotes.mutate(TableKey(what, type.rawValue)) { (row) throws(StoreError) in
      if row.count == 0 { row.resize(to: 8) }
      guard row.count == 8 else {
        throw .derivedMismatch("identityNotes", "a count has another length")
      }
      row.store(row.load(at: 0, as: UInt64.self) &+ 1, at: 0)
    }
  }

  /// Replaces the partings of an identifier.
  func setPartings(_ partings: [Parting], of identifier: IdentifierOrdinal) {
    let key = TableKey(partingsOf: identifier)
    guard !partings.isEmpty else { return identityNotes.remove(key) }
    var writer = ByteWriter(capacity: partings.count * Parting.byteCount)
    for parting in partings {
      writer.u64(parting.split.value)
      writer.u8(parting.side)
    }
    identityNotes.put(key, writer.bytes.span.bytes)
  }
}

extension ProfileState {
  /// How often something was decided about identifiers of a type.
  public func count(
    of what: IdentityCount, _ type: IdentifierType = IdentifierType(rawValue: 0)
  ) throws(StoreError) -> UInt64 {
    try identityNotes.withValue(TableKey(what, type.rawValue)) { (bytes) throws(StoreError) in
      guard bytes.byteCount == 8 else {
        throw .derivedMismatch("identityNotes", "a count has another length")
      }
      return bytes.load(at: 0, as: UInt64.self)
    } ?? 0
  }

  /// The splits that an identifier was part of and that still hold.
  func partings(of identifier: IdentifierOrdinal) throws(StoreError) -> [Parting] {
    try identityNotes.withValue(TableKey(partingsOf: identifier)) { (bytes) throws(StoreError) in
      guard bytes.byteCount.isMultiple(of: Parting.byteCount) else {
        throw .derivedMismatch("identityNotes", "partings do not decode")
      }
      return (0..<(bytes.byteCount / Parting.byteCount)).map {
        Parting(
          split: SequenceNumber(bytes.load(at: $0 * Parting.byteCount, as: UInt64.self)),
          side: bytes[$0 * Parting.byteCount + 8])
      }
    } ?? []
  }
}

extension ProfileState {
  /// The splits that have identifiers of the one list on one side and of the other on the other.
  public func splits(
    between first: [IdentifierOrdinal], and second: [IdentifierOrdinal]
  ) throws(StoreError) -> [SequenceNumber] {
    var sides: Set<Parting> = []
    for identifier in first { sides.formUnion(try partings(of: identifier)) }
    var result: Set<SequenceNumber> = []
    for identifier in second {
      for parting in try partings(of: identifier)
      where sides.contains(Parting(split: parting.split, side: 1 - min(parting.side, 1))) {
        result.insert(parting.split)
      }
    }
    return result.sorted()
  }
}
