// What counts as an identifier: blocked values, types of a store's own, lists, accounts.

import Bytes
import Events
import Testing

struct IdentifierReaderTests {
  /// `type=value` of all identifiers, `account=value`, and `blocked type`.
  static func read(
    _ members: String, _ rules: IdentifierRules = .standard, type: String = "identify"
  ) -> [String] {
    let symbols = SymbolTable(seed: ParserBox.seed)
    let parser = EventParser(
      symbols: symbols, seed: ParserBox.seed, source: SourceID(1), identifiers: rules)
    var batch = EventBatch()
    let line = Array(
      #"{"messageId":"m","type":"\#(type)",\#(members)}"#
        .utf8)
    parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    guard let row = batch.rows.first else { return ["no row"] }
    if case .quarantined(let problem) = row.outcome { return [problem.name] }
    return batch.identifiers[row.identifiers].map { identifier in
      let name = rules.name(of: identifier.type) ?? "?"
      let value = batch.value(of: identifier).toString()
      return switch identifier.role {
      case .person: "\(name)=\(value)"
      case .account: "account=\(value)"
      case .former: "former \(name)=\(value)"
      case .blocked: "blocked \(name)"
      }
    }
  }

  /// A2.4.
  @Test(arguments: [
    "null", " ", "[object Object]", "0", "ANONYMOUS", "None", "none", "NaN", "-1", "000-000",
    "Not_Authenticated", "\\t\\n", "TRUE", "guest", "undefined", "N/A", "n/a", "NULL", "\u{200B}",
    "\\\"undefined\\\"", "'null'", "\\\"0\\\"", " undefined", "null\u{A0}", "\\\" null \\\"",
    "'[object Object]'", "\u{FEFF}NaN", "\\\"\\\"", "'000'",
    "\u{201C}undefined\u{201D}", "\u{2018}n/a\u{2019}", "`null`", "\\\"'None'\\\"",
  ])
  func valuesThatStandForNobodyAreNoIdentifiers(value: String) {
    #expect(
      Self.read(#""userId":"\#(value)","anonymousId":"a1""#)
        == ["anonymous_id=a1", "blocked user_id"])
    #expect(Self.read(#""userId":"\#(value)""#) == ["blocked_identifier"])
  }

  @Test(arguments: [
    "Null", "NONE", "nan", "0x0", "-10", "anonymous1", "[object object]", "1", "'u'", "null'",
    "' u",
  ])
  func valuesThatOnlyLookLikeItAreIdentifiers(value: String) {
    #expect(Self.read(#""userId":"\#(value)""#) == ["user_id=\(value)"])
  }

  @Test func listsHoldSeveralAddresses() {
    #expect(
      Self.read(#""traits":{"email":["A@x.y",1," ","b@x.y"]},"properties":{"email":"c@x.y"}"#)
        == ["email=a@x.y", "email=b@x.y", "blocked email"])
    #expect(
      Self.read(#""traits":{"email":[" ",["a@x.y"]]},"properties":{"email":"c@x.y"}"#)
        == ["email=c@x.y"])
    #expect(
      Self.read(#""context":{"externalIds":[{"type":"email","id":["a@x.y","b@x.y"]}]}"#)
        == ["email=a@x.y", "email=b@x.y"])
  }

  /// An alias call means the types that are read from `userId` and `anonymousId`, whatever their names.
  @Test func aliasCallsKnowRenamedTypes() {
    let rules = IdentifierRules(entries: [
      IdentifierRules.Entry(
        type: IdentifierType(rawValue: 300), name: "customer", places: [.userID]),
      IdentifierRules.Entry(
        type: IdentifierType(rawValue: 301), name: "device", places: [.anonymousID]),
    ])
    #expect(
      Self.read(#""userId":"u","previousId":"p""#, rules, type: "alias")
        == ["customer=u", "former customer=p", "former device=p"])
  }

