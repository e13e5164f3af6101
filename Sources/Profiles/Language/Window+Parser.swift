// Reads windows and lengths of time.

import Bytes

extension DefinitionParser {
  /// The words that a window begins with.
  static let windowWords = ["last"]

  /// The units of durations with their lengths in milliseconds, largest first.
  package static let durationUnits: [(unit: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// Reads a window if one comes next.
  mutating func window() throws(LanguageError) -> Window? {
    guard take(keyword: "last") else { return nil }
    return .last(try duration())
  }

  /// Reads a length of time: a whole number with the unit d, h, m or s.
  package mutating func duration() throws(LanguageError) -> Milliseconds {
    let position = token.position
    guard case .quantity(let number, let unit) = token.kind,
      let length = Self.durationUnits.first(where: { $0.unit == unit })?.milliseconds,
      let count = Int64(number), count > 0
    else {
      throw LanguageError(
        "expected a time such as 90d, 12h, 30m or 45s, found \(token.text)", at: position)
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard !overflow, Milliseconds(product) <= Window.lengthMax else {
      throw LanguageError("a window is at most 36,525 days", at: position)
    }
    advance()
    return Milliseconds(product)
  }
}
