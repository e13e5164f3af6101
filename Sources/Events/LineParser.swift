// One line to one row, whatever the line is: an event, a line quarantined, or one not kept.

import Bytes

/// Where a line is in the input.
public struct LinePosition: Equatable, Sendable {
  /// The number of the line, from 1.
  public var number: Int
  /// The offset of its first byte.
  public var offset: Int
  /// The number of the item in its batch or list, from 1; 0 for what stands alone.
  public var item = 0

  /// Makes a place.
  public init(number: Int, offset: Int, item: Int = 0) {
    self.number = number
    self.offset = offset
    self.item = item
  }

  /// The start of an input.
  public static let start = LinePosition(number: 1, offset: 0)
}

/// Adds the rows of lines to a batch.
struct LineParser: ~Copyable {
  let limits: EventLimits
  private let seed: HashSeed
  private var source: SourceID
  private var encoder: EventEncoder
  /// Whether to leave lines that are a value of another kind, or the beginning of one, to the caller.
  var leavesOthers = false
  /// The least number that the next occurrence of a content without an id may have.
  var occurrenceMin: UInt32 = 0

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

  /// Begins another input.
  mutating func begin(source: SourceID) {
    self.source = source
    encoder.begin(source: source)
  }

  /// Begins a call of the parser, perhaps with another batch.
  mutating func begin() { encoder.begin() }

  /// Believes times up to an instant, where the events' times move logical time.
  mutating func believe(through instant: Timestamp) { encoder.latestTime = instant }

  /// What became of a line that may be an event of a known structure.
  enum Parsed {
    /// It was one.
    case taken
    /// It is left to the caller.
    case left
    /// It has to be parsed with its tokens alone.
    case unknown
  }

  /// Parses a line that is an event, as most are; `tokens.range` may go on after its end.
  ///
  /// - Parameter token: Moved to the first token after the line, if the line was taken.
  mutating func parseByShape(
    _ tokens: borrowing JSONTokens, _ token: inout Int, _ position: LinePosition,
    into batch: inout EventBatch
  ) -> Parsed {
    guard tokens.line.count <= limits.eventBytesMax else { return .unknown }
    do throws(EventProblem) {
      let isTaken = try encoder.encodeByShape(
        tokens, &token, position, occurrenceMin: occurrenceMin, into: &batch)
      return isTaken ? .taken : .unknown
    } catch {
      return keepAside(error, tokens.text.extracting(tokens.line), position, into: &batch)
        ? .taken : .left
    }
  }

  /// Parses a line whose tokens are known; a blank one has no row.
  ///
  /// - Returns: Whether the line was taken, rather than left to the caller.
  mutating func parse(
    _ tokens: borrowing JSONTokens, _ position: LinePosition, into batch: inout EventBatch
  ) -> Bool {
    if tokens.line.count > limits.eventBytesMax {
      return appendLong(tokens.text.extracting(tokens.line), position, into: &batch)
    }
    guard !tokens.range.isEmpty else { return true }
    if tokens.byte(tokens.range.lowerBound) == ByteOrderMark.firstByte,
      ByteOrderMark.isAll(of: tokens.text.extracting(tokens.line))
    {
      return true
    }
    do throws(EventProblem) {
      if tokens.byte(tokens.range.lowerBound) == ByteOrderMark.firstByte {
        try encoder.encode(
          ByteOrderMark.skipped(tokens), position, occurrenceMin: occurrenceMin, into: &batch)
      } else {
        try encoder.encode(tokens, position, occurrenceMin: occurrenceMin, into: &batch)
      }
    } catch {
      return keepAside(error, tokens.text.extracting(tokens.line), position, into: &batch)
    }
    return true
  }

  /// Keeps a line aside that is not an event; false if it is left to the caller.
  private mutating func keepAside(
    _ problem: EventProblem, _ line: RawSpan, _ position: LinePosition,
    into batch: inout EventBatch
  ) -> Bool {
    if leavesOthers, LineShape.isOther(line, limits: limits) { return false }
    quarantine(line, LexicalCheck.problem(in: line) ?? problem, position, into: &batch)
    return true
  }

  /// Parses a line that was scanned alone, given what the scan came to.
  mutating func parse(
    _ tokens: borrowing JSONTokens, scanned result: StructuralScanner.Result,
    _ position: LinePosition, into batch: inout EventBatch
  ) -> Bool {
    let line = tokens.text.extracting(tokens.line)
    switch result {
    case .ok:
      return parse(tokens, position, into: &batch)
    case .empty:
      break
    case .invalid:
      if leavesOthers, LineShape.isOther(line, limits: limits) { return false }
      let problem = LexicalCheck.problem(in: line) ?? EventProblem(.invalidJSON, at: 0)
      quarantine(line, problem, position, into: &batch)
    }
    return true
  }

  /// Adds a line beyond the limit for events: kept unread, or not at all.
  ///
  /// - Returns: As `parse`.
  mutating func appendLong(
    _ line: RawSpan, _ position: LinePosition, into batch: inout EventBatch
  ) -> Bool {
    if leavesOthers, LineShape.isOther(line, limits: limits) { return false }
    if line.byteCount > limits.lineBytesMax {
      Self.reject(position, into: &batch)
    } else {
      quarantine(line, EventProblem(.eventTooLarge, at: 0), position, into: &batch)
    }
    return true
  }

  mutating func quarantine(
    _ line: RawSpan, _ problem: EventProblem, _ position: LinePosition,
    into batch: inout EventBatch
  ) {
    let start = batch.content.count
    batch.content.append(line)
    let payload = start..<batch.content.count
    let occurrence = encoder.nextOccurrence(
      of: EventHash.line(line, occurrence: 0, source: source, seed: seed))
    let row = EventRow(
      line: position.number, offset: position.offset, item: position.item,
      outcome: .quarantined(problem), occurrence: occurrence,
      messageHash: EventHash.line(line, occurrence: occurrence, source: source, seed: seed),
      payload: payload,
      identifiers: batch.identifiers.count..<batch.identifiers.count)
    batch.rows.append(row)
  }

  /// Puts a text of several lines in the place of the line that was made of it, if that became no event.
  func restore(_ original: RawSpan, inLastRowOf batch: inout EventBatch) {
    guard let index = batch.rows.indices.last else { return }
    let row = batch.rows[index]
    guard case .quarantined = row.outcome, row.payload.count == original.byteCount else { return }
    batch.content.replace(row.payload, with: original)
    batch.rows[index].messageHash = EventHash.line(
      original, occurrence: row.occurrence, source: source, seed: seed)
  }

  /// Adds the row of a line that is not kept.
  static func reject(
    _ position: LinePosition, _ problem: EventProblem = EventProblem(.lineTooLong, at: 0),
    into batch: inout EventBatch
  ) {
    let end = batch.content.count
    let row = EventRow(
      line: position.number, offset: position.offset, item: position.item,
      outcome: .rejected(problem),
      messageHash: Hash128(high: 0, low: 0), payload: end..<end,
      identifiers: batch.identifiers.count..<batch.identifiers.count)
    batch.rows.append(row)
  }
}
