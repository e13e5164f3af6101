// One line to one row, whatever the line is: an event, a line kept aside, or one not kept.

import Bytes

/// Where a line is in the input.
struct LinePosition {
  /// The number of the line, from 1.
  var number: Int
  /// The offset of its first byte.
  var offset: Int
}

/// Adds the rows of lines to a batch.
struct LineParser {
  let limits: EventLimits
  private let seed: HashSeed
  private let source: SourceID
  private var encoder: EventEncoder

  init(
    symbols: SymbolTable, seed: HashSeed, source: SourceID, limits: EventLimits,
    identifiers: IdentifierRules, keepsTimes: Bool
  ) {
    self.limits = limits
    self.seed = seed
    self.source = source
    encoder = EventEncoder(
      symbols: symbols, seed: seed, source: source, limits: limits, identifiers: identifiers,
      keepsTimes: keepsTimes)
  }

  /// Believes times up to an instant, where the events' times move logical time.
  mutating func believe(through instant: Timestamp) { encoder.latestTime = instant }

  /// Parses a line whose tokens are known; a blank one has no row.
  mutating func parse(
    _ tokens: borrowing JSONTokens, _ position: LinePosition, into batch: inout EventBatch
  ) {
    if tokens.line.count > limits.eventBytesMax {
      appendLong(tokens.text.extracting(tokens.line), position, into: &batch)
      return
    }
    guard !tokens.range.isEmpty else { return }
    do throws(EventProblem) {
      // Not a check of the parser's: the mark would be refused anyway, for a less helpful reason.
      guard tokens.byte(tokens.range.lowerBound) != 0xEF else {
        throw EventProblem(.byteOrderMark, at: 0)
      }
      try encoder.encode(tokens, position, into: &batch)
    } catch {
      let line = tokens.text.extracting(tokens.line)
      quarantine(line, LexicalCheck.problem(in: line) ?? error, position, into: &batch)
    }
  }

  /// Parses a line that was scanned alone, given what the scan came to.
  mutating func parse(
    _ tokens: borrowing JSONTokens, scanned result: StructuralScanner.Result,
    _ position: LinePosition, into batch: inout EventBatch
  ) {
    let line = tokens.text.extracting(tokens.line)
    switch result {
    case .ok:
      parse(tokens, position, into: &batch)
    case .empty:
      return
    case .invalid:
      let problem = LexicalCheck.problem(in: line) ?? EventProblem(.invalidJSON, at: 0)
      quarantine(line, problem, position, into: &batch)
    }
  }

  /// Adds a line beyond the limit for events: kept unread, or not at all.
  func appendLong(_ line: RawSpan, _ position: LinePosition, into batch: inout EventBatch) {
    if line.byteCount > limits.lineBytesMax {
      Self.reject(position, into: &batch)
    } else {
      quarantine(line, EventProblem(.eventTooLarge, at: 0), position, into: &batch)
    }
  }

  func quarantine(
    _ line: RawSpan, _ problem: EventProblem, _ position: LinePosition,
    into batch: inout EventBatch
  ) {
    let start = batch.bytes.count
    batch.bytes.append(line)
    let payload = start..<batch.bytes.count
    let row = EventRow(
      line: position.number, offset: position.offset, outcome: .quarantined(problem),
      messageHash: EventHash.line(line, source: source, seed: seed), payload: payload,
      idBytes: payload, identifiers: batch.identifiers.count..<batch.identifiers.count)
    batch.rows.append(row)
  }

  /// Adds the row of a line that is not kept.
  static func reject(_ position: LinePosition, into batch: inout EventBatch) {
    let end = batch.bytes.count
    let row = EventRow(
      line: position.number, offset: position.offset,
      outcome: .rejected(EventProblem(.lineTooLong, at: 0)),
      messageHash: Hash128(high: 0, low: 0), payload: end..<end, idBytes: end..<end,
      identifiers: batch.identifiers.count..<batch.identifiers.count)
    batch.rows.append(row)
  }
}
