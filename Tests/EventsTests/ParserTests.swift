// What the parser makes of valid lines: rows, times, identifiers, hashes.

import Bytes
import Events
import Testing

@Suite struct ParserTests {
  static let order =
    #"{"type":"track","event":"Order Completed","messageId":"m-1","userId":"u1","#
    + #""timestamp":"1997-01-01T12:00:00.000Z","#
    + #""properties":{"order_id":"o000001","revenue":11.77,"currency":"USD","quantity":1}}"#

  @Test func anOrderBecomesARow() throws {
    let box = ParserBox()
    let batch = box.parse(Self.order + "\n")
    try #require(batch.rows.count == 1)
    let row = batch.rows[0]
    #expect(row.outcome == .event)
    #expect(row.line == 1 && row.offset == 0)
    #expect(row.type == .track)
    #expect(row.name == (try box.symbol("Order Completed")))
    #expect(row.time == Timestamp("1997-01-01T12:00:00Z"))
    #expect(row.identifiers == 0..<1)
    #expect(batch.identifiers[0].type == .userID)
    #expect(batch.value(of: batch.identifiers[0]).toString() == "u1")
    let names = Set(batch.symbols.map(\.value))
    #expect(names.count == batch.symbols.count)
    let used = ["Order Completed", "properties", "order_id", "revenue", "currency", "quantity"]
    #expect(names == Set(try used.map { try box.symbol($0).value }))
  }

  @Test func aStoredOrderCanBeRead() throws {
    let box = ParserBox()
    let batch = box.parse(Self.order)
    let view = try EventView(batch.payload(of: batch.rows[0]))
    #expect(view.type == .track)
    #expect(batch.rows[0].time == Timestamp("1997-01-01T12:00:00Z"))
    #expect(view.name == batch.rows[0].name)
    #expect(try view.withName(box.symbols.names()) { $0.toString() } == "Order Completed")
    #expect(try view.messageID.withText { $0.toString() } == "m-1")
    let path = try ["properties", "revenue"].map(box.symbol)
    let revenue = try #require(FixedDecimal.read("11.77").exact)
    if let value = try view.value(at: path) {
      #expect(value.kind == .number)
      #expect(value.decimal == .exact(revenue))
      #expect(try ValueView(encoded: value.encoded).decimal == .exact(revenue))
    } else {
      Issue.record("revenue not found")
    }
    let isMissing = try view.value(at: [try box.symbol("revenue")]) == nil
    #expect(isMissing)
    if let currency = try view.value(at: try ["properties", "currency"].map(box.symbol)) {
      let usd = Array("USD".utf8)
      let isUSD = try currency.equalsText(usd.span.bytes)
      #expect(isUSD)
      #expect(currency.decimal == .notANumber)
    } else {
      Issue.record("currency not found")
    }
  }

  @Test(arguments: ["track", "identify", "page", "screen", "group", "alias"])
  func allSixCallsParse(type: String) throws {
    let name = type == "track" ? #","event":"E""# : ""
    let line =
      #"{"type":"\#(type)"\#(name),"messageId":"m","userId":"u","groupId":"g","previousId":"p","x":null}"#
    #expect(try ParserBox().roundTrip(line) == line)
    let row = ParserBox().parse(line).rows[0]
    #expect(row.type.map { "\($0.name)" } == type)
    #expect(row.time == nil)
    #expect((row.name != nil) == (type == "track"))
  }

