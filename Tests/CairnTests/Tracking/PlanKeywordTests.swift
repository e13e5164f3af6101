// What each keyword of JSON Schema says of values, and what is reported where schemas are nested.

import Testing

@testable import Cairn
@testable import Engine

@Suite struct PlanKeywordTests {
  /// A schema, then values with what they break, separated by blanks.
  private func expect(_ schema: String, _ rows: [(String, String)], more: String = "") throws {
    let box = try PlanBox(value: schema, more: more)
    for (value, broken) in rows {
      #expect(
        try box.violations(value).joined(separator: ", ") == broken, "\(schema) and \(value)")
    }
  }

  private static let draft2020 = "$schema: 'https://json-schema.org/draft/2020-12/schema', "

  @Test func constants() throws {
    try expect(
      "{enum: [a, 5, 1.50, true, null, [1, {x: 1.0}], {a: 1, b: [2]}]}",
      [
        (#""a""#, ""), ("5", ""), ("5.0", ""), ("50e-1", ""), ("1.5", ""), ("true", ""),
        ("null", ""), ("[1.0,{\"x\":1}]", ""), (#"{"b":[2],"a":1}"#, ""),
        (#"{"b":[2.00],"a":1e0}"#, ""), ("false", "enum"), ("0", "enum"), (#""5""#, "enum"),
        ("[{\"x\":1},1]", "enum"), (#"{"a":1}"#, "enum"), (#"{"a":1,"b":[2],"c":3}"#, "enum"),
        ("[]", "enum"), (#""""#, "enum"),
      ])
    try expect("{const: {a: [1]}}", [(#"{"a":[1.0]}"#, ""), (#"{"a":[true]}"#, "const")])
    try expect("{const: 0}", [("0", ""), ("-0", ""), ("-0.0", ""), ("false", "const")])
    try expect("{const: false}", [("false", ""), ("0", "const"), (#""""#, "const")])
    // Two spellings of one letter are two texts.
    try expect("{const: \"\u{E9}\"}", [("\"\u{E9}\"", ""), ("\"e\u{301}\"", "const")])
    try expect("{const: \u{1F600}}", [("\"\u{1F600}\"", ""), (#""\ud83d\ude00""#, "")])
  }

  @Test func numbersAreComparedExactly() throws {
    try expect(
      "{type: number, minimum: 0, maximum: 100000}",
      [
        ("183.60000000000002", ""), ("836.9999999999998", ""), ("1e-10", ""), ("1e-400", ""),
        ("-1e-400", "minimum"), ("100000.00000000001", "maximum"), ("1e5", ""),
        ("1e400", "maximum"), ("-1e400", "minimum"), ("-0", ""), ("-0.0e-30", ""),
        ("99999.99999999999999999999999999999999999999999999999999", ""),
      ])
    try expect(
      "{exclusiveMinimum: 0.3, exclusiveMaximum: 0.30000000000000004}",
      [
        ("0.3", "exclusiveMinimum"), ("0.30000000000000004", "exclusiveMaximum"),
        ("0.30000000000000001", ""), ("3e-1", "exclusiveMinimum"),
      ])
    try expect("{minimum: 1e-400}", [("0", "minimum"), ("1e-400", ""), ("1e-401", "minimum")])
    try expect(
      "{maximum: 123456789012345678901234567890}",
      [
        ("123456789012345678901234567890", ""), ("123456789012345678901234567890.0", ""),
        ("123456789012345678901234567890.0000000001", "maximum"),
        ("123456789012345678901234567891", "maximum"),
      ])
    try expect("{enum: [0.30000000000000004]}", [("0.30000000000000004", ""), ("0.3", "enum")])
    try expect("{minimum: +5, maximum: 5.}", [("5", ""), ("4", "minimum"), ("6", "maximum")])
    try expect("{minimum: .5}", [("0.5", ""), ("0.4", "minimum")])
  }

  @Test func integersAreWholeNumbers() throws {
    try expect(
      "{type: integer}",
      [
        ("1", ""), ("1.0", ""), ("1.000", ""), ("1e3", ""), ("12.5e1", ""), ("-0.0", ""),
        ("1e400", ""), ("99999999999999999999999999999999999999999.0", ""), ("1.5", "type"),
        ("99999999999999999999999999999999999999999.5", "type"), ("1e-1", "type"),
        ("1e-400", "type"), ("0.00000000001", "type"), (#""1""#, "type"),
      ])
  }

  @Test func multiplesAreExact() throws {
    try expect(
      "{multipleOf: 0.01}",
      [
        ("19.99", ""), ("19.990", ""), ("0.07", ""), ("4.35", ""), ("19.999", "multipleOf"),
        ("19.99000000000001", "multipleOf"), ("1e300", ""), ("1e-300", "multipleOf"), ("0", ""),
        (#""x""#, ""),
      ])
    try expect("{multipleOf: 1e-12}", [("0.000000000001", ""), ("1e-13", "multipleOf")])
    try expect("{multipleOf: 7}", [("1e400", "multipleOf"), ("7e400", ""), ("-14", "")])
  }

  @Test func texts() throws {
    try expect(
      "{minLength: 2, maxLength: 3.0}",
      [
        (#""a""#, "minLength"), (#""ab""#, ""), (#""abcd""#, "maxLength"), ("\"\u{1F600}x\"", ""),
        ("\"\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\"", "maxLength"),
        ("\"e\u{301}\"", ""), ("5", ""),
      ])
    try expect(
      "{pattern: '^[A-Z]{2}-\\d+$'}",
      [
        (#""AB-12""#, ""), (#""AB-12\n""#, "pattern"), (#""xAB-12""#, "pattern"),
        ("\"AB-\u{663}\"", "pattern"), ("12", ""),
      ])
    try expect("{maxLength: 1e400}", [(#""abc""#, "")])
  }

  @Test func arrays() throws {
    try expect(
      "{items: {type: number}, minItems: 1, maxItems: 2}",
      [
        ("[]", "minItems"), ("[1]", ""), ("[1,2,3]", "maxItems"), (#"[1,"2"]"#, ".[]: type"),
        ("{}", ""),
      ])
    try expect(
      "{items: [{type: number}, {type: string}], additionalItems: {type: 'null'}}",
      [
        (#"[1,"a",null,null]"#, ""), ("[]", ""), (#"["a",1]"#, ".[]: type, .[]: type"),
        (#"[1,"a",2]"#, ".[]: type"),
      ])
    try expect(
      "{items: [true], additionalItems: false}", [("[1]", ""), ("[1,2]", ".[]: additionalItems")])
    try expect(
      "{prefixItems: [{type: number}], items: false}",
      [("[1]", ""), (#"["a"]"#, ".[]: type"), ("[1,2]", ".[]: items")], more: Self.draft2020)
    try expect("{items: false}", [("[]", ""), ("[1]", ".[]: items")])
    try expect(
      "{contains: {minimum: 5}}", [("[1,7]", ""), ("[1]", "contains"), ("[]", "contains")])
    try expect(
      "{contains: {minimum: 5}, minContains: 2, maxContains: 3}",
      [
        ("[5]", "minContains"), ("[5,6]", ""), ("[5,6,7,1]", ""), ("[5,6,7,8]", "maxContains"),
      ])
    try expect(
      "{contains: {minimum: 5}, minContains: 0, maxContains: 1}",
      [("[]", ""), ("[5]", ""), ("[5,6]", "maxContains")])
    try expect(
      "{uniqueItems: true}",
      [
        ("[1,2]", ""), ("[1,1.0]", "uniqueItems"),
        (#"[{"a":1,"b":2},{"b":2,"a":1}]"#, "uniqueItems"),
        (#"[1,true,"1",[1],{"1":1},null]"#, ""), ("[[1],[1.0]]", "uniqueItems"),
        (#"["a","b","a"]"#, "uniqueItems"), ("[0,-0]", "uniqueItems"), ("[1e400,1e401]", ""),
      ])
  }

  @Test func objects() throws {
    try expect(
      "{minProperties: 1, maxProperties: 2}",
      [
        ("{}", "minProperties"), (#"{"a":1}"#, ""), (#"{"a":1,"b":2,"c":3}"#, "maxProperties"),
        ("[]", ""),
      ])
    try expect(
      "{patternProperties: {'^n_': {type: number}, '^s_': {type: string}}, properties: {n_x: {minimum: 5}}, additionalProperties: false}",
      [
        (#"{"n_a":1,"s_a":"x"}"#, ""), (#"{"n_a":"x"}"#, ".n_a: type"),
        (#"{"b":1}"#, ".b: additionalProperties"),
        (#"{"n_x":4}"#, ".n_x: minimum"),
      ])
    try expect(
      "{propertyNames: {pattern: '^[a-z_]+$', maxLength: 4}}",
      [
        (#"{"a_b":1}"#, ""), (#"{"A":1}"#, ".A: propertyNames"),
        (#"{"abcde":1}"#, ".abcde: propertyNames"),
        ("{}", ""),
      ])
    try expect("{propertyNames: false}", [("{}", ""), (#"{"a":1}"#, ".a: propertyNames")])
    try expect(
      "{dependencies: {a: [b, c], d: {required: [e]}}}",
      [
        ("{}", ""), (#"{"a":1}"#, ".b: dependencies, .c: dependencies"),
        (#"{"a":1,"b":1,"c":1}"#, ""),
        (#"{"d":1}"#, ".e: required"), (#"{"d":1,"e":null}"#, ""),
      ])
    try expect(
      "{dependentRequired: {a: [b]}, dependentSchemas: {c: {properties: {c: {type: string}}}}}",
      [
        (#"{"a":1}"#, ".b: dependentRequired"), (#"{"c":1}"#, ".c: type"),
        (#"{"c":"x","b":1}"#, ""),
      ])
    try expect(
      "{properties: {a: false, b: true}}", [(#"{"b":1}"#, ""), (#"{"a":1}"#, ".a: false")])
    // More keys than are searched one after the other.
    let many = (0..<40).map { "k\($0): {type: number}" }.joined(separator: ", ")
    try expect(
      "{properties: {\(many)}, additionalProperties: false}",
      [
        (#"{"k0":1,"k39":2,"k17":3}"#, ""), (#"{"k17":"x"}"#, ".k17: type"),
        (#"{"k40":1}"#, ".k40: additionalProperties"),
      ])
  }

  @Test func schemasOfTheSameValue() throws {
    try expect(
      "{allOf: [{minimum: 5}, {maximum: 7}]}", [("6", ""), ("4", "minimum"), ("8", "maximum")])
    try expect("{not: {type: string}}", [("5", ""), (#""a""#, "not")])
    try expect("{not: {not: {type: string}}}", [(#""a""#, ""), ("5", "not")])
    try expect(
      "{if: {properties: {kind: {const: card}}, required: [kind]}, then: {required: [number]}, else: {properties: {iban: {minLength: 3}}}}",
      [
        (#"{"kind":"card","number":1}"#, ""), (#"{"kind":"card"}"#, ".number: required"),
        (#"{"kind":"bank","iban":"x"}"#, ".iban: minLength"), (#"{"iban":"xyz"}"#, ""),
      ])
    try expect("{if: {type: string}, then: false}", [("5", ""), (#""a""#, "false")])
    try expect("{then: false, else: false}", [("5", "")])
  }

  /// Of `anyOf` and `oneOf`, what is said is the most that is certain.
  @Test func choicesReportTheOneThatWasMeant() throws {
    try expect(
      "{anyOf: [{type: number}, {type: string, maxLength: 2}]}",
      [
        ("5", ""), (#""ab""#, ""), (#""abc""#, "maxLength"), ("null", "anyOf"),
      ])
    try expect(
      "{oneOf: [{properties: {t: {const: a}, n: {type: number}}}, {properties: {t: {const: b}, n: {type: string}}}]}",
      [
        (#"{"t":"a","n":1}"#, ""), (#"{"t":"b","n":"x"}"#, ""), (#"{"t":"a","n":"x"}"#, ".n: type"),
        (#"{"t":"b","n":1}"#, ".n: type"), (#"{"t":"c"}"#, "oneOf"), ("5", "oneOf"),
      ])
    try expect(
      "{oneOf: [{multipleOf: 3}, {multipleOf: 5}]}",
      [("3", ""), ("5", ""), ("15", "oneOf"), ("7", "oneOf")])
    try expect("{anyOf: [{required: [a]}, {required: [b]}]}", [("{}", "anyOf"), (#"{"b":1}"#, "")])
    try expect("{oneOf: [true, true]}", [("5", "oneOf")])
    try expect(
      "{anyOf: [{anyOf: [{type: number}, {type: string, minLength: 2}]}, {type: 'null'}]}",
      [("5", ""), ("null", ""), (#""a""#, "minLength"), ("[]", "anyOf")])
  }

  @Test func annotationsSayNothing() throws {
    try expect(
      "{title: t, description: d, default: 5, examples: [1], $comment: c, deprecated: true, readOnly: true, writeOnly: false, contentMediaType: application/json, contentEncoding: base64, x-owner: me, type: string}",
      [(#""a""#, ""), ("5", "type")])
  }

  /// Rules about the event as a whole see what lies in its header, too.
  @Test func theEventItselfMayHaveAnyRule() throws {
    let box = try PlanBox(
      """
      events:
        E:
          anyOf: [{required: [userId]}, {required: [anonymousId]}]
          properties: {properties: {required: [a]}}
          patternProperties: {'^context$': {minProperties: 1}}
          dependentRequired: {traits: [context]}
          if: {properties: {event: {const: E}, type: {const: track}}, required: [event, type]}
          then: {properties: {messageId: {maxLength: 3}}}
          else: false
      """)
    func event(_ id: String, _ rest: String) -> String {
      #"{"type":"track","event":"E","messageId":"\#(id)",\#(rest)}"#
    }
    #expect(try box.violations(event: event("m", #""userId":"u","properties":{"a":1}"#)) == [])
    #expect(try box.violations(event: event("m", #""anonymousId":"u","properties":{"a":1}"#)) == [])
    #expect(
      try box.violations(event: event("m", #""context":{"traits":{"email":"a@b.c"}}"#)) == [
        "event: anyOf"
      ])
    #expect(
      try box.violations(event: event("long", #""userId":"u","properties":{},"context":{}"#)) == [
        "properties.a: required", "context: minProperties", "messageId: maxLength",
      ])
    #expect(
      try box.violations(event: event("m", #""userId":"u","traits":{}"#)) == [
        "context: dependentRequired"
      ])
  }
}
