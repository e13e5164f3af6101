// One line's tokens to one event: the header, its checks, the identifiers, and the row.

import Bytes

/// Encodes events into a batch.
struct EventEncoder: ~Copyable {
  let limits: EventLimits
  private let seed: HashSeed
  private var source: SourceID
  var values: ValueEncoder
  var head = PayloadBuffer()
  /// What identifiers the present event has, read back from its payload.
  private var found = FoundIdentifiers()
  private let reader: IdentifierReader
  private var occurrences = OccurrenceCounter()
  private var content = EventContent()
  let keepsTimes: Bool
  var instants = CanonicalInstants()
  /// The message ids that are none.
  let placeholders = BlockedMatcher(.messageIDs, country: nil)
  /// Under the clock of the events: the latest time that is believed.
  var latestTime = Timestamp.latest

  init(
    symbols: SymbolTable, seed: HashSeed, source: SourceID, limits: EventLimits,
    identifiers: IdentifierRules, keepsTimes: Bool
  ) {
    reader = IdentifierReader(identifiers, symbols: symbols)
    self.limits = limits
    self.keepsTimes = keepsTimes
    self.seed = seed
    self.source = source
    values = ValueEncoder(symbols: symbols, limits: limits, seed: seed)
  }

  /// Begins another input.
  mutating func begin(source: SourceID) {
    self.source = source
    occurrences = OccurrenceCounter()
  }

  /// Begins a call of the parser, perhaps with another batch.
  mutating func begin() { values.begin() }

  /// Encodes the event of a line and adds its row; the batch's rows are unchanged on an error.
  ///
  /// - Parameter occurrenceMin: The least number of its occurrence, if the event has no id.
  mutating func encode(
    _ tokens: borrowing JSONTokens, _ position: LinePosition, occurrenceMin: UInt32,
    into batch: inout EventBatch
  ) throws(EventProblem) {
    try values.encodeEvent(tokens, into: &batch)
    try finish(tokens, position, occurrenceMin: occurrenceMin, into: &batch)
  }

  /// As above, if the tree of structures takes the event; false, with nothing added, if not.
  ///
  /// - Parameter token: Where the event begins; moved to the token after it if it was encoded, or would have been but
  ///   for a problem with what its values are.
  mutating func encodeByShape(
    _ tokens: borrowing JSONTokens, _ token: inout Int, _ position: LinePosition,
    occurrenceMin: UInt32, into batch: inout EventBatch
  ) throws(EventProblem) -> Bool {
    var end = token
    guard values.encodeByShape(tokens, &end, into: &batch) else { return false }
    token = end
    try finish(tokens, position, occurrenceMin: occurrenceMin, into: &batch)
    return true
  }

  /// Adds the row of an event whose values have been encoded.
  ///
  /// What it calls is mutating even where it changes nothing: the compiler would copy the whole encoder for it.
  private mutating func finish(
    _ tokens: borrowing JSONTokens, _ position: LinePosition, occurrenceMin: UInt32,
    into batch: inout EventBatch
  ) throws(EventProblem) {
    var draft = try putHeader(tokens, into: &batch)
    if !draft.hasID {
      // Before the clock has left its mark: under another one the content is the same.
      deriveID(
        at: Int(draft.ends.event), sentStart: Int(draft.ends.original), occurrenceMin)
      draft.flags |= PayloadLayout.idIsDerived
      draft.ends.lengthenID(by: UInt32(UUIDText.storedByteCount))
    }
    if keepsTimes { draft.flags |= PayloadLayout.keepsTimes }
    head.set(draft.flags, at: PayloadLayout.flagsOffset)
    let header = draft.header(payloadEnd: head.count + values.rest.count)
    let messageHash = EventHash.message(
      head.bytes.extracting(header.eventEnd..<header.messageIDEnd),
      isNumber: header.idIsNumber, source: source, seed: seed)
    values.rest.putBefore(head)
    Self.read(header, values, reader, into: &found)
    try checkIdentifiers(of: header.type)
    let draftCount = values.draft.finish(header, flags: draft.flags, into: &batch.content)
    let start = batch.content.count
    let end = start &+ header.payloadEnd
    // Their texts come after the payload.
    values.rest.put(found.bytes)
    batch.content.append(values.rest.bytes(after: head.count))
    let firstIdentifier = batch.identifiers.count
    addIdentifiers(textsAt: end, to: &batch)
    batch.rows.append(
      EventRow(
        line: position.number, offset: position.offset, item: position.item, outcome: .event,
        header: header, messageHash: messageHash, draftCount: draftCount, payload: start..<end,
        identifiers: firstIdentifier..<batch.identifiers.count, places: notePlaces(in: &batch)))
  }

