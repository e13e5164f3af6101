// What counts as an identifier: blocked values, types of a store's own, lists, accounts.

import Bytes
import Events
import Testing

struct IdentifierReaderTests {
  /// `type=value` of all identifiers, `account=value`, and `blocked type`.
  static func read(_ members: String, _ rules: IdentifierRules = .standard) -> [String] {
    let symbols = SymbolTable(seed: ParserBox.seed)
    let parser = EventParser(
      symbols: symbols, seed: ParserBox.seed, source: SourceID(1), identifiers: rules)
    var batch = EventBatch()
    let line = Array(#"{"messageId":"m","type":"identify",\#(members)}"#.utf8)
    parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    guard let row = batch.rows.first else { return ["no row"] }
    if case .quarantined(let problem) = row.outcome { return [problem.name] }
    return batch.identifiers[row.identifiers].map { identifier in
      let name = rules.name(of: identifier.type) ?? "?"
      let value = batch.value(of: identifier).toString()
      return switch identifier.role {
      case .person: "\(name)=\(value)"
      case .account: "account=\(value)"
      case .blocked: "blocked \(name)"
      }
    }
  }

  /// A2.4.
  @Test(arguments: [
    "null", " ", "[object Object]", "0", "ANONYMOUS", "None", "none", "NaN", "-1", "000-000",
    "Not_Authenticated", "\\t\\n", "TRUE", "guest", "undefined",
  ])
  func valuesThatStandForNobodyAreNoIdentifiers(value: String) {
    #expect(
      Self.read(#""userId":"\#(value)","anonymousId":"a1""#)
        == ["anonymous_id=a1", "blocked user_id"])
    #expect(Self.read(#""userId":"\#(value)""#) == ["blocked_identifier"])
  }

  @Test(arguments: ["Null", "NONE", "nan", "0x0", "-10", "anonymous1", "[object object]", "1"])
  func valuesThatOnlyLookLikeItAreIdentifiers(value: String) {
    #expect(Self.read(#""userId":"\#(value)""#) == ["user_id=\(value)"])
  }

  @Test func absentIdentifiersAreNotBlocked() {
    #expect(Self.read(#""userId":null,"anonymousId":"""#) == ["missing_identifier"])
    #expect(Self.read(#""userId":0,"anonymousId":"a""#) == ["anonymous_id=a", "blocked user_id"])
  }

  private static let rules: IdentifierRules = {
    var rules = IdentifierRules.standard
    let custom = IdentifierType.firstCustom
    rules.country = CountryCode("DE")
    rules.entries.append(
      .init(
        type: .phone, name: "phone",
        places: [.path(["traits", "phone"]), .path(["traits", "phones"])], normaliser: .phone))
    rules.entries.append(.init(type: custom, name: "crm_id", places: [.external("crm_id")]))
    rules.blocked.patterns.append("test-[0-9]+")
    return rules
  }()

  @Test func rulesSayWhereIdentifiersAre() {
    #expect(
      Self.read(
        #""userId":"u","context":{"externalIds":[{"type":"x","id":"1"},"#
          + #"{"id":"c9","type":"crm_id","collection":"users"},{"type":"crm_id"}]},"#
          + #""traits":{"phones":["030 1234567","0049 30 7654321","none"],"phone":"030 55555"}"#,
        Self.rules) == [
          "user_id=u", "phone=+493055555", "phone=+49301234567", "phone=+49307654321", "crm_id=c9",
          "blocked phone",
        ])
    #expect(Self.read(#""userId":"test-12","anonymousId":"test-"#, Self.rules).count == 1)
    #expect(
      Self.read(#""userId":"test-12","anonymousId":"test-""#, Self.rules)
        == ["anonymous_id=test-", "blocked user_id"])
  }

  @Test func theAccountIsThatOfTheCallOrElseOfItsContext() {
    #expect(
      Self.read(#""userId":"u","context":{"groupId":"g1"},"groupId":"no group call""#)
        == ["user_id=u", "account=g1"])
    let symbols = SymbolTable(seed: ParserBox.seed)
    let parser = EventParser(symbols: symbols, seed: ParserBox.seed, source: SourceID(1))
    var batch = EventBatch()
    let line = Array(
      #"{"type":"group","messageId":"m","userId":"u","groupId":"g2","context":{"groupId":"g1"}}"#
        .utf8)
    parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    #expect(batch.identifiers.map { batch.value(of: $0).toString() } == ["u", "g2"])
    #expect(
      Self.read(#""userId":"u","context":{"groupId":"null"}"#) == ["user_id=u", "blocked group_id"])
  }

  @Test func moreIdentifiersThanOneEventMayHaveAreCounted() {
    let list = (10..<110).map { "\"+4930555\($0)\"" }.joined(separator: ",")
    let found = Self.read(#""userId":"u","traits":{"phones":[\#(list)]}"#, Self.rules)
    #expect(found.filter { $0.hasPrefix("phone=") }.count == 63)
    #expect(found.filter { $0 == "blocked phone" }.count == 37)
  }

  @Test func rulesReadBackAsTheyWereWritten() throws {
    var writer = ByteWriter()
    Self.rules.encode(into: &writer)
    var reader = ByteReader(writer.bytes.span.bytes)
    #expect(try IdentifierRules(&reader) == Self.rules)
    for end in 0..<writer.bytes.count {
      var cut = ByteReader(writer.bytes.span.bytes.extracting(0..<end))
      #expect(throws: DecodeError.self) { try IdentifierRules(&cut) }
    }
  }

  @Test(arguments: [
    ("[a-c]+x?", ["a", "abcx", "ccc"], ["", "x", "abd", "abcxx"]),
    (
      ".*@test\\.example", ["@test.example", "a@test.example"],
      ["a@testXexample", "a@test.example."]
    ),
    ("[^0-9]*", ["", "abc"], ["a1"]),
  ])
  func patternsMatchWholeValues(pattern: String, matching: [String], others: [String]) {
    let rules = IdentifierRules(
      entries: IdentifierRules.standard.entries, blocked: BlockedValues(patterns: [pattern]))
    for value in matching where !value.isEmpty {
      #expect(Self.read(#""userId":"\#(value)""#, rules) == ["blocked_identifier"], "\(value)")
    }
    for value in others where !value.isEmpty {
      #expect(Self.read(#""userId":"\#(value)""#, rules) == ["user_id=\(value)"], "\(value)")
    }
  }

  @Test(arguments: ["(a|b)", "a|b", "[a", "*a", "a**", "a{2}", "[z-a]", "a\\"])
  func otherPatternsAreRefused(pattern: String) { #expect(BlockedPattern(pattern) == nil) }
}
