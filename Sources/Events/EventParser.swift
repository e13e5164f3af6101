// The face of the parser: bytes in, whole lines; rows out. Cuts the input into slices that fit the
// cache, scans each at once, and line by line only where a slice has a line that is not JSON.

import Bytes

/// Parses lines of JSON in the Segment spec into batches.
///
/// One per input: it keeps its memory, its cache of symbols and the count of the events without an
/// id, and is not `Sendable`. The rows of a line depend on nothing but the line, the limits, the
/// clocks and the symbol table, and without a message id on the equal lines before it: not on how the
/// input is cut into pieces, nor on the processor. Strings are kept as they are: NUL and other control
/// characters too, in identifiers as elsewhere.
public final class EventParser {
  /// Scanned at once; small enough for text and positions to stay in the second-level cache.
  private static let sliceBytes = 64 << 10
  private static let firstSliceBytes = 4 << 10

  private var scanner = StructuralScanner()
  private var lines: LineParser
  /// The machine's clock, by which times of the future are kept out of an import.
  private let wallClock: (@Sendable () -> Timestamp)?

  /// Makes a parser for one source.
  ///
  /// - Parameters:
  ///   - symbols: The store's names; shared by all workers.
  ///   - seed: The store's seed, for the hashes of identifiers and message ids.
  ///   - source: Where the lines come from; duplicates are judged per source.
  ///   - identifiers: The store's rules on what is an identifier.
  ///   - keepsTimes: Whether the times in the events are final and move logical time, as in an import of
  ///     the past. A line whose time cannot be read is quarantined then.
  ///   - wallClock: If these times are to be judged, the machine's clock: a line with a time more than 23
  ///     hours after it is quarantined. Read once a piece of input.
  public init(
    symbols: SymbolTable, seed: HashSeed, source: SourceID, limits: EventLimits = EventLimits(),
    identifiers: IdentifierRules = .standard, keepsTimes: Bool = false,
    wallClock: (@Sendable () -> Timestamp)? = nil
  ) {
    self.wallClock = keepsTimes ? wallClock : nil
    lines = LineParser(
      symbols: symbols, seed: seed, source: source, limits: limits, identifiers: identifiers,
      keepsTimes: keepsTimes)
  }

  /// Goes on with another input: equal events without an id in two inputs are the same event.
  public func begin(source: SourceID) { lines.begin(source: source) }

  /// Parses whole lines and appends their rows to `batch`, in order.
  ///
  /// Never fails as a whole.
  ///
  /// - Parameters:
  ///   - input: Lines that end with a line feed; the last one may end without. Of any size, but
  ///     `batch` grows by at most twice the size and about 300 bytes per line.
  ///   - firstLine: The number of the first line in the input, from 1.
  ///   - firstOffset: The offset of the first byte in the input.
  public func parse(
    _ input: RawSpan, firstLine: Int, firstOffset: Int, into batch: inout EventBatch
  ) {
    _ = parseAll(input, from: LinePosition(number: firstLine, offset: firstOffset), into: &batch)
  }

  /// As above; returns the place after the last line.
  func parseAll(
    _ input: RawSpan, from first: LinePosition, into batch: inout EventBatch
  ) -> LinePosition {
    begin(leavingOthers: false)
    return Self.parse(input, first, &scanner, &lines, into: &batch).end
  }

  /// Sets up the parser of lines for a call: what it does with lines that are not events, and which times it believes.
  private func begin(leavingOthers leavesOthers: Bool) {
    lines.leavesOthers = leavesOthers
    lines.begin()
    if let wallClock { lines.believe(through: wallClock() + EventTimes.futureMax) }
  }

  /// Parses whole lines up to the first one that is not an event and yet may be JSON: a batch, a list, or the
  /// beginning of a value.
  ///
  /// - Returns: The place after the last line that was taken, and whether that was the last one.
  func parseEvents(
    _ input: RawSpan, from first: LinePosition, into batch: inout EventBatch
  ) -> (end: LinePosition, isTaken: Bool) {
    begin(leavingOthers: true)
    return Self.parse(input, first, &scanner, &lines, into: &batch)
  }

  /// Parses one value of any number of lines, as the line that it could have been; one that is not an event is
  /// kept as it came.
  ///
  /// - Parameter occurrenceMin: How many events with its content are known to have come before it, in
  ///   case it has no id.
  public func parse(
    value: RawSpan, at position: LinePosition, occurrenceMin: UInt32 = 0,
    into batch: inout EventBatch
  ) {
    begin(leavingOthers: false)
    lines.occurrenceMin = occurrenceMin
    defer { lines.occurrenceMin = 0 }
    guard ByteSearch.first(0x0A, in: value, from: 0, to: value.byteCount) != nil else {
      _ = Self.parse(value, position, &scanner, &lines, into: &batch)
      return
    }
    var line = value.toArray()
    // Between tokens a blank like any other, and in a string as wrong as a line feed.
    for index in line.indices where line[index] == 0x0A { line[index] = 0x0D }
    _ = Self.parse(line.span.bytes, position, &scanner, &lines, into: &batch)
    lines.restore(value, inLastRowOf: &batch)
  }

  /// Adds the row of a line that was found wanting before it was JSON.
  ///
  /// - Parameter detail: What the problem says of a column, without customer data.
  func quarantine(
    _ raw: RawSpan, _ problem: EventProblem, detail: String, line: Int, offset: Int,
    into batch: inout EventBatch
  ) {
    quarantine(
      raw, problem, detail: detail, at: LinePosition(number: line, offset: offset), into: &batch)
  }

