// Lists as values: what a condition over an event says of a list holds for the list once it is kept, too.

import Bytes
import Events
import Testing

@testable import Profiles

@Suite struct ListValueTests {
  private static let list =
    #"["vip","a \"q\", [x]","é","",7,"8",1.50,true,null,[1,"in"],{"k":["vip2"]}]"#

  private func kept(_ json: String) -> FieldValue { .json(Array(json.utf8)) }

  @Test func elementsAreFound() throws {
    let elements = try #require(kept(Self.list).elements)
    #expect(elements.count == 11)
    #expect(elements[0] == .string(Array("vip".utf8)))
    #expect(elements[1] == .string(Array(#"a "q", [x]"#.utf8)))
    #expect(elements[2] == .string(Array("é".utf8)))
    #expect(elements[3] == .string([]))
    #expect(elements[4] == .number(Array("7".utf8)))
    #expect(elements[6] == .number(Array("1.50".utf8)))
    #expect(elements[7] == .bool(true))
    #expect(elements[8] == nil)
    #expect(elements[9] == kept(#"[1,"in"]"#))
    #expect(elements[10] == kept(#"{"k":["vip2"]}"#))
    #expect(kept("[]").elements?.isEmpty == true)
  }

  @Test(arguments: [
    "{}", #"{"a":1}"#, "[", "]", "[,]", "[1,]", "[1", "[1]x", "[\"a", "[\"\\", "", "[[]", "[1 2",
    "7",
  ])
  func whatIsNoListHasNone(text: String) {
    // `[1 2` and the like never come from an event, but from a damaged cell.
    #expect(kept(text).elements == nil, "\(text)")
  }

  @Test(arguments: [
    ("contains \"vip\"", true), ("contains \"VIP\"", false), ("contains \"vi\"", false),
    ("contains \"vip2\"", false), ("contains \"in\"", false), ("contains 7", true),
    ("contains \"7\"", true), ("contains 8", true), ("contains 1.5", true),
    ("contains true", true), ("contains false", false), ("contains \"\"", true),
    ("contains \"é\"", true), ("contains \"a \\\"q\\\", [x]\"", true), ("= \"vip\"", false),
    ("!= \"vip\"", true), ("in [\"vip\", 7]", false), ("> 1", false), ("<= 7", false),
    ("starts_with \"v\"", false),
  ])
  func aKeptListIsTestedLikeOneInAnEvent(test: String, expected: Bool) throws {
    let holds = try holds("properties.v \(test)", "\"v\":\(Self.list)")
    #expect(holds == expected, "in the event")
    guard !test.hasPrefix("in"), !test.hasPrefix("starts") else { return }
    let condition = try EventCondition(parsing: "properties.v \(test)")
    guard case .test(.comparison(_, let operation, let literal)) = condition else {
      Issue.record("\(test) is a comparison")
      return
    }
    let comparison = CompiledComparison(operation, literal)
    #expect(comparison.matches(kept(Self.list)) == expected, "kept")
  }

  @Test(arguments: [
    ("length(properties.v) = 11", true), ("length(properties.e) = 0", true),
    ("length(properties.o) >= 0", false), ("length(properties.n) >= 0", false),
    ("uppercase(properties.v) contains \"VIP\"", true),
    ("uppercase(properties.v) contains \"vip\"", false),
    ("length(lowercase(properties.v)) = 11", true), ("lowercase(properties.o) = \"x\"", false),
    ("exists(properties.e)", true),
  ])
  func functionsOfListsAreOfTheirElements(condition: String, expected: Bool) throws {
    let holds = try holds(
      condition, "\"v\":\(Self.list),\"e\":[],\"o\":{\"a\":1},\"n\":12")
    #expect(holds == expected)
  }

  private func holds(_ condition: String, _ properties: String) throws -> Bool {
    let events = TestEvents()
    let payload = try events.payload("\"event\":\"A\",\"properties\":{\(properties)}")
    let predicate = try EventPredicate(EventCondition(parsing: condition), names: events.symbols)
    return try predicate.matches(EventView(payload.span.bytes))
  }

  @Test func equalNumbersOfAnyLengthAreOneValue() {
    func canonical(_ text: String) -> FieldValue { FieldValue.number(Array(text.utf8)).canonical }
    #expect(canonical("0.12345678901") == canonical("0.123456789010"))
    #expect(canonical("1e40") == canonical("10e39"))
    #expect(canonical("0.12345678901") != canonical("0.12345678902"))
    #expect(canonical("7.0") == .number(Array("7".utf8)))
  }
}