  /// What is listed is so before and after normalisation, in each spelling.
  @Test func listedAddressesAndNumbersAreBlockedInEachSpelling() {
    var rules = Self.rules
    rules.blocked = BlockedValues(
      values: ["Nobody@example.com"],
      exact: ["N/A", "Info@Example.com", "030 1234567"], patterns: ["test@.*"])
    for email in [
      "N/A", "info@example.com", "INFO@EXAMPLE.COM ", "nobody@Example.com", "TEST@example.com",
      "'Info@Example.com'",
    ] {
      #expect(
        Self.read(#""userId":"u","traits":{"email":"\#(email)"}"#, rules)
          == ["user_id=u", "blocked email"], "\(email)")
    }
    #expect(
      Self.read(#""userId":"u","traits":{"phone":"+49 30 123 45 67"}"#, rules)
        == ["user_id=u", "blocked phone"])
  }

  /// Listed values hold in any case of letters of any script, composed or not; exact ones as they are.
  @Test func listedValuesHoldInAnyCase() {
    var rules = Self.rules
    rules.blocked = BlockedValues(
      values: ["\u{430}ноним", "g\u{E4}st", "guest"], exact: ["\u{DC}ber"], patterns: [])
    for id in [
      "аноним", "Аноним", "АНОНИМ", "gäst", "Gäst", "GÄST", "GA\u{308}ST", "ga\u{308}st", "«Gäst»",
      "‹guest›",
      "GUEST", "Über",
    ] {
      #expect(Self.read(#""userId":"\#(id)""#, rules) == ["blocked_identifier"], "\(id)")
    }
    for id in ["über", "ÜBER", "gast", "анонимы", "gäste"] {
      #expect(Self.read(#""userId":"\#(id)""#, rules) == ["user_id=\(id)"], "\(id)")
    }
  }

