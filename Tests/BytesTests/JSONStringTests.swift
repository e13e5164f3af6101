// JSON strings as every part of the project writes them.

import Bytes
import Testing

@Suite struct JSONStringTests {
  @Test(arguments: [
    ("", #""""#),
    ("plain", #""plain""#),
    (#"a"b\c/"#, #""a\"b\\c/""#),
    ("\u{8}\t\n\u{C}\r", #""\b\t\n\f\r""#),
    ("\u{0}\u{1B}\u{1F}end", #""\u0000\u001b\u001fend""#),
    ("é\u{7F}\u{2028}😀", "\"é\u{7F}\u{2028}😀\""),
  ])
  func stringsAreQuotedAndEscaped(text: String, expected: String) {
    var writer = ByteWriter()
    writer.jsonString(text)
    #expect(writer.bytes == Array(expected.utf8))
    let bytes = Array(text.utf8)
    writer.removeAll()
    writer.jsonString(bytes.span.bytes)
    #expect(writer.bytes == Array(expected.utf8))
  }

  @Test func unitsHaveFourDigits() {
    var writer = ByteWriter()
    for unit in [UInt16(0), 0x1B, 0xABC, 0xD83D, .max] { writer.jsonEscape(unit: unit) }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"\u0000\u001b\u0abc\ud83d\uffff"#)
  }
}
