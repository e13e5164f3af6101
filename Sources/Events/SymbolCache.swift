// A worker's own copy of the symbols it has met, so that the store-wide table and its lock are
// asked once per name and worker.

import Bytes

/// Finds symbols of names without a lock.
struct SymbolCache {
  let table: SymbolTable
  private var index = NameIndex()
  /// The hashes of the names met, by the numbers of their symbols; 0 for others.
  private var hashes: [UInt64] = []

  /// Short names that came last, by some of the bits of their bytes: the names of events are few.
  private var recent = [Recent](repeating: Recent(), count: 1 << Self.recentBits)
  private static let recentBits: UInt64 = 6

  /// A name of at most 16 bytes, which head, tail and length tell from all others.
  private struct Recent {
    var head: UInt64 = 0
    var tail: UInt64 = 0
    var count = 0
    var symbol: UInt32 = 0  // 0: none
  }

  init(_ table: SymbolTable) { self.table = table }

  /// The symbol of a name; nil if the table does not take it.
  @inline(__always)
  mutating func symbol(for name: PlainText) -> Symbol? {
    guard name.count <= 16 else { return name.withBytes { symbol(for: $0) } }
    let (head, tail) = (name.head, name.tail)
    let mixed = (head ^ tail &<< 1) &* 0x9E37_79B9_7F4A_7C15
    let slot = Int(truncatingIfNeeded: mixed &>> (64 &- Self.recentBits))
    let known = recent[slot]
    if known.head == head, known.tail == tail, known.count == name.count, known.symbol != 0 {
      return Symbol(known.symbol)
    }
    guard let symbol = name.withBytes({ symbol(for: $0) }) else { return nil }
    recent[slot] = Recent(head: head, tail: tail, count: name.count, symbol: symbol.value)
    return symbol
  }

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
