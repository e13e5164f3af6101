// What is left out of events that are not as planned, and what is quarantined because that does not help.

import Events
import Testing

@testable import Cairn
@testable import Engine

@Suite struct PlanOmitTests {
  private func text(_ action: TrackingPlan.Action, _ box: PlanBox) -> String {
    switch action {
    case .accept: "accept"
    case .omit(let paths):
      "omit "
        + paths.map { SchemaViolation(keyword: "", path: $0).text(box.symbols).dropLast(2) }
        .sorted()
        .joined(separator: " ")
    case .quarantine(let code, let violation):
      "\(code) \(violation?.text(box.symbols) ?? "")"
    }
  }

  private func expect(_ schema: String, _ rows: [(String, String)], more: String = "") throws {
    let box = try PlanBox(
      "{violations: omit, \(more)events: {E: {properties: {properties: \(schema)}}}}")
    for (properties, wanted) in rows {
      let event = #"{"type":"track","event":"E","userId":"u","properties":\#(properties)}"#
      #expect(try text(box.action(event: event), box) == wanted, "\(schema) and \(properties)")
    }
  }

  /// The smallest member that holds all that is wrong.
  @Test func theMemberThatBreaksARuleIsLeftOut() throws {
    try expect(
      "{properties: {a: {anyOf: [{type: number}, {minLength: 2}]}, l: {items: {type: number}}, u: {uniqueItems: true}}}",
      [
        (#"{"a":1}"#, "accept"), (#"{"a":"x","b":1}"#, "omit properties.a"),
        (#"{"l":["x","y",1],"u":[1,1]}"#, "omit properties.l properties.u"),
      ])
    try expect(
      "{properties: {o: {minProperties: 2, propertyNames: {maxLength: 1}}}}",
      [
        (#"{"o":{"a":1}}"#, "omit properties.o"),
        (#"{"o":{"a":1,"b":2,"cc":3}}"#, "omit properties.o.cc"),
        // Without `cc`, one member is left: the object is too small then.
        (#"{"o":{"a":1,"cc":3}}"#, "planViolation properties.o: minProperties"),
      ])
    try expect(
      "{if: {properties: {k: {const: a}}}, then: {properties: {n: {type: number}}}}",
      [(#"{"k":"a","n":"x"}"#, "omit properties.n"), (#"{"k":"b","n":"x"}"#, "accept")])
    try expect(
      "{patternProperties: {'^n': {type: number}}, additionalProperties: false}",
      [(#"{"n1":1,"n2":"x","m":1}"#, "omit properties.m properties.n2")])
  }

  @Test func whatIsMissingKeepsNothingOut() throws {
    try expect(
      "{required: [a], dependentRequired: {b: [c]}, properties: {a: {type: number}}}",
      [
        ("{}", "accept"), (#"{"b":1}"#, "accept"), (#"{"a":"x"}"#, "omit properties.a"),
      ])
  }

  /// Where no member can be named, the event is quarantined whole.
  @Test func whatCannotBeLeftOutIsKeptAside() throws {
    try expect(
      "{anyOf: [{required: [a]}, {required: [b]}], maxProperties: 2, not: {required: [z]}}",
      [
        (#"{"a":1}"#, "accept"), ("{}", "planViolation properties: anyOf"),
        (#"{"a":1,"b":1,"c":1}"#, "planViolation properties: maxProperties"),
        (#"{"a":1,"z":1}"#, "planViolation properties: not"),
      ])
    // What decides which rule holds is itself left out: the other rule is broken then.
    try expect(
      "{properties: {k: {enum: [a, b]}}, if: {required: [k]}, else: {properties: {n: {type: number}}}}",
      [
        (#"{"k":"c","n":"x"}"#, "planViolation properties.n: type"),
        (#"{"k":"c","n":1}"#, "omit properties.k"),
      ])
  }

  /// A member is planned if any part of the schema names it.
  @Test func namesAreGatheredFromTheWholeSchema() throws {
    let box = try PlanBox(
      """
      unplanned_properties: omit
      $defs: {base: {properties: {from_ref: true}, patternProperties: {'^p_': true}}}
      events:
        E:
          allOf: [{properties: {properties: {properties: {from_top: true}}}}]
          properties:
            properties:
              required: [named]
              $ref: '#/$defs/base'
        F:
          properties:
            properties:
              required: [named]
              allOf: [{$ref: '#/$defs/base'}, {properties: {from_all: true}}]
              anyOf: [{properties: {from_any: true}}, true]
              if: {properties: {from_if: true}}
              then: {properties: {from_then: true}}
              dependentSchemas: {named: {properties: {from_dependency: true}}}
              not: {properties: {excluded: false}, required: [excluded]}
        G: {properties: {properties: {allOf: [{additionalProperties: true}]}}}
      """)
    func unplanned(_ name: String, _ keys: String...) throws -> [String] {
      let members = keys.map { "\"\($0)\":1" }.joined(separator: ",")
      return try box.unplanned(
        event: #"{"type":"track","event":"\#(name)","userId":"u","properties":{\#(members)}}"#)
    }
    // Draft 7 ignores `required` next to `$ref`.
    #expect(
      try unplanned("E", "from_ref", "p_1", "from_top", "named") == ["properties.named: unplanned"])
    #expect(
      try unplanned(
        "F", "named", "from_ref", "p_1", "from_all", "from_any", "from_if", "from_then",
        "from_dependency", "x", "excluded") == [
          "properties.x: unplanned", "properties.excluded: unplanned",
        ])
    #expect(try unplanned("G", "x") == [])
    let event = #"{"type":"track","event":"F","userId":"u","properties":{"x":1,"named":1}}"#
    #expect(try text(box.action(event: event), box) == "omit properties.x")
  }
}
