// What people read in a file: all of a document, the comments of code, and the texts of help, messages and tests.

import Foundation

extension SourceFile {
  /// The lines with only their prose; what is code is blank, and so is what stands in backticks.
  var prose: [String] {
    if isSwift {
      return zip(lines, code).map { Self.withoutSpans(Self.complement(of: $1, in: $0)) }
    }
    if path.hasSuffix(".md") { return documentProse.map(Self.withoutSpans) }
    guard let mark = commentMark else { return [] }
    return lines.map { line in
      line.firstRange(of: mark).map { Self.withoutSpans(String(line[$0.upperBound...])) } ?? ""
    }
  }

  /// What begins a comment in a file that is neither Swift nor a document; nil if it has none.
  private var commentMark: String? {
    if [".h", ".cpp"].contains(where: path.hasSuffix) { return "//" }
    return isIn("tools") || [".py", ".yaml"].contains(where: path.hasSuffix) ? "#" : nil
  }

  /// A document without its fenced examples.
  private var documentProse: [String] {
    var isFenced = false
    return lines.map { line in
      guard line.drop(while: { $0 == " " }).hasPrefix("```") else { return isFenced ? "" : line }
      isFenced.toggle()
      return ""
    }
  }

  /// The characters of a line that are blank in its code: comments and what strings hold.
  private static func complement(of code: String, in line: String) -> String {
    let space = UInt8(ascii: " ")
    return String(
      decoding: zip(line.utf8, code.utf8).map { $1 == space ? $0 : space }, as: UTF8.self)
  }

  /// A line with a word in the place of whatever stands in backticks.
  private static func withoutSpans(_ line: String) -> String {
    guard line.utf8.contains(UInt8(ascii: "`")) else { return line }
    let parts = line.split(separator: "`", omittingEmptySubsequences: false)
    return parts.enumerated().map { $0.isMultiple(of: 2) ? String($1) : "code" }.joined()
  }
}

/// A word of prose: in lower case, without punctuation around it.
struct ProseWord {
  var text: String
  /// Whether a comma, a full stop or the like follows, so that no phrase goes on after it.
  var endsClause: Bool

  /// The words of a line; a sign by itself, such as the border of a table's cell, ends the clause before it.
  static func words(of line: String) -> [ProseWord] {
    var result: [ProseWord] = []
    for word in line.split(separator: " ") {
      let core = word.utf8.drop { !isLetter($0) }
      if let last = core.lastIndex(where: isLetter) {
        let text = String(Substring(core[...last])).lowercased()
        result.append(ProseWord(text: text, endsClause: core.index(after: last) < core.endIndex))
      } else if !result.isEmpty {
        result[result.count - 1].endsClause = true
      }
    }
    return result
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte >= 0x80
  }
}
