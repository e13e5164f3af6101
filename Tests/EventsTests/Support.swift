// What all tests of this module share: a parser in a box, and events as text.

import Bytes
import Events
import Testing

/// A parser with a symbol table and a seed of its own.
struct ParserBox {
  static let seed = HashSeed([UInt8](0..<32))

  let symbols: SymbolTable
  let parser: EventParser

  init(
    source: UInt32 = 1, limits: EventLimits = EventLimits(),
    symbols: SymbolTable = SymbolTable(seed: ParserBox.seed)
  ) {
    self.symbols = symbols
    parser = EventParser(
      symbols: symbols, seed: Self.seed, source: SourceID(source), limits: limits)
  }

  func parse(_ text: String) -> EventBatch { parse(Array(text.utf8)) }

  func parse(_ bytes: [UInt8]) -> EventBatch {
    var batch = EventBatch()
    parser.parse(bytes.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    return batch
  }

  /// The code of the problem with a single line, or `event`.
  func verdict(_ text: String) -> String { verdict(Array(text.utf8)) }

  func verdict(_ bytes: [UInt8]) -> String {
    let rows = parse(bytes).rows
    guard rows.count == 1 else { return "\(rows.count) rows" }
    return switch rows[0].outcome {
    case .event: "event"
    case .quarantined(let problem): problem.name
    case .rejected(let problem): "rejected " + problem.name
    }
  }

  /// The JSON of an event that was parsed and stored.
  func roundTrip(_ text: String) throws -> String {
    let batch = parse(text)
    let row = try #require(batch.rows.first)
    try #require(row.outcome == .event, "\(row.outcome)")
    var writer = ByteWriter()
    try EventView(batch.payload(of: row)).writeJSON(to: &writer, names: symbols.names())
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  func symbol(_ name: String) throws -> Symbol { try #require(symbols.lookup(name)) }
}

/// A minimal track event with these properties, in the order that JSON is written in.
func event(properties: String = "{}", more: String = "") -> String {
  #"{"type":"track","event":"E","messageId":"m","userId":"u","properties":"#
    + properties + more + "}"
}

/// A random generator that gives the same numbers for the same seed (splitmix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return HashSeed.mix(state)
  }
}

extension EventView {
  /// Visits the event's identifiers by the standard rules, as a rebuild does.
  func forEachIdentifier(
    _ symbols: SymbolTable, _ body: (IdentifierType, RawSpan) -> Void
  ) throws(DecodeError) {
    var found = FoundIdentifiers()
    try IdentifierReader(.standard, symbols: symbols).read(self, into: &found)
    for entry in found.entries { body(entry.type, found.value(of: entry)) }
  }
}
