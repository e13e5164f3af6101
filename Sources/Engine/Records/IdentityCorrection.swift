// A manual decision on identity, as an input: it takes precedence over later events, and a rebuild applies it again.

import Bytes
import Events

/// A profile split or profiles merged manually.
///
/// Encoding: the instant by the machine's clock as zigzag, action u8 (1 split, 2 merge), a varint count,
/// then each identifier: type u16, length-prefixed value as it is compared; then in the same way those that
/// stay where others leave, none of a merge.
package struct IdentityCorrection: Equatable, Sendable {
  /// What is done.
  package enum Action: UInt8, Sendable {
    /// The identifiers leave the rest of their profile.
    case split = 1
    /// The profiles of the identifiers become one.
    case merge = 2
  }

  /// One identifier, by value: ordinals do not outlive a rebuild.
  package struct Named: Equatable, Sendable {
    package var type: IdentifierType
    package var value: [UInt8]
  }

  package var appliedAt: Timestamp
  package var action: Action
  package var identifiers: [Named]
  /// Those that a split separates them from, as they were then: under other rules they need not be together.
  package var staying: [Named]

  init(appliedAt: Timestamp, action: Action, identifiers: [Named], staying: [Named] = []) {
    self.appliedAt = appliedAt
    self.action = action
    self.identifiers = identifiers
    self.staying = staying
  }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    appliedAt = Timestamp(milliseconds: try reader.zigzag())
    guard let action = Action(rawValue: try reader.u8()) else { throw reader.invalid() }
    self.action = action
    identifiers = try Self.list(&reader)
    // A record from before there was such a list ends here.
    staying = reader.isAtEnd ? [] : try Self.list(&reader)
    try reader.expectEnd()
  }

  private static func list(_ reader: inout ByteReader) throws(DecodeError) -> [Named] {
    var result: [Named] = []
    for _ in 0..<(try reader.count()) {
      let type = IdentifierType(rawValue: try reader.u16())
      result.append(Named(type: type, value: try reader.lengthPrefixed().toArray()))
    }
    return result
  }

  func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.zigzag(appliedAt.milliseconds)
    writer.u8(action.rawValue)
    for list in [identifiers, staying] {
      writer.varint(UInt64(list.count))
      for identifier in list {
        writer.u16(identifier.type.rawValue)
        writer.lengthPrefixed(identifier.value)
      }
    }
    return writer.bytes
  }
}
