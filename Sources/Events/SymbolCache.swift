// A worker's own copy of the symbols it has met, so that the store-wide table and its lock are
// asked once per name and worker.

import Bytes

/// Finds symbols of names without a lock.
struct SymbolCache {
  private let table: SymbolTable
  private var index = NameIndex()

  init(_ table: SymbolTable) { self.table = table }

  /// The symbol of a name; nil if the table does not take it.
  ///
  /// Complexity: O(length of the name).
  @inline(__always)
  mutating func symbol(for name: RawSpan) -> Symbol? {
    let hash = table.hash(of: name)
    if let symbol = index.find(name, hash: hash) { return symbol }
    return miss(name, hash)
  }

  @inline(never)
  private mutating func miss(_ name: RawSpan, _ hash: UInt64) -> Symbol? {
    // No larger than the table: only what the table has taken is added.
    guard let symbol = table.intern(name, hash: hash) else { return nil }
    index.add(name, hash: hash, symbol: symbol)
    return symbol
  }
}
