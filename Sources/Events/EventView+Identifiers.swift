// How the texts of identifiers are normalised, and where the e-mail address of an event lies.

import Bytes

/// How identifier texts are normalised.
enum IdentifierText {
  /// The range of an e-mail address without ASCII white space around it.
  static func trimmed(_ text: RawSpan) -> Range<Int> {
    var start = 0
    var end = text.byteCount
    while start < end, isSpace(text[start]) { start += 1 }
    while start < end, isSpace(text[end - 1]) { end -= 1 }
    return start..<end
  }

  /// Appends an e-mail address trimmed and with ASCII letters in lower case.
  static func appendEmail(_ text: RawSpan, to bytes: inout [UInt8]) {
    for index in trimmed(text) {
      let byte = text[index]
      bytes.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
    }
  }

  /// Appends a text as it is compared; false, and nothing useful appended, if it is none.
  static func append(
    _ text: RawSpan, _ normaliser: IdentifierRules.Normaliser, _ country: CountryCode?,
    to bytes: inout [UInt8]
  ) -> Bool {
    switch normaliser {
    case .none:
      bytes.append(text)
    case .email:
      appendEmail(text, to: &bytes)
    case .phone:
      if text.isEmpty { return true }
      guard let number = PhoneNumber.e164(text, defaultCountry: country) else { return false }
      bytes.append(contentsOf: number)
    }
    return true
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

extension EventView {
  /// The value that the event's e-mail identifier was taken from, as it was sent; nil if none.
  public var email: ValueView? {
    @_lifetime(copy self)
    get throws(DecodeError) {
      let place = (summary & PayloadLayout.emailMask) >> PayloadLayout.emailShift
      let email = WellKnownSymbol.email.symbol
      switch EmailPlace(rawValue: place) ?? .none {
      case .none:
        return nil
      case .traits:
        guard let traits = try rest.value(for: WellKnownSymbol.traits.symbol) else { return nil }
        return try traits.value(for: email)
      case .contextTraits:
        guard let context = try rest.value(for: WellKnownSymbol.context.symbol),
          let traits = try context.value(for: WellKnownSymbol.traits.symbol)
        else { return nil }
        return try traits.value(for: email)
      case .properties:
        guard let found = try rest.value(for: WellKnownSymbol.properties.symbol) else {
          return nil
        }
        return try found.value(for: email)
      }
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

  static let emailPaths: [[Symbol]] = [
    [WellKnownSymbol.traits.symbol, WellKnownSymbol.email.symbol],
    [
      WellKnownSymbol.context.symbol, WellKnownSymbol.traits.symbol, WellKnownSymbol.email.symbol,
    ],
    [WellKnownSymbol.properties.symbol, WellKnownSymbol.email.symbol],
  ]
}
