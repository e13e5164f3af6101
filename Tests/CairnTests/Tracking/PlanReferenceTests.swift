// References between the schemas of a plan, and plans that are meant to do harm.

import Events
import Testing

@testable import Cairn
@testable import Engine

@Suite struct PlanReferenceTests {
  private static let draft2020 = "$schema: 'https://json-schema.org/draft/2020-12/schema', "

  private func refusal(_ plan: String) -> String {
    do throws(DefinitionError) {
      _ = try TrackingPlanFile.read(plan, file: "plan.yaml", symbols: SymbolTable())
      return "accepted"
    } catch { return "\(error.line):\(error.column): \(error.message)" }
  }

  /// From the event's schema first, then from the top of the plan.
  @Test func referencesAreWithinThePlan() throws {
    let box = try PlanBox(
      """
      $defs:
        amount: {type: number, minimum: 0}
        price: {properties: {amount: {$ref: '#/$defs/amount'}}}
      definitions:
        id: {type: string, pattern: '^[a-z]+$'}
      events:
        E:
          $defs:
            amount: {type: string}
          properties:
            properties:
              properties:
                own: {$ref: '#/$defs/amount'}
                shared: {$ref: '#/$defs/price'}
                id: {$ref: '#/definitions/id'}
                other: {$ref: '#/events/F/properties/properties/properties/a%20b'}
        F:
          properties: {properties: {properties: {a b: {type: boolean}}}}
      """)
    func found(_ properties: String) throws -> [String] {
      try box.violations(
        event: #"{"type":"track","event":"E","userId":"u","properties":{\#(properties)}}"#)
    }
    #expect(try found(#""own":"x","shared":{"amount":1},"id":"a","other":true"#) == [])
    #expect(
      try found(#""own":1,"shared":{"amount":-1},"id":"A","other":5"#) == [
        "properties.own: type", "properties.shared.amount: minimum", "properties.id: pattern",
        "properties.other: type",
      ])
  }

