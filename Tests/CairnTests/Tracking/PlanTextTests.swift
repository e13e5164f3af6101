// Plans as YAML and as JSON: the words and numbers of YAML are what stands there.

import Events
import Testing

@testable import Cairn
@testable import Engine

@Suite struct PlanTextTests {
  /// A scalar of YAML, and what JSON would write for it.
  @Test(arguments: [
    ("no", #""no""#), ("yes", #""yes""#), ("on", #""on""#), ("off", #""off""#), ("y", #""y""#),
    ("NO", #""NO""#), ("Yes", #""Yes""#), ("true", "true"), ("True", "true"), ("TRUE", "true"),
    ("tRue", #""tRue""#), ("false", "false"), ("FALSE", "false"), ("null", "null"), ("~", "null"),
    ("Null", "null"), ("", "null"), ("nUll", #""nUll""#), ("'null'", #""null""#),
    ("\"5\"", #""5""#),
    ("5", "5"), ("-5", "-5"), ("5.0", "5.0"), ("5.00", "5.00"), ("0.0000000001", "0.0000000001"),
    ("1e3", "1e3"), ("1E-400", "1E-400"), ("-0", "-0"), ("0", "0"),
    ("123456789012345678901234567890", "123456789012345678901234567890"),
    ("0123", #""0123""#), ("01234", #""01234""#), ("00", #""00""#), ("-01", #""-01""#),
    ("0.50", "0.50"),
    ("1_000", #""1_000""#), ("0o17", #""0o17""#), ("0x1F", #""0x1F""#), ("0b11", #""0b11""#),
    ("12:30:45", #""12:30:45""#), ("12:30", #""12:30""#), ("+5", #""+5""#), (".5", #"".5""#),
    ("5.", #""5.""#), ("1.2.3", #""1.2.3""#), (".inf", #"".inf""#), (".NaN", #"".NaN""#),
    ("+49301234567", #""+49301234567""#), ("2026-01-01", #""2026-01-01""#),
    ("2026-01-01T00:00:00Z", #""2026-01-01T00:00:00Z""#), ("1,5", #""1,5""#), ("=", #""=""#),
    ("!!str 5", #""5""#), ("!!str no", #""no""#), ("! 5", #""5""#), ("!!int \"5\"", "5"),
    ("!!bool yes", #""yes""#), ("DE", #""DE""#), ("e5", #""e5""#), ("1e", #""1e""#), ("-", #""-""#),
  ])
  func scalarsAreWhatTheySay(yaml: String, json: String) throws {
    // A lone hyphen and an empty place are texts only where a line ends.
    let text = "a: \(yaml)\n"
    if yaml == "-" { return }
    let value = try TrackingPlanFile.json(text, file: "plan")
    #expect(value.map { String(decoding: $0, as: UTF8.self) } == "{\"a\":\(json)}", "\(yaml)")
  }

  @Test func keysAreTexts() throws {
    let value = try TrackingPlanFile.json(
      "{no: 1, 5: 2, true: 3, ~: 4, 2026-01-01: 5, 01: 6}", file: "plan")
    #expect(
      value.map { String(decoding: $0, as: UTF8.self) }
        == #"{"no":1,"5":2,"true":3,"~":4,"2026-01-01":5,"01":6}"#)
  }

  @Test func jsonIsReadAsJSON() throws {
    // Tabs, escaped pairs, escaped solidi and NUL: what YAML does not have.
    let text =
      "\u{FEFF}{\n\t\"a\\u0000\": \"\\ud83d\\ude00 \\/\\u00e9\",\r\n\t\"b\" : [ -0.0 , 1E400,{}, [ ] ,null]\n}\n"
    let value = try TrackingPlanFile.json(text, file: "plan")
    #expect(
      value.map { String(decoding: $0, as: UTF8.self) }
        == "{\"a\\u0000\":\"\u{1F600} /\u{E9}\",\"b\":[-0.0,1E400,{},[],null]}")
  }

  /// What is almost JSON is YAML, if it is that.
  @Test(arguments: [
    ("{a: 1}", #"{"a":1}"#), (#"{"a": 1,}"#, #"{"a":1}"#), ("{'a': no}", #"{"a":"no"}"#),
    (#"{"a": 01}"#, #"{"a":"01"}"#), ("{} # nothing", "{}"), ("", nil), ("# nothing", nil),
    ("---\na: 1\n", #"{"a":1}"#), ("\u{FEFF}a: 1", #"{"a":1}"#),
  ])
  func yamlIsTheRest(text: String, json: String?) throws {
    #expect(
      try TrackingPlanFile.json(text, file: "plan").map { String(decoding: $0, as: UTF8.self) }
        == json)
  }

  @Test(arguments: [
    ("a: 1\nb: 2\na: 3\n", "1:1: the key `a` occurs more than once"),
    ("a: [1\n", "2:1: not YAML"), ("a: 1\n---\nb: 2\n", "not YAML"),
    ("? [a]\n: 1\n", "1:3: a key must be a text"),
    ("{\"a\": {\"b\": 1,\n \"b\": 2}}", "2:2: the key `b` occurs more than once"),
    ("a: &x 1\nb: *y\n", "2:4: not YAML: found undefined alias"), ("a: \"\u{7}\"", "not YAML"),
    ("a: &x {b: 1}\nc:\n  <<: *x\n", "3:3: merge keys are not supported"),
    ("a: &x {b: 1}\nc: [{d: 2, <<: [*x, *x]}]\n", "2:12: merge keys are not supported"),
    (
      (0..<12).reduce("a0: &a0 [0]\n") { text, level in
        let names = [String](repeating: "*a\(level)", count: 10).joined(separator: ", ")
        return text + "a\(level + 1): &a\(level + 1) [\(names)]\n"
      }, "there are too many values"
    ),
    (
      (0..<300).reduce("a0: &a0 [0]\n") { $0 + "a\($1 + 1): &a\($1 + 1) [*a\($1)]\n" },
      "nested too deep"
    ),
  ])
  func whatIsWrongIsSaidWithItsPlace(text: String, message: String) {
    do throws(DefinitionError) {
      _ = try TrackingPlanFile.json(text, file: "plan")
      Issue.record("accepted: \(text)")
    } catch {
      #expect("\(error.line):\(error.column): \(error.message)".contains(message), "\(error)")
    }
  }

  /// Where any name may stand, a merge key is not taken for one; in quotes it is one.
  @Test func mergeKeysAreRefusedInEveryFile() throws {
    func refusal(_ read: () throws -> Void) -> String {
      let error = #expect(throws: DefinitionError.self) { try read() }
      return error.map { "\($0.line):\($0.column): \($0.message)" } ?? ""
    }
    let message =
      "merge keys are not supported; write the entries out, or `'<<'` in quotes if it is a name"
    let columns = "type: identify\ncolumns:\n  <<: {u: userId}\n"
    #expect(refusal { _ = try MappingFile.read(columns, file: "m") } == "3:3: " + message)
    let traits = "traits:\n  <<: {a: count(*)}\n"
    #expect(refusal { _ = try DefinitionFile.read(traits, file: "d") } == "2:3: " + message)
    let rules = "identifiers: [{<<: {user_id: {limit: 1}}}]"
    #expect(refusal { _ = try IdentityRulesFile.read(rules, file: "r") } == "1:16: " + message)
    #expect(
      try TrackingPlanFile.json("a: {'<<': 1}\n", file: "plan") == Array(#"{"a":{"<<":1}}"#.utf8))
  }

  /// The other files in YAML read words by the same rules.
  @Test func otherFilesReadWordsAlike() throws {
    let mapping = try MappingFile.read(
      "type: identify\ncolumns: {u: userId}\nconstants: {traits.country: no, traits.plz: 01234, traits.n: 1.50, traits.b: True}\n",
      file: "map.yaml")
    let constants = mapping.targets.compactMap { target -> String? in
      guard case .constant(let json) = target.source, target.path.first == "traits" else {
        return nil
      }
      return String(decoding: json, as: UTF8.self)
    }
    #expect(constants == [#""no""#, #""01234""#, "1.50", "true"])
    #expect(throws: DefinitionError.self) {
      try MappingFile.read("type: identify\nheader: no\ncolumns: {u: userId}\n", file: "map.yaml")
    }
    #expect(throws: DefinitionError.self) {
      try IdentityRulesFile.read(
        "identifiers: [{user_id: {limit: 1, protected: yes}}]", file: "rules.yaml")
    }
  }
}
