// Stored events back to JSON, value for value: numbers keep their text, strings their characters,
// objects their order and nulls their place.

import Bytes

extension EventView {
  /// Appends the event as one JSON object without white space.
  ///
  /// The order is type, event, messageId (if one was sent), userId, anonymousId, timestamp, originalTimestamp, sentAt,
  /// then everything else as it was sent. A symbol without a name is damage: `invalidValue` is thrown, and what was
  /// written so far must be dropped.
  ///
  /// - Parameter isOriginal: Whether to write what a tracking plan left out, too.
  public func writeJSON(
    to writer: inout ByteWriter, names: SymbolNames, isOriginal: Bool = false
  ) throws(DecodeError) {
    writer.append("{\"type\":\"")
    writer.append(type.name)
    writer.append("\"")
    try writeName(to: &writer, names: names)
    if !idIsDerived { try writeMessageID(to: &writer) }
    if let value = try userID { try Self.write("userId", value, to: &writer, names: names) }
    if let value = try anonymousID {
      try Self.write("anonymousId", value, to: &writer, names: names)
    }
    if let value = try sentTimestamp {
      try Self.write("timestamp", value, to: &writer, names: names)
    }
    if let value = try originalTimestamp {
      try Self.write("originalTimestamp", value, to: &writer, names: names)
    }
    if let value = try sentAt { try Self.write("sentAt", value, to: &writer, names: names) }
    if isOriginal, let original = try original {
      try original.writeMembers(to: &writer, names: names, depth: 1, isFirst: false)
    } else {
      try rest.writeMembers(to: &writer, names: names, depth: 1, isFirst: false)
    }
    writer.append("}")
  }

  private func writeName(to writer: inout ByteWriter, names: SymbolNames) throws(DecodeError) {
    let stored = storedName
    switch stored[0] {
    case ValueTag.absent:
      return
    case ValueTag.symbol:
      writer.append(",\"event\":")
      let isKnown: Void? = name.flatMap { name in
        names.withName(of: name) { writer.jsonString($0) }
      }
      guard isKnown != nil else { throw DecodeError(.invalidValue, at: 2) }
    default:
      try Self.write("event", ValueView(encoded: stored), to: &writer, names: names)
    }
  }

  private func writeMessageID(to writer: inout ByteWriter) throws(DecodeError) {
    writer.append(",\"messageId\":")
    let value = try messageID
    guard value.kind == .string else { throw DecodeError(.invalidValue, at: 2) }
    if header.idIsNumber {
      try value.writeText(to: &writer)
    } else {
      try value.writeScalar(to: &writer)
    }
  }

  private static func write(
    _ key: StaticString, _ value: borrowing ValueView, to writer: inout ByteWriter,
    names: SymbolNames
  ) throws(DecodeError) {
    writer.append(",\"")
    writer.append(key)
    writer.append("\":")
    try value.writeJSON(to: &writer, names: names)
  }
}

extension ValueView {
  /// Appends the value as JSON without white space; see `EventView.writeJSON`.
  public func writeJSON(to writer: inout ByteWriter, names: SymbolNames) throws(DecodeError) {
    try writeJSON(to: &writer, names: names, depth: 1)
  }

  /// Deeper than any parser limit allows; ends a descent into damaged bytes before the stack does.
  @inlinable static var depthMax: Int { 512 }

  private func writeJSON(
    to writer: inout ByteWriter, names: SymbolNames, depth: Int
  ) throws(DecodeError) {
    guard depth <= Self.depthMax else { throw DecodeError(.invalidValue, at: 0) }
    switch kind {
    case .object:
      writer.append("{")
      try writeMembers(to: &writer, names: names, depth: depth, isFirst: true)
      writer.append("}")
    case .array:
      writer.append("[")
      var outer = ByteReader(body)
      var elements = ByteReader(try outer.lengthPrefixed())
      var isFirst = true
      while !elements.isAtEnd {
        if !isFirst { writer.append(",") }
        isFirst = false
        let element = try Self.next(&elements)
        try element.writeJSON(to: &writer, names: names, depth: depth + 1)
      }
      writer.append("]")
    default:
      try writeScalar(to: &writer)
    }
  }

  func writeMembers(
    to writer: inout ByteWriter, names: SymbolNames, depth: Int, isFirst: Bool
  ) throws(DecodeError) {
    guard tag == ValueTag.object else { throw DecodeError(.invalidValue, at: 0) }
    var outer = ByteReader(body)
    var members = ByteReader(try outer.lengthPrefixed())
    var isFirst = isFirst
    while !members.isAtEnd {
      if !isFirst { writer.append(",") }
      isFirst = false
      let key = try members.varint32()
      if key == 0 {
        writer.jsonString(try members.lengthPrefixed())
      } else {
        let isKnown: Void? = names.withName(of: Symbol(key)) {
          writer.jsonString($0)
        }
        guard isKnown != nil else { throw members.invalid() }
      }
      writer.append(":")
      let value = try Self.next(&members)
      try value.writeJSON(to: &writer, names: names, depth: depth + 1)
    }
  }

  func writeScalar(to writer: inout ByteWriter) throws(DecodeError) {
    switch kind {
    case .null: writer.append("null")
    case .boolean: writer.append(tag == ValueTag.yes ? "true" : "false")
    case .number: try writeText(to: &writer)
    case .string:
      let isWritten: Void? = try withText { writer.jsonString($0) }
      guard isWritten != nil else { throw DecodeError(.invalidValue, at: 0) }
    case .object, .array: throw DecodeError(.invalidValue, at: 0)
    }
  }
}
