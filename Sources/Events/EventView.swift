// A stored event, read where it lies: the header is found once, everything else when asked for.

import Bytes

/// An event payload: borrows the payload's bytes and cannot outlive them.
public struct EventView: ~Escapable {
  /// The whole payload: equal events under one symbol table have equal bytes.
  public let payload: RawSpan
  /// What the header says, to be read once and kept.
  public let header: EventHeader
  /// Where the values of fields begin in `rest`, by the fields' numbers, 0 for none.
  ///
  /// Fields beyond are searched for.
  @usableFromInline let places: Span<UInt32>

  /// The call.
  public var type: EventType { header.type }
  /// The symbol of the event's name; nil if it has none, or one that is not interned.
  public var name: Symbol? { header.name }
  /// Whether no message id was sent, so that the stored one was derived from the content.
  public var idIsDerived: Bool { header.idIsDerived }
  var summary: UInt8 { header.summary }
  var times: EventTimes { header.times }

  /// Reads the header of a payload; what else it holds is checked when it is read.
  @_lifetime(copy payload)
  public init(_ payload: RawSpan) throws(DecodeError) {
    self.payload = payload
    header = try EventHeader(payload)
    places = Span()
  }

  /// Takes the payload that `header` was read from.
  @_lifetime(copy payload)
  public init(_ payload: RawSpan, _ header: EventHeader) {
    precondition(payload.byteCount == header.payloadEnd, "a header of another payload")
    self.payload = payload
    self.header = header
    places = Span()
  }

  /// Takes a payload with the places of fields that were noted when it was encoded.
  @_lifetime(copy payload, copy places)
  init(_ payload: RawSpan, _ header: EventHeader, places: Span<UInt32>) {
    precondition(payload.byteCount == header.payloadEnd, "a header of another payload")
    self.payload = payload
    self.header = header
    self.places = places
  }

  /// The time that the event counts from, given when its record was received.
  public func clock(receivedAt: Timestamp) -> EventClock { header.clock(receivedAt: receivedAt) }

  /// The bytes of the header, up to `rest`.
  var headerBytes: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(0..<header.sentEnd) }
  }

  /// `rest` as it was sent.
  private var sent: RawSpan {
    @_lifetime(copy self)
    get {
      header.restEnd < payload.byteCount
        ? payload.extracting(header.restEnd..<payload.byteCount)
        : payload.extracting(header.sentEnd..<header.restEnd)
    }
  }

  /// Whether a tracking plan left out some of what was sent.
  public var hasOriginal: Bool { header.hasOriginal }

  /// `rest` as it was sent, if a tracking plan left out some of it; nil if not.
  public var original: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) {
      guard header.restEnd < payload.byteCount else { return nil }
      return try ValueView(encoded: payload.extracting(header.restEnd..<payload.byteCount))
    }
  }

  /// The payload with everything that was sent; nil if nothing was left out.
  public func originalPayload() -> [UInt8]? {
    guard hasOriginal else { return nil }
    var bytes = headerBytes.toArray()
    bytes[PayloadLayout.flagsOffset] &= ~PayloadLayout.hasOriginal
    bytes += payload.extracting(header.restEnd..<payload.byteCount).toArray()
    return bytes
  }

  /// Whether both were sent with the same content: all but `sentAt`, which each attempt to send
  /// an event sets again, and the clock under which they came in.
  public func hasSameContent(as other: borrowing EventView) -> Bool {
    let start = PayloadLayout.flagsOffset + 1
    let bytes = payload.extracting(start..<header.originalEnd)
    let otherBytes = other.payload.extracting(start..<other.header.originalEnd)
    let mask = PayloadLayout.typeMask | PayloadLayout.messageIDIsNumber
    return summary & mask == other.summary & mask
      && bytes.elementsEqual(otherBytes)
      && sent.elementsEqual(other.sent)
  }

  /// The stored message id.
  ///
  /// Not its text, which is that of `messageID`; `hasSameID` compares ids.
  var idBytes: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(header.eventEnd..<header.messageIDEnd) }
  }

  /// The message id, as sent or derived; its text is what `withText` gives.
  public var messageID: ValueView {
    @_lifetime(copy self)
    get throws(DecodeError) {
      try ValueView(encoded: payload.extracting(header.eventEnd..<header.messageIDEnd))
    }
  }

  /// `userId`: a string, a number or null; nil if it was not sent.
  public var userID: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try value(header.messageIDEnd..<header.userIDEnd) }
  }

  /// `anonymousId`: a string, a number or null; nil if it was not sent.
  public var anonymousID: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try value(header.userIDEnd..<header.anonymousIDEnd) }
  }

  /// `timestamp` as it was sent, which need not be an instant; nil if it was not sent.
  public var sentTimestamp: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try value(header.anonymousIDEnd..<header.timestampEnd) }
  }

  /// `originalTimestamp` as it was sent; nil if it was not sent.
  public var originalTimestamp: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try value(header.timestampEnd..<header.originalEnd) }
  }

  /// `sentAt` as it was sent; nil if it was not sent.
  public var sentAt: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) { try value(header.originalEnd..<header.sentEnd) }
  }

  /// All other members of the event, `properties` and `traits` for instance, in the order sent.
  public var rest: ValueView {
    @_lifetime(copy self)
    get throws(DecodeError) {
      try ValueView(encoded: payload.extracting(header.sentEnd..<header.restEnd))
    }
  }

  @_lifetime(copy self)
  private func value(_ range: Range<Int>) throws(DecodeError) -> ValueView? {
    guard payload[range.lowerBound] != ValueTag.absent else { return nil }
    return try ValueView(encoded: payload.extracting(range))
  }

  /// The stored name: a symbol, a string, null or absent.
  var storedName: RawSpan {
    @_lifetime(copy self)
    get { payload.extracting(EventHeader.eventStart..<header.eventEnd) }
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

  /// The value of a field; nil if it is not there.
  ///
  /// As `value(at:)` with its keys. Complexity: O(1) if the parser noted its place.
  @_lifetime(copy self)
  public func value(at field: FieldPath) throws(DecodeError) -> ValueView? {
    guard let place = notedPlace(of: field) else { return try value(at: field.keys) }
    guard place > 0 else { return nil }
    var reader = ByteReader(payload, at: place)
    return try ValueView.next(&reader)
  }

  /// Where the value of a field begins in the payload, 0 if there is none; nil if its place was not noted.
  @inlinable @inline(__always)
  public func notedPlace(of field: borrowing FieldPath) -> Int? {
    notedPlace(ofField: field.number)
  }

  /// As above, by the number of a field.
  @inlinable @inline(__always)
  public func notedPlace(ofField number: Int) -> Int? {
    guard number < places.count else { return nil }
    let place = Int(places[number])
    return place > 0 ? header.sentEnd &+ place : 0
  }

  /// The text of a string of at most 127 bytes that begins at a noted place; nil for any other value, some strings
  /// that are stored in another form included.
  @_lifetime(copy self)
  @inlinable @inline(__always)
  public func shortText(at place: Int) -> RawSpan? {
    let tag = payload[place]
    guard tag >= ValueTag.shortString else { return nil }
    return payload.extracting((place + 1)..<(place + 1 + Int(tag - ValueTag.shortString)))
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
