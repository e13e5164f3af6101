// How definitions stand in the log: their texts, as they were written, plus what their meaning depends
// on. What is applied together is one record, so that it takes effect whole.

import Bytes

/// The definitions that were applied together.
///
/// Encoding: the instant of applying by the machine's clock as zigzag, a varint count, then each
/// `DefinitionRecord`, length-prefixed.
struct DefinitionsRecord: Equatable, Sendable {
  var appliedAt: Timestamp
  var changes: [DefinitionRecord]

  init(appliedAt: Timestamp, changes: [DefinitionRecord]) {
    self.appliedAt = appliedAt
    self.changes = changes
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    appliedAt = Timestamp(milliseconds: try reader.zigzag())
    changes = []
    for _ in 0..<(try reader.count()) {
      changes.append(try DefinitionRecord(try reader.lengthPrefixed()))
    }
    try reader.expectEnd()
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.zigzag(appliedAt.milliseconds)
    writer.varint(UInt64(changes.count))
    for change in changes {
      var part = ByteWriter()
      change.encode(into: &part)
      writer.lengthPrefixed(part.bytes)
    }
    return writer.bytes
  }
}

/// One definition as an input: a trait or audience is defined, redefined or removed.
///
/// Encoding: action u8 (1 define, 2 remove), kind u8 (1 trait, 2 audience, 3 and 4 the same of accounts),
/// then length-prefixed
/// name, text, time zone and time zone data version. The last two are empty until definitions use
/// calendars; they are part of the record because the same text means other instants in another zone
/// or with other zone rules (docs/decisions/0007-time-zones-in-definitions.md).
public struct DefinitionRecord: Equatable, Sendable {
  /// What is done.
  public enum Action: UInt8, Sendable {
    case define = 1
    case remove = 2
  }

  /// What is defined.
  public enum Kind: UInt8, Sendable, CaseIterable {
    case trait = 1
    case audience = 2
    /// A trait of accounts.
    case accountTrait = 3
    /// An audience of accounts.
    case accountAudience = 4
  }

  /// What is done.
  public var action: Action
  /// What is defined.
  public var kind: Kind
  /// The name within its kind.
  public var name: String
  /// The expression; empty for a removal.
  public var text: String
  /// IANA name of the time zone that calendar terms use; empty if there are none.
  public var timeZone = ""
  /// The version of the time zone data; empty if there is no zone.
  public var timeZoneVersion = ""

  /// Makes a record of a definition without calendar terms.
  public init(_ action: Action, _ kind: Kind, name: String, text: String = "") {
    self.action = action
    self.kind = kind
    self.name = name
    self.text = text
  }

  /// Whether both are the same bytes, as in the log.
  public static func == (a: Self, b: Self) -> Bool {
    a.action == b.action && a.kind == b.kind && a.name.hasSameBytes(as: b.name)
      && a.text.hasSameBytes(as: b.text) && a.timeZone.hasSameBytes(as: b.timeZone)
      && a.timeZoneVersion.hasSameBytes(as: b.timeZoneVersion)
  }

  /// Decodes a payload.
  public init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    guard let action = Action(rawValue: try reader.u8()) else { throw reader.invalid() }
    guard let kind = Kind(rawValue: try reader.u8()) else { throw reader.invalid() }
    self.action = action
    self.kind = kind
    name = try reader.lengthPrefixed().toString()
    text = try reader.lengthPrefixed().toString()
    timeZone = try reader.lengthPrefixed().toString()
    timeZoneVersion = try reader.lengthPrefixed().toString()
    try reader.expectEnd()
  }

  /// Appends the payload.
  public func encode(into writer: inout ByteWriter) {
    writer.u8(action.rawValue)
    writer.u8(kind.rawValue)
    writer.lengthPrefixed(name)
    writer.lengthPrefixed(text)
    writer.lengthPrefixed(timeZone)
    writer.lengthPrefixed(timeZoneVersion)
  }
}
