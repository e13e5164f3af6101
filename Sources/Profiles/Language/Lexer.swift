// Cuts the text of a definition into words. Definitions are small and read once, so that clarity
// goes before speed here; the length is bounded so that a mistaken file is not a burden.

/// Reads the words of a definition one after the other.
package struct Lexer {
  /// The longest definition in Unicode scalars.
  package static let scalarsMax = 65_536

  private let scalars: [Unicode.Scalar]
  private var index = 0
  private var position = SourcePosition.start

  private init(_ text: String) { scalars = Array(text.unicodeScalars) }

  /// All words of `text`, ending in `.end`.
  package static func tokens(of text: String) throws(LanguageError) -> [Token] {
    var lexer = Lexer(text)
    guard lexer.scalars.count <= scalarsMax else {
      throw LanguageError(
        "the definition is longer than \(scalarsMax) characters; split it", at: .start)
    }
    var tokens: [Token] = []
    while true {
      let token = try lexer.next()
      tokens.append(token)
      if token.kind == .end { return tokens }
    }
  }

  private var current: Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }

  private func peek(_ distance: Int) -> Unicode.Scalar? {
    index + distance < scalars.count ? scalars[index + distance] : nil
  }

  private mutating func advance() {
    if scalars[index] == "\n" {
      position.line += 1
      position.column = 1
    } else {
      position.column += 1
    }
    index += 1
  }

  private mutating func next() throws(LanguageError) -> Token {
    while let scalar = current, scalar.properties.isWhitespace { advance() }
    let start = position
    guard let scalar = current else { return Token(kind: .end, position: start) }
    let kind: Token.Kind
    if scalar.isNameStart {
      kind = .name(takeName())
    } else if scalar.isDigit {
      kind = try takeNumber()
    } else if scalar == "\"" || scalar == "'" {
      kind = .string(try takeString(quote: scalar))
    } else {
      kind = .mark(try takeMark(scalar))
    }
    return Token(kind: kind, position: start)
  }

  private mutating func takeName() -> String {
    var name = String.UnicodeScalarView()
    while let scalar = current, scalar.isNameStart || scalar.isDigit {
      name.append(scalar)
      advance()
    }
    return String(name)
  }

  private mutating func takeDigits(into text: inout String.UnicodeScalarView) {
    while let scalar = current, scalar.isDigit {
      text.append(scalar)
      advance()
    }
  }

  private mutating func takeNumber() throws(LanguageError) -> Token.Kind {
    var text = String.UnicodeScalarView()
    takeDigits(into: &text)
    if current == ".", peek(1)?.isDigit == true {
      text.append(".")
      advance()
      takeDigits(into: &text)
    }
    guard let scalar = current, scalar.isNameStart else { return .number(String(text)) }
    return .quantity(number: String(text), unit: takeName())
  }

  private mutating func takeString(quote: Unicode.Scalar) throws(LanguageError) -> String {
    let start = position
    advance()
    var text = String.UnicodeScalarView()
    while let scalar = current {
      if scalar == quote {
        advance()
        return String(text)
      }
      if scalar == "\\" {
        text.append(try takeEscape())
      } else {
        text.append(scalar)
        advance()
      }
    }
    throw LanguageError("the quoted text never ends; close it with \(quote)", at: start)
  }

  private mutating func takeEscape() throws(LanguageError) -> Unicode.Scalar {
    let start = position
    advance()
    let scalar = current
    if scalar != nil { advance() }
    switch scalar {
    case "\\", "\"", "'": return scalar ?? "\\"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u":
      if current == "{" {
        advance()
        var digits = String.UnicodeScalarView()
        while let digit = current, digit.properties.isASCIIHexDigit, digits.count < 8 {
          digits.append(digit)
          advance()
        }
        if current == "}", let value = UInt32(String(digits), radix: 16),
          let result = Unicode.Scalar(value)
        {
          advance()
          return result
        }
      }
    default: break
    }
    throw LanguageError(
      #"unknown escape; use \" \' \\ \n \r \t or \u{hexadecimal}"#, at: start)
  }

  private mutating func takeMark(_ scalar: Unicode.Scalar) throws(LanguageError) -> Token.Mark {
    // What other languages write for the same thing gets an answer of its own.
    let pair = String(scalar) + (peek(1).map(String.init) ?? "")
    let habits = ["==": "=", "=>": ">=", "=<": "<=", "<>": "!=", "&&": "and", "||": "or"]
    if let suggestion = habits[pair] {
      throw LanguageError("unknown operator '\(pair)'", at: position, suggestion: suggestion)
    }
    if peek(1) != nil, let mark = Token.Mark(rawValue: pair) {
      advance()
      advance()
      return mark
    }
    guard let mark = Token.Mark(rawValue: String(scalar)) else {
      throw LanguageError("unexpected character '\(scalar)'", at: position)
    }
    advance()
    return mark
  }
}

extension Unicode.Scalar {
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) }
  fileprivate var isNameStart: Bool {
    self == "_" || self == "$" || properties.isAlphabetic
  }
}
