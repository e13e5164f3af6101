// Bringing what a batch of events will look up into the cache. Every event looks at its identifiers, at
// their rows, at its profile and at the cells of its home, each place named by the one before; done for
// a hundred events at a time, the misses of one step overlap.

import Bytes
import Storage

/// The lists that one round of fetching after the other fills; kept, so that they allocate once.
public struct PrefetchKeys {
  /// Hashes of identifiers, to begin with.
  public var identifiers: [TableKey] = []
  /// The ordinals of their profiles, in the end; of those that have been looked at lately.
  public fileprivate(set) var profiles: [UInt32] = []
  fileprivate var ordinals: [UInt32] = []

  /// Starts empty.
  public init() {}
}

extension ProfileTables {
  /// Touches what resolving and folding events with `keys.identifiers` will read.
  ///
  /// Changes no answer. Complexity: O(identifiers), a few lookups in memory each.
  public func prefetch(_ keys: inout PrefetchKeys) {
    identifiers.prefetch(keys.identifiers)
    identifiers.peek(keys.identifiers, at: 0, into: &keys.ordinals)
    identifierRows.prefetch(keys.ordinals)
    homeCells.prefetch(keys.ordinals)
    identifierRows.peek(keys.ordinals, at: IdentifierRow.holderOffset, into: &keys.profiles)
    for index in keys.profiles.indices { keys.profiles[index] &= ~IdentifierRow.otherOwnerBit }
    profiles.prefetch(keys.profiles)
    homeCells.prefetchRests(keys.ordinals)
    profiles.prefetchRests(keys.profiles)
  }
}
