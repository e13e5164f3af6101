// What names a value in a derived table, and the one order in which layers, runs and merges keep
// their entries. Separate from the tables because every layer needs it.

import Bytes

/// The 16-byte key of a value in a `Table`.
///
/// Keys are hashes or ordinals that the layers above compose; a table only mixes them further.
public struct TableKey: Hashable, Sendable, BitwiseCopyable {
  /// The upper 64 bits.
  public var high: UInt64
  /// The lower 64 bits.
  public var low: UInt64

  /// Makes a key from its halves.
  @inlinable
  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Makes a key of a 128-bit hash.
  @inlinable
  public init(_ hash: Hash128) { self.init(high: hash.high, low: hash.low) }

  /// The place of the key: entries are ordered by `orderHash`, then `high` (see `OrderedKey`).
  ///
  /// Evenly spread even for consecutive ordinals, so that a position can be interpolated from it.
  var orderHash: UInt64 {
    HashSeed.mix(low &+ HashSeed.mix(high &+ 0x9E37_79B9_7F4A_7C15))
  }
}

/// A key as ordered structures have it: its order hash, and what tells it from others with the same one.
///
/// Both together are as good as the key: the lower 64 bits follow from them.
struct OrderedKey: Equatable, BitwiseCopyable {
  var hash: UInt64
  var high: UInt64

  init(hash: UInt64, high: UInt64) {
    self.hash = hash
    self.high = high
  }

  init(_ key: TableKey) {
    hash = key.orderHash
    high = key.high
  }

  /// Whether it comes before another: by order hash, then by the upper 64 bits.
  @inline(__always)
  func precedes(_ other: OrderedKey) -> Bool {
    hash != other.hash ? hash < other.hash : high < other.high
  }

  /// The key itself.
  var key: TableKey {
    let salt = HashSeed.mix(high &+ 0x9E37_79B9_7F4A_7C15)
    return TableKey(high: high, low: HashSeed.unmix(hash) &- salt)
  }
}

/// How several writes to one key of a table combine.
public enum TableKind: UInt8, Sendable {
  /// The newest write is the value.
  case replace = 1
  /// The value is the concatenation of all fragments appended, oldest first.
  case append = 2
}

/// What one layer of a table knows about a key.
///
/// Zeroed memory reads as `.empty`.
struct EntryState: Equatable, Sendable, BitwiseCopyable {
  var rawValue: UInt8
  /// The layer says nothing about the key.
  static let empty = EntryState(rawValue: 0)
  /// The key was removed: nothing older counts.
  static let tombstone = EntryState(rawValue: 1)
  /// The whole value: nothing older counts.
  static let base = EntryState(rawValue: 2)
  /// The end of a value whose beginning is in older layers.
  static let fragment = EntryState(rawValue: 3)
}
