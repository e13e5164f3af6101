// Values taken out of events and lines: what is left is what would have been stored had they not been sent.

import Bytes
import Events
import Testing

struct RemovalTests {
  private static let rules: IdentifierRules = {
    var rules = IdentifierRules.standard
    rules.entries.insert(
      IdentifierRules.Entry(
        type: IdentifierType(rawValue: 300), name: "crm",
        places: [.path(["traits", "crm"]), .external("crm"), .path(["groupId"])]),
      at: 1)
    rules.entries.append(
      IdentifierRules.Entry(
        type: IdentifierType(rawValue: 301), name: "stamp",
        places: [.path(["anonymousId"]), .path(["timestamp"])]))
    rules.entries.append(
      IdentifierRules.Entry(
        type: .phone, name: "phone", places: [.path(["traits", "phone"])], normaliser: .phone))
    rules.country = CountryCode("DE")
    return rules
  }()

  private let symbols = SymbolTable(seed: ParserBox.seed)

  private func payload(_ line: String) throws -> [UInt8] {
    let parser = EventParser(
      symbols: symbols, seed: ParserBox.seed, source: SourceID(1), identifiers: Self.rules)
    var batch = EventBatch()
    parser.parse(Array(line.utf8).span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    let row = try #require(batch.rows.first)
    try #require(row.outcome == .event, "\(line)")
    return batch.payload(of: row).toArray()
  }

  /// The payload of an event without some identifiers, by name and as they are compared; nil if it cannot be
  /// without one of them.
  private func rest(_ line: String, without gone: Set<String>) throws -> [UInt8]? {
    let bytes = try payload(line)
    let event = try EventView(bytes.span.bytes)
    let reader = IdentifierReader(Self.rules, symbols: symbols)
    var offsets: [Int] = []
    var scratch: [UInt8] = []
    var isFixed = false
    try IdentifierPlaces(Self.rules, symbols: symbols).visit(event) {
      (value, step, offset) throws(DecodeError) in
      guard try reader.identifier(of: value, as: step, in: event, into: &scratch),
        gone.contains("\(step.entry.name)=\(String(decoding: scratch, as: UTF8.self))")
      else { return }
      if let offset { offsets.append(offset) } else { isFixed = true }
    }
    return isFixed ? nil : try event.payload(without: offsets)
  }

  private static let long = String(repeating: "long ", count: 40)

  /// What goes, the members of an event with it, and without.
  static let events: [(String, String, String)] = [
    ("email=a@b", #""traits":{"email":"A@b ","x":1}"#, #""traits":{"x":1}"#),
    (
      "email=a@b", #""traits":{"x":"\#(long)","email":"a@b"},"properties":{"email":"c@d"}"#,
      #""traits":{"x":"\#(long)"},"properties":{"email":"c@d"}"#
    ),
    (
      "email=a@b",
      #""properties":{"email":"a@b"},"traits":{"email":" "},"context":{"traits":{"email":"a@b"},"n":null}"#,
      #""properties":{},"traits":{"email":" "},"context":{"traits":{},"n":null}"#
    ),
    (
      "email=c@d", #""traits":{"email":"a@b"},"properties":{"email":"c@d","email2":"c@d"}"#,
      #""traits":{"email":"a@b"},"properties":{"email2":"c@d"}"#
    ),
    (
      "email=a@b", #""traits":{"email":["A@b",1,["a@b"],"c@d"]}"#,
      #""traits":{"email":[1,["a@b"],"c@d"]}"#
    ),
    (
      "email=a@b", #""traits":{"email":["a@b"]},"properties":{"email":"c@d"}"#,
      #""traits":{"email":[]},"properties":{"email":"c@d"}"#
    ),
    (
      "crm=1", #""context":{"externalIds":[{"type":"crm","id":[2,"1"]},{"type":"crm","id":[2]}]}"#,
      #""context":{"externalIds":[{"type":"crm","id":[2]}]}"#
    ),
    ("anonymous_id=7", #""anonymousId":7,"n":7"#, #""n":7"#),
    ("stamp=a", #""anonymousId":"a""#, ""),
    ("crm=1", #""traits":{"crm":[1,"1",2,[1],{"crm":1}]}"#, #""traits":{"crm":[2,[1],{"crm":1}]}"#),
    ("crm=1", #""traits":{"crm":"1","y":[]}"#, #""traits":{"y":[]}"#),
    (
      "crm=1",
      #""context":{"externalIds":[{"type":"crm","id":"1"},{"type":"x","id":"1"},{"id":1,"type":"crm"}]}"#,
      #""context":{"externalIds":[{"type":"x","id":"1"}]}"#
    ),
    ("crm=g", #""groupId":"g","context":{"groupId":"g"}"#, #""context":{"groupId":"g"}"#),
    ("email=z@z", #""traits":{"email":"a@b"}"#, #""traits":{"email":"a@b"}"#),
  ]

  @Test(arguments: events) func whatIsLeftIsWhatCouldHaveBeenSent(
    gone: String, with: String, without: String
  ) throws {
    func line(_ members: String) -> String {
      let more = members.isEmpty ? "" : "," + members
      return #"{"type":"identify","messageId":"m","userId":"u"\#(more)}"#
    }
    #expect(try rest(line(with), without: [gone]) == payload(line(without)))
  }

  @Test func anAliasLosesWhoItWas() throws {
    let line = #"{"type":"alias","messageId":"m","userId":"u","previousId":"p","x":1}"#
    let bytes = try #require(try rest(line, without: ["anonymous_id=p"]))
    var json = ByteWriter()
    try EventView(bytes.span.bytes).writeJSON(to: &json, names: symbols.names())
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"type":"alias","messageId":"m","userId":"u","x":1}"#)
    // In other calls the member means nothing.
    let other = line.replacing("alias", with: "identify")
    #expect(try rest(other, without: ["anonymous_id=p"]) == payload(other))
  }

  /// What an account's traits say stays, although the same text goes from everywhere else.
  @Test func aGroupCallKeepsWhatItSaysOfTheAccount() throws {
    func line(_ members: String) -> String {
      #"{"type":"group","messageId":"m","groupId":"g","traits":{"email":"a@b","crm":1}\#(members)}"#
    }
    let left = try rest(
      line(#","properties":{"email":"a@b"}"#), without: ["email=a@b", "crm=1"])
    #expect(left == (try payload(line(#","properties":{}"#))))
    let quarantined = line(#","time":[]"#)
    #expect(lineRest(quarantined, without: ["email=a@b", "crm=1"]) == .unchanged)
    #expect(
      lineRest(#"{"type":"group","traits":{"email":"a@b"}}"#, without: ["email=a@b"]) == .nothing)
  }

  /// Digits are those of the person who says the country, in events and in lines that are none.
  @Test(arguments: [
    (#"{"phone":"20123456","country":"DK"}"#, "+4520123456"),
    (#"{"phone":"20123456","address":{"countryCode":"DK"}}"#, "+4520123456"),
    (#"{"phone":"20123456","country":null}"#, "+4920123456"),
    (#"{"phone":"20123456","country":true}"#, nil),
    (#"{"phone":"20123456","country":"XX"}"#, nil),
  ])
  func numbersAreThoseOfTheirCountry(traits: String, number: String?) throws {
    let members = #""messageId":"m","userId":"u","traits":\#(traits)"#
    for erased in ["+4520123456", "+4920123456"] {
      let event = #"{"type":"identify",\#(members)}"#
      let line = #"{"type":"dance",\#(members)}"#
      let whole = try payload(event)
      let left = try rest(event, without: ["phone=\(erased)"])
      #expect((left == whole) == (erased != number))
      let isUnchanged = lineRest(line, without: ["phone=\(erased)"]) == .unchanged
      #expect(isUnchanged == (erased != number))
    }
  }

  @Test func anEventKeepsItsTimes() throws {
    let line = #"{"type":"page","messageId":"m","userId":"u","timestamp":"2026-01-01T00:00:00Z"}"#
    #expect(try rest(line, without: ["stamp=2026-01-01T00:00:00Z"]) == nil)
  }

  private func lineRest(_ line: String, without gone: Set<String>) -> LineIdentifiers.Rest {
    let reader = IdentifierReader(Self.rules, symbols: symbols)
    var lines = LineIdentifiers(Self.rules, reader)
    return lines.rest(of: Array(line.utf8).span.bytes) { type, value in
      gone.contains("\(Self.rules.name(of: type) ?? "")=\(value.toString())")
    }
  }

  /// What goes, a line with it, and what is left.
  static let lines: [(String, String, String)] = [
    (
      "email=a@b", #"{ "type":"dance", "userId":"u", "traits":{"email":"A@b", "x":1} }"#,
      #"{ "type":"dance", "userId":"u", "traits":{ "x":1} }"#
    ),
    (
      "email=a@b", #"{"userId":"u","properties":{"x":1 , "email":"a@b"}}"#,
      #"{"userId":"u","properties":{"x":1 }}"#
    ),
    (
      "email=a@b", #"{"userId":"u","traits":{"\u0065mail":"a\u0040b"}}"#,
      #"{"userId":"u","traits":{}}"#
    ),
    (
      "crm=1", #"{"userId":"u","traits":{"crm":[1,2,"1"]}}"#,
      #"{"userId":"u","traits":{"crm":[2]}}"#
    ),
    ("crm=1", #"{"userId":"u","traits":{"crm":[1,"1"]}}"#, #"{"userId":"u","traits":{"crm":[]}}"#),
    (
      "crm=1",
      #"{"userId":"u","context":{"externalIds":[{"id":"1","type":"crm"},{"id":"1","type":"x"}]}}"#,
      #"{"userId":"u","context":{"externalIds":[{"id":"1","type":"x"}]}}"#
    ),
    (
      "anonymous_id=p", #"{"type":"alias","userId":"u","previousId":"p","time":[]}"#,
      #"{"type":"alias","userId":"u","time":[]}"#
    ),
    // Every member of a name, and every container of one.
    (
      "email=a@b", #"{"userId":"u","traits":{"email":"a@b","email":"c@d"}}"#,
      #"{"userId":"u","traits":{"email":"c@d"}}"#
    ),
    (
      "email=a@b", #"{"userId":"u","traits":{"email":"a@b"},"traits":{"x":1,"email":"A@b"}}"#,
      #"{"userId":"u","traits":{},"traits":{"x":1}}"#
    ),
    (
      "crm=1",
      #"{"userId":"u","context":{"externalIds":[{"id":"1","id":"2","type":"x","type":"crm"}]},"context":{}}"#,
      #"{"userId":"u","context":{"externalIds":[]},"context":{}}"#
    ),
    (
      "email=a@b", #"{"userId":"u","traits":{"email":["a@b",1,"c@d"]}}"#,
      #"{"userId":"u","traits":{"email":[1,"c@d"]}}"#
    ),
    (
      "crm=1", #"{"userId":"u","context":{"externalIds":[{"type":"crm","id":[1,2]}]}}"#,
      #"{"userId":"u","context":{"externalIds":[]}}"#
    ),
    ("anonymous_id=a", #"{"anonymousId":"a","userId":"u"}"#, #"{"userId":"u"}"#),
    ("anonymous_id=a", #"{"userId":"u","anonymousId":"a"}"#, #"{"userId":"u"}"#),
  ]

  @Test(arguments: lines) func aLineLosesTheMemberAndNoMore(
    gone: String, line: String, left: String
  ) {
    #expect(lineRest(line, without: [gone]) == .line(Array(left.utf8)))
    #expect(lineRest(left, without: [gone]) == .unchanged)
  }

  /// An object in place of a list is not a place of the rules, and is not cut in two.
  @Test func anObjectInPlaceOfAListStays() {
    let line = #"{"userId":"v","context":{"externalIds":{"type":"crm","id":"1"}}}"#
    #expect(lineRest(line, without: ["crm=1"]) == .unchanged)
  }

  @Test(arguments: [
    #"{"type":"dance","userId":"u"}"#, #"{"userId":"null","traits":{"email":"a@b"}}"#,
    #"{"type":"dance","to":"u"}"#, #"["userId","u"]"#, #"{"userId":"u""#, "u;1", "", "{}",
    #"{"userId":{"a":"u"}}"#,
  ])
  func aLineOfNobodyElseGoes(line: String) {
    #expect(lineRest(line, without: ["user_id=u", "email=a@b"]) == .nothing)
  }

  @Test func deepNestingEndsTheDescent() {
    let deep =
      #"{"userId":"v","x":"# + String(repeating: "[", count: 5000)
      + String(repeating: "]", count: 5000) + "}"
    #expect(lineRest(deep, without: ["user_id=u"]) == .nothing)
  }
}
