// The names that a segment carries. Its own type because of how it is copied: the log keeps it before
// and after each batch, so a copy that then grows must not cost its whole size.

import Bytes

/// The symbols that the active segment has used so far, in their order of first use.
struct SegmentDictionary: Equatable, Sendable {
  /// The bytes of names that fill a segment, so that what a manifest keeps of it stays small.
  static let byteCountMax = 8 << 20
  /// Names that are copied when a copy grows; more become a piece that is only shared.
  private static let pieceBytes = 64 << 10
  /// Symbols are dense, so a bit each; beyond this number, which only hostile files reach, a set.
  private static let bitCount: UInt32 = 1 << 22

  /// Varint id, varint length, name, as in the footer; the end of it is `tail`.
  private var pieces: [[UInt8]] = []
  private var tail = ByteWriter()
  private var bits: [UInt64] = []
  private var others: Set<Symbol> = []

  private(set) var count: UInt32 = 0
  private(set) var byteCount = 0

  /// Whether the segment has the symbol's name.
  func contains(_ symbol: Symbol) -> Bool {
    guard symbol.value < Self.bitCount else { return others.contains(symbol) }
    let word = Int(symbol.value / 64)
    return word < bits.count && bits[word] & (1 << UInt64(symbol.value % 64)) != 0
  }

  /// Adds a symbol that is not there yet.
  mutating func insert(_ symbol: Symbol, _ name: RawSpan) {
    guard !contains(symbol) else { return }
    if symbol.value < Self.bitCount {
      let word = Int(symbol.value / 64)
      if word >= bits.count {
        bits.append(contentsOf: [UInt64](repeating: 0, count: word + 1 - bits.count))
      }
      bits[word] |= 1 << UInt64(symbol.value % 64)
    } else {
      others.insert(symbol)
    }
    let before = tail.count
    tail.varint(UInt64(symbol.value))
    tail.lengthPrefixed(name)
    byteCount += tail.count - before
    count += 1
    if tail.count >= Self.pieceBytes {
      pieces.append(tail.bytes)
      tail = ByteWriter()
    }
  }

  static func == (left: SegmentDictionary, right: SegmentDictionary) -> Bool {
    left.byteCount == right.byteCount && left.encode() == right.encode()
  }

  /// The names as the footer holds them.
  func encode() -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(byteCount)
    for piece in pieces { bytes.append(contentsOf: piece) }
    bytes.append(contentsOf: tail.bytes)
    return bytes
  }

  /// Passes each symbol to `body`.
  func forEach(_ body: (Symbol, RawSpan) -> Void) throws(DecodeError) {
    for piece in pieces { try Self.forEach(in: piece.span.bytes, body) }
    try Self.forEach(in: tail.bytes.span.bytes, body)
  }

  /// Passes each symbol of encoded names to `body`.
  ///
  /// - Returns: How many there were.
  @discardableResult
  static func forEach(
    in bytes: RawSpan, _ body: (Symbol, RawSpan) -> Void
  ) throws(DecodeError) -> Int {
    var reader = ByteReader(bytes)
    var count = 0
    while !reader.isAtEnd {
      let id = try reader.varint32()
      let name = try reader.lengthPrefixed()
      body(Symbol(id), name)
      count += 1
    }
    return count
  }
}
