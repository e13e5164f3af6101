// The header of a stored event: what the engine asks of every event, and where its parts lie.

import Bytes

/// The header of an event payload, read and checked; see `PayloadLayout`.
///
/// A value of its own, so that code that keeps a payload reads its header once.
public struct EventHeader: Sendable, BitwiseCopyable {
  /// The call.
  public let type: EventType
  /// The symbol of the event's name; nil if it has none, or one that is not interned.
  public let name: Symbol?
  /// Whether no message id was sent, so that the stored one was derived from the content.
  public let idIsDerived: Bool
  let summary: UInt8
  let times: EventTimes
  /// Where the values end; each begins where the one before it ends.
  @usableFromInline let ends: HeaderEnds

  @inlinable var eventEnd: Int { Int(ends.event) }
  @inlinable var messageIDEnd: Int { Int(ends.messageID) }
  @inlinable var userIDEnd: Int { Int(ends.userID) }
  @inlinable var anonymousIDEnd: Int { Int(ends.anonymousID) }
  @inlinable var timestampEnd: Int { Int(ends.timestamp) }
  @inlinable var originalEnd: Int { Int(ends.original) }
  @inlinable var sentEnd: Int { Int(ends.sent) }
  @inlinable var restEnd: Int { Int(ends.rest) }
  /// The length of the payload.
  @inlinable var payloadEnd: Int { Int(ends.payload) }

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
    var ends = ends
    ends.rest = UInt32(truncatingIfNeeded: payloadEnd)
    ends.payload = ends.rest
    self.ends = ends
  }

  /// Reads the header of a payload; what else the payload holds is checked when it is read.
  public init(_ payload: RawSpan) throws(DecodeError) {
    guard payload.byteCount <= UInt32.max else { throw DecodeError(.invalidValue, at: 0) }
    var reader = ByteReader(payload)
    var ends = HeaderEnds()
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
    ends.event = UInt32(truncatingIfNeeded: reader.offset)
    try ValueView.skip(&reader)
    ends.messageID = UInt32(truncatingIfNeeded: reader.offset)
    try ValueView.skip(&reader)
    ends.userID = UInt32(truncatingIfNeeded: reader.offset)
    try ValueView.skip(&reader)
    ends.anonymousID = UInt32(truncatingIfNeeded: reader.offset)
    var times = EventTimes()
    times.keepsTimes = flags & PayloadLayout.keepsTimes != 0
    times.isHistorical = flags & PayloadLayout.isHistorical != 0
    times.timestamp = try Self.readStamp(&reader)
    ends.timestamp = UInt32(truncatingIfNeeded: reader.offset)
    times.original = try Self.readStamp(&reader)
    ends.original = UInt32(truncatingIfNeeded: reader.offset)
    times.sent = try Self.readStamp(&reader)
    ends.sent = UInt32(truncatingIfNeeded: reader.offset)
    self.times = times
    try ValueView.skip(&reader)
    ends.rest = UInt32(truncatingIfNeeded: reader.offset)
    if flags & PayloadLayout.hasOriginal != 0 { try ValueView.skip(&reader) }
    try reader.expectEnd()
    ends.payload = UInt32(truncatingIfNeeded: reader.offset)
    self.ends = ends
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

/// Where the values of a header end, and what comes after it.
@usableFromInline
struct HeaderEnds: BitwiseCopyable, Sendable {
  @usableFromInline var event: UInt32 = 0
  @usableFromInline var messageID: UInt32 = 0
  @usableFromInline var userID: UInt32 = 0
  @usableFromInline var anonymousID: UInt32 = 0
  @usableFromInline var timestamp: UInt32 = 0
  @usableFromInline var original: UInt32 = 0
  @usableFromInline var sent: UInt32 = 0
  @usableFromInline var rest: UInt32 = 0
  @usableFromInline var payload: UInt32 = 0

  /// Nothing yet.
  init() {}

  /// Makes room for a message id that is longer by `count` bytes.
  mutating func lengthenID(by count: UInt32) {
    messageID += count
    userID += count
    anonymousID += count
    timestamp += count
    original += count
    sent += count
  }
}