  @Test func identifiersComeInOrderOfPriority() throws {
    let box = ParserBox()
    let batch = box.parse(
      #"{"anonymousId":"6f1c0a52-9e8b-4a3d-8f2e-1234567890ab","traits":{"email":" A.B@X.org\t"},"#
        + #""userId":42,"messageId":7,"type":"identify"}"#)
    let row = batch.rows[0]
    #expect(row.outcome == .event)
    let found = batch.identifiers[row.identifiers].map { ($0.type, batch.value(of: $0).toString()) }
    let expected: [(IdentifierType, String)] = [
      (.userID, "42"), (.email, "a.b@x.org"),
      (.anonymousID, "6f1c0a52-9e8b-4a3d-8f2e-1234567890ab"),
    ]
    #expect(found.elementsEqual(expected, by: ==))
    // The log alone gives the same identifiers and hashes.
    var again: [(IdentifierType, String)] = []
    var hashes: [Hash128] = []
    let view = try EventView(batch.payload(of: row))
    try view.forEachIdentifier(box.symbols) { type, text in
      again.append((type, text.toString()))
      hashes.append(EventHash.identifier(type, text, seed: ParserBox.seed))
    }
    #expect(again.elementsEqual(expected, by: ==))
    #expect(hashes == batch.identifiers[row.identifiers].map(\.hash))
    let hash = view.messageHash(source: SourceID(1), seed: ParserBox.seed)
    #expect(hash == row.messageHash)
  }

  @Test(arguments: [
    (#""traits":{"email":"t@x"},"context":{"traits":{"email":"c@x"}}"#, ["t@x"]),
    (
      #""context":{"a":{"email":"no"},"traits":{"email":"C@x"}},"properties":{"email":"p@x"}"#,
      ["c@x"]
    ),
    (#""traits":{"email":"  "},"properties":{"email":"p@x","traits":{"email":"no"}}"#, ["p@x"]),
    (#""traits":{"email":null},"context":{"traits":null},"properties":{"email":5}"#, []),
    (#""email":"top@x","context":{"email":"no@x"}"#, []),
    (#""properties":{"email":"p\u0040x"}"#, ["p@x"]),
  ])
  func emailIsTakenFromThreePlaces(members: String, expected: [String]) throws {
    let box = ParserBox()
    let batch = box.parse(#"{"type":"identify","messageId":"m","userId":"u",\#(members)}"#)
    let row = batch.rows[0]
    #expect(row.outcome == .event)
    let emails = batch.identifiers.filter { $0.type == .email }.map {
      batch.value(of: $0).toString()
    }
    #expect(emails == expected)
    var stored: [String] = []
    try EventView(batch.payload(of: row)).forEachIdentifier(box.symbols) { type, text in
      if type == .email { stored.append(text.toString()) }
    }
    #expect(stored == expected)
  }

  @Test func emptyAndNullIdentifiersAreAbsent() {
    let box = ParserBox()
    let line = #"{"type":"page","messageId":"m","userId":null,"anonymousId":""}"#
    #expect(box.verdict(line) == "missing_identifier")
    let batch = box.parse(#"{"type":"page","messageId":"m","userId":"","anonymousId":"a"}"#)
    #expect(batch.identifiers.map(\.type) == [.anonymousID])
  }

  @Test func duplicatesShareAHashAndSourcesDoNot() throws {
    let line = #"{"type":"page","messageId":"A","userId":"u"}"#
    let escaped = #"{"messageId":"\u0041","userId":"v","type":"page"}"#
    let other = #"{"type":"page","messageId":"B","userId":"u"}"#
    let batch = ParserBox().parse([line, escaped, other].joined(separator: "\n"))
    #expect(batch.rows[0].messageHash == batch.rows[1].messageHash)
    #expect(batch.rows[0].messageHash != batch.rows[2].messageHash)
    let first = try EventView(batch.payload(of: batch.rows[0]))
    let areOne = try [1, 2].map { index in
      first.hasSameID(as: try EventView(batch.payload(of: batch.rows[index])))
    }
    #expect(areOne == [true, false])
    let elsewhere = ParserBox(source: 2).parse(line)
    #expect(elsewhere.rows[0].messageHash != batch.rows[0].messageHash)
  }

  /// A number and its text are one id however the number is written, as they are one identifier.
  @Test(arguments: [
    ("1", ["1.0", "1e0", "10E-1", #""1""#], ["1.1", "10", "-1.5", #""1.0""#, #""1e0""#]),
    ("-0.50", ["-5e-1", #""-0.5""#], ["0.5", #""-0.50""#]),
    ("12345678901234567890", ["1.2345678901234567890e19"], ["12345678901234567891"]),
    // Beyond what is written out, a number is what it was sent as.
    ("1e600", ["1e600"], ["10e599"]),
  ])
  func numbersAreOneMessageID(sent: String, same: [String], others: [String]) throws {
    let ids = [sent] + same + others
    let batch = ParserBox().parse(
      ids.map { #"{"type":"page","messageId":\#($0),"userId":"u"}"# }.joined(separator: "\n"))
    let first = try EventView(batch.payload(of: batch.rows[0]))
    for (index, row) in batch.rows.enumerated() {
      let isOne = index <= same.count
      let view = try EventView(batch.payload(of: row))
      #expect((row.messageHash == batch.rows[0].messageHash) == isOne, "\(ids[index])")
      let hasSameID = first.hasSameID(as: view)
      #expect(hasSameID == isOne, "\(ids[index])")
      #expect(
        view.messageHash(source: SourceID(1), seed: ParserBox.seed) == row.messageHash,
        "a replay finds \(ids[index]) by the same hash")
      let text = try view.messageID.withText { $0.toString() }
      #expect(text == ids[index].filter { $0 != "\"" }, "the id is kept as it was sent")
    }
  }

  /// Zeros stand for a missing id in every form, and are none.
  @Test(arguments: ["0", "0.0", "-0", "0e5", "-1.0", #""0.0""#, #""-0.00""#])
  func placeholdersAreFoundInEveryFormOfANumber(id: String) throws {
    let batch = ParserBox().parse(#"{"type":"page","messageId":\#(id),"userId":"u"}"#)
    let isDerived = try EventView(batch.payload(of: batch.rows[0])).idIsDerived
    #expect(isDerived)
  }

  @Test func equalEventsHaveEqualPayloads() throws {
    let box = ParserBox()
    let a = box.parse(event(properties: #"{"a":1,"b":[true,"x"]}"#))
    let b = box.parse(event(properties: #" { "\u0061" : 1 , "b" : [ true , "x" ] } "#) + "\r\n")
    let c = box.parse(event(properties: #"{"a":1.0,"b":[true,"x"]}"#))
    #expect(a.payload(of: a.rows[0]).toArray() == b.payload(of: b.rows[0]).toArray())
    #expect(a.payload(of: a.rows[0]).toArray() != c.payload(of: c.rows[0]).toArray())
  }

  @Test func linesAreCountedAndLocated() throws {
    let box = ParserBox()
    let text = "\n" + event() + "\n  \r\nnonsense\n" + event()
    var batch = EventBatch()
    let bytes = Array(text.utf8)
    box.parser.parse(bytes.span.bytes, firstLine: 10, firstOffset: 1000, into: &batch)
    #expect(batch.rows.map(\.line) == [11, 13, 14])
    let length = event().utf8.count
    #expect(batch.rows.map(\.offset) == [1001, 1006 + length, 1015 + length])
    let quarantined = batch.rows[1]
    #expect(batch.payload(of: quarantined).toString() == "nonsense")
    let nonsense = Array("nonsense".utf8)
    #expect(
      quarantined.messageHash
        == EventHash.line(
          nonsense.span.bytes, occurrence: 0, source: SourceID(1), seed: ParserBox.seed)
    )
  }

  @Test func rowsDoNotDependOnHowTheInputIsCut() throws {
    var lines: [String] = []
    for index in 0..<900 {
      switch index % 100 {
      case 7: lines.append(#"{"type":"tr"#)
      case 13: lines.append("")
      case 21: lines.append(#"{"a":"\#(String(repeating: "x", count: 40_000))"}"#)
      default: lines.append(event(properties: #"{"n":\#(index),"text":"line \#(index)"}"#))
      }
    }
    let whole = ParserBox().parse(lines.joined(separator: "\n"))
    let box = ParserBox()
    var batch = EventBatch()
    var offset = 0
    for (index, line) in lines.enumerated() {
      let bytes = Array((line + "\n").utf8)
      box.parser.parse(bytes.span.bytes, firstLine: index + 1, firstOffset: offset, into: &batch)
      offset += bytes.count
    }
    #expect(whole.rows.count == 891)
    #expect(whole.bytes == batch.bytes)
    #expect(whole.rows.map(\.line) == batch.rows.map(\.line))
    #expect(whole.rows.map(\.offset) == batch.rows.map(\.offset))
    #expect(whole.rows.map(\.outcome.isEvent) == batch.rows.map(\.outcome.isEvent))
    #expect(whole.rows.map(\.messageHash) == batch.rows.map(\.messageHash))
    #expect(whole.symbols == batch.symbols)
  }

  @Test func aBatchIsReusable() {
    let box = ParserBox()
    var batch = box.parse(event(properties: #"{"only":1}"#))
    batch.removeAll()
    #expect(batch.rows.isEmpty && batch.bytes.isEmpty && batch.symbols.isEmpty)
    let bytes = Array(event().utf8)
    box.parser.parse(bytes.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    #expect(batch.rows.count == 1 && batch.symbols.count == 2)
  }
}

extension FixedDecimal.Reading {
  var exact: FixedDecimal? {
    if case .exact(let value) = self { value } else { nil }
  }
}

extension EventOutcome {
  var isEvent: Bool { self == .event }
}
