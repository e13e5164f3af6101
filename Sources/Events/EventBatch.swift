// What a parse worker hands to the writer: flat arrays, so that a batch crosses threads as a few
// buffers and is reused without freeing anything.

import Bytes

/// What became of one line of input.
public enum EventOutcome: Equatable, Sendable {
  /// A valid event; the payload is its encoding, to be read with `EventView`.
  case event
  /// Quarantined: the payload is the line as it was sent.
  case quarantined(EventProblem)
  /// Not kept: there is no payload.
  case rejected(EventProblem)
}

/// One identifier of an event.
public struct IdentifierRef: Sendable {
  /// What it identifies.
  public enum Role: Sendable {
    /// The person.
    case person
    /// The account that the event counts for.
    case account
    /// The person, by an id of before: what an alias call says, once as each type that it can be of.
    case former
    /// Nobody: the value was skipped, and neither value nor hash are kept.
    case blocked
  }

  /// What it identifies.
  public var role = Role.person
  /// The type of the identifier.
  public var type: IdentifierType
  /// Where its normalised text lies in the bytes of the batch.
  public var value: Range<Int>
  /// The hash of the text under the store's seed, with the type as the domain.
  public var hash: Hash128
}

/// One line of input, parsed.
public struct EventRow: Sendable {
  /// The number of the line in the input, from 1.
  public var line: Int
  /// The offset of the line's first byte in the input.
  public var offset: Int
  /// The number of the event in its batch or list, from 1; 0 for what stands alone.
  public var item = 0
  /// What became of the line.
  public var outcome: EventOutcome
  /// The header of the payload; nil unless the outcome is `.event`.
  var header: EventHeader?
  /// How many equal quarantined lines came before it in the input; 0 unless it is quarantined.
  public var occurrence: UInt32 = 0
  /// Whether a quarantined line is an event that was sent without an id, with the derived one in it.
  public var hasDerivedID = false
  /// The hash that finds duplicates: of source and message id; of source, whole line and occurrence for
  /// a quarantined line, so that a file sent twice is quarantined once; zero for a rejected one.
  public var messageHash: Hash128
  /// How many bytes the draft of the packed event takes that lies before the payload; 0 for none.
  public internal(set) var draftCount = 0
  /// Where the payload lies in the bytes of the batch; empty for a rejected line.
  public var payload: Range<Int>
  /// Which of `EventBatch.identifiers` are the event's: those of the person, highest priority first,
  /// then its account and what was skipped.
  public var identifiers: Range<Int>
  /// Which of `EventBatch.places` are the event's; none if they were not noted.
  var places = 0..<0
}

extension EventRow {
  /// The call; nil unless the outcome is `.event`.
  public var type: EventType? { header?.type }

  /// The name of the event; nil if it has none, or none that is interned.
  public var name: Symbol? { header?.name }

  /// The times that the event carries.
  private var times: EventTimes { header?.times ?? EventTimes() }

  /// The event's time by its own account; nil if it has none that can be read.
  public var time: Timestamp? { times.own }

  /// The time that the event counts from if it is received at `receivedAt`: that of `EventView.clock`.
  public func clock(receivedAt: Timestamp) -> EventClock { times.clock(receivedAt: receivedAt) }
}

/// Parsed lines in the order of the input.
///
/// Reuse one with `removeAll()` to keep its memory.
public struct EventBatch: Sendable {
  /// Payloads and identifier texts, back to back.
  var content = FlatBuffer<UInt8>()
  /// The lines; blank ones are left out.
  public internal(set) var rows: [EventRow] = []
  /// The identifiers of all rows.
  public internal(set) var identifiers: [IdentifierRef] = []
  /// Where the values of fields begin in the payloads of rows, 0 for none.
  ///
  /// See `FieldTable`.
  var places = FlatBuffer<UInt32>()
  /// What problems of rows say of a column, by the index of the row.
  public internal(set) var details: [Int: String] = [:]
  /// Every symbol that a payload of the batch uses, once.
  ///
  /// Perhaps a few more: those that a line had before it turned out to be no event.
  public internal(set) var symbols: [Symbol] = []
  /// One bit a symbol: whether `symbols` has it.
  private var symbolBits: [UInt64] = []

  /// Makes an empty batch.
  public init() {}

  /// Makes an empty batch with room for the events of about so many bytes of input.
  ///
  /// Else a new batch is copied about ten times while it grows.
  public init(forBytes inputBytes: Int) {
    let rowCount = inputBytes / Self.lineBytesExpected
    content.reserveCapacity(inputBytes + inputBytes / 4)
    rows.reserveCapacity(rowCount)
    identifiers.reserveCapacity(2 * rowCount)
  }

