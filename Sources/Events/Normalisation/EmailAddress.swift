// E-mail addresses in the one form that can be compared, however they were typed or copied.

import Bytes

/// Reads e-mail addresses.
enum EmailAddress {
  /// Appends an address as it is compared; false, and nothing appended, for a text that is not one.
  ///
  /// White space, invisible characters, pairs of quotation marks or brackets, commas and semicolons around it are left
  /// out, as are `mailto:`, a name before `<…>`, a comment `(…)` and full stops at its end. The local part is in lower
  /// case by Unicode's default mapping and in normal form C. The domain is in its Unicode form by UTS 46; one that UTS
  /// 46 does not take is treated like the local part. A text without an at sign, with more than one outside of
  /// quotation marks, or with nothing on one side of it, is not an address.
  ///
  /// What has been appended is appended again as it is.
  ///
  /// - Complexity: O(length), without an allocation for ASCII.
  static func append(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
    let start = bytes.count
    // Hot: most addresses are nothing but letters, digits and a few marks.
    if appendPlain(text, to: &bytes) { return true }
    bytes.removeLast(bytes.count - start)
    guard var form = appendOnce(text, to: &bytes) else { return false }
    // Mapped characters may become what is left out: a wide quotation mark, or another kind of full stop.
    for _ in 0..<roundsMax where form == .mapped {
      let once = Array(bytes[start...])
      bytes.removeLast(once.count)
      guard let again = appendOnce(once.span.bytes, to: &bytes) else { return false }
      form = once.elementsEqual(bytes[start...]) ? .stable : again
    }
    if form == .stable { return true }
    bytes.removeLast(bytes.count - start)
    return false
  }

  /// Appends an address of ASCII letters, digits, `.`, `_`, `+` and single `-`, with one at sign between such and a
  /// letter or digit at its end; false, with some of it appended, for any other text.
  private static func appendPlain(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
    let count = text.byteCount
    guard count > 2, count <= 254 else { return false }
    var place = 0
    var last: UInt8 = 0
    for index in 0..<count {
      let byte = text[index]
      let letter = byte | 0x20
      if letter &- UInt8(ascii: "a") < 26 {
        bytes.append(letter)
      } else if byte &- UInt8(ascii: "0") < 10 || byte == dot || byte == UInt8(ascii: "_")
        || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") && last != byte
      {
        bytes.append(byte)
      } else if byte == at, place == 0, index > 0 {
        place = index
        bytes.append(byte)
      } else {
        return false
      }
      last = byte
    }
    return place > 0 && (last | 0x20) &- UInt8(ascii: "a") < 26
      || place > 0 && last &- UInt8(ascii: "0") < 10
  }

  private enum Form {
    /// It is read again as it is.
    case stable
    /// Characters beyond ASCII were mapped.
    case mapped
  }

  /// How often something is taken from around an address; what is wrapped more often is not one.
  private static let roundsMax = 8

  private static func appendOnce(_ text: RawSpan, to bytes: inout [UInt8]) -> Form? {
    guard let address = bare(text),
      let at = ByteSearch.last(at, in: text, from: address.lowerBound, to: address.upperBound)
    else { return nil }
    // Blanks next to the at sign are part of neither side.
    let local = inner(text, address.lowerBound..<at)
    let domain = inner(text, (at + 1)..<address.upperBound)
    guard !local.isEmpty, !domain.isEmpty, isSingle(text, local) else { return nil }
    let isPlain = isASCII(text, local) && isASCII(text, domain) && !isEncoded(text, domain)
    if isPlain {
      appendLowered(text, local, to: &bytes)
      bytes.append(Self.at)
      appendLowered(text, domain, to: &bytes)
      return .stable
    }
    bytes.append(contentsOf: lowered(text.extracting(local).toArray()))
    bytes.append(Self.at)
    let name = text.extracting(domain).toArray()
    bytes.append(contentsOf: UnicodeText.domain(name) ?? lowered(name))
    return .mapped
  }

  /// Appends bytes with ASCII letters in lower case.
  static func appendLowered(_ text: RawSpan, _ range: Range<Int>, to bytes: inout [UInt8]) {
    for index in range { bytes.append(lowered(text[index])) }
  }

  private static let at = UInt8(ascii: "@")
  private static let dot = UInt8(ascii: ".")
  private static let scheme = Array("mailto:".utf8)
  private static let prefix = Array("xn--".utf8)