  /// As the function above, for what is not the whole of a line.
  func quarantine(
    _ raw: RawSpan, _ problem: EventProblem, detail: String = "", at position: LinePosition,
    into batch: inout EventBatch
  ) {
    if !detail.isEmpty { batch.details[batch.rows.count] = detail }
    lines.quarantine(raw, problem, position, into: &batch)
  }

  /// Adds the row of a line that is too long to be read into memory: rejected, not kept.
  ///
  /// For the reader of the input, which must not buffer such a line to have it parsed.
  public static func reject(line: Int, offset: Int, into batch: inout EventBatch) {
    LineParser.reject(LinePosition(number: line, offset: offset), into: &batch)
  }

  /// As the function above, for what is not the whole of a line.
  static func reject(at position: LinePosition, detail: String = "", into batch: inout EventBatch) {
    if !detail.isEmpty { batch.details[batch.rows.count] = detail }
    LineParser.reject(position, into: &batch)
  }

  /// As the functions above, for what is rejected for another reason than its length.
  static func reject(
    at position: LinePosition, _ problem: EventProblem, detail: String = "",
    into batch: inout EventBatch
  ) {
    if !detail.isEmpty { batch.details[batch.rows.count] = detail }
    LineParser.reject(position, problem, into: &batch)
  }

  /// Static, so that the worker's state is reached for once a call and not once a field.
  ///
  /// - Returns: The place after the last line that was taken, and whether none was left to the caller.
  private static func parse(
    _ input: RawSpan, _ first: LinePosition, _ scanner: inout StructuralScanner,
    _ lines: inout LineParser, into batch: inout EventBatch
  ) -> (end: LinePosition, isTaken: Bool) {
    // The input may not be there any more after the call.
    defer { scanner.unload() }
    var position = first
    var offset = 0
    // Where lines may be left to the caller, which comes back after each, little is scanned in vain.
    var wanted = lines.leavesOthers ? firstSliceBytes : sliceBytes
    while offset < input.byteCount {
      let end = endOfSlice(of: wanted, in: input, from: offset)
      wanted = min(2 * wanted, sliceBytes)
      let slice = input.extracting(offset..<end)
      if slice.byteCount > max(sliceBytes, lines.limits.eventBytesMax + 1) {
        // A single line, too long to be an event.
        let content = slice[slice.byteCount - 1] == 0x0A ? slice.byteCount - 1 : slice.byteCount
        guard lines.appendLong(slice.extracting(0..<content), position, into: &batch) else {
          return (position, false)
        }
        position.number += 1
      } else {
        unsafe scanner.load(input, offset..<end)
        guard parseSlice(&position, &scanner, &lines, into: &batch) else {
          return (position, false)
        }
      }
      offset = end
      position.offset = first.offset + offset
    }
    return (position, true)
  }

  /// The end of as many whole lines as fit a slice, of at least one.
  private static func endOfSlice(of wanted: Int, in input: RawSpan, from start: Int) -> Int {
    let limit = start + wanted
    guard limit < input.byteCount else { return input.byteCount }
    if let last = ByteSearch.last(0x0A, in: input, from: start, to: limit) { return last + 1 }
    let next = ByteSearch.first(0x0A, in: input, from: limit, to: input.byteCount)
    return next.map { $0 + 1 } ?? input.byteCount
  }

  /// Parses the loaded lines and moves `position` to the line after them, or to the first one that is left
  /// to the caller; false for that.
  private static func parseSlice(
    _ position: inout LinePosition, _ scanner: inout StructuralScanner,
    _ lines: inout LineParser, into batch: inout EventBatch
  ) -> Bool {
    let count = scanner.count
    let isScanned = scanner.scan(0..<count) == .ok
    let first = position.offset
    var token = 0
    var start = 0
    // The first backslash from `start` on.
    var backslash = -1
    while start < count {
      let end = ByteSearch.first(0x0A, in: scanner.text, from: start, to: count) ?? count
      let line = start..<end
      position.offset = first + start
      let isTaken: Bool
      if isScanned {
        if backslash < start {
          backslash =
            ByteSearch.first(UInt8(ascii: "\\"), in: scanner.text, from: start, to: count) ?? count
        }
        let hasBackslash = backslash < end
        // Hot: nearly all lines are events of a structure that came before, which ends where the line does.
        let rest = JSONTokens(
          scanner, line: line, range: token..<scanner.positions.count,
          hasBackslash: hasBackslash)
        switch lines.parseByShape(rest, &token, position, into: &batch) {
        case .taken: isTaken = true
        case .left: isTaken = false
        case .unknown:
          let tokens = tokensOfLine(end: end, from: &token, in: scanner.positions)
          let view = JSONTokens(scanner, line: line, range: tokens, hasBackslash: hasBackslash)
          isTaken = lines.parse(view, position, into: &batch)
        }
      } else {
        // One of the lines is not JSON: find out which, and spare the others.
        let result = line.count > lines.limits.eventBytesMax ? .ok : scanner.scan(line)
        let view = JSONTokens(
          scanner, base: start, line: line, range: 0..<scanner.positions.count)
        isTaken = lines.parse(view, scanned: result, position, into: &batch)
      }
      guard isTaken else { return false }
      position.number += 1
      start = end + 1
    }
    return true
  }

  @inline(__always)
  private static func tokensOfLine(
    end: Int, from token: inout Int, in positions: Span<UInt32>
  ) -> Range<Int> {
    let first = token
    while token < positions.count, Int(positions[token]) < end { token &+= 1 }
    return first..<token
  }
}
