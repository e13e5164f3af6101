// Where identifiers of persons can lie in an event, and where its e-mail address does.

import Bytes

extension EventType {
  /// Whether what lies below a key of the event can identify a person.
  ///
  /// All but the traits of a group call, which describe its account. Two people who name one account would be one
  /// person by the account's address.
  func canIdentifyPerson(below key: Symbol) -> Bool {
    self != .group || key != WellKnownSymbol.traits.symbol
  }
}

extension EventView {
  /// Which of `emailPaths`, from 1, is the first that holds a text which is not blank; 0 if none does.
  var emailPlace: Int { Int((summary & PayloadLayout.emailMask) >> PayloadLayout.emailShift) }

  /// Passes on the texts of places where the event's e-mail identifiers can lie, until `body` says of a place that
  /// one is it; of a list all elements that are texts.
  ///
  /// - Parameter fields: Those of the fields of `emailPaths` that may be it: from the first that is not blank on.
  func findEmail(
    _ fields: ArraySlice<FieldPath>, _ body: (RawSpan) -> Bool
  ) throws(DecodeError) {
    var isFound = false
    for field in fields
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
