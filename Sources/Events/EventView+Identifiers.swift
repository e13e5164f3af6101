// Where the e-mail address of an event lies.

import Bytes

extension EventView {
  /// Passes on the texts of the places where the event's e-mail identifier can lie, from the first that is not
  /// blank on, until `body` says that one is it.
  func findEmail(_ body: (RawSpan) -> Bool) throws(DecodeError) {
    let place = Int((summary & PayloadLayout.emailMask) >> PayloadLayout.emailShift)
    guard place > 0 else { return }
    var isFound = false
    for path in Self.emailPaths[(place - 1)...] where !isFound {
      guard let value = try self.value(at: path), value.kind == .string else { continue }
      _ = try value.withText { isFound = body($0) }
    }
  }

  /// Passes on the texts of all places where the event's e-mail identifier could lie, as they were sent: the
  /// first that holds one is `email`, and what a tracking plan leaves out can make another the first.
  public func visitEmails(_ body: (RawSpan) -> Void) throws(DecodeError) {
    for path in Self.emailPaths {
      guard let value = try self.value(at: path), value.kind == .string else { continue }
      _ = try value.withText { body($0) }
    }
  }

  /// In the order of `EmailPlace`.
  static let emailPaths: [[Symbol]] = [
    [WellKnownSymbol.traits.symbol, WellKnownSymbol.email.symbol],
    [
      WellKnownSymbol.context.symbol, WellKnownSymbol.traits.symbol, WellKnownSymbol.email.symbol,
    ],
    [WellKnownSymbol.properties.symbol, WellKnownSymbol.email.symbol],
  ]
}
