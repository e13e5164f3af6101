// The identifiers of an event, from the payload alone: what the parser found at the door and what
// a rebuild finds in the log must be the same, so both go through the rules in this file.

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

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}

extension EventView {
  /// Visits the event's identifiers, highest priority first.
  ///
  /// The same identifiers, in the same order, as the parser listed in `EventBatch`. The span given
  /// to `body` holds the normalised text and ends with the call.
  ///
  /// Complexity: O(header), plus O(members on the way to the e-mail) if there is one.
  public func forEachIdentifier(
    _ body: (IdentifierType, RawSpan) -> Void
  ) throws(DecodeError) {
    if let user = try userID { try Self.visit(user, .userID, body) }
    if let email = try email {
      var bytes: [UInt8] = []
      _ = try email.withText { IdentifierText.appendEmail($0, to: &bytes) }
      if !bytes.isEmpty { body(.email, bytes.span.bytes) }
    }
    if let anonymous = try anonymousID { try Self.visit(anonymous, .anonymousID, body) }
  }

  private static func visit(
    _ value: borrowing ValueView, _ type: IdentifierType, _ body: (IdentifierType, RawSpan) -> Void
  ) throws(DecodeError) {
    _ = try value.withText { text in
      if !text.isEmpty { body(type, text) }
    }
  }

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
}
