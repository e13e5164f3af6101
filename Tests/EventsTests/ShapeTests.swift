// The fast way by the tree of structures and the general path come to the same bytes and the same problems,
// whatever lines come in whatever order.

import Bytes
import Testing

@testable import Events

/// Lines that are events, nearly events, or damaged.
struct ShapeLines {
  private static let keys = [
    "type", "event", "messageId", "userId", "anonymousId", "timestamp", "originalTimestamp",
    "sentAt", "properties", "traits", "context", "email", "historical", "groupId", "previousId",
    "page", "address", "a", "bb", "ccccccc", "dddddddd", "eeeeeeeee", "a key of sixteen!",
    "a key of more than sixteen bytes", "é", "", #"a\u0062"#, #"q\"uote"#, #"b\\s"#,
  ]
  private static let scalars = [
    "null", "true", "false", "0", "63", "-1", "1.50", "1e3", "12345678901234567890", "\"\"",
    "\"x\"", "\"a text of more than sixteen bytes\"", #""\n\u00e9""#, "\"a@b.c\"",
    "\"2024-03-13T10:21:14.123Z\"", "\"6f1c0a52-9e8b-4a3d-8f2e-1234567890ab\"", "tru", "01", "-",
    "\"\\ud800\"", "\"\\x\"",
  ]
  var random: SeededGenerator

  mutating func line() -> [UInt8] {
    // A few kinds of events, most of whose keys come in one order.
    var text = Array(object(depth: 1, kind: Int.random(in: 0..<6, using: &random)).utf8)
    if Int.random(in: 0..<8, using: &random) == 0 {
      let place = Int.random(in: 0..<text.count, using: &random)
      switch Int.random(in: 0..<3, using: &random) {
      case 0: text.removeLast(text.count - place)
      case 1: text.remove(at: place)
      default: text[place] = Array("{}[],:\"x 0".utf8).randomElement(using: &random) ?? 0x20
      }
    }
    return text
  }

  private mutating func object(depth: Int, kind: Int) -> String {
    var order = SeededGenerator(seed: UInt64(kind * 100 + depth))
    var members: [String] = []
    for key in Self.keys.shuffled(using: &order).prefix(5)
    where Int.random(in: 0..<5, using: &random) > 0 {
      members.append("\"\(key)\"\(space()):\(space())" + value(of: key, depth: depth, kind: kind))
    }
    if Int.random(in: 0..<10, using: &random) == 0, let twice = members.first {
      members.append(twice)
    }
    return "{" + space() + members.joined(separator: space() + ",") + space() + "}"
  }

  private mutating func value(of key: String, depth: Int, kind: Int) -> String {
    let isObject = ["properties", "traits", "context", "address"].contains(key)
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return Self.scalars.randomElement(using: &random) ?? "0"
    case 1: return "[]"
    case 2 where depth < 6:
      let count = Int.random(in: 0..<4, using: &random)
      return "["
        + (0..<count).map { _ in value(of: "", depth: depth + 1, kind: kind) }
        .joined(separator: ",") + "]"
    case 3 where depth < 6: return object(depth: depth + 1, kind: kind + 7)
    default:
      if isObject, depth < 6 { return object(depth: depth + 1, kind: kind) }
      return Self.scalars[..<16].randomElement(using: &random) ?? "0"
    }
  }

  private mutating func space() -> String {
    Int.random(in: 0..<9, using: &random) == 0 ? " \t" : ""
  }
}

/// What became of a line: the stored members and the header, or the problem.
private func outcome(
  _ line: [UInt8], _ scanner: inout StructuralScanner, _ encoder: inout ValueEncoder,
  generally: Bool
) -> String {
  scanner.load(line.span.bytes)
  guard scanner.scan(0..<line.count) == .ok else { return "not scanned" }
  let tokens = JSONTokens(
    scanner, base: 0, line: 0..<line.count, range: 0..<scanner.positions.count)
  var batch = EventBatch()
  do throws(EventProblem) {
    if generally {
      try encoder.encodeAgain(tokens, into: &batch)
    } else {
      try encoder.encodeEvent(tokens, into: &batch)
    }
  } catch { return "\(error)" }
  return "\(encoder.header) \(encoder.rest.bytes.toArray())"
}

@Suite struct ShapeTests {
  private static var small: EventLimits {
    var limits = EventLimits()
    limits.depthMax = 4
    limits.propertiesMax = 4
    return limits
  }

