// Why a line is not an event: stable codes for programs, sentences for people. Integers only, so
// that a problem costs no allocation and can never carry customer data.

/// A field that a problem can be about.
public enum EventField: UInt8, Sendable {
  /// No field in particular.
  case none = 0
  /// `type`.
  case type
  /// `event`.
  case event
  /// `messageId`.
  case messageID
  /// `userId`.
  case userID
  /// `anonymousId`.
  case anonymousID
  /// `timestamp`.
  case timestamp
  /// `properties`.
  case properties
  /// `traits`.
  case traits
  /// `context`.
  case context
  /// `traits.email`, `context.traits.email` or `properties.email`.
  case email
  /// `groupId`.
  case groupID = 32
  /// `previousId`.
  case previousID
  /// `originalTimestamp`.
  case originalTimestamp
  /// `sentAt`.
  case sentAt
  /// `historical`.
  case historical
  /// A telephone number, wherever the identity rules read it.
  case phone = 48

  /// The field's name in JSON.
  public var name: String {
    switch self {
    case .none: "line"
    case .type: "type"
    case .event: "event"
    case .messageID: "messageId"
    case .userID: "userId"
    case .anonymousID: "anonymousId"
    case .timestamp: "timestamp"
    case .properties: "properties"
    case .traits: "traits"
    case .context: "context"
    case .email: "email"
    case .groupID: "groupId"
    case .previousID: "previousId"
    case .originalTimestamp: "originalTimestamp"
    case .sentAt: "sentAt"
    case .historical: "historical"
    case .phone: "phone"
    }
  }
}

/// Why a line was quarantined or rejected.
public struct EventProblem: Error, Equatable, Sendable {
  /// The kinds of problems.
  public enum Code: UInt8, Sendable, CaseIterable {
    /// The line is not one JSON value.
    case invalidJSON = 1
    /// A byte order mark stands before the JSON: in records of versions that refused it.
    case byteOrderMark
    /// Bytes that are not UTF-8, or half of a surrogate pair.
    case invalidUTF8
    /// Objects and arrays nested too deep.
    case tooDeep
    /// The line is JSON, but no object.
    case notAnObject
    /// An object has one key twice.
    case duplicateKey
    /// An object has too many properties.
    case tooManyProperties
    /// `type` is missing.
    case missingType
    /// `type` is none of the six calls.
    case unknownType
    /// A `track` event has no name.
    case missingEventName
    /// The event has no identifier.
    case missingIdentifier
    /// `messageId` is missing.
    case missingMessageID
    /// `messageId` is too long.
    case messageIDTooLong
    /// The event has a time, but none that can be read, and its time would move logical time.
    case unreadableTime
    /// An identifier is too long.
    case identifierTooLong
    /// A field has a type of value that it must not have.
    case wrongFieldType
    /// The event is larger than the limit for events.
    case eventTooLarge
    /// The line is longer than the limit for lines, so it is not kept.
    case lineTooLong
    /// A `group` event has no `groupId`.
    case missingGroupID = 32
    /// An `alias` event has no `previousId`.
    case missingPreviousID
    /// An `alias` event has no `userId`.
    case missingUserID
    /// A row of a table is not well formed.
    case invalidRow
    /// A cell of a table is not what the mapping says.
    case invalidCell
    /// The tracking plan does not name the event, and blocks those.
    case unplannedEvent
    /// The event breaks its schema in the tracking plan.
    case planViolation
    /// The event breaks its schema in a tracking plan that blocks such events.
    case planBlocked
    /// All identifiers of the event identify nobody.
    case blockedIdentifier = 40
    /// The event is that of a person who has been erased.
    case erasedIdentifier
    /// A batch or list is not valid JSON.
    case invalidBatch = 48
    /// The event's time lies in the future, and would move logical time there.
    case futureTime = 60
  }

  /// What is wrong.
  public var code: Code
  /// The field it is about.
  public var field: EventField
  /// Where, in bytes from the start of the line.
  public var offset: Int

  /// Makes a problem.
  public init(_ code: Code, field: EventField = .none, at offset: Int) {
    self.code = code
    self.field = field
    self.offset = offset
  }

  /// The stable code for programs, `missing_message_id` for instance.
  public var name: String { code.name }

  /// Whether it is about a row of a table, which is an event only by its mapping.
  public var isOfTable: Bool { code == .invalidRow || code == .invalidCell }

