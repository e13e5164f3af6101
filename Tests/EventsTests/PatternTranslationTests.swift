// Patterns of ECMA 262: what they match, what cannot be had in linear time, what is none.

import Bytes
import Testing

@testable import Events

@Suite struct PatternTranslationTests {
  /// Whether a pattern matches, `true` or `false`; or why it is not accepted.
  private func outcome(_ pattern: String, _ text: String) -> String {
    do throws(SchemaPattern.Problem) {
      let compiled = try SchemaPattern(pattern)
      let bytes = Array(text.utf8)
      return "\(compiled.matches(bytes.span.bytes))"
    } catch { return error.message }
  }

  @Test(arguments: [
    ("a+", ["xxaayy": true, "b": false]), ("^abc$", ["abc": true, "abc\n": false, "xabc": false]),
    ("^$", ["": true, "\n": false]), ("", ["": true, "a": true]),
    (#"^\d+$"#, ["42": true, "\u{9EA}": false]), (#"^\D$"#, ["\u{7C0}": true, "0": false]),
    (#"^\w+$"#, ["aZ_9": true, "\u{E9}": false]),
    (#"^\W$"#, ["\u{E9}": true, "_": false, "-": true]),
    (
      #"^\s$"#,
      ["\u{A0}": true, "\u{FEFF}": true, "\u{2029}": true, "\u{3000}": true, "\u{85}": false]
    ),
    (#"^\S$"#, ["\u{A0}": false, "\u{85}": true, "\u{1}": true]),
    ("^.$", ["\u{1F600}": true, "\n": false, "\r": false, "\u{2028}": false, "\u{85}": true]),
    (#"^\t\n\v\f\r\0$"#, ["\t\n\u{B}\u{C}\r\0": true]), (#"^\cC\cc$"#, ["\u{3}\u{3}": true]),
    (#"^\x41\u0042\u{1F600}\ud83d\ude00$"#, ["AB\u{1F600}\u{1F600}": true]),
    (
      #"^\p{Letter}\p{Lu}\p{gc=Nd}\p{Script=Greek}$"#,
      ["\u{E9}A\u{9EA}\u{3B1}": true, "1A1a": false]
    ),
    (#"^\P{L}+$"#, ["12-": true, "a": false]), (#"^\p{LC}$"#, ["a": true, "\u{AA}": false]),
    (#"^[\p{L}\d_-]+$"#, ["\u{E9}5_-": true, "!": false]),
    (#"^[^\p{L}\s]+$"#, ["12": true, "1 2": false]),
    (#"^\p{ASCII}\P{ASCII}\p{Any}$"#, ["a\u{E9}b": true]), (#"\P{Any}"#, ["a": false, "": false]),
    ("[]", ["": false, "a": false]), ("^[^]$", ["\n": true, "\u{1F600}": true, "": false]),
    ("^[a-c-]+$", ["abc-": true, "d": false]), (#"^[\w-z]+$"#, ["a-z": true, "!": false]),
    (#"^[\b]$"#, ["\u{8}": true, "b": false]),
    ("^[[:alpha:]]$", ["a]": true, ":]": true, "z]": false]),
    (#"^[\S]$"#, ["a": true, " ": false]), (#"^[^\W]$"#, ["a": true, "-": false]),
    (#"^[\].\-^/]+$"#, ["].-^/": true]), (#"\bcat\b"#, ["a cat!": true, "cats": false]),
    ("^(?:ab)+(c|d)?(?<name>e)*?$", ["abab": true, "abce": true, "ac": false]),
    ("^a{2}b{1,}c{0,2}$", ["aabcc": true, "ab": false]), ("^{.*}$", ["{x}": true, "x": false]),
    ("^a{,2}$", ["a{,2}": true, "aa": false]), ("^x{a}$", ["x{a}": true]),
    (#"^\/\-\@\"\ $"#, ["/-@\" ": true]), ("^(?i:strasse)$", ["STRASSE": true]),
    ("^\u{1F432}*$", ["": true, "\u{1F432}\u{1F432}": true, "\u{1F409}": false]),
    ("^[\u{1F432}-\u{1F435}]$", ["\u{1F433}": true, "\u{1F436}": false]),
    ("a|^b$|c", ["xax": true, "b": true, "xb": false]), ("(a|b|)c", ["c": true, "d": false]),
    ("^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\\.[a-zA-Z]{2,}$", ["a.b@c.de": true, "a@b": false]),
  ])
  func patternsMatchWhatECMA262Says(pattern: String, texts: [String: Bool]) {
    for (text, isMatch) in texts {
      #expect(outcome(pattern, text) == "\(isMatch)", "\(pattern) and \(text.debugDescription)")
    }
  }

  @Test(arguments: [
    "(?=a)b", "a(?!b)", "(?<=a)b", "(?<!a)b", #"(a)\1"#, #"(?<n>a)\k<n>"#, #"\p{Emoji}"#,
    #"\p{Cn}"#, #"\p{Script_Extensions=Greek}"#, #"[^\P{LC}]"#,
  ])
  func whatNeedsMoreThanLinearTimeIsNamed(pattern: String) {
    #expect(outcome(pattern, "").contains("cannot be checked in linear time"), "\(pattern)")
    let bytes = Array(pattern.utf8)
    let isPattern = SchemaFormat.regex.fits(bytes.span.bytes)
    #expect(isPattern, "\(pattern) is a pattern all the same")
  }

  @Test(arguments: [
    "(", ")", "(a", "a)", "[a", "*a", "a**", "+", "?", "^*", #"\"#, #"\a"#, #"\Z"#, #"\A"#, #"\e"#,
    #"\x4"#, #"\u12"#, #"\u{110000}"#, #"\ud83d"#, #"\c1"#, #"\01"#, #"\p"#, #"\pL"#, #"\p{"#,
    #"\p{Latin}"#, #"\p{Foo}"#, #"\p{Script=}"#, "[z-a]", "a{2,1}", "(?P<n>a)", "(?i)a", "(?#c)",
    "(?<1>a)", "(?<n", #"\1"#, #"\k<n>"#, #"\k"#, "{2}", "(?:*)", "a{1}{2}",
  ])
  func whatIsNotAPatternIsRefused(pattern: String) {
    let found = outcome(pattern, "")
    #expect(
      found != "true" && found != "false" && !found.contains("linear"), "\(pattern): \(found)")
    let bytes = Array(pattern.utf8)
    let isPattern = SchemaFormat.regex.fits(bytes.span.bytes)
    #expect(!isPattern, "\(pattern)")
  }

  @Test func whatIsTooLargeIsRefused() {
    #expect(outcome("((a{100}){100}){100}", "") != "true")
    #expect(outcome(String(repeating: "(", count: 1_000), "") == "it is nested too deep")
    let nested = String(repeating: "(", count: 150) + "a" + String(repeating: ")", count: 150)
    #expect(outcome("^\(nested)$", "a") == "true")
    // Patterns that take other engines exponential time.
    #expect(outcome("^(a+)+$", String(repeating: "a", count: 30_000) + "b") == "false")
    #expect(outcome("^(a|a)*$", String(repeating: "a", count: 30_000)) == "true")
  }
}
