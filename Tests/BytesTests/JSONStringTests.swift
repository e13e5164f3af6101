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

  /// Each byte that is escaped, at each place of a text that is read eight bytes at a time.
  @Test func escapesAreFoundAnywhere() {
    for byte in [UInt8](0...0x21) + [0x22, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xA2, 0xDC, 0xFF] {
      let isEscaped = byte < 0x20 || byte == 0x22 || byte == 0x5C
      for place in 0..<19 {
        var text = [UInt8](repeating: 0x61, count: 19)
        text[place] = byte
        var writer = ByteWriter()
        writer.jsonString(text.span.bytes)
        let middle = writer.bytes[(1 + place)...].dropLast(19 - place)
        #expect(isEscaped ? middle.first == 0x5C && middle.count > 1 : Array(middle) == [byte])
        #expect(writer.bytes.count == 20 + middle.count)
      }
    }
  }

  @Test func unitsHaveFourDigits() {
    var writer = ByteWriter()
    for unit in [UInt16(0), 0x1B, 0xABC, 0xD83D, .max] { writer.jsonEscape(unit: unit) }
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"\u0000\u001b\u0abc\ud83d\uffff"#)
  }
}
