// The words of the definition language.

/// One word of a definition and where it starts.
package struct Token: Hashable, Sendable {
  /// What the word is.
  package var kind: Kind
  /// Where it starts.
  package var position: SourcePosition

  /// The kinds of words.
  package enum Kind: Hashable, Sendable {
    /// A name or a keyword.
    case name(String)
    /// A quoted text, unescaped.
    case string(String)
    /// A number without a sign, as written.
    case number(String)
    /// A number with a unit right after it, as in `90d`.
    case quantity(number: String, unit: String)
    /// An operator or a punctuation mark.
    case mark(Mark)
    /// The end of the text.
    case end
  }

  /// Operators and punctuation.
  package enum Mark: String, CaseIterable, Sendable {
    case equal = "="
    case notEqual = "!="
    case greaterOrEqual = ">="
    case lessOrEqual = "<="
    case greater = ">"
    case less = "<"
    case exclamation = "!"
    case minus = "-"
    case plus = "+"
    case slash = "/"
    case star = "*"
    case dot = "."
    case comma = ","
    case colon = ":"
    case open = "("
    case close = ")"
    case openBracket = "["
    case closeBracket = "]"
    case openBrace = "{"
    case closeBrace = "}"
  }

  /// The word as an error message quotes it.
  package var text: String {
    switch kind {
    case .name(let name): "'\(name)'"
    case .string: "a quoted text"
    case .number(let text): "'\(text)'"
    case .quantity(let number, let unit): "'\(number)\(unit)'"
    case .mark(let mark): "'\(mark.rawValue)'"
    case .end: "the end of the text"
    }
  }
}
