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
    var names = SymbolNames()
    var slots = NumberSlots()
    var fields = FieldTable()
    var generation: UInt32 = 0

    func find(_ name: RawSpan, hash: UInt64) -> Symbol? {
      let number = slots.find(hash: hash) { number in
        names.withName(of: Symbol(number)) { $0.elementsEqual(name) } ?? false
      }
      return number.map { Symbol($0) }
    }

    mutating func add(_ name: RawSpan, _ symbol: Symbol, hash: UInt64) {
      names.add(name, symbol)
      slots.add(symbol.value, hash: hash)
    }
  }

  /// The greatest number of a symbol, far above the default limit: what a damaged dictionary can
  /// make a table grow to is bounded.
  private static let numberMax: UInt32 = 1 << 22

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
        state.add(name.span.bytes, known.symbol, hash: hash(of: name.span.bytes))
      }
    }
  }

  /// The number of symbols.
  public var count: Int { state.withLock { $0.slots.count } }

  /// Finds the symbol of a name that is interned already.
  public func lookup(_ name: RawSpan) -> Symbol? {
    let hash = hash(of: name)
    return state.withLock { $0.find(name, hash: hash) }
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

  /// Finds or makes the symbol of a name in a definition; nil if the name is too long.
  ///
  /// The limits on number and bytes hold for what senders choose. A definition is its author's and
  /// was accepted once, so a table that senders have filled must not refuse its names.
  public func intern(definition name: String) -> Symbol? {
    let bytes = Array(name.utf8)
    let span = bytes.span.bytes
    return intern(span, hash: hash(of: span), ifNew: { _ in true })
  }

  /// Whether a name can never be a symbol, as it is longer than the longest.
  public func isTooLong(_ name: String) -> Bool { name.utf8.count > limits.nameLengthMax }

  /// Puts back a symbol read from the log, when a store is opened; limits do not apply.
  ///
  /// Installing the same pair again changes nothing.
  ///
  /// - Throws: `invalidValue` if the symbol or the name is taken by another, or the number is 0 or
  ///   so large (above 2^22) that it cannot have been given out; the table is unchanged.
  public func install(_ symbol: Symbol, _ name: RawSpan) throws(DecodeError) {
    guard symbol.value > 0, symbol.value <= Self.numberMax else {
      throw DecodeError(.invalidValue, at: 0)
    }
    let hash = hash(of: name)
    let isInstalled = state.withLock { state in
      if let present = state.find(name, hash: hash) { return present == symbol }
      guard !state.names.contains(symbol) else { return false }
      state.add(name, symbol, hash: hash)
      return true
    }
    guard isInstalled else { throw DecodeError(.invalidValue, at: 0) }
  }

  /// Copies the name of a symbol; nil for a number that is not in use.
  public func name(of symbol: Symbol) -> [UInt8]? {
    names().withName(of: symbol) { $0.toArray() }
  }

  /// A number that nothing else has which uses this table, for as long as it is open.
  func nextGeneration() -> UInt32 {
    state.withLock { state in
      state.generation &+= 1
      return state.generation
    }
  }

  /// The names of all symbols so far, to be read without a lock.
  ///
  /// Complexity: O(1). While the value is kept, the table's next symbol costs a copy of up to 512
  /// names, once.
  public func names() -> SymbolNames { state.withLock { $0.names } }

  /// The way to a value that is asked for of every event, given its keys from the event's top, at least one.
  public func field(_ keys: [Symbol]) -> FieldPath {
    guard let number = state.withLock({ $0.fields.number(of: keys) }) else {
      return FieldPath(unnumbered: keys)
    }
    return FieldPath(keys, number: number)
  }

  /// The way to a value for a question, given its keys from the event's top, which leaves the table as it is.
  ///
  /// - Returns: Also whether all keys are known. A way over one that is not leads nowhere: no event has it.
  public func knownField(_ keys: [String]) -> (path: FieldPath, isKnown: Bool) {
    let symbols = keys.map { lookup($0) }
    let nowhere = Symbol(.max)
    return (
      FieldPath(unnumbered: symbols.map { $0 ?? nowhere }), symbols.allSatisfy { $0 != nil }
    )
  }

  /// The fields so far.
  func fields() -> FieldTable { state.withLock { $0.fields } }

  /// The hash under which workers' caches and the table look up a name.
  func hash(of name: RawSpan) -> UInt64 { seed.hash(name, domain: EventHash.nameDomain).low }

  /// As `intern`, for a caller that has the hash already.
  func intern(_ name: RawSpan, hash: UInt64) -> Symbol? {
    intern(name, hash: hash) { [limits] names in
      names.end <= limits.symbolsMax && names.byteCount + name.byteCount <= limits.nameBytesMax
    }
  }

  private func intern(
    _ name: RawSpan, hash: UInt64, ifNew hasRoom: (SymbolNames) -> Bool
  ) -> Symbol? {
    state.withLock { state in
      if let symbol = state.find(name, hash: hash) { return symbol }
      guard name.byteCount <= limits.nameLengthMax, state.names.end <= Self.numberMax,
        hasRoom(state.names)
      else { return nil }
      let symbol = Symbol(state.names.end)
      state.add(name, symbol, hash: hash)
      return symbol
    }
  }
}
