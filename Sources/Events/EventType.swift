// The closed vocabulary of an event: the six calls of the Segment spec, apart from
// the parser because readers of stored events need it too.

import Bytes

/// The six calls of the Segment spec.
public enum EventType: UInt8, BitwiseCopyable, Sendable, CaseIterable {
  /// Something a person did.
  case track = 1
  /// Who a person is.
  case identify = 2
  /// A page seen.
  case page = 3
  /// A screen of an app seen.
  case screen = 4
  /// The account a person belongs to.
  case group = 5
  /// A new name for a known person.
  case alias = 6

  /// The value of `type` in JSON.
  public var name: StaticString {
    switch self {
    case .track: "track"
    case .identify: "identify"
    case .page: "page"
    case .screen: "screen"
    case .group: "group"
    case .alias: "alias"
    }
  }

  /// Reads the value of `type` in JSON, or nil for any other text.
  init?(_ text: RawSpan) {
    // The length tells most of them apart; a comparison settles it.
    let candidate: EventType
    switch text.byteCount {
    case 4: candidate = .page
    case 6: candidate = .screen
    case 8: candidate = .identify
    case 5 where text[0] == UInt8(ascii: "t"): candidate = .track
    case 5 where text[0] == UInt8(ascii: "g"): candidate = .group
    default: candidate = .alias
    }
    guard text.equals(candidate.name) else { return nil }
    self = candidate
  }

  /// As above.
  @inline(__always)
  init?(_ text: PlainText) {
    guard text.count <= 8 else { return nil }
    // The bytes of the names, the first one lowest.
    switch text.head {
    case 0x6B63_6172_74: self = .track
    case 0x7966_6974_6E65_6469: self = .identify
    case 0x6567_6170: self = .page
    case 0x6E65_6572_6373: self = .screen
    case 0x7075_6F72_67: self = .group
    case 0x7361_696C_61: self = .alias
    default: return nil
    }
  }
}
