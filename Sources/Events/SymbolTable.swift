// The store-wide interner of event names and property keys. Parse workers ask it only for names
// that their own cache does not know, so its one lock is rare.

import Bytes
import Synchronization

/// Maps event names and property keys to symbols, one to one.
///
/// Symbols are dense from 1 and never reused. Safe to use from any thread.
public final class SymbolTable: Sendable {
  /// The bounds of a table: beyond them names are stored inside each event instead.
  public struct Limits: Sendable, Equatable {
    /// The most symbols.
    ///
    /// Default 1,000,000.
    public var symbolsMax = 1_000_000
    /// The most bytes of all names together.
    ///
    /// Default 64 MiB.
    public var nameBytesMax = 64 << 20
    /// The longest name that is interned, in bytes.
    ///
    /// Default 256.
    public var nameLengthMax = 256

    /// Makes the default limits.
    public init() {}
  }

  private struct State: Sendable {
    var index = NameIndex()
    /// Where each symbol's name lies in the index; empty for a number that is not in use.
    var ranges: [Range<Int>] = [0..<0]
    var isUsed: [Bool] = [false]
  }

  private let state = Mutex(State())
  private let limits: Limits
  private let seed: HashSeed

  /// Makes a table that holds the well-known symbols only.
  ///
  /// - Parameter seed: The store's seed, so that strangers cannot choose names that collide. The
  ///   default is for tests; symbols do not depend on it.
  public init(
    seed: HashSeed = HashSeed([UInt8](repeating: 0, count: HashSeed.byteCount)),
    limits: Limits = Limits()
  ) {
    self.limits = limits
    self.seed = seed
    state.withLock { state in
      for known in WellKnownSymbol.allCases {
        let name = Array(known.key.utf8)
        Self.add(name.span.bytes, known.symbol, hash: hash(of: name.span.bytes), to: &state)
      }
    }
  }

  /// The number of symbols.
  public var count: Int { state.withLock { $0.index.count } }

  /// Finds the symbol of a name that is interned already.
  public func lookup(_ name: RawSpan) -> Symbol? {
    let hash = hash(of: name)
    return state.withLock { $0.index.find(name, hash: hash) }
  }

  /// Finds the symbol of a name that is interned already.
  public func lookup(_ name: String) -> Symbol? {
    let bytes = Array(name.utf8)
    return lookup(bytes.span.bytes)
  }

  /// Finds or makes the symbol of a name; nil if the name is too long or the table is full.
  public func intern(_ name: RawSpan) -> Symbol? {
    intern(name, hash: hash(of: name))
  }

  /// Finds or makes the symbol of a name; nil if the name is too long or the table is full.
  public func intern(_ name: String) -> Symbol? {
    let bytes = Array(name.utf8)
    return intern(bytes.span.bytes)
  }

  /// Puts back a symbol read from the log, when a store is opened; limits do not apply.
  ///
  /// Installing the same pair again changes nothing.
  ///
  /// - Throws: `invalidValue` if the symbol or the name is taken by another, or the number is 0 or
  ///   so large (above 2^22) that it cannot have been given out; the table is unchanged.
  public func install(_ symbol: Symbol, _ name: RawSpan) throws(DecodeError) {
    guard symbol.value > 0, symbol.value <= 1 << 22 else { throw DecodeError(.invalidValue, at: 0) }
    let hash = hash(of: name)
    let isInstalled = state.withLock { state in
      if let present = state.index.find(name, hash: hash) { return present == symbol }
      let number = Int(symbol.value)
      guard number >= state.ranges.count || !state.isUsed[number] else { return false }
      Self.add(name, symbol, hash: hash, to: &state)
      return true
    }
    guard isInstalled else { throw DecodeError(.invalidValue, at: 0) }
  }

  /// Copies the name of a symbol; nil for a number that is not in use.
  public func name(of symbol: Symbol) -> [UInt8]? {
    state.withLock { state in
      guard let range = Self.range(of: symbol, in: state) else { return nil }
      return state.index.name(at: range).toArray()
    }
  }

  /// Gives the name of a symbol to `body`, without a copy; nil for a number that is not in use.
  ///
  /// The table is locked meanwhile, so `body` must be short and must not use the table.
  public func withName<R: Sendable>(of symbol: Symbol, _ body: (RawSpan) -> R) -> R? {
    state.withLock { state in
      guard let range = Self.range(of: symbol, in: state) else { return nil }
      return body(state.index.name(at: range))
    }
  }

  private static func range(of symbol: Symbol, in state: State) -> Range<Int>? {
    let number = Int(symbol.value)
    guard number < state.ranges.count, state.isUsed[number] else { return nil }
    return state.ranges[number]
  }

  private static func add(_ name: RawSpan, _ symbol: Symbol, hash: UInt64, to state: inout State) {
    let number = Int(symbol.value)
    while state.ranges.count <= number {
      state.ranges.append(0..<0)
      state.isUsed.append(false)
    }
    let start = state.index.add(name, hash: hash, symbol: symbol)
    state.ranges[number] = start..<(start + name.byteCount)
    state.isUsed[number] = true
  }

  /// The hash under which workers' caches and the table look up a name.
  func hash(of name: RawSpan) -> UInt64 { seed.hash(name, domain: EventHash.nameDomain).low }

  /// As `intern`, for a caller that has the hash already.
  func intern(_ name: RawSpan, hash: UInt64) -> Symbol? {
    let limits = self.limits
    return state.withLock { state in
      if let symbol = state.index.find(name, hash: hash) { return symbol }
      guard name.byteCount <= limits.nameLengthMax, state.ranges.count <= limits.symbolsMax,
        state.index.nameByteCount + name.byteCount <= limits.nameBytesMax
      else { return nil }
      let symbol = Symbol(UInt32(state.ranges.count))
      Self.add(name, symbol, hash: hash, to: &state)
      return symbol
    }
  }
}