  /// What is wrong and what to do, for a person; names the field, the limit and the remedy.
  public func sentence(limits: EventLimits = EventLimits()) -> String {
    let name = field.name
    return switch code {
    case .invalidJSON:
      "the line is not valid JSON at byte \(offset); send one complete JSON object per line"
    case .byteOrderMark:
      "a byte order mark precedes the JSON; it is skipped now, so redrive the line"
    case .invalidUTF8:
      "the line holds bytes that are not UTF-8, or half of a surrogate pair; send valid UTF-8"
    case .tooDeep:
      "objects and arrays are nested deeper than \(limits.depthMax) levels; flatten the event"
    case .notAnObject:
      "the line is JSON but not an object; send one event object per line"
    case .duplicateKey:
      "an object has the same key twice at byte \(offset); send each key once"
    case .tooManyProperties:
      "an object has more than \(limits.propertiesMax) properties; send fewer, or nest them"
    case .missingType:
      "type is missing; send track, identify, page, screen, group or alias"
    case .unknownType:
      "type is not one of track, identify, page, screen, group, alias; send one of these"
    case .missingEventName:
      "event is missing; a track event must name what happened"
    case .missingIdentifier:
      "the event has no identifier where the store's identity rules look, userId, anonymousId or email if they "
        + "do not say otherwise; send one, or see `cairn identity show`"
    case .blockedIdentifier:
      blockedSentence
    case .erasedIdentifier:
      "the event belongs to a person who has been erased, so it was not kept; stop sending it"
    case .missingMessageID:
      "messageId is missing; send an id that is unique within the source, so that "
        + "duplicates can be detected"
    case .messageIDTooLong:
      "messageId is longer than \(limits.messageIDBytesMax) bytes; send a shorter one"
    case .unreadableTime:
      "\(name) is not a time that can be read, so under --clock events the event has no place in "
        + "time; send one like 2026-03-01T12:00:00.000Z"
    case .futureTime:
      "\(name) is more than 23 hours after this machine's clock, and under --clock events would move "
        + "logical time there permanently; correct it, or redrive the line when its time has come"
    case .identifierTooLong:
      "\(name) is longer than \(limits.identifierBytesMax) bytes; send a shorter one"
    case .wrongFieldType:
      "\(name) has the wrong type of value; send \(field.expectation)"
    case .eventTooLarge:
      "the event is larger than \(limits.eventBytesMax) bytes; send less in one event"
    case .lineTooLong:
      "the line is longer than \(limits.lineBytesMax) bytes and was not kept; send less in one event"
    case .missingGroupID:
      "groupId is missing; a group event must name the account"
    case .missingPreviousID:
      "previousId is missing; an alias event must name the former id"
    case .missingUserID:
      "userId is missing; an alias event must name the new id"
    case .invalidBatch:
      "the batch or list is not valid JSON at byte \(offset); repair it and send it again"
    case .invalidRow:
      "the row does not fit the table; correct its quotes and separators"
    case .invalidCell:
      "a cell is not what the mapping says; correct the cell or the mapping"
    case .unplannedEvent:
      "the tracking plan does not name the event; add it to the plan and redrive the line"
    case .planViolation:
      "the event violates the tracking plan; correct the sender or the plan and redrive the line"
    case .planBlocked:
      "the event is blocked by the tracking plan; correct the sender or the plan and redrive the line"
    }
  }
}

extension EventProblem {
  /// What is wrong with an event all of whose identifiers are skipped.
  private var blockedSentence: String {
    switch field {
    case .phone:
      "the phone number is not one that can exist, and the event has no other identifier; send it with "
        + "its calling code, +491711234567 for instance, or set the country of the identity rules"
    case .email:
      "the email is not an address, and the event has no other identifier; send an address with an @ "
        + "between a name and a domain"
    case .groupID:
      "the groupId means that there is no account, like null and N/A, and nothing else says whose the event "
        + "is; send the id of the account, or change the blocked values of the store's identity rules"
    default:
      "the values of all identifiers, such as null or anonymous, do not identify anyone; send an id "
        + "of the person or device, or change the blocked values of the store's identity rules"
    }
  }
}

extension EventField {
  /// What the field must be, as the end of a sentence.
  fileprivate var expectation: String {
    switch self {
    case .properties, .traits, .context: "an object or null"
    case .messageID, .userID, .anonymousID, .groupID, .previousID: "a string or a number"
    case .timestamp, .originalTimestamp, .sentAt:
      "a time like 2026-03-01T12:00:00.000Z, or the seconds or milliseconds since 1970"
    case .historical: "true or false"
    default: "a string"
    }
  }
}

extension EventProblem.Code {
  /// The stable code for programs, in snake case.
  public var name: String {
    switch self {
    case .invalidJSON: "invalid_json"
    case .byteOrderMark: "byte_order_mark"
    case .invalidUTF8: "invalid_utf8"
    case .tooDeep: "too_deep"
    case .notAnObject: "not_an_object"
    case .duplicateKey: "duplicate_key"
    case .tooManyProperties: "too_many_properties"
    case .missingType: "missing_type"
    case .unknownType: "unknown_type"
    case .missingEventName: "missing_event_name"
    case .missingIdentifier: "missing_identifier"
    case .missingMessageID: "missing_message_id"
    case .messageIDTooLong: "message_id_too_long"
    case .unreadableTime: "unreadable_time"
    case .futureTime: "future_time"
    case .identifierTooLong: "identifier_too_long"
    case .wrongFieldType: "wrong_field_type"
    case .eventTooLarge: "event_too_large"
    case .lineTooLong: "line_too_long"
    case .blockedIdentifier: "blocked_identifier"
    case .erasedIdentifier: "erased_identifier"
    case .missingGroupID: "missing_group_id"
    case .missingPreviousID: "missing_previous_id"
    case .missingUserID: "missing_user_id"
    case .invalidBatch: "invalid_batch"
    case .invalidRow: "invalid_row"
    case .invalidCell: "invalid_cell"
    case .unplannedEvent: "unplanned_event"
    case .planViolation: "plan_violation"
    case .planBlocked: "plan_blocked"
    }
  }
}
