// Destinations and deliveries as inputs: where changes of memberships are delivered is recorded,
// and so is the progress.

import Bytes

/// Where changes of memberships are delivered: a file that lines are appended to.
public struct Destination: Equatable, Sendable {
  /// The name that people use.
  public var name: String
  /// The file's absolute path.
  public var path: String
  /// The audiences whose changes are delivered.
  public var audiences: [String]
  /// The suppressed audiences: for the destination their members are in none of `audiences`.
  public var suppressed: [String]
  /// The consent categories that a person must permit to be delivered: at most `consentsMax`.
  public var consents: [String]
  /// How a change is delivered.
  public var form: MessageForm

  /// The most consent categories that a destination can require.
  public static let consentsMax = 64

  /// A file to which changes are delivered.
  public init(
    name: String, path: String, audiences: [String], suppressed: [String] = [],
    consents: [String] = [], form: MessageForm = .track
  ) {
    self.name = name
    self.path = path
    self.audiences = audiences
    self.suppressed = suppressed
    self.consents = consents
    self.form = form
  }
}

/// A destination is defined or removed.
///
/// Encoding: action u8 (1 define, 2 remove), the number as a varint; for a definition kind u8 (1 a file), form
/// u8, length-prefixed name and path, counted lists of the audiences delivered and suppressed, if the highest bit of
/// the form is set also of the consent categories required, the cursor that delivery starts after, and the size of the
/// file as a varint.
package struct DestinationRecord: Equatable, Sendable {
  /// The number, which is never assigned twice.
  var number: UInt32
  /// What is defined; nil for a removal.
  var defined: Definition?

  /// A destination and where delivery to it begins.
  package struct Definition: Equatable, Sendable {
    var destination: Destination
    var start: FeedCursor
    /// What the file held already.
    var fileEnd: UInt64

    package init(destination: Destination, start: FeedCursor, fileEnd: UInt64) {
      self.destination = destination
      self.start = start
      self.fileEnd = fileEnd
    }
  }

  package init(number: UInt32, defined: Definition?) {
    self.number = number
    self.defined = defined
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    let action = try reader.u8()
    guard action == 1 || action == 2 else { throw reader.invalid() }
    number = try reader.varint32()
    if action == 1 {
      defined = Definition(
        destination: try Destination(&reader), start: try FeedCursor(&reader),
        fileEnd: try reader.varint())
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(defined == nil ? 2 : 1)
    writer.varint(UInt64(number))
    if let defined {
      defined.destination.encode(into: &writer)
      defined.start.encode(into: &writer)
      writer.varint(defined.fileEnd)
    }
    return writer.bytes
  }
}

extension Destination {
  private static let kindFile: UInt8 = 1
  private static let consentFlag: UInt8 = 0x80

  init(_ reader: inout ByteReader) throws(DecodeError) {
    guard try reader.u8() == Self.kindFile else { throw reader.invalid() }
    let flags = try reader.u8()
    guard let form = MessageForm(rawValue: flags & ~Self.consentFlag) else {
      throw reader.invalid()
    }
    self.form = form
    name = try reader.lengthPrefixed().toString()
    path = try reader.lengthPrefixed().toString()
    audiences = []
    for _ in 0..<(try reader.count()) { audiences.append(try reader.lengthPrefixed().toString()) }
    suppressed = []
    for _ in 0..<(try reader.count()) { suppressed.append(try reader.lengthPrefixed().toString()) }
    consents = []
    guard flags & Self.consentFlag != 0 else { return }
    for _ in 0..<(try reader.count()) { consents.append(try reader.lengthPrefixed().toString()) }
    guard consents.count <= Self.consentsMax else { throw reader.invalid() }
  }

  func encode(into writer: inout ByteWriter) {
    writer.u8(Self.kindFile)
    writer.u8(form.rawValue | (consents.isEmpty ? 0 : Self.consentFlag))
    writer.lengthPrefixed(name)
    writer.lengthPrefixed(path)
    writer.varint(UInt64(audiences.count))
    for audience in audiences { writer.lengthPrefixed(audience) }
    writer.varint(UInt64(suppressed.count))
    for audience in suppressed { writer.lengthPrefixed(audience) }
    guard !consents.isEmpty else { return }
    writer.varint(UInt64(consents.count))
    for category in consents { writer.lengthPrefixed(category) }
  }
}

/// The outcome of a delivery: everything up to a cursor has arrived.
///
/// Encoding: outcome u8 (1 delivered), the destination's number and the count of messages as varints,
/// then the cursor, and the size of the file as a varint; if the highest bit of the outcome is set also a counted list
/// of the messages that were withheld.
package struct DeliveryRecord: Equatable, Sendable {
  private static let delivered: UInt8 = 1
  private static let withheldFlag: UInt8 = 0x80

  package var number: UInt32
  /// Messages that were sent since the last outcome.
  var messages: UInt64
  var cursor: FeedCursor
  /// The size of the file by then.
  var fileEnd: UInt64
  /// Messages that were not sent since the last outcome, because the persons do not consent.
  package var withheld: [WithheldMessage] = []

  package init(
    number: UInt32, messages: UInt64, cursor: FeedCursor, fileEnd: UInt64,
    withheld: [WithheldMessage] = []
  ) {
    self.withheld = withheld
    self.number = number
    self.messages = messages
    self.cursor = cursor
    self.fileEnd = fileEnd
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    let outcome = try reader.u8()
    guard outcome & ~Self.withheldFlag == Self.delivered else { throw reader.invalid() }
    number = try reader.varint32()
    messages = try reader.varint()
    cursor = try FeedCursor(&reader)
    fileEnd = try reader.varint()
    if outcome & Self.withheldFlag != 0 {
      for _ in 0..<(try reader.count()) { withheld.append(try WithheldMessage(&reader)) }
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(Self.delivered | (withheld.isEmpty ? 0 : Self.withheldFlag))
    writer.varint(UInt64(number))
    writer.varint(messages)
    cursor.encode(into: &writer)
    writer.varint(fileEnd)
    guard !withheld.isEmpty else { return writer.bytes }
    writer.varint(UInt64(withheld.count))
    for message in withheld { message.encode(into: &writer) }
    return writer.bytes
  }
}

/// A destination and its progress, as recorded in the log.
package struct DestinationState: Equatable, Sendable {
  package var number: UInt32
  package var destination: Destination
  /// Everything up to here has arrived.
  package var cursor: FeedCursor
  /// Messages that have arrived, each counted once.
  package var messages: UInt64 = 0
  /// Messages that were withheld, because the persons do not consent.
  package var withheld: UInt64 = 0
  /// The size of the file by then.
  package var fileEnd: UInt64

  init(number: UInt32, _ definition: DestinationRecord.Definition) {
    self.number = number
    destination = definition.destination
    cursor = definition.start
    fileEnd = definition.fileEnd
  }

  init(decoding bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    number = try reader.varint32()
    destination = try Destination(&reader)
    cursor = try FeedCursor(&reader)
    messages = try reader.varint()
    withheld = try reader.varint()
    fileEnd = try reader.varint()
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.varint(UInt64(number))
    destination.encode(into: &writer)
    cursor.encode(into: &writer)
    writer.varint(messages)
    writer.varint(withheld)
    writer.varint(fileEnd)
    return writer.bytes
  }
}

extension Scalars {
  /// Folds a destination's definition or removal.
  mutating func fold(_ record: DestinationRecord) {
    destinations.removeAll { $0.number == record.number }
    guard let defined = record.defined else { return }
    destinationCount = max(destinationCount, record.number)
    destinations.append(DestinationState(number: record.number, defined))
  }

  /// Folds the outcome of a delivery; one for a destination that is gone changes nothing.
  mutating func fold(_ record: DeliveryRecord) {
    guard let index = destinations.firstIndex(where: { $0.number == record.number }) else {
      return
    }
    destinations[index].cursor = max(destinations[index].cursor, record.cursor)
    destinations[index].messages &+= record.messages
    destinations[index].withheld &+= UInt64(record.withheld.count)
    destinations[index].fileEnd = record.fileEnd
  }
}
