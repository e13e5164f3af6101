// The header of an event: each member that lies there, read from its token, checked and stored.

import Bytes

extension EventEncoder {
  /// Writes the header, with one byte in the place of a message id that is missing.
  mutating func putHeader(
    _ tokens: borrowing JSONTokens, into batch: inout EventBatch
  ) throws(EventProblem) -> HeaderDraft {
    // Hot: nearly all headers have nothing unusual.
    if let draft = putPlainHeader(tokens, into: &batch) { return draft }
    let header = values.header
    head.removeAll()
    head.put(PayloadLayout.format)
    head.put(0)
    head.put(0)
    var draft = HeaderDraft(type: try readType(tokens, header))
    draft.name = try putName(tokens, header, draft.type, &batch)
    draft.ends.event = head.end
    draft.hasID = try putMessageID(tokens, header, &draft.idIsNumber)
    draft.ends.messageID = head.end
    try putIdentifier(tokens, header.userID, .userID)
    draft.ends.userID = head.end
    draft.email = try findEmail(of: draft.type, tokens, header)
    try putIdentifier(tokens, header.anonymousID, .anonymousID)
    draft.ends.anonymousID = head.end
    try requireIDs(of: draft.type, tokens, header)
    try putTimes(tokens, header, &draft)
    head.set(draft.summary, at: 1)
    return draft
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
    _ tokens: borrowing JSONTokens, _ header: HeaderTokens, _ isNumber: inout Bool
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
    isNumber = !isString
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
    draft.ends.timestamp = head.end
    times.original = try putStamp(tokens, header.originalTimestamp, .originalTimestamp)
    draft.ends.original = head.end
    times.sent = try putStamp(tokens, header.sentAt, .sentAt)
    draft.ends.sent = head.end
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

  /// The problem with a scalar that a field must not have; if it is not JSON at all, then that.
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
}