  @Test(arguments: [UInt64](1...8))
  func bothWaysAgree(seed: UInt64) {
    let symbols = SymbolTable(seed: ParserBox.seed)
    let limits = seed.isMultiple(of: 2) ? EventLimits() : Self.small
    var byShape = ValueEncoder(symbols: symbols, limits: limits, seed: ParserBox.seed)
    var general = ValueEncoder(symbols: symbols, limits: limits, seed: ParserBox.seed)
    var lines = ShapeLines(random: SeededGenerator(seed: seed))
    var scanner = StructuralScanner()
    var taken = 0
    for _ in 0..<3000 {
      let line = lines.line()
      let expected = outcome(line, &scanner, &general, generally: true)
      let got = outcome(line, &scanner, &byShape, generally: false)
      #expect(got == expected, "\(String(decoding: line, as: UTF8.self))")
      if got.hasPrefix("HeaderTokens") { taken += 1 }
    }
    // The lines have to be of both sorts for the test to say something.
    #expect((300..<2900).contains(taken), "\(taken)")
  }

  @Test func namesThatTheTableDoesNotTakeGoTheGeneralWay() {
    var limits = SymbolTable.Limits()
    limits.symbolsMax = 18
    let symbols = SymbolTable(seed: ParserBox.seed, limits: limits)
    var byShape = ValueEncoder(symbols: symbols, limits: EventLimits(), seed: ParserBox.seed)
    var general = ValueEncoder(symbols: symbols, limits: EventLimits(), seed: ParserBox.seed)
    var lines = ShapeLines(random: SeededGenerator(seed: 9))
    var scanner = StructuralScanner()
    for _ in 0..<500 {
      let line = lines.line()
      let expected = outcome(line, &scanner, &general, generally: true)
      #expect(outcome(line, &scanner, &byShape, generally: false) == expected)
    }
    #expect(symbols.count <= 18)
  }

  @Test func aTreeThatIsFullBeginsAgain() {
    let symbols = SymbolTable(seed: ParserBox.seed)
    var encoder = ValueEncoder(symbols: symbols, limits: EventLimits(), seed: ParserBox.seed)
    var general = ValueEncoder(symbols: symbols, limits: EventLimits(), seed: ParserBox.seed)
    var scanner = StructuralScanner()
    var largest = 0
    // 400 keys that no event had before, 400 times.
    for number in 0..<400 {
      let members = (0..<400).map { #""k\#(number)-\#($0)":\#($0)"# }.joined(separator: ",")
      let line = Array("{\(members)}".utf8)
      let expected = outcome(line, &scanner, &general, generally: true)
      #expect(outcome(line, &scanner, &encoder, generally: false) == expected)
      largest = max(largest, encoder.tree.nodes.count)
    }
    #expect(largest > 60_000 && largest < 70_000)
    #expect(encoder.tree.nodes.count < 60_000)
  }

  @Test func aFieldIsFoundWhereAWalkFindsIt() throws {
    let box = ParserBox()
    let paths = [
      ["properties", "a"], ["properties", "bb"], ["traits", "email"], ["context", "page"],
      ["context", "traits", "a"], ["properties", "address", "ccccccc"], ["context"], ["a"],
      ["groupId"], ["userId"], ["sentAt"], ["bb", "dddddddd"],
    ]
    var fields = paths[..<6].map { box.symbols.field($0.compactMap { box.symbols.intern($0) }) }
    var lines = ShapeLines(random: SeededGenerator(seed: 5))
    var found = 0
    for round in 0..<4000 {
      // Fields that come later are found too, in events from before and after.
      if round == 2000 {
        fields += paths[6...].map { box.symbols.field($0.compactMap { box.symbols.intern($0) }) }
      }
      let start = #"{"type":"page","userId":"u","context":{"page":{"a":1}},"z":"#
      let text = String(decoding: lines.line(), as: UTF8.self)
      let batch = box.parse(start + text + ",\(text.dropFirst().dropLast())}")
      guard let row = batch.rows.first, row.outcome == .event else { continue }
      let event = batch.event(of: row)
      for field in fields {
        let walked = try event.value(at: field.keys)?.encoded.toArray()
        #expect(try event.value(at: field)?.encoded.toArray() == walked, "\(text)")
        if walked != nil { found += 1 }
      }
    }
    #expect(found > 4000, "\(found)")
  }

  /// What follows a line that does not end could be the rest of its event, and is far larger than it.
  @Test func anEventThatGoesOnInOtherLinesIsNone() {
    let box = ParserBox()
    let rest = String(repeating: "1,22,333,\n", count: 3000)
    for start in [#"{"type":"page","a":["#, #"{"a":{"b":[1,"#] {
      let batch = box.parse(start + "\n" + rest + "1]}\n")
      #expect(batch.rows.count == 3002)
      #expect(batch.rows.allSatisfy { $0.outcome != .event })
    }
    let objects = (0..<2000).map { #""k\#($0 % 7)":{"a":[0]},"# + "\n" }.joined()
    #expect(box.parse("{\n" + objects + "}\n").rows.allSatisfy { $0.outcome != .event })
  }

  @Test func symbolsAreNotedForEachBatch() {
    let box = ParserBox()
    let line = event(properties: #"{"a":1,"b":{"c":2}}"#)
    let first = box.parse(line).symbols
    #expect(first.count == 5)
    #expect(box.parse(line).symbols == first)
  }
}
