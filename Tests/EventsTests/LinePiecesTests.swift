// Values in lines that could not be read: found as they stand, in whatever kind of line.

import Bytes
import Events
import Testing

@Suite struct LinePiecesTests {
  private func holds(_ line: String, _ value: String) -> Bool {
    let bytes = Array(line.utf8)
    return LinePieces.contains(bytes.span.bytes) { $0.toString() == value }
  }

  @Test(arguments: [
    (#"{"type":"dance","userId":"jane"}"#, "jane"), (#"{"userId":42,"a":1}"#, "42"),
    (#"{"userId":"jane doe","#, "jane doe"), (#"{"to":"\u006aane@x.com"}"#, "jane@x.com"),
    (#"{"to":"jane\/1"#, "jane/1"), (#"{"a":"say \"hi\"","b":"x"}"#, #"say "hi""#),
    ("auth0|5f7c;1;2", "auth0|5f7c"), ("1;auth0|5f7c", "auth0|5f7c"),
    ("1,o'brien@x.com,1", "o'brien@x.com"), ("x\tab==\t1", "ab=="),
    ("1,+49 171 1234567,x", "+49 171 1234567"), (#"1,"jane, doe",x"#, "jane, doe"),
    ("GET /?email=jane@x.com&x=1", "jane@x.com"), ("mailto:jane@x.com", "jane@x.com"),
    ("user:42 was here", "user:42"), ("user:42 was here", "42"), (" jane ,1", "jane"),
    (#"{"userId":" 42 ","#, " 42 "),
    ("\"jane\";;1", "jane"), ("jane", "jane"),
  ]) func valuesAreFound(line: String, value: String) {
    #expect(holds(line, value))
  }

  @Test func whatIsPartOfAnotherValueIsNotFound() {
    #expect(!holds("jane@x.com", "jane@x.co"))
    #expect(!holds(#"{"userId":"jane"}"#, "jan"))
    #expect(!holds("", ""))
    #expect(!holds(String(repeating: "a", count: 600), String(repeating: "a", count: 600)))
  }
}