  /// Adds where the values of fields begin among the members of a payload that are not in its header.
  private mutating func notePlaces(in batch: inout EventBatch) -> Range<Int> {
    let first = batch.places.count
    guard values.hasPlaces else { return first..<first }
    batch.places.append(values.places.memory, values.places.count)
    return first..<batch.places.count
  }

  /// Reads the identifiers of the payload that lies in `values.rest`.
  private static func read(
    _ header: EventHeader, _ values: borrowing ValueEncoder, _ reader: IdentifierReader,
    into found: inout FoundIdentifiers
  ) {
    let payload = values.rest.bytes(after: header.sentEnd)
    do throws(DecodeError) {
      if values.hasPlaces {
        try reader.read(
          EventView(payload, header, places: values.places.span), into: &found)
      } else {
        try reader.read(EventView(payload, header), into: &found)
      }
    } catch {
      preconditionFailure("the encoder writes what the view reads")
    }
  }

  /// An event must have an identifier of a person, a group call at least that of its account.
  private mutating func checkIdentifiers(of type: EventType) throws(EventProblem) {
    if type == .group, found.account == nil, !found.blocked.contains(.groupID) {
      throw EventProblem(.missingGroupID, field: .groupID, at: 0)
    }
    guard !found.hasOwner else { return }
    guard !found.blocked.isEmpty else { throw EventProblem(.missingIdentifier, at: 0) }
    let isNoAccount = type == .group && found.blocked.contains(.groupID)
    throw EventProblem(
      .blockedIdentifier, field: found.unreadable?.field ?? (isNoAccount ? .groupID : .none),
      at: 0)
  }

  /// Adds the identifiers that were read, whose texts begin at `base`.
  private mutating func addIdentifiers(textsAt base: Int, to batch: inout EventBatch) {
    for entry in found.entries { add(entry, .person, base, to: &batch) }
    if let account = found.account { add(account, .account, base, to: &batch) }
    for entry in found.former { add(entry, .former, base, to: &batch) }
    for type in found.blocked {
      batch.identifiers.append(
        IdentifierRef(
          role: .blocked, type: type, value: base..<base, hash: Hash128(high: 0, low: 0)))
    }
  }

  private mutating func add(
    _ entry: FoundIdentifiers.Entry, _ role: IdentifierRef.Role, _ base: Int,
    to batch: inout EventBatch
  ) {
    batch.identifiers.append(
      IdentifierRef(
        role: role, type: entry.type,
        value: (base + entry.range.lowerBound)..<(base + entry.range.upperBound),
        hash: EventHash.identifier(entry.type, found.value(of: entry), seed: seed)))
  }

  /// The hash of an event without its id, and without `sentAt`, which every attempt to send it sets again.
  private mutating func contentHash(through sentStart: Int) -> Hash128 {
    // Taken out for its memory, while the rest of the encoder is read.
    var content = EventContent()
    swap(&content, &self.content)
    defer { swap(&content, &self.content) }
    do throws(DecodeError) {
      return try content.hash(
        head.bytes, through: sentStart, rest: values.rest.bytes, symbols: values.symbols,
        source: source, seed: seed)
    } catch {
      preconditionFailure("the encoder writes what the view reads")
    }
  }

  /// The number of this occurrence of a quarantined line, which counts as an event's content does.
  mutating func nextOccurrence(of line: Hash128) -> UInt32 { occurrences.next(line) }

  /// Puts an id that follows from the content in the place of the one that is missing.
  ///
  /// - Parameter sentStart: Where `sentAt` begins in the header.
  private mutating func deriveID(at offset: Int, sentStart: Int, _ occurrenceMin: UInt32) {
    let content = contentHash(through: sentStart)
    let occurrence = occurrences.next(content, atLeast: occurrenceMin)
    let id = EventHash.derivedID(content, occurrence: occurrence, seed: seed)
    head.putUUID(id, insteadOfByteAt: offset)
  }
}

extension IdentifierRules.Normaliser {
  /// What a problem with a text that cannot be read so is about.
  fileprivate var field: EventField {
    switch self {
    case .none: .none
    case .email: .email
    case .phone: .phone
    }
  }
}
