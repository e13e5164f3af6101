// Nothing is lost: what goes in as JSON comes out as the same JSON.

import Bytes
import Events
import Testing

@Suite struct RoundTripTests {
  @Test(arguments: [
    "null", "true", "false", "0", "63", "64", "-1", "-0", "0.0", "-0.0", "12.0", "11.77",
    "0.05", "-0.050", "9007199254740993", "9223372036854775807", "-9223372036854775807",
    "-9223372036854775808", "9223372036854775808", "123456789012345678901234567890",
    "1e400", "1E-400", "1e2", "2.5e+3", "0.1234567890123456789", "0.123456789012345678",
    "1234567890.123456789", "12345678901234567.25", "922337203685477580.7", "999999999999999999.9",
    #""""#, #""x""#, #""Zoë 東京 🎵 \" \\ / \b\f\n\r\t \u0000\u001f""#, "[]", "{}", "[[]]",
    #"{"a":{"b":{"c":[1,{"d":null}]}}}"#, #"{"":1," ":2}"#, "[null,null,[1.50,\"\"]]",
    #""6f1c0a52-9e8b-4a3d-8f2e-1234567890ab""#, #""6F1C0A52-9e8b-4a3d-8f2e-1234567890ab""#,
    #""6f1c0a52-9e8b-4a3d-8f2e-1234567890ag""#, #""6f1c0a52_9e8b-4a3d-8f2e-1234567890ab""#,
    #""2024-03-13T10:21:14.000Z""#, #""2024-03-13T10:21:14.123Z""#, #""2024-03-13T10:21:14Z""#,
    #""2024-03-13T10:21:60Z""#, #""2024-02-30T10:21:14Z""#, #""2024-03-13t10:21:14Z""#,
    #""2024-03-13 10:21:14Z""#, #""2024-03-13T10:21:14,123Z""#, #""0000-03-13T10:21:14Z""#,
    #""0001-01-01T00:00:00.000Z""#, #""1969-12-31T23:59:59.999Z""#, #""1969-12-31T23:59:59Z""#,
  ])
  func aValueComesBackAsItWasSent(json: String) throws {
    let line = event(properties: #"{"v":\#(json),"w":[\#(json)]}"#)
    #expect(try ParserBox().roundTrip(line) == line)
  }

  @Test(arguments: [127, 128, 129, 255, 256, 16_383, 16_384, 30_000])
  func longValuesComeBack(count: Int) throws {
    let text = String(repeating: "é", count: count / 2) + (count % 2 == 1 ? "x" : "")
    let line = event(properties: #"{"a":{"b":["\#(text)"]},"c":1}"#)
    #expect(try ParserBox().roundTrip(line) == line)
  }

  @Test(arguments: [
    #"{"type":"track","event":"E","messageId":"m","userId":"u","timestamp":"2024-01-01T00:00:00Z"}"#,
    #"{"type":"track","event":"E","messageId":12345,"userId":42,"timestamp":null}"#,
    #"{"type":"page","event":null,"messageId":1.50,"userId":null,"anonymousId":1e2}"#,
    #"{"type":"page","messageId":"m","userId":"","anonymousId":"a","timestamp":"2024-01-01"}"#,
    #"{"type":"page","event":"","messageId":"2024-01-01T00:00:00Z","userId":"u"}"#,
    #"{"type":"track","event":"E","messageId":"6f1c0a52-9e8b-4a3d-8f2e-1234567890ab","userId":"u","#
      + #""timestamp":"2024-01-01T02:00:00.123456+02:00","context":{},"properties":null,"traits":{}}"#,
  ])
  func headerFieldsComeBackAsTheyWereSent(line: String) throws {
    #expect(try ParserBox().roundTrip(line) == line)
  }

  @Test func timeAndOrderAreKept() throws {
    let box = ParserBox()
    let json = try box.roundTrip(
      #" { "z" : 1 , "timestamp":"2024-01-01T02:00:00.5+02:00","userId":"u", "a":{"y":1,"x":2},"#
        + #""messageId":"m","event":"E", "type":"track" } "#)
    #expect(
      json
        == #"{"type":"track","event":"E","messageId":"m","userId":"u","#
        + #""timestamp":"2024-01-01T02:00:00.5+02:00","z":1,"a":{"y":1,"x":2}}"#)
    let batch = box.parse(json)
    #expect(batch.rows[0].time == Timestamp("2024-01-01T00:00:00.500Z"))
    let view = try EventView(batch.payload(of: batch.rows[0]))
    #expect(view.clock(receivedAt: .latest).time == batch.rows[0].time)
  }

  @Test func namesThatAreNotInternedStayInline() throws {
    var limits = SymbolTable.Limits()
    // Room for one name besides those of the identity rules, `externalIds` and `id`.
    limits.symbolsMax = WellKnownSymbol.allCases.count + 3
    let box = ParserBox(symbols: SymbolTable(limits: limits))
    let long = String(repeating: "k", count: 300)
    let line =
      #"{"type":"track","event":"first","messageId":"m","userId":"u","new":1,"\#(long)":{"new":2}}"#
    #expect(try box.roundTrip(line) == line)
    let next = #"{"type":"track","event":"second","messageId":"m","userId":"u","new":1}"#
    let batch = box.parse(next)
    #expect(batch.rows[0].name == nil)
    #expect(try batch.symbols == [box.symbol("new")])
    let view = try EventView(batch.payload(of: batch.rows[0]))
    #expect(try view.withName(box.symbols.names()) { $0.toString() } == "second")
    #expect(try box.roundTrip(next) == next)
    #expect(
      box.verdict(#"{"type":"page","messageId":"m","userId":"u","late":1,"late":2}"#)
        == "duplicate_key")
  }

  @Test(arguments: [UInt64](1...40))
  func randomEventsComeBack(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let box = ParserBox()
    for _ in 0..<25 {
      let line = event(properties: JSONGenerator.object(depth: 1, &generator))
      let back = try box.roundTrip(line)
      #expect(back == line, "seed \(seed)")
    }
  }
}

/// Random JSON in the one spelling that stored events are written in.
enum JSONGenerator {
  static func object(depth: Int, _ generator: inout SeededGenerator) -> String {
    var keys: Set<String> = []
    var members: [String] = []
    for _ in 0..<Int.random(in: 0...6, using: &generator) {
      let key = string(&generator)
      guard keys.insert(key).inserted else { continue }
      members.append(key + ":" + value(depth: depth + 1, &generator))
    }
    return "{" + members.joined(separator: ",") + "}"
  }

  static func value(depth: Int, _ generator: inout SeededGenerator) -> String {
    switch Int.random(in: 0...(depth < 8 ? 8 : 6), using: &generator) {
    case 0: return "null"
    case 1: return Bool.random(using: &generator) ? "true" : "false"
    case 2: return "\(Int64.random(in: -100...100, using: &generator))"
    case 3: return "\(Int64.random(in: .min...(.max), using: &generator))"
    case 4:
      let fraction = (0..<Int.random(in: 1...25, using: &generator))
        .map { _ in "\(Int.random(in: 0...9, using: &generator))" }.joined()
      return "\(Int.random(in: -1000...1000, using: &generator)).\(fraction)"
    case 5, 6: return string(&generator)
    case 7: return object(depth: depth, &generator)
    default:
      let count = Int.random(in: 0...5, using: &generator)
      return "["
        + (0..<count).map { _ in value(depth: depth + 1, &generator) }.joined(separator: ",") + "]"
    }
  }

  static func string(_ generator: inout SeededGenerator) -> String {
    let alphabet = [
      "a", "b", "Z", "0", " ", "-", ":", "ä", "€", "🎵", "\\\"", "\\\\", "/", "\\n", "\\u0001",
      "{", "}", "[", "]", ",",
    ]
    let count = Int.random(
      in: 0...(Int.random(in: 0...9, using: &generator) == 0 ? 200 : 8), using: &generator)
    return "\"" + (0..<count).map { _ in alphabet.randomElement(using: &generator) ?? "" }.joined()
      + "\""
  }
}
