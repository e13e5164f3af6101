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
}
