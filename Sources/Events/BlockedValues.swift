// Values that senders put where an identifier belongs and that identify nobody: one of them would
// join thousands of people into one.

import Bytes

/// The values that are never identifiers; blank ones never are.
///
/// A value is listed also with white space, invisible characters or a pair of quotation marks around it.
/// What is listed and is an e-mail address or a telephone number is so in each of its spellings.
public struct BlockedValues: Equatable, Sendable {
  /// Blocked in any case of ASCII letters.
  public var values: [String]
  /// Blocked as they stand.
  public var exact: [String]
  /// Blocked when the whole value matches; see `BlockedPattern`.
  public var patterns: [String]

  /// Blocks the given values.
  public init(values: [String] = [], exact: [String] = [], patterns: [String] = []) {
    self.values = values
    self.exact = exact
    self.patterns = patterns
  }

  /// Those of a store that names none itself.
  ///
  /// Source: the lists of Segment (identity resolution settings) and PostHog (identify, illegal ids), and
  /// what databases and spreadsheets write for nothing.
  public static let standard = BlockedValues(
    values: [
      "anonymous", "guest", "distinctid", "distinct_id", "id", "not_authenticated", "email",
      "undefined", "true", "false", "n/a",
    ],
    exact: ["[object Object]", "NaN", "None", "none", "null", "NULL", "0", "-1"],
    patterns: ["^[0-]*$"])

  /// What senders put in the place of a message id that they do not have: the standard values in any
  /// case of letters, and what other languages write for nothing.
  ///
  /// Not a setting: what is a duplicate must not change with the identity rules.
  static let messageIDs = BlockedValues(
    values: standard.values + standard.exact + ["nil", "(null)", "<nil>", "n/a", "(none)"],
    patterns: ["^[0.-]*$"])
}

/// Blocked values, ready to be looked for; the first byte and the length settle nearly all.
///
/// An object, so that asking it copies nothing.
final class BlockedMatcher: Sendable {
  private struct Word {
    var bytes: [UInt8]
    var isExact: Bool
  }

  private let words: [Word]
  private let patterns: [BlockedPattern]
  /// The bytes that a value can begin with which matches one of them.
  private let patternStarts: ByteSet
  /// One bit a length up to 62; bit 63 stands for all above.
  private let lengths: UInt64
  /// The listed words in Unicode's lower case, if one has other letters than ASCII; else none.
  private let lowered: Set<[UInt8]>
  /// The listed e-mail addresses as they are compared.
  private let emails: Set<[UInt8]>
  /// The listed telephone numbers in E.164 form.
  private let phones: Set<[UInt8]>

  /// - Parameter country: Where listed telephone numbers without a calling code are from.
  init(_ values: BlockedValues, country: CountryCode?) {
    words =
      values.values.map { Word(bytes: $0.utf8.map(Self.lowered), isExact: false) }
      + values.exact.map { Word(bytes: Array($0.utf8), isExact: true) }
    patterns = values.patterns.compactMap { BlockedPattern($0) }
    patternStarts = patterns.reduce(into: ByteSet()) { $0.formUnion($1.starts) }
    lengths = words.reduce(0) { $0 | 1 << UInt64(min($1.bytes.count, 63)) }
    let hasOther = values.values.contains { $0.utf8.contains { $0 >= 0x80 } }
    lowered =
      hasOther ? Set(values.values.compactMap { UnicodeText.lowered(Array($0.utf8)) }) : []
    let listed = (values.values + values.exact).map { Array($0.utf8) }
    emails = Set(listed.compactMap { Self.email($0) })
    phones = Set(listed.compactMap { Self.phone($0, country) })
  }

  private static func email(_ text: [UInt8]) -> [UInt8]? {
    var bytes: [UInt8] = []
    return EmailAddress.append(text.span.bytes, to: &bytes) ? bytes : nil
  }

  /// Words of a few digits stand for themselves.
  private static func phone(_ text: [UInt8], _ country: CountryCode?) -> [UInt8]? {
    guard text.count > 4 else { return nil }
    return PhoneNumber.e164(text.span.bytes, defaultCountry: country)
  }

  /// Whether a value is blocked, or blank.
  func matches(_ text: RawSpan) -> Bool {
    // Hot: nothing is around most values.
    if TextEdges.isBare(text) { return isListed(text) }
    let inner = TextEdges.unquoted(text)
    if inner.isEmpty || isListed(text) { return true }
    return inner.count < text.byteCount && isListed(text.extracting(inner))
  }

  /// Whether a normalised value is blocked.
  func matches(_ text: RawSpan, _ normaliser: IdentifierRules.Normaliser) -> Bool {
    if isListed(text) { return true }
    let listed = normaliser == .email ? emails : normaliser == .phone ? phones : []
    return !listed.isEmpty && listed.contains(text.toArray())
  }

  private func isListed(_ text: RawSpan) -> Bool {
    if lengths & 1 << UInt64(min(text.byteCount, 63)) != 0 {
      for word in words where word.bytes.count == text.byteCount {
        if equals(word, text) { return true }
      }
    }
    if text.byteCount == 0 || patternStarts.contains(text[0]) {
      for pattern in patterns where pattern.matches(text) { return true }
    }
    return !lowered.isEmpty && isOther(text) && isLoweredListed(text)
  }

  private func isOther(_ text: RawSpan) -> Bool {
    for index in 0..<text.byteCount where text[index] >= 0x80 { return true }
    return false
  }

  private func isLoweredListed(_ text: RawSpan) -> Bool {
    UnicodeText.lowered(text.toArray()).map { lowered.contains($0) } ?? false
  }

  private func equals(_ word: Word, _ text: RawSpan) -> Bool {
    for index in 0..<text.byteCount {
      let byte = word.isExact ? text[index] : Self.lowered(text[index])
      if byte != word.bytes[index] { return false }
    }
    return true
  }

  private static func lowered(_ byte: UInt8) -> UInt8 {
    (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
  }
}
