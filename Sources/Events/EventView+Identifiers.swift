// Where identifiers of persons can lie in an event, and where its e-mail address does.

import Bytes

extension EventType {
  /// Whether what lies below a key of the event can identify a person.
  ///
  /// All but the traits of a group call, which describe its account. Two people who name one account would be one person by the account's address.
  func canIdentifyPerson(below key: Symbol) -> Bool {
    self != .group || key != WellKnownSymbol.traits.symbol
  }
}

extension EventView {
  /// Passes on the texts of the places where the event's e-mail identifiers can lie, from the first that is not
  /// blank on, until `body` says of a place that one is it; of a list all elements that are texts.
  ///
  /// - Parameter fields: The fields of `emailPaths`.
  func findEmail(_ fields: [FieldPath], _ body: (RawSpan) -> Bool) throws(DecodeError) {
    let place = Int((summary & PayloadLayout.emailMask) >> PayloadLayout.emailShift)
    guard place > 0 else { return }
    var isFound = false
    for field in fields[(place - 1)...]
    where !isFound && type.canIdentifyPerson(below: field.keys[0]) {
      guard let value = try self.value(at: field) else { continue }
      try Self.visitTexts(of: value) { if body($0) { isFound = true } }
    }
  }

  /// Passes on a string, or of a list the elements that are strings.
  static func visitTexts(
    of value: borrowing ValueView, _ body: (RawSpan) -> Void
  ) throws(DecodeError) {
    if value.kind == .string { _ = try value.withText { body($0) } }
    try value.forEachElement { (element) throws(DecodeError) in
      if element.kind == .string { _ = try element.withText { body($0) } }
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
