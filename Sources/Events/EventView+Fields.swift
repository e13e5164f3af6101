// Every field of a stored event in turn, for callers that want values and not JSON.

import Bytes

extension EventView {
  /// Visits every field in the order in which `writeJSON` writes them, whatever holds it before what it
  /// holds.
  ///
  /// All but `type` and `event`, which `type` and `withName` give. A symbol without a name is damage:
  /// `invalidValue` is thrown then.
  ///
  /// Complexity: O(fields); no allocation.
  @inlinable
  public func visitFields<Visitor: FieldVisitor>(
    names: SymbolNames, _ visitor: inout Visitor
  ) throws(DecodeError) {
    try names.withLowNames { (low) throws(DecodeError) in
      let walk = FieldWalk(low: low, all: names)
      let header = header
      if !idIsDerived {
        var id = ByteReader(payload, at: header.eventEnd)
        let key = WellKnownSymbol.messageID.rawValue
        try walk.visitMember(key, &id, depth: 1, &visitor)
      }
      try walk.visit(payload, at: header.messageIDEnd, .userID, &visitor)
      try walk.visit(payload, at: header.userIDEnd, .anonymousID, &visitor)
      try walk.visit(payload, at: header.anonymousIDEnd, .timestamp, &visitor)
      try walk.visit(payload, at: header.timestampEnd, .originalTimestamp, &visitor)
      try walk.visit(payload, at: header.originalEnd, .sentAt, &visitor)
      var rest = ByteReader(payload, at: header.sentEnd)
      guard try rest.u8() == ValueTag.object else { throw rest.invalid() }
      try walk.visitMembers(of: try rest.lengthPrefixed(), depth: 1, &visitor)
    }
  }
}

/// A walk over values, decoding each where it lies.
@usableFromInline
struct FieldWalk: ~Escapable {
  /// The names of most keys, at hand.
  @usableFromInline let low: LowNames
  @usableFromInline let all: SymbolNames

  @_lifetime(copy low)
  @inlinable
  init(low: borrowing LowNames, all: SymbolNames) {
    self.low = copy low
    self.all = all
  }

  /// Visits a value of the header, unless it is absent.
  @inlinable @inline(__always)
  func visit<Visitor: FieldVisitor>(
    _ payload: RawSpan, at offset: Int, _ key: WellKnownSymbol, _ visitor: inout Visitor
  ) throws(DecodeError) {
    if payload[offset] == ValueTag.absent { return }
    var reader = ByteReader(payload, at: offset)
    try visitMember(key.rawValue, &reader, depth: 1, &visitor)
  }

  /// Visits the members of an object.
  @inlinable
  func visitMembers<Visitor: FieldVisitor>(
    of members: RawSpan, depth: Int, _ visitor: inout Visitor
  ) throws(DecodeError) {
    guard depth <= ValueView.depthMax else { throw DecodeError(.invalidValue, at: 0) }
    var reader = ByteReader(members)
    while !reader.isAtEnd {
      let symbol = try reader.varint32()
      if symbol == 0 {
        let key = try reader.lengthPrefixed()
        try visitValue(&reader, key: key, depth: depth, &visitor)
      } else {
        try visitMember(symbol, &reader, depth: depth, &visitor)
      }
    }
  }

  /// Visits the elements of an array.
  @inlinable
  func visitElements<Visitor: FieldVisitor>(
    of elements: RawSpan, depth: Int, _ visitor: inout Visitor
  ) throws(DecodeError) {
    guard depth <= ValueView.depthMax else { throw DecodeError(.invalidValue, at: 0) }
    var reader = ByteReader(elements)
    while !reader.isAtEnd {
      try visitValue(&reader, key: elements.extracting(0..<0), depth: depth, &visitor)
    }
  }

