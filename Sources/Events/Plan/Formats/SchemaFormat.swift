// The values of `format`. Each is checked as its document says; none is a mere note.

import Bytes

/// What a string must be.
public enum SchemaFormat: String, Sendable, CaseIterable {
  /// RFC 3339, `date-time`: with time, seconds and offset.
  case dateTime = "date-time"
  /// RFC 3339, `full-date`.
  case date
  /// RFC 3339, `full-time`: with seconds and offset.
  case time
  /// RFC 3339, appendix A: ISO 8601 durations.
  case duration
  /// RFC 5321, 4.1.2: `Mailbox`.
  case email
  /// RFC 6531: an e-mail address with letters beyond ASCII.
  case internationalEmail = "idn-email"
  /// RFC 1123, 2.1, with A-labels by RFC 5890.
  case hostname
  /// RFC 5890, 2.3.2.3: labels beyond ASCII.
  case internationalHostname = "idn-hostname"
  /// RFC 2673, 3.2: four decimal numbers.
  case ipv4
  /// RFC 4291, 2.2.
  case ipv6
  /// RFC 3986: a URI, with a scheme.
  case uri
  /// RFC 3986: a URI or a relative reference.
  case uriReference = "uri-reference"
  /// RFC 3987: a URI with letters beyond ASCII.
  case iri
  /// RFC 3987: an IRI or a relative reference.
  case iriReference = "iri-reference"
  /// RFC 6570.
  case uriTemplate = "uri-template"
  /// RFC 4122: 8-4-4-4-12 hexadecimal digits.
  case uuid
  /// RFC 6901.
  case jsonPointer = "json-pointer"
  /// Relative JSON Pointers, draft 1.
  case relativeJSONPointer = "relative-json-pointer"
  /// A pattern by ECMA 262.
  case regex

  /// Whether a text, which is UTF-8, is of this format.
  ///
  /// Complexity: O(n).
  func fits(_ text: RawSpan) -> Bool {
    switch self {
    case .dateTime: DateFormat.isDateTime(text)
    case .date: DateFormat.isDate(text)
    case .time: DateFormat.isTime(text)
    case .duration: DurationFormat.fits(text)
    case .email: EmailFormat.fits(text, isInternational: false)
    case .internationalEmail: EmailFormat.fits(text, isInternational: true)
    case .hostname: HostnameFormat.fits(text)
    case .internationalHostname: HostnameFormat.fitsInternational(text)
    case .ipv4: AddressFormat.isIPv4(text)
    case .ipv6: AddressFormat.isIPv6(text)
    case .uri: URIFormat.fits(text, isInternational: false, isReference: false)
    case .uriReference: URIFormat.fits(text, isInternational: false, isReference: true)
    case .iri: URIFormat.fits(text, isInternational: true, isReference: false)
    case .iriReference: URIFormat.fits(text, isInternational: true, isReference: true)
    case .uriTemplate: URITemplateFormat.fits(text)
    case .uuid: Self.isUUID(text)
    case .jsonPointer: PointerFormat.fits(text)
    case .relativeJSONPointer: PointerFormat.fitsRelative(text)
    case .regex: Self.isPattern(text)
    }
  }

  private static func isUUID(_ text: RawSpan) -> Bool {
    guard text.byteCount == 36 else { return false }
    for index in 0..<36 {
      let isHyphen = index == 8 || index == 13 || index == 18 || index == 23
      guard isHyphen ? text[index] == UInt8(ascii: "-") : ASCII.isHexadecimal(text[index]) else {
        return false
      }
    }
    return true
  }

  private static func isPattern(_ text: RawSpan) -> Bool {
    var translation = PatternTranslation(text.toString())
    if case .wrong = translation.run() { return false }
    return true
  }
}
