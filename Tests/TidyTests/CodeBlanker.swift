// Blanks comments and strings in Swift, so that a rule about code does not fire on prose.

/// A scanner over Swift source.
///
/// It knows nested comments, raw and multi-line strings, interpolation.
struct CodeBlanker {
  private let text: [UInt8]
  private var result: [UInt8] = []
  private var index = 0

  private init(_ text: String) { self.text = Array(text.utf8) }

  /// `text` with the same line breaks, and spaces for comments and what strings hold.
  static func blank(_ text: String) -> String {
    var blanker = CodeBlanker(text)
    blanker.code(untilParenthesis: false)
    return String(decoding: blanker.result, as: UTF8.self)
  }

  private var isAtEnd: Bool { index >= text.count }

  private func sees(_ token: String) -> Bool {
    // Most bytes begin nothing; this is the hot line of the tidy tests.
    token.utf8.first == text[index] && text[index...].starts(with: token.utf8)
  }

  private mutating func keep(_ count: Int = 1) {
    result.append(contentsOf: text[index..<min(index + count, text.count)])
    index += count
  }

  private mutating func drop(_ count: Int = 1) {
    for byte in text[index..<min(index + count, text.count)] {
      result.append(byte == UInt8(ascii: "\n") ? byte : UInt8(ascii: " "))
    }
    index += count
  }

  /// Copies code; inside an interpolation, until its closing parenthesis, which is not taken.
  private mutating func code(untilParenthesis: Bool) {
    var depth = 0
    while !isAtEnd {
      if sees("//") {
        while !isAtEnd, text[index] != UInt8(ascii: "\n") { drop() }
      } else if sees("/*") {
        comment()
      } else if let hashes = stringStart() {
        string(hashes: hashes)
      } else {
        if text[index] == UInt8(ascii: "(") { depth += 1 }
        if text[index] == UInt8(ascii: ")") {
          if depth == 0, untilParenthesis { return }
          depth -= 1
        }
        keep()
      }
    }
  }

  private mutating func comment() {
    var depth = 0
    repeat {
      if sees("/*") {
        depth += 1
        drop(2)
      } else if sees("*/") {
        depth -= 1
        drop(2)
      } else {
        drop()
      }
    } while depth > 0 && !isAtEnd
  }

  /// The number of `#` before a string's quote, or nil if no string starts here.
  private func stringStart() -> Int? {
    var hashes = 0
    while index + hashes < text.count, text[index + hashes] == UInt8(ascii: "#") { hashes += 1 }
    guard index + hashes < text.count else { return nil }
    return text[index + hashes] == UInt8(ascii: "\"") ? hashes : nil
  }

  private mutating func string(hashes: Int) {
    let fence = String(repeating: "#", count: hashes)
    keep(hashes)
    let isLong = sees("\"\"\"")
    let quotes = isLong ? "\"\"\"" : "\""
    let end = quotes + fence
    keep(quotes.utf8.count)
    while !isAtEnd {
      if sees(end) {
        keep(end.utf8.count)
        return
      }
      if !isLong, text[index] == UInt8(ascii: "\n") { return }  // not a string after all
      guard sees("\\" + fence) else {
        drop()
        continue
      }
      drop(1 + hashes)
      if !isAtEnd, text[index] == UInt8(ascii: "(") {
        keep()
        code(untilParenthesis: true)
        if !isAtEnd { keep() }
      } else {
        drop()
      }
    }
  }
}
