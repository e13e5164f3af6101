// The members of a batch body that mean something to its items.

import Bytes

/// A member of a body other than its items.
enum BodyMember: CaseIterable {
  case context
  case integrations
  case sentAt
  /// No item inherits it: an object that names one of the six calls is an event, whatever else it holds.
  case type

  /// Those that items inherit.
  static let inherited: [BodyMember] = [.context, .integrations, .sentAt]

  var key: StaticString {
    switch self {
    case .context: "context"
    case .integrations: "integrations"
    case .sentAt: "sentAt"
    case .type: "type"
    }
  }

  init?(_ key: [UInt8]) {
    let span = key.span.bytes
    guard let member = Self.allCases.first(where: { span.equals($0.key) }) else { return nil }
    self = member
  }
}
