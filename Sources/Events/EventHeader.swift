// The header of a stored event: what the engine asks of every event, and where its parts lie.

import Bytes

/// The header of an event payload, read and checked; see `PayloadLayout`.
///
/// A value of its own, so that who keeps a payload reads its header once.
public struct EventHeader: Sendable, BitwiseCopyable {
  /// The call.
  public let type: EventType
  /// The symbol of the event's name; nil if it has none, or one that is not interned.
  public let name: Symbol?
  /// Whether no message id was sent, so that the stored one was derived from the content.
  public let idIsDerived: Bool
  let summary: UInt8
  let times: EventTimes
  // Where the values end; each begins where the one before it ends.
  @usableFromInline let eventEnd: Int
  @usableFromInline let messageIDEnd: Int
  @usableFromInline let userIDEnd: Int
  @usableFromInline let anonymousIDEnd: Int
  @usableFromInline let timestampEnd: Int
  @usableFromInline let originalEnd: Int
  @usableFromInline let sentEnd: Int
  @usableFromInline let restEnd: Int
  /// The length of the payload.
  @usableFromInline let payloadEnd: Int

  static let eventStart = 3

  /// The header of a payload that the encoder has just written, without what a tracking plan left out.
  init(
    type: EventType, name: Symbol?, summary: UInt8, idIsDerived: Bool, times: EventTimes,
    ends: HeaderEnds, payloadEnd: Int
  ) {
    self.type = type
    self.name = name
    self.summary = summary
    self.idIsDerived = idIsDerived
    self.times = times
    eventEnd = ends.event
    messageIDEnd = ends.messageID
    userIDEnd = ends.userID
    anonymousIDEnd = ends.anonymousID
    timestampEnd = ends.timestamp
    originalEnd = ends.original
    sentEnd = ends.sent
    restEnd = payloadEnd
    self.payloadEnd = payloadEnd
  }

  /// Reads the header of a payload; what else the payload holds is checked when it is read.
  public init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    guard try reader.u8() == PayloadLayout.format else { throw DecodeError(.invalidValue, at: 0) }
    let summary = try reader.u8()
    guard summary & PayloadLayout.reservedMask == 0,
      let type = EventType(rawValue: summary & PayloadLayout.typeMask)
    else { throw DecodeError(.invalidValue, at: 1) }
    let flags = try reader.u8()
    guard flags & PayloadLayout.reservedFlags == 0 else { throw DecodeError(.invalidValue, at: 2) }
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
    payloadEnd = reader.offset
  }

  /// Whether the message id was sent as a number.
  var idIsNumber: Bool { summary & PayloadLayout.messageIDIsNumber != 0 }

  /// Whether a tracking plan left out some of what was sent.
  public var hasOriginal: Bool { restEnd < payloadEnd }

  /// Whether a tracking plan left out some of what was sent, by the flag alone.
  ///
  /// - Parameter payload: One that has been written or read already.
  public static func hasOriginal(_ payload: RawSpan) -> Bool {
    payload[PayloadLayout.flagsOffset] & PayloadLayout.hasOriginal != 0
  }

  /// The time that the event counts from, given when its record was received.
  public func clock(receivedAt: Timestamp) -> EventClock { times.clock(receivedAt: receivedAt) }

  @_lifetime(reader: copy reader)
  private static func readName(_ reader: inout ByteReader) throws(DecodeError) -> Symbol? {
    let start = reader.offset
    guard try reader.u8() == ValueTag.symbol else {
      reader = ByteReader(reader.span, at: start)
      try ValueView.skip(&reader)
      return nil
    }
    return Symbol(try reader.varint32())
  }

  @_lifetime(reader: copy reader)
  private static func readStamp(_ reader: inout ByteReader) throws(DecodeError) -> EventStamp {
    let start = reader.offset
    let instant: Timestamp
    // Hot: instants in canonical form are numbers, and nothing is read again.
    switch try reader.u8() {
    case ValueTag.absent, ValueTag.null:
      return .absent
    case ValueTag.milliseconds:
      instant = Timestamp(milliseconds: try reader.zigzag())
    case ValueTag.seconds:
      let (product, overflow) = try reader.zigzag().multipliedReportingOverflow(by: 1000)
      guard !overflow else { throw DecodeError(.invalidValue, at: start) }
      instant = Timestamp(milliseconds: product)
    default:
      reader = ByteReader(reader.span, at: start)
      let value = try ValueView.next(&reader)
      guard value.kind == .string || value.kind == .number else { return .unreadable }
      return try value.withText { EventStamp($0) } ?? .unreadable
    }
    guard instant >= .earliest, instant <= .latest else {
      throw DecodeError(.invalidValue, at: start)
    }
    return EventStamp(instant)
  }
}

/// Where the values of a header end, for the encoder to note.
struct HeaderEnds {
  var event = 0
  var messageID = 0
  var userID = 0
  var anonymousID = 0
  var timestamp = 0
  var original = 0
  var sent = 0

  /// Makes room for a message id that is longer by `count` bytes.
  mutating func lengthenID(by count: Int) {
    messageID += count
    userID += count
    anonymousID += count
    timestamp += count
    original += count
    sent += count
  }
}
