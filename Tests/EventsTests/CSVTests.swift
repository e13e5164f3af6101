// Tables: RFC 4180 in any pieces, rows that are the events that lines would be, and rows that are not.

import Bytes
import Testing

@testable import Events

@Suite struct CSVTests {
  /// The rows of a text as lists of cells, and their numbers and faults.
  private func rows(
    _ text: [UInt8], step: Int, separator: Character = ",", limits: EventLimits = EventLimits()
  ) -> [String] {
    var scanner = CSVScanner(separator: separator.asciiValue ?? 0, limits: limits)
    var result: [String] = []
    func add() {
      let cells = scanner.cells.map { String(decoding: scanner.text[$0], as: UTF8.self) }
      let fault = scanner.isTooLong ? " long" : scanner.badCell > 0 ? " bad \(scanner.badCell)" : ""
      result.append("\(scanner.number)@\(scanner.rowOffset) \(cells)\(fault)")
    }
    var start = 0
    while start < text.count {
      let piece = Array(text[start..<min(start + step, text.count)])
      var index = 0
      while scanner.next(piece.span.bytes, &index) { add() }
      start += step
    }
    if scanner.finish() { add() }
    return result
  }

  @Test(arguments: [1, 2, 3, 5, 1000])
  func rowsAreThoseOfTheStandard(step: Int) {
    let text =
      "\u{FEFF}a,b,c\r\n1,\"x,\"\"y\"\"\r\nz\",\r\n\n\r\n\"\",,\n\"\"\n  p q , \u{E9},\"r\"\r\nlast,\"\",x"
    #expect(
      rows(Array(text.utf8), step: step) == [
        #"1@3 ["a", "b", "c"]"#, #"2@10 ["1", "x,\"y\"\r\nz", ""]"#, #"5@30 ["", "", ""]"#,
        #"6@35 [""]"#, #"7@38 ["  p q ", " é", "r"]"#, #"8@54 ["last", "", "x"]"#,
      ])
  }

  @Test(arguments: [
    ("a\"b,c\n", #"1@0 ["a\"b", "c"] bad 1"#), ("a,\"b\"c\n", #"1@0 ["a", "bc"] bad 2"#),
    ("a,\"b\nc", #"1@0 ["a", "b\nc"] bad 2"#), ("a\rb\n", #"1@0 ["a\rb"]"#),
    ("a;\"b;c\"\n", #"1@0 ["a;\"b;c\""] bad 1"#),
  ])
  func faultsAreFound(text: String, expected: String) {
    #expect(rows(Array(text.utf8), step: 1) == [expected])
    #expect(rows(Array(text.utf8), step: 100) == [expected])
  }

  @Test func aLongRowIsPassedOverToItsEnd() {
    var limits = EventLimits()
    limits.lineBytesMax = 10
    let text = "a,\"bbbbbbbbbbbbbbb\nb,\"\"\nb\",c\nd\ne,eeeeeeeeeeeeeeeee\nf"
    for step in [1, 4, 100] {
      #expect(
        rows(Array(text.utf8), step: step, limits: limits) == [
          "1@0 [] long", #"2@29 ["d"]"#, "3@31 [] long", #"4@51 ["f"]"#,
        ])
    }
  }

  private static func mapping() -> CSVMapping {
    var mapping = CSVMapping()
    func constant(_ json: String) -> CSVMapping.Source { .constant(Array(json.utf8)) }
    let comma = UInt8(ascii: ",")
    mapping.targets = [
      .init(path: ["type"], source: constant("\"track\"")),
      .init(path: ["event"], source: .column("what")),
      .init(path: ["messageId"], source: .column("id")),
      .init(path: ["userId"], source: .number(2)),
      .init(
        path: ["timestamp"], source: .column("day"),
        kind: .date(.pattern(Array("d.M.yyyy HH:mm".utf8), offset: Milliseconds(7_200_000)))),
      .init(
        path: ["properties", "revenue"], source: .column("total"), kind: .number(point: comma)),
      .init(path: ["properties", "new"], source: .column("new"), kind: .boolean),
      .init(
        path: ["properties", "tags"], source: .column("tags"),
        kind: .list(separator: UInt8(ascii: "|"), of: .number(point: UInt8(ascii: ".")))),
      .init(path: ["properties", "extra"], source: .column("extra"), kind: .json),
      .init(path: ["properties", "note", "text"], source: .column("note")),
      .init(path: ["context", "app", "name"], source: constant("\"shop\"")),
    ]
    return mapping
  }

  private static let header = "what,user,id,day,total,new,tags,extra,note\n"

  private func parse(
    _ text: String, _ mapping: CSVMapping = mapping(), step: Int = 1 << 20
  ) throws -> (EventBatch, ParserBox) {
    let box = ParserBox()
    let parser = CSVParser(mapping, parser: box.parser)
    let bytes = Array(text.utf8)
    var batch = EventBatch()
    var start = 0
    while start < bytes.count {
      let piece = Array(bytes[start..<min(start + step, bytes.count)])
      try parser.parse(piece.span.bytes, into: &batch)
      start += step
    }
    try parser.finish(into: &batch)
    return (batch, box)
  }

  /// A row and the equal line are the same bytes in the log.
  @Test(arguments: [1, 7, 1 << 20])
  func aRowIsTheEventThatALineWouldBe(step: Int) throws {
    let table =
      Self.header
      + "Order Completed,u1,m1,3.1.2026 09:05,\"1.234\"\"\",yes,1|2.50|-3,\"{\"\"a\"\":[1,\n2]}\",\"say \"\"hi\"\"\n\"\n"
      + "Order Completed,u1,m1,3.1.2026 09:05,\"12,50\",yes,1|2.50|-3,\"{\"\"a\"\":[1,\n2]}\",\"say \"\"hi\"\"\n\"\n"
      + "Seen,u2,,,,,,,\n"
    let (batch, _) = try parse(table, step: step)
    let line =
      #"{"type":"track","event":"Order Completed","messageId":"m1","userId":"u1","timestamp":"2026-01-03T07:05:00.000Z","properties":{"revenue":12.50,"new":true,"tags":[1,2.50,-3],"extra":{"a":[1,2]},"note":{"text":"say \"hi\"\n"}},"context":{"app":{"name":"shop"}}}"#
    let bare =
      #"{"type":"track","event":"Seen","userId":"u2","context":{"app":{"name":"shop"}}}"#
    let lines = ParserBox().parse(line + "\n" + bare)
    #expect(batch.rows.map(\.line) == [2, 3, 4])
    #expect(batch.rows.map(\.outcome.isEvent) == [false, true, true])
    #expect(batch.details[0] == "row 2, column 5 `total`: not a number")
    for (row, other) in zip(batch.rows.dropFirst(), lines.rows) {
      #expect(batch.payload(of: row).toArray() == lines.payload(of: other).toArray())
      #expect(row.messageHash == other.messageHash && row.time == other.time)
    }
  }

  @Test func aBadRowIsKeptAsItCame() throws {
    let good = "A,u,m,,,,,,"
    let bad = [
      "A,u,m,,,,,": "row 2, column 8 `extra`: it has 8 cells instead of 9",
      "A,u,m,,,,,,,": "row 2, column 10: it has 10 cells instead of 9",
      "A,u,m,2026-01-01,,,,,": "row 2, column 4 `day`: not a date of the given format",
      "A,u,m,31.2.2026 00:00,,,,,": "row 2, column 4 `day`: not a date of the given format",
      "A,u,m,,,maybe,,,": "row 2, column 6 `new`: not true or false",
      "A,u,m,,,,1||2,,": "row 2, column 7 `tags`: not a number",
      "A,u,m,,,,,,x\"y": "row 2, column 9 `note`: a quote stands where none may",
      "A,u,m,,+5,,,,": "row 2, column 5 `total`: not a number",
    ]
    for (row, detail) in bad {
      let (batch, _) = try parse(Self.header + row + "\r\n" + good)
      try #require(batch.rows.count == 2)
      #expect(batch.details == [0: detail])
      #expect(batch.payload(of: batch.rows[0]).toString() == row)
      #expect(batch.rows[0].offset == Self.header.utf8.count)
      #expect(batch.rows[1].outcome == .event)
    }
    // What is no JSON in a cell of JSON, or lacks an identifier, is for the parser of lines to say.
    #expect(try parse(Self.header + "A,u,m,,,,,{,").0.rows[0].outcome.isEvent == false)
    #expect(try parse(Self.header + "A,,m,,,,,,").0.rows[0].outcome.isEvent == false)
  }

  @Test func columnsMustBeThere() throws {
    #expect(throws: CSVHeaderProblem(column: "what", isTwice: false)) { try parse("a,b\n") }
    #expect(throws: CSVHeaderProblem(column: "what", isTwice: true)) {
      try parse("what,b,what\n")
    }
    var mapping = CSVMapping()
    mapping.hasHeader = false
    mapping.empty = .null
    mapping.separator = UInt8(ascii: ";")
    mapping.targets = [
      .init(path: ["type"], source: .number(1)), .init(path: ["userId"], source: .number(2)),
      .init(path: ["traits", "plan"], source: .number(3)),
    ]
    let (batch, box) = try parse("identify;u;\nidentify;u;pro\nidentify;u\n", mapping)
    #expect(batch.rows.map(\.line) == [1, 2, 3])
    var json = ByteWriter()
    try EventView(batch.payload(of: batch.rows[0])).writeJSON(to: &json, names: box.symbols.names())
    #expect(
      String(decoding: json.bytes, as: UTF8.self)
        == #"{"type":"identify","userId":"u","traits":{"plan":null}}"#)
    #expect(batch.details == [2: "row 3, column 2: it has 2 cells instead of 3"])
  }

  @Test(arguments: [
    ("2026-01-03T09:05:00+02:00", CSVDate.rfc3339, "2026-01-03T07:05:00.000Z"),
    ("1767423900", .seconds, "2026-01-03T07:05:00.000Z"),
    ("1767423900123", .milliseconds, "2026-01-03T07:05:00.123Z"),
    ("1767423900.5", .seconds, "none"), ("9223372036854775807", .seconds, "none"),
    (
      "20260103", .pattern(Array("yyyyMMdd".utf8), offset: Milliseconds(0)),
      "2026-01-03T00:00:00.000Z"
    ),
    (
      "1/3/2026 7:05", .pattern(Array("M/d/yyyy H:mm".utf8), offset: Milliseconds(0)),
      "2026-01-03T07:05:00.000Z"
    ),
    ("12/31/2026 7:05x", .pattern(Array("M/d/yyyy H:mm".utf8), offset: Milliseconds(0)), "none"),
    (
      "2026-01-03 07:05:00.25",
      .pattern(Array("yyyy-MM-dd HH:mm:ss.SSS".utf8), offset: Milliseconds(0)), "none"
    ),
  ])
  func datesAreRead(text: String, date: CSVDate, expected: String) {
    let bytes = Array(text.utf8)
    #expect(date.read(bytes.span.bytes).map { "\($0)" } ?? "none" == expected)
  }

  @Test func patternsAreChecked() {
    for good in ["yyyy-MM-dd", "d.M.yyyy", "yyyyMMddHHmmssSSS"] {
      #expect(CSVDate.isPattern(Array(good.utf8)), "\(good)")
    }
    for bad in ["yyyy-MM", "yy-MM-dd", "dd.MM.yyyy dd", "MMM d yyyy", "yyyy-MM-dd S", ""] {
      #expect(!CSVDate.isPattern(Array(bad.utf8)), "\(bad)")
    }
  }

  @Test(arguments: [UInt64](1...4))
  func changedBytesNeverTrap(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let text = Array(
      (Self.header + "A,u,m,3.1.2026 09:05,\"1,5\",no,1|2,\"[1]\",\"n\"\"\n\"\r\n,,,,,,,,\n").utf8)
    for _ in 0..<500 {
      var damaged = text
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: Self.header.utf8.count..<damaged.count, using: &generator)
        damaged[index] = UInt8.random(in: 0...255, using: &generator)
      }
      let whole = CSVParser(Self.mapping(), parser: ParserBox().parser)
      let pieces = CSVParser(Self.mapping(), parser: ParserBox().parser)
      var (first, second) = (EventBatch(), EventBatch())
      try whole.parse(damaged.span.bytes, into: &first)
      try whole.finish(into: &first)
      for byte in damaged {
        let piece = [byte]
        try pieces.parse(piece.span.bytes, into: &second)
      }
      try pieces.finish(into: &second)
      #expect(first.bytes == second.bytes && first.rows.count == second.rows.count)
    }
  }
}
