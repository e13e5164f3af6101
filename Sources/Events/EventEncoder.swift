// One line's tokens to one event: the header, its checks, the identifiers, and the row.

import Bytes

/// Encodes events into a batch.
struct EventEncoder: ~Copyable {
  private let limits: EventLimits
  private let seed: HashSeed
  private let source: SourceID
  private var values: ValueEncoder
  private var head = PayloadBuffer()
  /// What identifiers the present event has, read back from its payload.
  private var found = FoundIdentifiers()
  private let reader: IdentifierReader
  private var occurrences = OccurrenceCounter()
  private var content = EventContent()
  private let keepsTimes: Bool
  /// The message ids that are none.
  private let placeholders = BlockedMatcher(.messageIDs, country: nil)
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
    var draft = try putHeader(tokens, into: &batch)
    let start = batch.bytes.count
    batch.bytes.append(head.bytes)
    batch.bytes.append(values.rest.bytes)
    if !draft.hasID {
      // Before the clock has left its mark: under another one the content is the same.
      deriveID(
        at: start + draft.ends.event, sentStart: draft.ends.original, occurrenceMin, into: &batch)
      draft.flags |= PayloadLayout.idIsDerived
      draft.ends.lengthenID(by: UUIDText.storedByteCount)
    }
    if keepsTimes { draft.flags |= PayloadLayout.keepsTimes }
    batch.bytes[start + PayloadLayout.flagsOffset] = draft.flags
    let payload = start..<batch.bytes.count
    let header = draft.header(summary: batch.bytes[start + 1], payloadEnd: payload.count)
    let places = notePlaces(restStart: draft.ends.sent, in: &batch)
    let firstIdentifier = batch.identifiers.count
    do throws(EventProblem) { try addIdentifiers(of: payload, header, places, to: &batch) } catch {
      batch.bytes.removeLast(batch.bytes.count - start)
      batch.places.removeLast(places.count)
      throw error
    }
    let id = (start + draft.ends.event)..<(start + draft.ends.messageID)
    batch.rows.append(
      EventRow(
        line: position.number, offset: position.offset, item: position.item, outcome: .event,
        header: header,
        messageHash: EventHash.message(
          batch.bytes.span.bytes.extracting(id), isNumber: header.idIsNumber, source: source,
          seed: seed),
        payload: payload, identifiers: firstIdentifier..<batch.identifiers.count,
        places: places))
  }

  /// Adds where the values of fields begin in a payload whose other members begin at `restStart`.
  private mutating func notePlaces(restStart: Int, in batch: inout EventBatch) -> Range<Int> {
    let first = batch.places.count
    guard values.hasPlaces else { return first..<first }
    for place in values.places {
      batch.places.append(place == 0 ? 0 : place &+ UInt32(truncatingIfNeeded: restStart))
    }
    return first..<batch.places.count
  }

  /// Writes the header, with one byte in the place of a message id that is missing.
  private mutating func putHeader(
    _ tokens: borrowing JSONTokens, into batch: inout EventBatch
  ) throws(EventProblem) -> HeaderDraft {
    let header = values.header
    head.removeAll()
    head.put(PayloadLayout.format)
    head.put(0)
    head.put(0)
    var draft = HeaderDraft(type: try readType(tokens, header))
    draft.name = try putName(tokens, header, draft.type, &batch)
    draft.ends.event = head.count
    draft.hasID = try putMessageID(tokens, header)
    draft.ends.messageID = head.count
    try putIdentifier(tokens, header.userID, .userID)
    draft.ends.userID = head.count
    let place = try findEmail(of: draft.type, tokens, header)
    try putIdentifier(tokens, header.anonymousID, .anonymousID)
    draft.ends.anonymousID = head.count
    try requireIDs(of: draft.type, tokens, header)
    try putTimes(tokens, header, &draft)
    head.set(draft.type.rawValue | place.rawValue << PayloadLayout.emailShift, at: 1)
    return draft
  }

  /// Adds the identifiers of a payload of the batch; an event must have one of a person, a group call at least that
  /// of its account.
  private mutating func addIdentifiers(
    of payload: Range<Int>, _ header: EventHeader, _ places: Range<Int>,
    to batch: inout EventBatch
  ) throws(EventProblem) {
    let type = header.type
    do throws(DecodeError) {
      let event = EventView(
        batch.bytes.span.bytes.extracting(payload), header,
        places: batch.places.span.extracting(places))
      try reader.read(event, into: &found)
    } catch {
      preconditionFailure("the encoder writes what the view reads")
    }
    if type == .group, found.account == nil, !found.blocked.contains(.groupID) {
      throw EventProblem(.missingGroupID, field: .groupID, at: 0)
    }
    guard found.hasOwner else {
      guard !found.blocked.isEmpty else { throw EventProblem(.missingIdentifier, at: 0) }
      let isNoAccount = type == .group && found.blocked.contains(.groupID)
      throw EventProblem(
        .blockedIdentifier, field: found.unreadable?.field ?? (isNoAccount ? .groupID : .none),
        at: 0)
    }
    let base = batch.bytes.count
    batch.bytes.append(contentsOf: found.bytes)
    for entry in found.entries { add(entry, .person, base, to: &batch) }
    if let account = found.account { add(account, .account, base, to: &batch) }
    for entry in found.former { add(entry, .former, base, to: &batch) }
    for type in found.blocked {
      batch.identifiers.append(
        IdentifierRef(
          role: .blocked, type: type, value: base..<base, hash: Hash128(high: 0, low: 0)))
    }
  }

  private func add(
    _ entry: FoundIdentifiers.Entry, _ role: IdentifierRef.Role, _ base: Int,
    to batch: inout EventBatch
  ) {
    batch.identifiers.append(
      IdentifierRef(
        role: role, type: entry.type,
        value: (base + entry.range.lowerBound)..<(base + entry.range.upperBound),
        hash: EventHash.identifier(entry.type, found.value(of: entry), seed: seed)))
  }

  private mutating func readType(
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens
  ) throws(EventProblem) -> EventType {
    guard let token = header.type else { throw EventProblem(.missingType, field: .type, at: 0) }
    guard tokens.byte(token) == UInt8(ascii: "\"") else {
      throw try wrongType(tokens, token, .type)
    }
    let string = try values.string(tokens, token)
    guard let type = EventType(string.characters(in: tokens.text)) else {
      throw tokens.problem(.unknownType, field: .type, token)
    }
    return type
  }

  /// Writes `event`; only track events must have one.
  private mutating func putName(
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens, _ type: EventType,
    _ batch: inout EventBatch
  ) throws(EventProblem) -> Symbol? {
    guard let token = header.event else {
      guard type != .track else { throw EventProblem(.missingEventName, field: .event, at: 0) }
      head.put(ValueTag.absent)
      return nil
    }
    guard tokens.byte(token) == UInt8(ascii: "\"") else {
      guard tokens.isLiteral(token, "null") else { throw try wrongType(tokens, token, .event) }
      guard type != .track else { throw tokens.problem(.missingEventName, field: .event, token) }
      head.put(ValueTag.null)
      return nil
    }
    let string = try values.string(tokens, token)
    let text = string.characters(in: tokens.text)
    guard !text.isEmpty || type != .track else {
      throw tokens.problem(.missingEventName, field: .event, token)
    }
    guard !text.isEmpty, let symbol = values.symbol(for: text) else {
      head.putString(text)
      return nil
    }
    head.put(ValueTag.symbol)
    head.putVarint(UInt64(symbol.value))
    batch.use(symbol)
    return symbol
  }

  /// Writes `messageId`; false if there is none, then one byte is there for it.
  private mutating func putMessageID(
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens
  ) throws(EventProblem) -> Bool {
    guard let token = header.messageID, !tokens.isLiteral(token, "null") else {
      head.put(ValueTag.absent)
      return false
    }
    let isString = tokens.byte(token) == UInt8(ascii: "\"")
    if !isString, JSONNumber(tokens.text, tokens.scalar(token)) == nil {
      throw try wrongType(tokens, token, .messageID)
    }
    let string = isString ? try values.string(tokens, token) : JSONString(tokens.scalar(token))
    let text = string.characters(in: tokens.text)
    let count = text.byteCount
    // What is blank, or stands for a missing id, would make duplicates of all events that have it.
    let canonical = isString ? nil : NumberText.canonical(text)
    guard !placeholders.matches(text),
      canonical.map({ placeholders.matches($0.span.bytes) }) != true
    else {
      head.put(ValueTag.absent)
      return false
    }
    if !isString { head.set(PayloadLayout.messageIDIsNumber, at: 1) }
    head.putString(text)
    guard count <= limits.messageIDBytesMax else {
      throw tokens.problem(.messageIDTooLong, field: .messageID, token)
    }
    return true
  }

  /// Writes `userId` or `anonymousId`.
  private mutating func putIdentifier(
    _ tokens: borrowing JSONTokens, _ token: Int?, _ field: EventField
  ) throws(EventProblem) {
    guard let token else {
      head.put(ValueTag.absent)
      return
    }
    let count: Int
    if tokens.byte(token) == UInt8(ascii: "\"") {
      let string = try values.string(tokens, token)
      let text = string.characters(in: tokens.text)
      head.putString(text)
      count = text.byteCount
    } else if tokens.isLiteral(token, "null") {
      head.put(ValueTag.null)
      return
    } else {
      let range = tokens.scalar(token)
      guard head.putNumber(tokens.text, range) else { throw try wrongType(tokens, token, field) }
      count = range.count
    }
    guard count <= limits.identifierBytesMax else {
      throw tokens.problem(.identifierTooLong, field: field, token)
    }
  }

  /// Finds the e-mail identifier: the first place that holds a text which is not blank, or a list with one.
  private mutating func findEmail(
    of type: EventType, _ tokens: borrowing JSONTokens, _ header: HeaderTokens
  ) throws(EventProblem) -> EmailPlace {
    if type.canIdentifyPerson(below: WellKnownSymbol.traits.symbol),
      try hasEmail(tokens, header.traitsEmail)
    {
      return .traits
    }
    if try hasEmail(tokens, header.contextTraitsEmail) { return .contextTraits }
    if try hasEmail(tokens, header.propertiesEmail) { return .properties }
    return .none
  }

  private mutating func hasEmail(
    _ tokens: borrowing JSONTokens, _ token: Int?
  ) throws(EventProblem) -> Bool {
    guard let token else { return false }
    guard tokens.byte(token) == UInt8(ascii: "\"") else { return try hasText(tokens, list: token) }
    let string = try values.string(tokens, token)
    let text = string.characters(in: tokens.text)
    let count = IdentifierText.trimmed(text).count
    guard count <= limits.identifierBytesMax else {
      throw tokens.problem(.identifierTooLong, field: .email, token)
    }
    return count > 0
  }

  /// Whether an element of a list, which has been encoded already, is a text that is not blank.
  private mutating func hasText(
    _ tokens: borrowing JSONTokens, list: Int
  ) throws(EventProblem) -> Bool {
    var depth = 0
    var token = list
    repeat {
      switch tokens.byte(token) {
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"): depth -= 1
      case UInt8(ascii: "\"") where depth == 1:
        let string = try values.string(tokens, token)
        let text = string.characters(in: tokens.text)
        if !IdentifierText.trimmed(text).isEmpty { return true }
      default: break
      }
      token += 1
    } while depth > 0 && token < tokens.range.upperBound
    return false
  }

  private mutating func putTimes(
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens, _ draft: inout HeaderDraft
  ) throws(EventProblem) {
    var times = EventTimes()
    times.keepsTimes = keepsTimes
    times.isHistorical = header.isHistorical
    times.timestamp = try putStamp(tokens, header.timestamp, .timestamp)
    draft.ends.timestamp = head.count
    times.original = try putStamp(tokens, header.originalTimestamp, .originalTimestamp)
    draft.ends.original = head.count
    times.sent = try putStamp(tokens, header.sentAt, .sentAt)
    draft.ends.sent = head.count
    draft.times = times
    if times.isHistorical { draft.flags |= PayloadLayout.isHistorical }
    if keepsTimes, let problem = times.importProblem(through: latestTime) {
      let token = problem.field == .timestamp ? header.timestamp : header.originalTimestamp
      throw tokens.problem(problem.code, field: problem.field, token ?? tokens.range.lowerBound)
    }
  }

  /// Writes a time as it was sent, whether or not it can be read.
  private mutating func putStamp(
    _ tokens: borrowing JSONTokens, _ token: Int?, _ field: EventField
  ) throws(EventProblem) -> EventStamp {
    guard let token else {
      head.put(ValueTag.absent)
      return .absent
    }
    if tokens.byte(token) == UInt8(ascii: "\"") {
      let string = try values.string(tokens, token)
      return head.putTime(string.characters(in: tokens.text))
    } else if tokens.isLiteral(token, "null") {
      head.put(ValueTag.null)
      return .absent
    } else if tokens.isLiteral(token, "true") {
      head.put(ValueTag.yes)
    } else if tokens.isLiteral(token, "false") {
      head.put(ValueTag.no)
    } else {
      let range = tokens.scalar(token)
      guard head.putNumber(tokens.text, range) else { throw try wrongType(tokens, token, field) }
      return EventStamp(tokens.text.extracting(range))
    }
    return .unreadable
  }

  /// The problem with a scalar that a field must not have; if it is no JSON at all, then that.
  private func wrongType(
    _ tokens: borrowing JSONTokens, _ token: Int, _ field: EventField
  ) throws(EventProblem) -> EventProblem {
    guard tokens.beginsValue(token) else { throw tokens.problem(.invalidJSON, token) }
    return tokens.problem(.wrongFieldType, field: field, token)
  }

  /// Checks the ids that a call cannot do without.
  private mutating func requireIDs(
    of type: EventType, _ tokens: borrowing JSONTokens, _ header: HeaderTokens
  ) throws(EventProblem) {
    switch type {
    case .group:
      // Whether there is one is known once `context` has been read as well.
      _ = try hasID(tokens, header.groupID, .groupID)
    case .alias:
      try requireID(tokens, header.previousID, .previousID, .missingPreviousID)
      try requireID(tokens, header.userID, .userID, .missingUserID)
    case .track, .identify, .page, .screen:
      break
    }
  }

  private mutating func requireID(
    _ tokens: borrowing JSONTokens, _ token: Int?, _ field: EventField,
    _ missing: EventProblem.Code
  ) throws(EventProblem) {
    guard try hasID(tokens, token, field) else { throw EventProblem(missing, field: field, at: 0) }
  }

  /// Whether an id is there and not empty; throws if it is too long, or neither a text nor a number.
  private mutating func hasID(
    _ tokens: borrowing JSONTokens, _ token: Int?, _ field: EventField
  ) throws(EventProblem) -> Bool {
    guard let token, !tokens.isLiteral(token, "null") else { return false }
    let count: Int
    if tokens.byte(token) == UInt8(ascii: "\"") {
      let string = try values.string(tokens, token)
      let text = string.characters(in: tokens.text)
      count = text.byteCount
    } else {
      guard JSONNumber(tokens.text, tokens.scalar(token)) != nil else {
        throw try wrongType(tokens, token, field)
      }
      count = tokens.scalar(token).count
    }
    guard count <= limits.identifierBytesMax else {
      throw tokens.problem(.identifierTooLong, field: field, token)
    }
    return count > 0
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
  private mutating func deriveID(
    at offset: Int, sentStart: Int, _ occurrenceMin: UInt32, into batch: inout EventBatch
  ) {
    let content = contentHash(through: sentStart)
    let occurrence = occurrences.next(content, atLeast: occurrenceMin)
    let id = EventHash.derivedID(content, occurrence: occurrence, seed: seed)
    var stored = PayloadBuffer()
    stored.putUUID(id)
    batch.bytes.replaceSubrange(offset...offset, with: stored.bytes.toArray())
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