  /// The range of the address alone; nil for a text that cannot be one address.
  private static func bare(_ text: RawSpan) -> Range<Int>? {
    var range = 0..<text.byteCount
    for _ in 0..<roundsMax {
      guard var rest = withoutName(text, withoutEnds(text, range)) else { return nil }
      if starts(text, rest, with: scheme) {
        let start = rest.lowerBound + scheme.count
        let query = ByteSearch.first(
          UInt8(ascii: "?"), in: text, from: start, to: rest.upperBound)
        rest = inner(text, start..<(query ?? rest.upperBound))
      }
      if rest == range { return hasBracket(text, rest) ? nil : rest }
      range = rest
    }
    return nil
  }

  /// A range without blanks, pairs of quotation marks or brackets, separators, a comment and full stops at its end.
  private static func withoutEnds(_ text: RawSpan, _ range: Range<Int>) -> Range<Int> {
    let unquoted = TextEdges.unquoted(text.extracting(range))
    var rest =
      (range.lowerBound + unquoted.lowerBound)..<(range.lowerBound + unquoted.upperBound)
    while let last = rest.last, text[last] == dot || isSeparator(text[last]) {
      rest = inner(text, rest.lowerBound..<last)
    }
    while let first = rest.first, isSeparator(text[first]) {
      rest = inner(text, (first + 1)..<rest.upperBound)
    }
    guard let last = rest.last, let open = opening(of: text[last]) else { return rest }
    if text[rest.lowerBound] == open { return inner(text, (rest.lowerBound + 1)..<last) }
    return withoutComment(text, rest)
  }

  /// A range without a comment at its end, which has a blank before it: the name of the address' owner, or what
  /// it is for.
  private static func withoutComment(_ text: RawSpan, _ range: Range<Int>) -> Range<Int> {
    guard text[range.upperBound - 1] == UInt8(ascii: ")"),
      let open = ByteSearch.last(
        UInt8(ascii: "("), in: text, from: range.lowerBound, to: range.upperBound),
      open > range.lowerBound, text[open - 1] == 0x20,
      ByteSearch.first(at, in: text, from: open, to: range.upperBound) == nil
    else { return range }
    return inner(text, range.lowerBound..<open)
  }

  private static func isSeparator(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: ",") || byte == UInt8(ascii: ";")
  }

  /// The bracket that one closes; `<` has a meaning of its own.
  private static func opening(of bracket: UInt8) -> UInt8? {
    switch bracket {
    case UInt8(ascii: ")"): UInt8(ascii: "(")
    case UInt8(ascii: "]"): UInt8(ascii: "[")
    default: nil
    }
  }

  /// What stands between `<` and `>` at the end of a range, or the range; nil if what stands before has more of
  /// these outside quotation marks, or is an address in a list.
  private static func withoutName(_ text: RawSpan, _ range: Range<Int>) -> Range<Int>? {
    guard let last = range.last, text[last] == UInt8(ascii: ">") else { return range }
    guard
      let open = ByteSearch.last(
        UInt8(ascii: "<"), in: text, from: range.lowerBound, to: range.upperBound)
    else { return nil }
    var (start, end) = (open, last)
    while start > range.lowerBound, text[start - 1] == UInt8(ascii: "<") { start -= 1 }
    while end > open + 1, text[end - 1] == UInt8(ascii: ">") { end -= 1 }
    var isQuoted = false
    var (hasAt, hasComma) = (false, false)
    for index in range.lowerBound..<start {
      switch text[index] {
      case UInt8(ascii: "\""): isQuoted.toggle()
      case UInt8(ascii: "<") where !isQuoted, UInt8(ascii: ">") where !isQuoted: return nil
      case at where !isQuoted: hasAt = true
      case UInt8(ascii: ",") where !isQuoted, UInt8(ascii: ";") where !isQuoted: hasComma = true
      default: break
      }
    }
    return hasAt && hasComma ? nil : inner(text, (open + 1)..<end)
  }

  private static func hasBracket(_ text: RawSpan, _ range: Range<Int>) -> Bool {
    range.contains { text[$0] == UInt8(ascii: "<") || text[$0] == UInt8(ascii: ">") }
  }

  /// Whether what stands before the last at sign has none outside of quotation marks: several addresses are not one.
  private static func isSingle(_ text: RawSpan, _ local: Range<Int>) -> Bool {
    var isQuoted = false
    for index in local {
      if text[index] == UInt8(ascii: "\"") { isQuoted.toggle() }
      if text[index] == at, !isQuoted { return false }
    }
    return true
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
