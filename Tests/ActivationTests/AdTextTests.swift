// Lower case, composition and blanks, against what Python 3.11 and Java give.

import Testing

@testable import Activation

struct AdTextTests {
  @Test(arguments: [
    ("ΓΙΩΡΓΟΣ", "γιωργος"), ("ΠΑΠΑΣ ΝΙΚΟΣ", "παπας νικος"), ("Σ", "σ"), ("ΑΣ'Α", "ασ'α"),
    ("ΑΣ.", "ας."), ("Α\u{301}Σ\u{301}", "α\u{301}ς\u{301}"), ("ΣΣ", "σς"), ("xΣ'Ώ", "xσ'ώ"),
    ("İ", "i̇"), ("STRAẞE", "straße"), ("ß", "ß"), ("\u{212A}", "k"), ("ǅ", "ǆ"), ("АБВ", "абв"),
    ("ABC xyz 19", "abc xyz 19"),
  ]) func lowerCaseIsThatOfUnicode(text: String, expected: String) {
    #expect(Array(AdText.lowerCase(text).unicodeScalars) == Array(expected.unicodeScalars))
  }

  @Test func whatIsComparedIsComposed() {
    for text in ["José", "Jose\u{301}", " JOSE\u{301}\u{200B}", "\u{FEFF}JOSÉ\u{A0}"] {
      #expect(Array(AdText.normalised(text).utf8) == Array("josé".utf8))
    }
    #expect(Array(AdText.normalised("\u{212B}").utf8) == Array("å".utf8))
  }

  @Test func blanksAreOfEveryKind() {
    #expect("\u{FEFF}\u{200B}\u{2003}a\u{200D} b\u{A0}\u{2066}\n".trimmed == "a\u{200D} b")
    #expect("\u{200B} \u{3000}".trimmed == "")
    #expect("a \u{2009}b\u{200B}c".withoutSpaces == "abc")
  }
}
