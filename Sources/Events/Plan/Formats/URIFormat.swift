// `uri`, `uri-reference`, `iri` and `iri-reference`.

import Bytes

/// Uniform resource identifiers.
///
/// Source: RFC 3986, appendix A; RFC 3987, 2.2, for letters beyond ASCII.
enum URIFormat {
  /// Whether a text is a URI, or a reference to one.
  static func fits(_ text: RawSpan, isInternational: Bool, isReference: Bool) -> Bool {
    var index = 0
    if let end = schemeEnd(text) {
      index = end + 1
    } else if !isReference {
      return false
    }
    let hasScheme = index > 0
    let pathStart: Int
    if index + 1 < text.byteCount, text[index] == UInt8(ascii: "/"),
      text[index + 1] == UInt8(ascii: "/")
    {
      let start = index + 2
      var end = start
      while end < text.byteCount, !ASCII.isOne(text[end], of: "/?#") { end += 1 }
      guard isAuthority(text.extracting(start..<end), isInternational) else { return false }
      pathStart = end
    } else {
      pathStart = index
    }
    var end = pathStart
    var sawSlash = false
    while end < text.byteCount, !ASCII.isOne(text[end], of: "?#") {
      if text[end] == UInt8(ascii: "/") { sawSlash = true }
      // Before the first slash of a relative path a colon would end a scheme.
      if text[end] == UInt8(ascii: ":"), !hasScheme, !sawSlash, pathStart == index { return false }
      end += 1
    }
    guard isText(text, pathStart, end, "/:@", isInternational) else { return false }
    if end < text.byteCount, text[end] == UInt8(ascii: "?") {
      let start = end + 1
      end = start
      while end < text.byteCount, text[end] != UInt8(ascii: "#") { end += 1 }
      guard isText(text, start, end, "/:@?", isInternational, allowsPrivate: true) else {
        return false
      }
    }
    guard end < text.byteCount else { return true }
    return isText(text, end + 1, text.byteCount, "/:@?", isInternational)
  }

  /// The place of the colon after a scheme; nil if there is none.
  private static func schemeEnd(_ text: RawSpan) -> Int? {
    guard text.byteCount > 0, ASCII.isLetter(text[0]) else { return nil }
    for index in 1..<max(1, text.byteCount) {
      if text[index] == UInt8(ascii: ":") { return index }
      guard ASCII.isAlphanumeric(text[index]) || ASCII.isOne(text[index], of: "+-.") else {
        return nil
      }
    }
    return nil
  }

  private static func isAuthority(_ text: RawSpan, _ isInternational: Bool) -> Bool {
    let count = text.byteCount
    var host = 0
    if let at = (0..<count).last(where: { text[$0] == UInt8(ascii: "@") }) {
      guard isText(text, 0, at, ":", isInternational) else { return false }
      host = at + 1
    }
    var hostEnd = count
    if host < count, text[host] == UInt8(ascii: "[") {
      guard let close = (host..<count).first(where: { text[$0] == UInt8(ascii: "]") }),
        isLiteral(text.extracting((host + 1)..<close))
      else { return false }
      hostEnd = close + 1
    } else {
      hostEnd = (host..<count).first { text[$0] == UInt8(ascii: ":") } ?? count
      guard isText(text, host, hostEnd, "", isInternational) else { return false }
    }
    guard hostEnd < count else { return true }
    guard text[hostEnd] == UInt8(ascii: ":") else { return false }
    return (hostEnd + 1..<count).allSatisfy { ASCII.isDigit(text[$0]) }
  }

  /// What stands in the brackets of a host.
  private static func isLiteral(_ text: RawSpan) -> Bool {
    guard text.byteCount > 0, text[0] | 0x20 == UInt8(ascii: "v") else {
      return AddressFormat.isIPv6(text)
    }
    guard let dot = (1..<text.byteCount).first(where: { text[$0] == UInt8(ascii: ".") }), dot > 1,
      dot + 1 < text.byteCount
    else { return false }
    return (1..<dot).allSatisfy { ASCII.isHexadecimal(text[$0]) }
      && (dot + 1..<text.byteCount).allSatisfy {
        ASCII.isAlphanumeric(text[$0]) || ASCII.isOne(text[$0], of: "-._~!$&'()*+,;=:")
      }
  }

  /// Whether a part holds unreserved characters, `sub-delims`, those of `more`, and whole `%HH`.
  private static func isText(
    _ text: RawSpan, _ start: Int, _ end: Int, _ more: StaticString, _ isInternational: Bool,
    allowsPrivate: Bool = false
  ) -> Bool {
    var index = start
    var hasLetters = false
    while index < end {
      let byte = text[index]
      if byte == UInt8(ascii: "%") {
        guard index + 2 < end, ASCII.isHexadecimal(text[index + 1]),
          ASCII.isHexadecimal(text[index + 2])
        else { return false }
        index += 3
        continue
      }
      if byte >= 0x80 {
        guard isInternational else { return false }
        hasLetters = true
      } else {
        guard
          ASCII.isAlphanumeric(byte) || ASCII.isOne(byte, of: "-._~!$&'()*+,;=")
            || ASCII.isOne(byte, of: more)
        else { return false }
      }
      index += 1
    }
    guard hasLetters else { return true }
    return text.extracting(start..<end).toString().unicodeScalars.allSatisfy {
      $0.isASCII || isLetter($0, allowsPrivate)
    }
  }

  /// `ucschar`, and in queries `iprivate`.
  static func isLetter(_ scalar: Unicode.Scalar, _ allowsPrivate: Bool) -> Bool {
    switch scalar.value {
    case 0xA0...0xD7FF, 0xF900...0xFDCF, 0xFDF0...0xFFEF: true
    case 0xE000...0xF8FF, 0xF0000...0xFFFFD, 0x100000...0x10FFFD: allowsPrivate
    case 0x10000...0xDFFFF: scalar.value & 0xFFFF < 0xFFFE
    case 0xE1000...0xEFFFF: scalar.value & 0xFFFF < 0xFFFE
    default: false
    }
  }
}
