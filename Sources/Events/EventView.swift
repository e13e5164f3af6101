// A stored event, read where it lies: the header is found once, everything else when asked for.

import Bytes

/// An event payload: borrows the payload's bytes and cannot outlive them.
public struct EventView: ~Escapable {
  /// The whole payload: equal events under one symbol table have equal bytes.
  public let payload: RawSpan
  /// The call.
  public let type: EventType
  /// The time the event carries; nil if none, then the record's time of receipt counts.
  public let timestamp: Timestamp?
  /// The symbol of the event's name; nil if it has none, or one that is not interned.
  public let name: Symbol?
  let summary: UInt8
  private let eventEnd: Int
  private let messageIDEnd: Int
  private let userIDEnd: Int
  private let anonymousIDEnd: Int
  private let timestampEnd: Int

  private static let eventStart = 2

  /// Reads the header of a payload; what else it holds is checked when it is read.
  @_lifetime(copy payload)
  public init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    guard try reader.u8() == PayloadLayout.format else { throw DecodeError(.invalidValue, at: 0) }
    let summary = try reader.u8()
    guard summary & PayloadLayout.reservedMask == 0,
      let type = EventType(rawValue: summary & PayloadLayout.typeMask)
    else { throw DecodeError(.invalidValue, at: 1) }
    self.payload = payload
    self.type = type
    self.summary = summary
    name = try Self.readName(&reader)
    eventEnd = reader.offset
    try ValueView.skip(&reader)
    messageIDEnd = reader.offset
    try ValueView.skip(&reader)
    userIDEnd = reader.offset
    try ValueView.skip(&reader)
    anonymousIDEnd = reader.offset
    timestamp = try Self.readTimestamp(&reader)
    timestampEnd = reader.offset
    try ValueView.skip(&reader)
    try reader.expectEnd()
  }

  @_lifetime(reader: copy reader)
  private static func readName(_ reader: inout ByteReader) throws(DecodeError) -> Symbol? {
    let start = reader.offset
    guard try ValueView.skip(&reader) == ValueTag.symbol else { return nil }
    var name = ByteReader(reader.span.extracting((start + 1)..<reader.offset))
    return Symbol(try name.varint32())
  }

  @_lifetime(reader: copy reader)
  private static func readTimestamp(_ reader: inout ByteReader) throws(DecodeError) -> Timestamp? {
    let start = reader.offset
    let tag = try ValueView.skip(&reader)
    if tag == ValueTag.absent || tag == ValueTag.null { return nil }
    let encoded = reader.span.extracting(start..<reader.offset)
    var body = ByteReader(encoded.extracting(1..<encoded.byteCount))
    let instant: Timestamp?
    switch tag {
    case ValueTag.milliseconds:
      instant = Timestamp(milliseconds: try body.zigzag())
    case ValueTag.seconds:
      let (product, overflow) = try body.zigzag().multipliedReportingOverflow(by: 1000)
      instant = overflow ? nil : Timestamp(milliseconds: product)
    default:
      instant = try ValueView(encoded: encoded).withText { Timestamp($0) } ?? nil
    }
    guard let instant, instant >= .earliest, instant <= .latest else {
      throw DecodeError(.invalidValue, at: start)
    }
    return instant
  }

  /// The stored message id.
  ///
  /// Two events of one source have equal ids if and only if these bytes are equal. Not the text;
  /// see `messageID`.
  public var idBytes: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(eventEnd..<messageIDEnd) }
  }

  /// The message id; its text is what `withText` gives.
  public var messageID: ValueView {
    @_lifetime(copy self)
    get throws(DecodeError) { try ValueView(encoded: payload.extracting(eventEnd..<messageIDEnd)) }
  }

  /// `userId`: a string, a number or null; nil if it was not sent.
  public var userID: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try header(messageIDEnd..<userIDEnd) }
  }

  /// `anonymousId`: a string, a number or null; nil if it was not sent.
  public var anonymousID: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try header(userIDEnd..<anonymousIDEnd) }
  }

  /// `timestamp` as it was sent: a string or null; nil if it was not sent.
  public var sentTimestamp: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try header(anonymousIDEnd..<timestampEnd) }
  }

  /// All other members of the event, `properties` and `traits` for instance, in the order sent.
  public var rest: ValueView {
    @_lifetime(copy self)
    get throws(DecodeError) {
      try ValueView(encoded: payload.extracting(timestampEnd..<payload.byteCount))
    }
  }

  @_lifetime(copy self)
  private func header(_ range: Range<Int>) throws(DecodeError) -> ValueView? {
    guard payload[range.lowerBound] != ValueTag.absent else { return nil }
    return try ValueView(encoded: payload.extracting(range))
  }

  /// The stored name: a symbol, a string, null or absent.
  var storedName: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(Self.eventStart..<eventEnd) }
  }

  /// The value at a path of keys from the event's top; nil if it is not there.
  ///
  /// Finds `messageId`, `userId`, `anonymousId` and `timestamp` too. `type` and `event` have
  /// accessors of their own (`type`, `name`) and are never found here.
  /// Complexity: O(members on the way).
  @_lifetime(copy self)
  public func value(at path: [Symbol]) throws(DecodeError) -> ValueView? {
    guard let first = path.first else { return nil }
    var found: ValueView?
    switch first {
    case WellKnownSymbol.messageID.symbol: found = try messageID
    case WellKnownSymbol.userID.symbol: found = try userID
    case WellKnownSymbol.anonymousID.symbol: found = try anonymousID
    case WellKnownSymbol.timestamp.symbol: found = try sentTimestamp
    default: found = try rest.value(for: first)
    }
    for key in path.dropFirst() {
      guard let object = found else { return nil }
      found = try object.value(for: key)
    }
    return found
  }

  /// Gives the name of the event to `body`; nil if it has none or `names` lacks it.
  public func withName<R>(
    _ names: SymbolNames, _ body: (RawSpan) -> R
  ) throws(DecodeError) -> R? {
    if let name { return names.withName(of: name, body) }
    guard storedName[0] >= ValueTag.shortString || storedName[0] == ValueTag.string else {
      return nil
    }
    return try ValueView(encoded: storedName).withText(body)
  }
}