  /// Visits the value that comes next under the key of a symbol.
  @_lifetime(reader: copy reader)
  @inlinable @inline(__always)
  func visitMember<Visitor: FieldVisitor>(
    _ symbol: UInt32, _ reader: inout ByteReader, depth: Int, _ visitor: inout Visitor
  ) throws(DecodeError) {
    if let key = low.name(of: symbol) {
      try visitValue(&reader, key: key, depth: depth, &visitor)
    } else {
      let value = try ValueView.next(&reader).encoded
      try visitRare(symbol, value, depth: depth, &visitor)
    }
  }

  /// Visits a value whose key is none of those at hand.
  @inlinable
  func visitRare<Visitor: FieldVisitor>(
    _ symbol: UInt32, _ value: RawSpan, depth: Int, _ visitor: inout Visitor
  ) throws(DecodeError) {
    var problem: DecodeError? = DecodeError(.invalidValue, at: 0)
    all.visitName(of: Symbol(symbol)) { key in
      var reader = ByteReader(value)
      do throws(DecodeError) {
        try visitValue(&reader, key: key, depth: depth, &visitor)
        problem = nil
      } catch {
        problem = error
      }
    }
    if let problem { throw problem }
  }

  @_lifetime(reader: copy reader)
  @inlinable @inline(__always)
  func visitValue<Visitor: FieldVisitor>(
    _ reader: inout ByteReader, key: RawSpan, depth: Int, _ visitor: inout Visitor
  ) throws(DecodeError) {
    let start = reader.offset
    let tag = try reader.u8()
    // Most values are short strings.
    if tag >= ValueTag.shortString {
      let text = try reader.bytes(Int(tag &- ValueTag.shortString))
      visitor.visit(text: text, StoredField(depth, key, .string, reader.bytes(from: start)))
    } else if tag >= ValueTag.smallInteger {
      let number = FixedDecimal(Int64(tag &- ValueTag.smallInteger))
      visitor.visit(
        number: .exact(number), StoredField(depth, key, .number, reader.bytes(from: start)))
    } else {
      try visitLong(tag, &reader, key: key, depth: depth, &visitor)
    }
  }

  /// Visits a value whose tag, already read, says neither what it is nor how long.
  @_lifetime(reader: copy reader)
  @inlinable
  func visitLong<Visitor: FieldVisitor>(
    _ tag: UInt8, _ reader: inout ByteReader, key: RawSpan, depth: Int, _ visitor: inout Visitor
  ) throws(DecodeError) {
    let start = reader.offset &- 1
    switch tag {
    case ValueTag.null:
      visitor.visitNull(StoredField(depth, key, .null, reader.bytes(from: start)))
    case ValueTag.no, ValueTag.yes:
      visitor.visit(
        boolean: tag == ValueTag.yes,
        StoredField(depth, key, .boolean, reader.bytes(from: start)))
    case ValueTag.integer, ValueTag.decimal, ValueTag.number:
      let number = try ValueView.number(tag, &reader)
      visitor.visit(number: number, StoredField(depth, key, .number, reader.bytes(from: start)))
    case ValueTag.milliseconds, ValueTag.seconds:
      let instant = try ValueView.instant(tag, &reader)
      visitor.visit(instant: instant, StoredField(depth, key, .string, reader.bytes(from: start)))
    case ValueTag.uuid:
      let uuid = try reader.bytes(UUIDText.storedByteCount)
      visitor.visit(uuid: uuid, StoredField(depth, key, .string, reader.bytes(from: start)))
    case ValueTag.string:
      let text = try reader.lengthPrefixed()
      visitor.visit(text: text, StoredField(depth, key, .string, reader.bytes(from: start)))
    case ValueTag.object:
      let members = try reader.lengthPrefixed()
      visitor.visitObject(StoredField(depth, key, .object, reader.bytes(from: start)))
      try visitMembers(of: members, depth: depth + 1, &visitor)
    case ValueTag.array:
      let elements = try reader.lengthPrefixed()
      visitor.visitArray(StoredField(depth, key, .array, reader.bytes(from: start)))
      try visitElements(of: elements, depth: depth + 1, &visitor)
    default:
      throw reader.invalid()
    }
  }
}
