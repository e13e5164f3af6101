// E-mail addresses in the one form that can be compared, however they were typed or copied.

import Bytes

/// Reads e-mail addresses.
enum EmailAddress {
  /// Appends an address as it is compared; false, and nothing appended, for a text that is not one.
  ///
  /// White space, invisible characters and a pair of quotation marks around it are left out, as are
  /// `mailto:` and a name before `<…>`. The local part is in lower case by Unicode's default mapping and in
  /// normal form C. The domain is in its Unicode form by UTS 46 and without a full stop at its end; one that
  /// UTS 46 does not take is treated like the local part. A text without an at sign, or with nothing on one
  /// side of it, is not an address.
  ///
  /// - Complexity: O(length), without an allocation for ASCII.
  static func append(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
    let address = bare(text)
    guard let at = ByteSearch.last(at, in: text, from: address.lowerBound, to: address.upperBound)
    else { return false }
    // Blanks next to the at sign are part of neither side.
    let local = inner(text, address.lowerBound..<at)
    var domain = inner(text, (at + 1)..<address.upperBound)
    if !domain.isEmpty, text[domain.upperBound - 1] == dot {
      domain = domain.lowerBound..<(domain.upperBound - 1)
    }
    guard !local.isEmpty, !domain.isEmpty else { return false }
    let isPlain = isASCII(text, local) && isASCII(text, domain) && !isEncoded(text, domain)
    if isPlain {
      appendLowered(text, local, to: &bytes)
      bytes.append(Self.at)
      appendLowered(text, domain, to: &bytes)
      return true
    }
    bytes.append(contentsOf: lowered(text.extracting(local).toArray()))
    bytes.append(Self.at)
    let name = text.extracting(domain).toArray()
    bytes.append(contentsOf: UnicodeText.domain(name) ?? lowered(name))
    // Another kind of dot at the end is one by now.
    if bytes.last == dot { bytes.removeLast() }
    return true
  }

  /// Appends bytes with ASCII letters in lower case.
  static func appendLowered(_ text: RawSpan, _ range: Range<Int>, to bytes: inout [UInt8]) {
    for index in range { bytes.append(lowered(text[index])) }
  }

  private static let at = UInt8(ascii: "@")
  private static let dot = UInt8(ascii: ".")
  private static let scheme = Array("mailto:".utf8)
  private static let prefix = Array("xn--".utf8)

  /// The range of the address alone.
  private static func bare(_ text: RawSpan) -> Range<Int> {
    var range = TextEdges.unquoted(text)
    if range.count > 2, text[range.upperBound - 1] == UInt8(ascii: ">"),
      let open = ByteSearch.last(
        UInt8(ascii: "<"), in: text, from: range.lowerBound, to: range.upperBound)
    {
      range = inner(text, (open + 1)..<(range.upperBound - 1))
    }
    guard starts(text, range, with: scheme) else { return range }
    let start = range.lowerBound + scheme.count
    let query = ByteSearch.first(UInt8(ascii: "?"), in: text, from: start, to: range.upperBound)
    return inner(text, start..<(query ?? range.upperBound))
  }

  private static func inner(_ text: RawSpan, _ range: Range<Int>) -> Range<Int> {
    let inner = TextEdges.trimmed(text.extracting(range))
    return (range.lowerBound + inner.lowerBound)..<(range.lowerBound + inner.upperBound)
  }

  /// Whether a label of a domain is written in ASCII letters for others.
  private static func isEncoded(_ text: RawSpan, _ domain: Range<Int>) -> Bool {
    domain.contains { index in
      (index == domain.lowerBound || text[index - 1] == dot)
        && starts(text, index..<domain.upperBound, with: prefix)
    }
  }

  private static func starts(_ text: RawSpan, _ range: Range<Int>, with word: [UInt8]) -> Bool {
    guard range.count >= word.count else { return false }
    for (index, byte) in word.enumerated()
    where lowered(text[range.lowerBound + index]) != byte { return false }
    return true
  }

  private static func isASCII(_ text: RawSpan, _ range: Range<Int>) -> Bool {
    for index in range where text[index] >= 0x80 { return false }
    return true
  }

  private static func lowered(_ text: [UInt8]) -> [UInt8] {
    UnicodeText.lowered(text) ?? text.map(lowered)
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}
