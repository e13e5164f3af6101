// A stored event, read where it lies: the header is found once, everything else when asked for.

import Bytes

/// An event payload: borrows the payload's bytes and cannot outlive them.
public struct EventView: ~Escapable {
  /// The whole payload: equal events under one symbol table have equal bytes.
  public let payload: RawSpan
  /// The call.
  public let type: EventType
  /// The symbol of the event's name; nil if it has none, or one that is not interned.
  public let name: Symbol?
  let summary: UInt8
  let times: EventTimes
  /// Whether no message id was sent, so that the stored one was derived from the content.
  public let idIsDerived: Bool
  private let eventEnd: Int
  private let messageIDEnd: Int
  private let userIDEnd: Int
  private let anonymousIDEnd: Int
  private let timestampEnd: Int
  private let originalEnd: Int
  private let sentEnd: Int
  private let restEnd: Int

  private static let eventStart = 3

  /// Reads the header of a payload; what else it holds is checked when it is read.
  @_lifetime(copy payload)
  public init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    guard try reader.u8() == PayloadLayout.format else { throw DecodeError(.invalidValue, at: 0) }
    let summary = try reader.u8()
    guard summary & PayloadLayout.reservedMask == 0,
      let type = EventType(rawValue: summary & PayloadLayout.typeMask)
    else { throw DecodeError(.invalidValue, at: 1) }
    let flags = try reader.u8()
    guard flags & PayloadLayout.reservedFlags == 0 else { throw DecodeError(.invalidValue, at: 2) }
    self.payload = payload
    self.type = type
    idIsDerived = flags & PayloadLayout.idIsDerived != 0
    self.summary = summary
    name = try Self.readName(&reader)
    eventEnd = reader.offset
    try ValueView.skip(&reader)
    messageIDEnd = reader.offset
    try ValueView.skip(&reader)
    userIDEnd = reader.offset
    try ValueView.skip(&reader)
    anonymousIDEnd = reader.offset
    var times = EventTimes()
    times.keepsTimes = flags & PayloadLayout.keepsTimes != 0
    times.isHistorical = flags & PayloadLayout.isHistorical != 0
    times.timestamp = try Self.readStamp(&reader)
    timestampEnd = reader.offset
    times.original = try Self.readStamp(&reader)
    originalEnd = reader.offset
    times.sent = try Self.readStamp(&reader)
    sentEnd = reader.offset
    self.times = times
    try ValueView.skip(&reader)
    restEnd = reader.offset
    if flags & PayloadLayout.hasOriginal != 0 { try ValueView.skip(&reader) }
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
  private static func readStamp(_ reader: inout ByteReader) throws(DecodeError) -> EventStamp {
    let start = reader.offset
    let tag = try ValueView.skip(&reader)
    if tag == ValueTag.absent || tag == ValueTag.null { return .absent }
    let encoded = reader.span.extracting(start..<reader.offset)
    var body = ByteReader(encoded.extracting(1..<encoded.byteCount))
    let instant: Timestamp
    switch tag {
    case ValueTag.milliseconds:
      instant = Timestamp(milliseconds: try body.zigzag())
    case ValueTag.seconds:
      let (product, overflow) = try body.zigzag().multipliedReportingOverflow(by: 1000)
      guard !overflow else { throw DecodeError(.invalidValue, at: start) }
      instant = Timestamp(milliseconds: product)
    default:
      let value = try ValueView(encoded: encoded)
      guard value.kind == .string, let read = try value.withText({ Timestamp($0) }) ?? nil else {
        return .unreadable
      }
      instant = read
    }
    guard instant >= .earliest, instant <= .latest else {
      throw DecodeError(.invalidValue, at: start)
    }
    return .at(instant)
  }

  /// The time that the event counts from, given when its record was received.
  public func clock(receivedAt: Timestamp) -> EventClock { times.clock(receivedAt: receivedAt) }

  /// The header, up to `rest`.
  var header: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(0..<sentEnd) }
  }

  /// `rest` as it was sent.
  private var sent: RawSpan {
    @_lifetime(copy self)
    get {
      restEnd < payload.byteCount
        ? payload.extracting(restEnd..<payload.byteCount) : payload.extracting(sentEnd..<restEnd)
    }
  }

  /// Whether a tracking plan left out some of what was sent.
  public var hasOriginal: Bool { restEnd < payload.byteCount }

  /// `rest` as it was sent, if a tracking plan left out some of it; nil if not.
  public var original: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) {
      guard restEnd < payload.byteCount else { return nil }
      return try ValueView(encoded: payload.extracting(restEnd..<payload.byteCount))
    }
  }

  /// Whether both were sent with the same content: all but `sentAt`, which each attempt to send
  /// an event has anew, and the clock under which they came in.
  public func hasSameContent(as other: borrowing EventView) -> Bool {
    let header = (PayloadLayout.flagsOffset + 1)..<originalEnd
    let otherHeader = (PayloadLayout.flagsOffset + 1)..<other.originalEnd
    let mask = PayloadLayout.typeMask | PayloadLayout.messageIDIsNumber
    return summary & mask == other.summary & mask
      && payload.extracting(header).elementsEqual(other.payload.extracting(otherHeader))
      && sent.elementsEqual(other.sent)
  }

  /// The stored message id.
  ///
  /// Two events of one source have equal ids if and only if these bytes are equal. Not the text;
  /// see `messageID`.
  public var idBytes: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(eventEnd..<messageIDEnd) }
  }

  /// The message id, as sent or derived; its text is what `withText` gives.
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

  /// `timestamp` as it was sent, which need not be an instant; nil if it was not sent.
  public var sentTimestamp: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try header(anonymousIDEnd..<timestampEnd) }
  }

  /// `originalTimestamp` as it was sent; nil if it was not sent.
  public var originalTimestamp: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try header(timestampEnd..<originalEnd) }
  }

  /// `sentAt` as it was sent; nil if it was not sent.
  public var sentAt: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try header(originalEnd..<sentEnd) }
  }

  /// All other members of the event, `properties` and `traits` for instance, in the order sent.
  public var rest: ValueView {
    @_lifetime(copy self)
    get throws(DecodeError) {
      try ValueView(encoded: payload.extracting(sentEnd..<restEnd))
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
  /// Finds `messageId` (if it was sent), `userId`, `anonymousId` and the times too. `type` and
  /// `event` have accessors of their own (`type`, `name`) and are never found here.
  /// Complexity: O(members on the way).
  @_lifetime(copy self)
  public func value(at path: [Symbol]) throws(DecodeError) -> ValueView? {
    guard let first = path.first else { return nil }
    var found: ValueView?
    switch first {
    case WellKnownSymbol.messageID.symbol where idIsDerived: return nil
    case WellKnownSymbol.messageID.symbol: found = try messageID
    case WellKnownSymbol.userID.symbol: found = try userID
    case WellKnownSymbol.anonymousID.symbol: found = try anonymousID
    case WellKnownSymbol.timestamp.symbol: found = try sentTimestamp
    case WellKnownSymbol.originalTimestamp.symbol: found = try originalTimestamp
    case WellKnownSymbol.sentAt.symbol: found = try sentAt
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