  @Test func aProblemNamesWhatCannotBeRead() throws {
    func problem(_ members: String) throws -> String {
      let parser = EventParser(
        symbols: SymbolTable(seed: ParserBox.seed), seed: ParserBox.seed, source: SourceID(1),
        identifiers: Self.rules)
      var batch = EventBatch()
      let line = Array(#"{"messageId":"m","type":"identify",\#(members)}"#.utf8)
      parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
      guard case .quarantined(let problem)? = batch.rows.first?.outcome else { return "event" }
      #expect(problem.code == .blockedIdentifier)
      return problem.sentence()
    }
    #expect(try problem(#""traits":{"phone":"12"}"#).hasPrefix("the phone number"))
    #expect(try problem(#""traits":{"phone":{"n":1}}"#).hasPrefix("the phone number"))
    #expect(try problem(#""traits":{"phone":[true]}"#).hasPrefix("the phone number"))
    #expect(try problem(#""traits":{"email":"jane"}"#).hasPrefix("the email is not an address"))
    #expect(try problem(#""userId":"null""#).hasPrefix("the values of all identifiers"))
    #expect(try problem(#""traits":{"phone":"null"}"#).hasPrefix("the values of all identifiers"))
  }

  @Test(arguments: [
    ("42", "42"), ("42.0", "42"), ("4.2e1", "42"), ("420E-1", "42"), ("0.42e+2", "42"),
    ("42.000000000000000000000000000000000000", "42"), ("-7.0", "-7"), ("0.50", "0.5"),
    ("5e-1", "0.5"), ("-0.00050", "-0.0005"),
    ("12345678901234567890123", "12345678901234567890123"),
    ("12345678901234567890123.0", "12345678901234567890123"), ("1.5e3", "1500"),
    ("9007199254740993", "9007199254740993"), ("1e3", "1000"), ("10.50e0", "10.5"),
  ])
  func equalNumbersAreOneId(sent: String, id: String) {
    #expect(Self.read(#""userId":\#(sent)"#) == ["user_id=\(id)"])
    #expect(Self.read(#""anonymousId":\#(sent)"#) == ["anonymous_id=\(id)"])
    #expect(
      Self.read(#""userId":"u","context":{"groupId":\#(sent)}"#) == ["user_id=u", "account=\(id)"])
    #expect(
      Self.read(
        #""context":{"externalIds":[{"type":"crm_id","id":\#(sent)}]}"#, Self.rules)
        == ["crm_id=\(id)"])
  }

  @Test func numbersBeyondTheLimitAreNone() {
    #expect(Self.read(#""userId":1e400"#) == ["user_id=1" + String(repeating: "0", count: 400)])
    #expect(Self.read(#""userId":"u","anonymousId":1e999999999999"#).last == "blocked anonymous_id")
    #expect(Self.read(#""userId":"u","anonymousId":1e-512"#).last == "blocked anonymous_id")
    #expect(Self.read(#""userId":0.0"#) == ["blocked_identifier"])
    #expect(Self.read(#""userId":-0"#) == ["blocked_identifier"])
    // Text is text.
    #expect(Self.read(#""userId":"42.0""#) == ["user_id=42.0"])
  }

  @Test func emailsAndPhonesAreReadFromExternalIds() {
    #expect(
      Self.read(
        #""context":{"externalIds":[{"type":"email","id":"Jane@x.y"},{"type":"phone","id":"1"}]}"#)
        == ["email=jane@x.y"])
    var rules = IdentifierRules.standard
    rules.entries[0].places = [.path(["previousId"]), .path(["userId"]), .path(["context", "id"])]
    #expect(
      Self.read(#""userId":7,"previousId":"p","context":{"id":["a",8.0]}"#, rules)
        == ["user_id=p", "user_id=7", "user_id=a", "user_id=8"])
  }

  @Test func telephonesAreReadFromNumbersAndLists() {
    #expect(
      Self.read(
        #""traits":{"phones":[491711234567,4.91711234568e11,"0171 1234567",true,null,{}]}"#,
        Self.rules) == [
          "phone=+491711234567", "phone=+491711234568", "phone=+491711234567",
          "blocked phone", "blocked phone",
        ])
  }

  /// A number without a calling code is of the country that its event says, next to it or of the person.
  @Test(arguments: [
    (#""traits":{"phone":"20123456"}"#, ["phone=+4920123456"]),
    (#""traits":{"phone":"20123456","country":"DK"}"#, ["phone=+4520123456"]),
    (#""traits":{"phone":"20123456","address":{"country":"Denmark"}}"#, ["phone=+4520123456"]),
    (#""traits":{"phone":20123456,"address":{"countryCode":"dk"}}"#, ["phone=+4520123456"]),
    (#""traits":{"phone":"20123456","country_code":"DNK"}"#, ["phone=+4520123456"]),
    (
      #""traits":{"phone":"20123456","country":"AT","address":{"country":"DK"}}"#,
      ["phone=+4520123456"]
    ),
    (
      #""traits":{"phone":"20123456","country":"DK","address":{"country":" "}}"#,
      ["phone=+4520123456"]
    ),
    (
      #""traits":{"phone":"20123456","countryCode":"45","country":"DK"}"#, ["phone=+4520123456"]
    ),
    (#""traits":{"phone":"20123456","country":null,"address":{}}"#, ["phone=+4920123456"]),
    (#""traits":{"phone":"20123456","address":"Denmark"}"#, ["phone=+4920123456"]),
    (#""traits":{"phone":"20123456","country":"XX"}"#, ["blocked phone"]),
    (#""traits":{"phone":"20123456","country":["DK"]}"#, ["blocked phone"]),
    (#""traits":{"phone":"20123456","country":false}"#, ["blocked phone"]),
    (#""traits":{"phone":"20123456","country":45}"#, ["blocked phone"]),
    (#""traits":{"phone":"+49 20123456","country":"DK"}"#, ["phone=+4920123456"]),
    (#""traits":{"phone":"0049 20123456","country":"DK"}"#, ["phone=+4920123456"]),
    (#""traits":{"phone":"+4920123456","country":"XX"}"#, ["phone=+4920123456"]),
    (
      #""traits":{"phones":["20123456","+4930123456"],"country":"DK"}"#,
      ["phone=+4520123456", "phone=+4930123456"]
    ),
    (
      #""context":{"traits":{"country":"DK","phone":"20123456"}},"traits":{"country":"AT"}"#,
      ["phone=+4520123456"]
    ),
    (
      #""traits":{"phone":"20123456"},"context":{"traits":{"address":{"country":"DK"}}}"#,
      ["phone=+4520123456"]
    ),
    (
      #""context":{"externalIds":[{"type":"phone","id":"20123456"}]},"traits":{"country":"DK"}"#,
      ["phone=+4520123456"]
    ),
    (
      #""properties":{"to":{"phone":"20123456","country":"DK"}},"traits":{"country":"AT"}"#,
      ["phone=+4520123456"]
    ),
  ])
  func aNumberIsOfTheCountryThatItsEventSays(members: String, phones: [String]) {
    var rules = Self.rules
    rules.entries[3].places += [
      .path(["context", "traits", "phone"]), .path(["properties", "to", "phone"]),
      .external("phone"),
    ]
    #expect(Self.read(#""userId":"u",\#(members)"#, rules) == ["user_id=u"] + phones)
  }

  /// A text that is not an address does not hide one.
  @Test func theFirstAddressCounts() {
    #expect(
      Self.read(#""traits":{"email":"none"},"properties":{"email":"b@x.y"}"#)
        == ["email=b@x.y", "blocked email"])
    #expect(
      Self.read(#""traits":{"email":"a@x.y"},"properties":{"email":"b@x.y"}"#) == ["email=a@x.y"])
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
    for value in ["true", "{}", "[1]"] {
      #expect(
        Self.read(#""userId":"u","context":{"groupId":\#(value)}"#)
          == ["user_id=u", "blocked group_id"])
    }
    #expect(Self.read(#""userId":"u","context":{"groupId":null}"#) == ["user_id=u"])
    #expect(Self.read(#""userId":"u","context":{"groupId":""}"#) == ["user_id=u"])
  }

  /// The identifiers of a line, as `role type=value`, or what is wrong with it.
  private static func identifiers(ofLine line: String) -> [String] {
    let symbols = SymbolTable(seed: ParserBox.seed)
    let parser = EventParser(
      symbols: symbols, seed: ParserBox.seed, source: SourceID(1), identifiers: rules)
    var batch = EventBatch()
    parser.parse(Array(line.utf8).span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    if case .quarantined(let problem)? = batch.rows.first?.outcome { return [problem.name] }
    return batch.identifiers.map {
      "\($0.role) \(rules.name(of: $0.type) ?? "?")=\(batch.value(of: $0).toString())"
    }
  }

  /// What a group call says of its account identifies no person; all else in it does.
  @Test(arguments: [
    (#""traits":{"email":"info@acme.com","phone":"+49305550100"}"#, []),
    (
      #""traits":{"email":"info@acme.com"},"context":{"traits":{"email":"a@b.com"}}"#,
      ["person email=a@b.com"]
    ),
    (
      #""traits":{"email":"info@acme.com"},"properties":{"email":"a@b.com"}"#,
      ["person email=a@b.com"]
    ),
    (
      #""context":{"externalIds":[{"type":"email","id":"a@b.com"}]},"traits":{"email":"x@y.z"}"#,
      ["person email=a@b.com"]
    ),
    (
      #""anonymousId":"d","traits":{"email":"\#(String(repeating: "x", count: 600))@y.z"}"#,
      ["person anonymous_id=d"]
    ),
  ]) func traitsOfAccountsIdentifyNobody(members: String, persons: [String]) {
    let group = #"{"type":"group","messageId":"m","groupId":"acme",\#(members)}"#
    #expect(Self.identifiers(ofLine: group) == persons + ["account group_id=acme"])
  }

  @Test(arguments: [
    (#""context":{"groupId":"acme"}"#, ["account group_id=acme"]),
    (#""groupId":"","context":{"groupId":"acme"}"#, ["account group_id=acme"]),
    (
      #""groupId":null,"userId":"u","context":{"groupId":7}"#,
      ["person user_id=u", "account group_id=7"]
    ),
    (
      #""groupId":"n/a","context":{"groupId":"acme"}"#,
      ["account group_id=acme", "blocked group_id="]
    ),
    (#""userId":"u","context":{}"#, ["missing_group_id"]),
    (#""groupId":"n/a""#, ["blocked_identifier"]),
    (#""userId":"u","groupId":"null""#, ["person user_id=u", "blocked group_id="]),
    (#""userId":"u","context":{"groupId":{"id":1}}"#, ["person user_id=u", "blocked group_id="]),
    (#""groupId":"","userId":"u""#, ["missing_group_id"]),
  ]) func aGroupCallNamesItsAccountInEitherPlace(members: String, identifiers: [String]) {
    let line = #"{"type":"group","messageId":"m",\#(members)}"#
    #expect(Self.identifiers(ofLine: line) == identifiers)
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
