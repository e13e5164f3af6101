// How the texts of identifiers are normalised, and which of them identify nobody: here once, for the
// parser, for a rebuild, and for lookups by people.

import Bytes

/// How identifier texts are normalised.
enum IdentifierText {
  /// What became of a text.
  enum Outcome {
    /// It is an identifier, and was appended.
    case value
    /// There was nothing.
    case empty
    /// It identifies nobody.
    case blocked
    /// It is not of its kind: not an e-mail address, not a telephone number.
    case unreadable
  }

  /// The range of a text without ASCII white space around it.
  static func trimmed(_ text: RawSpan) -> Range<Int> {
    var start = 0
    var end = text.byteCount
    while start < end, isSpace(text[start]) { start += 1 }
    while start < end, isSpace(text[end - 1]) { end -= 1 }
    return start..<end
  }

  /// Appends a text trimmed and with ASCII letters in lower case.
  static func appendLowered(_ text: RawSpan, to bytes: inout [UInt8]) {
    EmailAddress.appendLowered(text, trimmed(text), to: &bytes)
  }

  /// Appends a text as it is compared, unless it is not an identifier.
  static func append(
    _ text: RawSpan, _ normaliser: IdentifierRules.Normaliser, _ country: CountryCode?,
    _ blocked: BlockedMatcher, to bytes: inout [UInt8]
  ) -> Outcome {
    if text.isEmpty { return .empty }
    // What is listed is listed as it is sent; in its normal form it might look like something else.
    if blocked.matches(text) { return .blocked }
    let start = bytes.count
    switch normaliser {
    case .none:
      bytes.append(text)
      return .value
    case .email:
      guard EmailAddress.append(text, to: &bytes) else { return .unreadable }
    case .phone:
      guard PhoneNumber.append(text, defaultCountry: country, to: &bytes) else {
        return .unreadable
      }
    }
    guard blocked.matches(bytes.span.bytes.extracting(start..<bytes.count), normaliser) else {
      return .value
    }
    bytes.removeLast(bytes.count - start)
    return .blocked
  }

  private static func isSpace(_ byte: UInt8) -> Bool {
    byte == 0x20 || (0x09...0x0D).contains(byte)
  }
}
