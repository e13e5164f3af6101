// `email` and `idn-email`.

import Bytes

/// Addresses of mailboxes.
///
/// Source: RFC 5321, 4.1.2 and 4.1.3; RFC 6531, 3.3, for letters beyond ASCII.
enum EmailFormat {
  /// The longest part before the `@`, in bytes.
  ///
  /// Source: RFC 5321, 4.5.3.1.1.
  private static let localBytesMax = 64

  /// Whether a text is a mailbox.
  static func fits(_ text: RawSpan, isInternational: Bool) -> Bool {
    guard
      let at = (0..<text.byteCount).last(where: { text[$0] == UInt8(ascii: "@") }), at > 0,
      at <= localBytesMax
    else { return false }
    let local = text.extracting(0..<at)
    let isLocal =
      local[0] == UInt8(ascii: "\"")
      ? isQuoted(local, isInternational) : isDotString(local, isInternational)
    guard isLocal else { return false }
    let domain = text.extracting((at + 1)..<text.byteCount)
    guard domain.byteCount > 0 else { return false }
    if domain[0] == UInt8(ascii: "[") { return isLiteral(domain) }
    return isInternational
      ? HostnameFormat.fitsNormalised(domain) : HostnameFormat.fits(domain)
  }

  /// Atoms with single dots between them.
  private static func isDotString(_ text: RawSpan, _ isInternational: Bool) -> Bool {
    var wasDot = true
    for index in 0..<text.byteCount {
      let byte = text[index]
      if byte == UInt8(ascii: ".") {
        guard !wasDot else { return false }
        wasDot = true
        continue
      }
      wasDot = false
      guard
        ASCII.isAlphanumeric(byte) || ASCII.isOne(byte, of: "!#$%&'*+-/=?^_`{|}~")
          || (isInternational && byte >= 0x80)
      else { return false }
    }
    return !wasDot
  }

  private static func isQuoted(_ text: RawSpan, _ isInternational: Bool) -> Bool {
    guard text.byteCount >= 2, text[text.byteCount - 1] == UInt8(ascii: "\"") else { return false }
    var index = 1
    let end = text.byteCount - 1
    while index < end {
      if text[index] == UInt8(ascii: "\\") { index += 1 }
      guard index < end else { return false }
      let isEscaped = index > 1 && text[index - 1] == UInt8(ascii: "\\")
      guard
        (0x20...0x7E).contains(text[index]) || (isInternational && text[index] >= 0x80),
        isEscaped || text[index] != UInt8(ascii: "\"")
      else { return false }
      index += 1
    }
    return true
  }

  /// `[127.0.0.1]` or `[IPv6:::1]`.
  private static func isLiteral(_ domain: RawSpan) -> Bool {
    guard domain[domain.byteCount - 1] == UInt8(ascii: "]"), domain.byteCount > 2 else {
      return false
    }
    let inner = domain.extracting(1..<(domain.byteCount - 1))
    let tag = Array("ipv6:".utf8)
    if inner.byteCount > tag.count, tag.indices.allSatisfy({ inner[$0] | 0x20 == tag[$0] | 0x20 }) {
      return AddressFormat.isIPv6(inner.extracting(tag.count..<inner.byteCount))
    }
    return AddressFormat.isIPv4(inner)
  }
}
