// How the rows of profiles hang together whose identifiers were not handed over when they merged.

import Bytes
import Storage

/// What the row of a profile says of holders, of profiles that have merged while they had many identifiers.
///
/// Encoding: six u32, 0xFFFF_FFFF for none, in the order of the properties.
struct HolderPart: Equatable {
  static let byteCount = 24
  static let holderOffset = ProfileRow.headerBytes
  static let heldByOffset = ProfileRow.headerBytes + 4
  static let ownerOffset = ProfileRow.headerBytes + 8
  static let firstBeforeOffset = ProfileRow.headerBytes + 12
  static let nextBeforeOffset = ProfileRow.headerBytes + 16
  static let countOffset = ProfileRow.headerBytes + 20

  /// Of a profile that has not been absorbed: the holder of all its identifiers.
  var holder: ProfileOrdinal
  /// As a holder: the one that took it in.
  var heldBy: ProfileOrdinal?
  /// As a holder that nobody took in: whose the identifiers are.
  var owner: ProfileOrdinal
  /// As a holder: the first of those whose identifiers come before its own entries.
  var firstBefore: ProfileOrdinal?
  /// As a holder that stands before another's entries: the one after it there.
  var nextBefore: ProfileOrdinal?
  /// As a holder that nobody took in: the number of all identifiers.
  var count: UInt32

  init(_ bytes: RawSpan) {
    func ordinal(_ index: Int) -> ProfileOrdinal? {
      let value = bytes.load(at: index * 4, as: UInt32.self)
      return value == ProfileRow.none ? nil : ProfileOrdinal(value)
    }
    holder = ordinal(0) ?? ProfileOrdinal(ProfileRow.none)
    heldBy = ordinal(1)
    owner = ordinal(2) ?? ProfileOrdinal(ProfileRow.none)
    firstBefore = ordinal(3)
    nextBefore = ordinal(4)
    count = bytes.load(at: 20, as: UInt32.self)
  }
}