  private static let lineBytesExpected = 400

  /// Payloads and identifier texts, back to back: a copy.
  public var bytes: [UInt8] { content.array }

  /// Empties the batch; keeps the memory.
  public mutating func removeAll() {
    content.removeAll()
    rows.removeAll(keepingCapacity: true)
    identifiers.removeAll(keepingCapacity: true)
    places.removeAll()
    details.removeAll()
    for symbol in symbols { symbolBits[Int(symbol.value >> 6)] = 0 }
    symbols.removeAll(keepingCapacity: true)
  }

  /// Why nothing of an input could be read as JSON; nil if anything could, or if there is nothing.
  ///
  /// Items of a batch do not count: the batch around them has been read.
  public var problemOfAll: EventProblem? {
    var first: EventProblem?
    for row in rows {
      guard row.item == 0, case .quarantined(let problem) = row.outcome,
        [.invalidJSON, .invalidUTF8, .invalidBatch].contains(problem.code)
      else { return nil }
      first = first ?? problem
    }
    return first
  }

  /// Where a batch ends at some time, to take back what was appended after it.
  struct End {
    fileprivate var rows, bytes, identifiers: Int
  }

  /// Where it ends now.
  var end: End {
    End(rows: rows.count, bytes: content.count, identifiers: identifiers.count)
  }

  /// Whether a row that was appended since then is not an event.
  func hasProblem(since end: End) -> Bool {
    rows[end.rows...].contains { $0.outcome != .event }
  }

  /// Says where rows stand that were parsed as lines but are the items of a batch or list.
  ///
  /// - Parameters:
  ///   - first: The index of the first of them.
  ///   - position: Where the batch begins.
  ///   - offsets: Where each begins, in bytes from there.
  mutating func place(
    rowsFrom first: Int, at position: LinePosition, offsets: some Sequence<Int>
  ) {
    for (index, offset) in zip(first..., offsets) where index < rows.count {
      rows[index].line = position.number
      rows[index].offset = position.offset + offset
      rows[index].item = index - first + 1
    }
  }

  /// Takes back what was appended since then; symbols stay noted as used.
  mutating func removeAll(since end: End) {
    for index in end.rows..<rows.count { details[index] = nil }
    rows.removeLast(rows.count - end.rows)
    content.removeLast(content.count - end.bytes)
    identifiers.removeLast(identifiers.count - end.identifiers)
  }

  /// The payload of a row of this batch.
  @_lifetime(borrow self)
  public func payload(of row: EventRow) -> RawSpan { content.span.bytes.extracting(row.payload) }

  /// The draft of the packed event that a row of this batch is, for `EventPacker`, and the payload after it.
  @_lifetime(borrow self)
  public func draftAndPayload(of row: EventRow) -> RawSpan {
    content.span.bytes.extracting(
      (row.payload.lowerBound - row.draftCount)..<row.payload.upperBound)
  }

  /// The event of a row of this batch whose outcome is `.event`; any other traps.
  @_lifetime(borrow self)
  public func event(of row: EventRow) -> EventView {
    guard let header = row.header else { preconditionFailure("the row is not an event") }
    return EventView(payload(of: row), header, places: places.span.extracting(row.places))
  }

  /// The event of the row at an index, whose outcome is `.event`; any other traps.
  ///
  /// As `event(of:)`, without a copy of the row.
  @_lifetime(borrow self)
  public func event(at index: Int) -> EventView {
    let rows = rows.span
    guard rows[index].header != nil else { preconditionFailure("the row is not an event") }
    return EventView(
      content.span.bytes.extracting(rows[index].payload), rows[index].header.unsafelyUnwrapped,
      places: places.span.extracting(rows[index].places))
  }

  /// The normalised text of an identifier of this batch.
  @_lifetime(borrow self)
  public func value(of identifier: IdentifierRef) -> RawSpan {
    content.span.bytes.extracting(identifier.value)
  }

  /// Notes that a payload uses `symbol`.
  @inline(__always)
  mutating func use(_ symbol: Symbol) {
    let word = Int(symbol.value >> 6)
    let bit = UInt64(1) << UInt64(symbol.value & 63)
    if word < symbolBits.count, symbolBits[word] & bit != 0 { return }
    noteFirstUse(of: symbol, word: word, bit: bit)
  }

  @inline(never)
  private mutating func noteFirstUse(of symbol: Symbol, word: Int, bit: UInt64) {
    if word >= symbolBits.count {
      symbolBits.append(contentsOf: repeatElement(0, count: word + 1 - symbolBits.count))
    }
    symbolBits[word] |= bit
    symbols.append(symbol)
  }
}
