// The six calls with what each requires, nulls, and events that come without an id.

import Bytes
import Events
import Testing

@Suite struct CallTests {
  @Test(arguments: [
    (#"{"type":"identify","userId":"u","traits":{"plan":null}}"#, "event"),
    (#"{"type":"page","userId":"u"}"#, "event"),
    (#"{"type":"screen","anonymousId":5,"userId":null}"#, "event"),
    (#"{"type":"track","userId":null,"anonymousId":null,"event":"E"}"#, "missing_identifier"),
    (#"{"type":"group","userId":"u","groupId":"g"}"#, "event"),
    (#"{"type":"group","userId":"u","groupId":7}"#, "event"),
    (#"{"type":"group","userId":"u"}"#, "missing_group_id"),
    (#"{"type":"group","userId":"u","groupId":null}"#, "missing_group_id"),
    (#"{"type":"group","userId":"u","groupId":""}"#, "missing_group_id"),
    (#"{"type":"group","userId":"u","groupId":{}}"#, "wrong_field_type"),
    (#"{"type":"group","userId":"u","groupId":true}"#, "wrong_field_type"),
    (#"{"type":"group","userId":"u","groupId":tru}"#, "invalid_json"),
    (#"{"type":"group","userId":"u","traits":{"groupId":"g"}}"#, "missing_group_id"),
    (#"{"type":"alias","userId":"u","previousId":"a"}"#, "event"),
    (#"{"type":"alias","userId":"u"}"#, "missing_previous_id"),
    (#"{"type":"alias","userId":"u","previousId":null}"#, "missing_previous_id"),
    (#"{"type":"alias","anonymousId":"a","previousId":"p"}"#, "missing_user_id"),
    (#"{"type":"alias","userId":null,"anonymousId":"a","previousId":"p"}"#, "missing_user_id"),
    // To the other calls these are members like any other.
    (#"{"type":"page","userId":"u","groupId":{},"previousId":[]}"#, "event"),
  ])
  func eachCallHasItsRequirements(line: String, code: String) {
    #expect(ParserBox().verdict(line) == code)
  }

  @Test func longGroupIdsAreRefused() {
    let id = String(repeating: "g", count: 512)
    #expect(ParserBox().verdict(#"{"type":"group","userId":"u","groupId":"\#(id)"}"#) == "event")
    #expect(
      ParserBox().verdict(#"{"type":"group","userId":"u","groupId":"\#(id)g"}"#)
        == "identifier_too_long")
  }

  /// The former id can be of either type; which one it is depends on what has been seen.
  @Test func anAliasNamesTheFormerId() throws {
    let line = #"{"type":"alias","messageId":"m","userId":"u","previousId":"a"}"#
    let box = ParserBox()
    let found = box.parse(line).identifiers
    #expect(found.map(\.type) == [.userID, .userID, .anonymousID])
    #expect(found.map(\.role) == [.person, .former, .former])
    #expect(try box.roundTrip(line) == line)
  }

  /// PHP writes an empty map as an empty list: where the spec has an object, it is one.
  @Test(arguments: [
    ("\"properties\":[]", "\"properties\":{}"), ("\"traits\":[ ]", "\"traits\":{}"),
    ("\"context\":[],\"a\":1", "\"context\":{},\"a\":1"),
    ("\"integrations\":[]", "\"integrations\":{}"),
    (
      #""context":{"traits":[],"page":[],"campaign":[],"app":[],"x":[],"externalIds":[]}"#,
      #""context":{"traits":{},"page":{},"campaign":{},"app":{},"x":[],"externalIds":[]}"#
    ),
    (#""traits":{"address":[],"tags":[]}"#, #""traits":{"address":{},"tags":[]}"#),
    (#""context":{"traits":{"address":[]}}"#, #""context":{"traits":{"address":{}}}"#),
    (#""properties":{"products":[],"context":[]}"#, #""properties":{"products":[],"context":[]}"#),
    (#""x":{"properties":[]}"#, #""x":{"properties":[]}"#),
  ])
  func anEmptyListIsAnEmptyObjectWhereTheSpecHasOne(sent: String, stored: String) throws {
    func line(_ members: String) -> String {
      #"{"type":"page","messageId":"m","userId":"u",\#(members)}"#
    }
    #expect(try ParserBox().roundTrip(line(sent)) == line(stored))
  }

  /// A placeholder makes no duplicates, and is left out as a missing one is.
  @Test(arguments: [
    "undefined", "null", "NULL", "None", "NaN", "[object Object]", "", " ", "0", "-1", "nil", "N/A",
    "00000000-0000-0000-0000-000000000000", "0000", "---", "Undefined", "true", "(null)",
  ])
  func aPlaceholderIsNoMessageID(id: String) throws {
    let box = ParserBox()
    let batch = box.parse(
      (1...3).map { #"{"type":"page","messageId":"\#(id)","userId":"u\#($0 / 2)"}"# }
        .joined(separator: "\n"))
    #expect(Set(batch.rows.map(\.messageHash)).count == 3)
    #expect(try EventView(batch.payload(of: batch.rows[0])).idIsDerived)
    let plain = ParserBox().parse(#"{"type":"page","userId":"u0"}"#)
    #expect(plain.rows[0].messageHash == batch.rows[0].messageHash)
  }

  @Test(arguments: [
    "\"a\"", "\"1\"", "1", "\"undefined-1\"", "\"00000000-0000-0000-0000-000000000001\"",
  ])
  func anIDIsKept(id: String) throws {
    let line = #"{"type":"page","messageId":\#(id),"userId":"u"}"#
    #expect(try ParserBox().roundTrip(line) == line)
    #expect(
      try ParserBox().roundTrip(#"{"type":"page","messageId":0,"userId":"u"}"#)
        == #"{"type":"page","userId":"u"}"#)
  }

  static let bare = #"{"type":"page","userId":"u","properties":{"n":1}}"#
  static let other = #"{"type":"page","userId":"u","properties":{"n":2}}"#

  @Test func theSameFileHasTheSameIds() {
    let lines = [Self.bare, Self.other, Self.bare, Self.bare, Self.other]
    let text = lines.joined(separator: "\n")
    let first = ParserBox().parse(text).rows.map(\.messageHash)
    #expect(Set(first).count == 5)
    #expect(ParserBox().parse(text).rows.map(\.messageHash) == first)
    // White space is not content, nor are an empty id or a null one; the source is.
    let spaced = lines.map {
      $0.replacing(":", with: " : ").replacing("{\"type\"", with: #"{"messageId":null,"type""#)
    }
    #expect(ParserBox().parse(spaced.joined(separator: "\r\n")).rows.map(\.messageHash) == first)
    let empty = lines.map { $0.replacing("{\"type\"", with: #"{"messageId":"","type""#) }
    #expect(ParserBox().parse(empty.joined(separator: "\n")).rows.map(\.messageHash) == first)
    let sent = lines.map { $0.replacing("{\"type\"", with: #"{"sentAt":"2026-01-01","type""#) }
    #expect(ParserBox().parse(sent.joined(separator: "\n")).rows.map(\.messageHash) == first)
    #expect(ParserBox(source: 2).parse(text).rows.map(\.messageHash) != first)
  }

  @Test func occurrencesCountWithinOneInput() {
    let box = ParserBox()
    let once = box.parse(Self.bare).rows[0].messageHash
    let again = box.parse(Self.bare).rows[0].messageHash
    #expect(once != again, "one parser is one input")
    #expect(ParserBox().parse(Self.other + "\n" + Self.bare).rows[1].messageHash == once)
  }

  /// What else a store has seen, and in which order, does not matter.
  @Test func namesHaveNoNumbersInContents() {
    let line =
      #"{"type":"track","event":"Paid","userId":"u","properties":{"amount":5,"of":[{"n":1},2]}}"#
    func hash(after names: [String], limits: SymbolTable.Limits = .init()) -> Hash128? {
      let symbols = SymbolTable(seed: ParserBox.seed, limits: limits)
      for name in names { _ = symbols.intern(name) }
      let parser = EventParser(symbols: symbols, seed: ParserBox.seed, source: SourceID(1))
      var batch = EventBatch()
      parser.parse(Array(line.utf8).span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
      return batch.rows.first?.messageHash
    }
    let plain = hash(after: [])
    #expect(plain != nil)
    #expect(hash(after: ["n", "of", "amount", "Paid"]) == plain)
    #expect(hash(after: (0..<300).map { "k\($0)" }) == plain)
    let different = [
      line.replacing("amount", with: "amounts"), line.replacing("Paid", with: "Pay"),
      line.replacing(#"[{"n":1},2]"#, with: #"[{"n":1,"m":2}]"#),
    ].map { ParserBox().parse($0).rows[0].messageHash }
    #expect(Set(different + [plain].compactMap { $0 }).count == 4)
  }

  @Test func aDerivedIdIsStoredButNotShown() throws {
    let box = ParserBox()
    let batch = box.parse(Self.bare)
    let view = try EventView(batch.payload(of: batch.rows[0]))
    let isDerived = view.idIsDerived
    #expect(isDerived)
    #expect(try view.messageID.withText { $0.byteCount } == 36)
    #expect(
      view.messageHash(source: SourceID(1), seed: ParserBox.seed) == batch.rows[0].messageHash)
    let isShown = try view.value(at: [WellKnownSymbol.messageID.symbol]) != nil
    #expect(!isShown)
    #expect(try ParserBox().roundTrip(Self.bare) == Self.bare)
  }

  @Test func theClockIsNoContent() {
    func hash(keepsTimes: Bool) -> Hash128? {
      let parser = EventParser(
        symbols: SymbolTable(seed: ParserBox.seed), seed: ParserBox.seed, source: SourceID(1),
        keepsTimes: keepsTimes)
      var batch = EventBatch()
      let line = Array(Self.bare.utf8)
      parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
      return batch.rows.first?.messageHash
    }
    #expect(hash(keepsTimes: true) == hash(keepsTimes: false))
  }
}
