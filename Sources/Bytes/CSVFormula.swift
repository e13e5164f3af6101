// What a spreadsheet would run when it opens a CSV file, as distinct from what merely begins like it: an
// apostrophe before a number or a phone number would make another value of it.

/// Formulas in the cells of CSV files.
enum CSVFormula {
  /// Whether a text gets an apostrophe, for a spreadsheet may run it or it begins with an apostrophe itself.
  ///
  /// So a cell that begins with one always stands for the text after it.
  static func needsApostrophe(_ text: String) -> Bool {
    text.utf8.first == UInt8(ascii: "'") || isPossible(in: text)
  }

  /// Whether a spreadsheet may run a text as a formula.
  ///
  /// One that begins with `=`, `@`, a tab, a line break or a null character; or with `+` or `-`, unless it
  /// is
  /// - that sign alone,
  /// - a number: digits, perhaps with points, commas or colons between them, an exponent or a percent sign
  ///   (`-8.25`, `+1e-7`, `-1,5`, `-5%`, `-12:30`), or
  /// - after `+`, a phone number: digits with single blanks, dots, hyphens, slashes and brackets between
  ///   them (`+49 (0)30/123-45`). Such a text names no function, cell or file.
  ///
  /// The signs count in their full width too. Source: OWASP ASVS 5.0, 1.2.10, narrowed to what can do
  /// something.
  static func isPossible(in text: String) -> Bool {
    let scalars = text.unicodeScalars
    guard let first = scalars.first else { return false }
    switch first {
    case "=", "@", "\t", "\r", "\n", "\0", "＝", "＠": return true
    case "-", "－": return !isNumber(scalars.dropFirst())
    case "+", "＋": return !isNumber(scalars.dropFirst()) && !isPhone(scalars.dropFirst())
    default: return false
    }
  }

  private typealias Text = Substring.UnicodeScalarView

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  /// Whether this is a number without its sign, or nothing at all.
  private static func isNumber(_ text: Text) -> Bool {
    let mantissa = text.prefix { isDigit($0) || ".,:".unicodeScalars.contains($0) }
    var rest = text.dropFirst(mantissa.count)
    // `-e5` is a cell with its sign turned.
    guard text.isEmpty || mantissa.contains(where: isDigit),
      mantissa.count(where: { $0 == "." }) < 2
    else { return false }
    if rest.first == "e" || rest.first == "E" {
      rest = rest.dropFirst()
      if rest.first == "+" || rest.first == "-" { rest = rest.dropFirst() }
      guard rest.first.map(isDigit) ?? false else { return false }
      rest = rest.drop(while: isDigit)
    }
    if rest.first == "%" { rest = rest.dropFirst() }
    return rest.isEmpty
  }

  /// Whether this is a phone number without its plus.
  private static func isPhone(_ text: Text) -> Bool {
    var lastSign: Unicode.Scalar?
    for scalar in text {
      if isDigit(scalar) {
        lastSign = nil
        continue
      }
      // Two hyphens are the sign of a sum; two others stand together around a bracket.
      guard " .-/()\u{A0}".unicodeScalars.contains(scalar), scalar != lastSign else { return false }
      lastSign = scalar
    }
    return text.contains(where: isDigit)
  }
}
