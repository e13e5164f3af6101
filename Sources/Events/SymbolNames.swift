// The names of symbols as a value, apart from the table that gives the symbols out: who has it reads
// names without the table's lock, and the table goes on.

import Bytes

/// The names that a symbol table knew when this was taken.
///
/// Never changes. A copy shares its memory with the table: names lie in chunks, so what a table pays
/// for its next symbol while a copy is about is one chunk and the list of chunks, not all names.
public struct SymbolNames: Sendable {
  /// The names of consecutive symbols.
  private struct Chunk: Sendable {
    /// Where each name lies in `bytes`; symbols of the chunk that are beyond the end are not in use.
    var places: [Range<Int>] = []
    var bytes: [UInt8] = []
  }

  private static let chunkSymbols = 512
  /// The place of a number that is not in use, as 0 always is.
  private static let unused = -1..<(-1)

  private var chunks: [Chunk] = []
  /// One more than the greatest number in use.
  private(set) var end: UInt32 = 1
  /// The bytes of all names together.
  private(set) var byteCount = 0

  init() {}

  /// Gives the name of a symbol to `body`, without a copy; nil for a number that is not in use.
  ///
  /// Takes no lock. Complexity: O(1).
  @inlinable
  public func withName<R>(of symbol: Symbol, _ body: (RawSpan) -> R) -> R? {
    // Inlinable around a call that is not generic: types are not looked up at run time.
    var result: R?
    visitName(of: symbol) { result = body($0) }
    return result
  }

  @usableFromInline
  func visitName(of symbol: Symbol, _ body: (RawSpan) -> Void) {
    guard let (chunk, place) = locate(symbol) else { return }
    let bytes = chunks[chunk].bytes
    body(bytes.span.bytes.extracting(place))
  }

  /// Gives the names of the lowest symbols to `body`, to be looked up many times at the price of once.
  ///
  /// The keys of the first events get the lowest numbers, so most lookups of most stores end there.
  @usableFromInline
  func withLowNames(
    _ body: (borrowing LowNames) throws(DecodeError) -> Void
  ) throws(DecodeError) {
    guard !chunks.isEmpty else { return try body(LowNames(Span(), RawSpan())) }
    let chunks = chunks.span
    try body(LowNames(chunks[0].places.span, chunks[0].bytes.span.bytes))
  }

  /// Whether a number is in use.
  func contains(_ symbol: Symbol) -> Bool { locate(symbol) != nil }

  /// Names a symbol that is not in use.
  mutating func add(_ name: RawSpan, _ symbol: Symbol) {
    let chunk = Int(symbol.value) / Self.chunkSymbols
    while chunks.count <= chunk { chunks.append(Chunk()) }
    let index = Int(symbol.value) % Self.chunkSymbols
    let missing = index + 1 - chunks[chunk].places.count
    if missing > 0 {
      chunks[chunk].places.append(contentsOf: repeatElement(Self.unused, count: missing))
    }
    let start = chunks[chunk].bytes.count
    chunks[chunk].bytes.append(name)
    chunks[chunk].places[index] = start..<(start + name.byteCount)
    end = max(end, symbol.value + 1)
    byteCount += name.byteCount
  }

  private func locate(_ symbol: Symbol) -> (chunk: Int, place: Range<Int>)? {
    let chunk = Int(symbol.value) / Self.chunkSymbols
    let index = Int(symbol.value) % Self.chunkSymbols
    guard chunk < chunks.count, index < chunks[chunk].places.count else { return nil }
    let place = chunks[chunk].places[index]
    return place == Self.unused ? nil : (chunk, place)
  }
}

/// The names of the lowest symbols, borrowed from a `SymbolNames`.
@usableFromInline
struct LowNames: ~Escapable {
  @usableFromInline let places: Span<Range<Int>>
  @usableFromInline let bytes: RawSpan

  @_lifetime(copy places, copy bytes)
  fileprivate init(_ places: Span<Range<Int>>, _ bytes: RawSpan) {
    self.places = places
    self.bytes = bytes
  }

  /// The name of a symbol; nil if it is not among these.
  @_lifetime(copy self)
  @inlinable @inline(__always)
  func name(of symbol: UInt32) -> RawSpan? {
    let index = Int(symbol)
    guard index < places.count, places[index].lowerBound >= 0 else { return nil }
    return bytes.extracting(places[index])
  }
}
