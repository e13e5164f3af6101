// How definitions stand in the log: their texts, as they were written, plus what their meaning depends
// on. What is applied together is one record, so that it takes effect whole.

import Bytes
import Profiles

/// The definitions that were applied together.
///
/// Encoding: the instant of applying by the machine's clock as zigzag, a varint count, then each
/// `DefinitionRecord`, length-prefixed, then a varint count of time zones, each a name and the bytes
/// of its file, length-prefixed.
package struct DefinitionsRecord: Equatable, Sendable {
  var appliedAt: Timestamp
  package var changes: [DefinitionRecord]
  /// The rules of the time zones that the definitions mention, as they were on the machine.
  var zones: [TimeZoneRules]

  init(appliedAt: Timestamp, changes: [DefinitionRecord], zones: [TimeZoneRules] = []) {
    self.appliedAt = appliedAt
    self.changes = changes
    self.zones = zones
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    appliedAt = Timestamp(milliseconds: try reader.zigzag())
    changes = []
    for _ in 0..<(try reader.count()) {
      changes.append(try DefinitionRecord(try reader.lengthPrefixed()))
    }
    zones = []
    for _ in 0..<(try reader.count()) {
      let name = try reader.lengthPrefixed().toString()
      let data = try reader.lengthPrefixed().toArray()
      zones.append(try TimeZoneRules(name: name, data: data))
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
    writer.varint(UInt64(zones.count))
    for zone in zones {
      writer.lengthPrefixed(zone.name)
      writer.lengthPrefixed(zone.data)
    }
    return writer.bytes
  }
}

/// One definition as an input: a trait or audience is defined, redefined or removed.
///
/// Encoding: action u8 (1 define, 2 remove), kind u8 (1 trait, 2 audience, 3 and 4 the same of accounts),
/// then length-prefixed name, text, names of time zones and digests of their rules. The last two are
/// empty where the text mentions no zone; they are part of the record because the same text means other
/// instants with other rules (docs/decisions/0018-zone-rules-in-the-log.md).
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
  /// IANA names of the time zones that the text mentions, separated by commas; empty if there are none.
  public var timeZone = ""
  /// A digest of each zone's rules, in the same order, separated by commas.
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

extension DefinitionRecord {
  /// The same record with the zones that its text mentions.
  func naming(_ zones: [TimeZoneRules]) -> DefinitionRecord {
    var result = self
    let mentioned = TimeZones.names(in: text).compactMap { name in zones.first { $0.name == name } }
    result.timeZone = mentioned.map(\.name).joined(separator: ",")
    result.timeZoneVersion = mentioned.map(\.digest).joined(separator: ",")
    return result
  }
}

extension [DefinitionsRecord] {
  /// The rule of an audience, of persons or of accounts, as it was written.
  package func text(ofAudience name: String) -> String? {
    (texts(.audience) + texts(.accountAudience)).first { $0.name == name }?.text
  }

  /// The present definitions of one kind as they were written, in the order of their first definition.
  package func texts(_ kind: DefinitionRecord.Kind) -> [(name: String, text: String)] {
    var result: [(name: String, text: String)] = []
    for record in lazy.flatMap(\.changes) where record.kind == kind {
      let index = result.firstIndex { $0.name.hasSameBytes(as: record.name) }
      switch (record.action, index) {
      case (.define, let index?): result[index].text = record.text
      case (.define, nil): result.append((record.name, record.text))
      case (.remove, let index?): result.remove(at: index)
      case (.remove, nil): break
      }
    }
    return result
  }
}