  /// A schema may apply itself to what is inside of a value: it ends with the value.
  @Test func treesAreChecked() throws {
    let box = try PlanBox(
      value: "{$ref: '#/$defs/tree'}",
      more:
        "$defs: {tree: {required: [n], properties: {n: {type: number}, kids: {items: {$ref: '#/$defs/tree'}}}}}, "
    )
    #expect(try box.violations(#"{"n":1,"kids":[{"n":2,"kids":[{"n":3}]}]}"#) == [])
    #expect(
      try box.violations(#"{"n":1,"kids":[{"n":2,"kids":[{"n":"x"},{}]}]}"#) == [
        ".kids.[].kids.[].n: type", ".kids.[].kids.[].n: required",
      ])
  }

  @Test func identifiersAndAnchorsNameSchemas() throws {
    let draft7 = try PlanBox(
      value: """
        {$id: 'http://example.org/root.json', properties: {a: {$ref: 'item.json'}, b: {$ref: '#num'}, \
        c: {$ref: 'http://example.org/item.json#/definitions/x'}}, definitions: {i: {$id: item.json, \
        type: string, definitions: {x: {type: 'null'}}}, n: {$id: '#num', type: number}}}
        """)
    #expect(try draft7.violations(#"{"a":"x","b":1,"c":null}"#) == [])
    #expect(
      try draft7.violations(#"{"a":1,"b":"x","c":1}"#).sorted() == [
        ".a: type", ".b: type", ".c: type",
      ])
    let draft2020 = try PlanBox(
      value:
        "{$id: 'urn:example:root', $ref: '#num', maximum: 5, $defs: {n: {$anchor: num, type: number}}}",
      more: Self.draft2020)
    // Draft 2020-12 has rules next to `$ref`.
    #expect(try draft2020.violations("5") == [])
    #expect(try draft2020.violations("6") == ["maximum"])
    #expect(try draft2020.violations("null") == ["type"])
  }

  @Test func whatHasNoEffectIsSaid() throws {
    let box = try PlanBox(
      value: "{$ref: '#/$defs/n', maximum: 5, title: t, $defs: {n: {type: number}}}",
      more:
        "$defs: {n: {then: false, additionalItems: false, minContains: 2, enum: [+1, 0x1F, no]}}, ")
    #expect(
      box.plan.notes.map(\.message) == [
        "draft 7 ignores `maximum` next to `$ref`; write both as schemas in `allOf`",
        "`then` has no effect without `if`",
        "`additionalItems` has no effect without a list of `items`",
        "`minContains` has no effect without `contains`",
        "`+1` is taken as a text; put it in quotes, or write the number as JSON does",
        "`0x1F` is taken as a text; put it in quotes, or write the number as JSON does",
      ])
  }

  @Test func loopsAreRefused() {
    let prefix = "events: {E: {properties: {v: {$ref: '#/$defs/a'}}}}\n$defs: "
    for loop in [
      "{a: {$ref: '#/$defs/a'}}",
      "{a: {allOf: [{$ref: '#/$defs/b'}]}, b: {not: {$ref: '#/$defs/a'}}}",
      "{a: {if: {anyOf: [true, {$ref: '#/$defs/a'}]}}}",
      "{a: {dependentSchemas: {x: {$ref: '#/$defs/a'}}}}",
    ] {
      #expect(
        refusal(prefix + loop).hasSuffix("applies itself to the same value without end"), "\(loop)")
    }
    #expect(refusal(prefix + "{a: {properties: {x: {$ref: '#/$defs/a'}}}}") == "accepted")
    #expect(
      refusal(prefix + "{a: {items: {$ref: '#/$defs/a'}, propertyNames: {$ref: '#/$defs/a'}}}")
        == "accepted")
  }

  /// Plans that would cost time or memory without bound are refused, and none ends the process.
  @Test func hostilePlansAreRefused() {
    let nested = { (count: Int) in
      String(repeating: "{\"not\":", count: count) + "true" + String(repeating: "}", count: count)
    }
    #expect(refusal("{\"events\":{\"E\":\(nested(40))}}").contains("nested too deep"))
    #expect(refusal("{\"events\":{\"E\":\(nested(5_000))}}").contains("nested too deep"))
    #expect(refusal("events: {E: \(nested(5_000))}").contains("1:"))
    #expect(refusal(String(repeating: "[", count: 100_000)).contains("nested too deep"))
    let chain = (0..<200).map { "a\($0): {$ref: '#/$defs/a\($0 + 1)'}" }.joined(separator: ", ")
    #expect(
      refusal("events: {E: {$ref: '#/$defs/a0'}}\n$defs: {\(chain), a200: {}}").hasSuffix(
        "too many schemas apply each other to the same value"))
    // Ten names, each ten times the one before it: ten thousand million values.
    var bomb = "a0: &a0 [x]\n"
    for level in 1...10 {
      bomb +=
        "a\(level): &a\(level) [\((0..<10).map { _ in "*a\(level - 1)" }.joined(separator: ","))]\n"
    }
    #expect(refusal(bomb).contains("too many values"))
    #expect(
      refusal("events: {E: {pattern: '((a{1000}){1000}){1000}'}}").contains("is not accepted"))
    let many = (0..<10_001).map { "p\($0): {}" }.joined(separator: ", ")
    #expect(refusal("events: {E: {properties: {\(many)}}}").hasSuffix("too deep or too large"))
    let patterns = (0..<1_001).map { "a\($0): true" }.joined(separator: ", ")
    #expect(refusal("events: {E: {patternProperties: {\(patterns)}}}").hasSuffix("1000 patterns"))
    #expect(
      refusal(String(repeating: "#", count: (1 << 20) + 1)).contains("longer than 1 MiB"))
    #expect(
      refusal("events: {E: {required: [\(String(repeating: "k", count: 257))]}}").contains(
        "256 bytes"))
  }

  /// A plan whose schemas apply each other twice at every level does not hold up the store.
  @Test func whatTakesTooLongIsAViolation() throws {
    let box = try PlanBox(
      value: "{$ref: '#/$defs/a'}",
      more:
        "violations: omit, $defs: {a: {allOf: [{properties: {x: {$ref: '#/$defs/a'}}}, {properties: {x: {$ref: '#/$defs/a'}}}]}}, "
    )
    let deep = { (count: Int) in
      String(repeating: "{\"x\":", count: count) + "1" + String(repeating: "}", count: count)
    }
    #expect(try box.violations(deep(8)) == [])
    #expect(try box.violations(deep(28)) == ["event: too many checks"])
  }

  @Test func longListsAreSearched() throws {
    let texts = (0..<10_000).map { "\"t\($0)\"" } + (0..<10_000).map { "\($0).50" }
    let box = try PlanBox(value: "{\"enum\":[\(texts.joined(separator: ","))]}")
    for value in ["\"t0\"", "\"t9999\"", "\"t5000\"", "7.5", "9999.500", "75e-1"] {
      #expect(try box.violations(value) == [], "\(value)")
    }
    for value in ["\"t10000\"", "\"t\"", "7", "10000.5", "\"7.50\"", "null"] {
      #expect(try box.violations(value) == ["enum"], "\(value)")
    }
  }
}
