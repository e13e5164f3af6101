// A worker's own copy of the symbols it has met, so that the store-wide table and its lock are
// asked once per name and worker.

import Bytes

/// Finds symbols of names without a lock.
struct SymbolCache {
  let table: SymbolTable
  private var index = NameIndex()
  /// The hashes of the names met, by the numbers of their symbols; 0 for others.
  private var hashes: [UInt64] = []

  init(_ table: SymbolTable) { self.table = table }

  /// The hash of a symbol's name; the symbol must be one that this cache gave out.
  @inline(__always)
  func hash(of symbol: Symbol) -> UInt64 {
    let place = Int(symbol.value)
    return place < hashes.count ? hashes[place] : 0
  }

  /// The hash that a name has as a symbol's.
  func hash(of name: RawSpan) -> UInt64 { table.hash(of: name) }

  /// The symbol of a name; nil if the table does not take it.
  ///
  /// Complexity: O(length of the name).
  mutating func symbol(for name: RawSpan) -> Symbol? {
    let hash = table.hash(of: name)
    if let symbol = index.find(name, hash: hash) { return symbol }
    // No larger than the table: only what the table has taken is added.
    guard let symbol = table.intern(name, hash: hash) else { return nil }
    index.add(name, hash: hash, symbol: symbol)
    let place = Int(symbol.value)
    if place >= hashes.count {
      hashes.append(contentsOf: repeatElement(0, count: place + 1 - hashes.count))
    }
    hashes[place] = hash
    return symbol
  }
}
