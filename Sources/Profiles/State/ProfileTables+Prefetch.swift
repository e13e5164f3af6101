// Bringing what a batch of events will look up into the cache. Every event looks at its identifiers, at
// their rows, at its profile and at the cells of its home, each place named by the one before; done for
// a hundred events at a time, the misses of one step overlap.

import Bytes
import Storage

/// The lists that one round of fetching after the other fills; kept, so that they allocate once.
public struct PrefetchKeys {
  /// Hashes of identifiers, to begin with.
  public var identifiers: [TableKey] = []
  /// The keys of their profiles, in the end; of those that are in memory.
  public private(set) var profiles: [TableKey] = []
  fileprivate var rows: [TableKey] = []
  fileprivate var cells: [TableKey] = []
  fileprivate var found: [UInt32] = []

  /// Starts empty.
  public init() {}

  fileprivate mutating func takeOrdinals() {
    rows.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    for value in found {
      let ordinal = IdentifierOrdinal(value)
      rows.append(TableKey(ordinal))
      cells.append(TableKey(cellsOf: CellOwner(ordinal)))
    }
  }

  fileprivate mutating func takeProfiles() {
    profiles.removeAll(keepingCapacity: true)
    for value in found { profiles.append(TableKey(ProfileOrdinal(value))) }
  }
}

extension ProfileTables {
  /// Touches what resolving and folding events with `keys.identifiers` will read.
  ///
  /// Changes no answer. Complexity: O(identifiers), a few look-ups in memory each.
  public func prefetch(_ keys: inout PrefetchKeys) {
    identifiers.prefetch(keys.identifiers)
    identifiers.peek(keys.identifiers, at: 0, into: &keys.found)
    keys.takeOrdinals()
    identifierRows.prefetch(keys.rows)
    cells.prefetch(keys.cells)
    identifierRows.peek(keys.rows, at: IdentifierRow.profileOffset, into: &keys.found)
    keys.takeProfiles()
    profiles.prefetch(keys.profiles)
    cells.peek(keys.cells, at: 0, into: &keys.found)
    profiles.peek(keys.profiles, at: 0, into: &keys.found)
  }
}
