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
      let bad = scanner.isUnclosed ? "open" : "bad"
      let fault =
        scanner.isTooLong ? " long" : scanner.badCell > 0 ? " \(bad) \(scanner.badCell)" : ""
      result.append("\(scanner.number)@\(scanner.rowOffset) \(cells)\(fault)")
    }
    var start = 0
    while start < text.count {
      let piece = Array(text[start..<min(start + step, text.count)])
      var index = 0
      while scanner.next(piece.span.bytes, &index) { add() }
      start += step
    }
    while scanner.finish() { add() }
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
    ("a,\"b", #"1@0 ["a", "b"] open 2"#),
    ("a;\"b;c\"\n", #"1@0 ["a;\"b;c\""] bad 1"#),
  ])
  func faultsAreFound(text: String, expected: String) {
    #expect(rows(Array(text.utf8), step: 1) == [expected])
    #expect(rows(Array(text.utf8), step: 100) == [expected])
  }

  /// A spreadsheet of the Macintosh ends rows with a carriage return alone; elsewhere one is data.
  @Test(arguments: [1, 2, 1000])
  func rowsMayEndWithACarriageReturn(step: Int) {
    let text = "\u{FEFF}a,b\r\"1\r\",2\r\r3,\"x\"\r"
    #expect(
      rows(Array(text.utf8), step: step) == [
        #"1@3 ["a", "b"]"#, #"2@7 ["1\r", "2"]"#, #"4@15 ["3", "x"]"#,
      ])
    #expect(
      rows(Array("a\nb\rc\n".utf8), step: step) == [#"1@0 ["a"]"#, #"2@2 ["b\rc"]"#])
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

  /// A quote that is not closed takes nothing along but the rest of its line.
  @Test(arguments: [
    ("a,\"b\nc,d\r\ne,f", [#"1@0 open 2 a,"b"#, "2@5 c,d", "3@10 e,f"]),
    ("a,\"b\r\nc,\"d\"\ne,\"f\"", [#"1@0 open 2 a,"b"#, #"2@6 c,"d""#, #"3@12 e,"f""#]),
    ("\"a\",\"b\n\"c\",\"d\"\n", [#"1@0 open 2 "a","b"#, #"2@7 "c","d""#]),
    (
      "\"x\ny\",\"b\nc,d\ne,f\n",
      ["1@0 open 1 \"x", "2@3 bad y\",\"b", "3@9 c,d", "4@13 e,f"]
    ),
    ("5\" x,\"b\nc,d", ["1@0 bad 5\" x,\"b", "2@8 c,d"]),
    ("a,\"b\nc,d\ne,5\"x\nf,g", [#"1@0 open 2 a,"b"#, "2@5 c,d", #"3@9 bad e,5"x"#, "4@15 f,g"]),
    (
      "a,\"b\nc,d\ne,\"\"\",g\n\"\"\"h,i\nj,k",
      [#"1@0 open 2 a,"b"#, "2@5 c,d", #"3@9 open 2 e,""",g"#, #"4@17 open 1 """h,i"#, "5@24 j,k"]
    ),
    ("a,\"\"\"b\nc,d\n", [#"1@0 open 2 a,"""b"#, "2@7 c,d"]),
    ("\"a\n\"b\n\"c\nd,e", [#"1@0 open 1 "a"#, #"2@3 open 1 "b"#, #"3@6 open 1 "c"#, "4@9 d,e"]),
    ("a,\"x\ny\"\nb,\"z\"", ["1@0 a,\"x\ny\"", #"2@8 b,"z""#]),
  ])
  func anUnclosedQuoteIsFound(text: String, expected: [String]) {
    for step in [1, 3, 100] {
      var scanner = CSVScanner(separator: UInt8(ascii: ","))
      var result: [String] = []
      func add() {
        let fault =
          scanner.isUnclosed ? "open \(scanner.badCell) " : scanner.badCell > 0 ? "bad " : ""
        result.append(
          "\(scanner.number)@\(scanner.rowOffset) \(fault)"
            + String(decoding: scanner.raw, as: UTF8.self))
      }
      let bytes = Array(text.utf8)
      for start in stride(from: 0, to: bytes.count, by: step) {
        let piece = Array(bytes[start..<min(start + step, bytes.count)])
        var index = 0
        while scanner.next(piece.span.bytes, &index) { add() }
      }
      while scanner.finish() { add() }
      #expect(result == expected)
    }
  }

  /// Beyond the limit a cell is long, unless what it holds are rows.
  @Test func aLongQuotedCellIsToldFromAForgottenQuote() {
    var limits = EventLimits()
    limits.lineBytesMax = 30
    func found(_ text: String, columns: Int) -> [String] {
      var scanner = CSVScanner(separator: UInt8(ascii: ","), limits: limits)
      scanner.columnCount = columns
      var result: [String] = []
      func add() {
        result.append(
          scanner.isTooLong ? "long" : scanner.isUnclosed ? "open \(scanner.badCell)" : "row")
      }
      let bytes = Array(text.utf8)
      var index = 0
      while scanner.next(bytes.span.bytes, &index) { add() }
      while scanner.finish() { add() }
      return result
    }
    let rows = String(repeating: "1234,5678\n", count: 6)
    #expect(
      found("a,\"b\n" + rows, columns: 2) == ["open 2"] + [String](repeating: "row", count: 6))
    #expect(found("a,\"b\n" + rows + "\"\nc,d", columns: 3) == ["long", "row"])
    // Without a header the lines have to agree among themselves.
    #expect(
      found("a,\"b\n" + rows, columns: 0) == ["open 2"] + [String](repeating: "row", count: 6))
    let text = String(repeating: "1234 5678\n", count: 6)
    #expect(found("a,\"b\n" + text + "\"\nc,d", columns: 0) == ["long", "row"])
    // An inch sign in what is skipped opens no cell.
    #expect(
      found("a," + String(repeating: "b", count: 40) + " 5\"\nc,d", columns: 2) == ["long", "row"])
  }

  private static func notes(hasHeader: Bool = true) -> CSVMapping {
    var mapping = CSVMapping()
    mapping.hasHeader = hasHeader
    mapping.targets = [
      .init(path: ["type"], source: .constant(Array("\"track\"".utf8))),
      .init(path: ["event"], source: .constant(Array("\"E\"".utf8))),
      .init(path: ["userId"], source: .number(1)),
      .init(path: ["properties", "note"], source: .number(2)),
      .init(path: ["properties", "amount"], source: .number(3), kind: .number(point: 0x2E)),
    ]
    return mapping
  }

  /// What closes a forgotten quote far below is at fault, or what comes of both can be no event: the rows between
  /// them come in, and the first is reported where the quote opens.
  @Test(
    arguments: [
      ("w,\"\"\", he said\",1", true), ("w,\"\"\",\"\"", false), ("w,5\",1", false),
      ("w,5\",1,2", false), ("w,5\"", false), ("w,5\",x", false), ("w,5\"x,1", false),
      ("w,y", false), ("w,5\",\"1", false), ("", true),
    ], [1, 7, 1 << 20])
  func aForgottenQuoteTakesNoRowAlong(last: (row: String, isGood: Bool), step: Int) throws {
    let count = 4000
    let rows = (1...count).map { "u\($0),x,\($0)\n" }.joined()
    for first in ["u0,\"plain,0", "u0,\"\"\"plain,0", "\"u0,plain,0"] {
      for hasHeader in [true, false] {
        let start = hasHeader ? "u,n,a\n" : ""
        let text = start + first + "\n" + rows + last.row + "\nw2,y,2"
        let (batch, _) = try parse(text, Self.notes(hasHeader: hasHeader), step: step)
        let events = batch.rows.filter(\.outcome.isEvent)
        #expect(events.count == count + (last.isGood && !last.row.isEmpty ? 2 : 1))
        #expect(batch.rows.count == count + (last.row.isEmpty ? 2 : 3))
        #expect(batch.payload(of: batch.rows[0]).toString() == first)
        let column = first.hasPrefix("\"") ? "1" : "2"
        #expect(
          batch.details[0]?.hasPrefix("row \(hasHeader ? 2 : 1), column \(column)") == true)
        #expect(batch.details[0]?.contains("a quote opens the cell and is not closed") == true)
        #expect(events.last.map { batch.payload(of: $0).byteCount < 200 } == true)
      }
    }
  }

  /// A cell of several lines whose row cannot be taken for another reason stays one row.
  @Test(arguments: ["Dear all,\nthis is\na text, no row", "1,2\n3,4\n5,6\n7,8", "\n\n"])
  func aCellOfSeveralLinesIsBelieved(text: String) throws {
    let good = "u,\"\(text)\",1"
    let (batch, _) = try parse("u,n,a\n\(good)\nu,\"\(text)\",x\n\(good)", Self.notes())
    #expect(batch.rows.map(\.outcome.isEvent) == [true, false, true])
    #expect(batch.details == [1: "row 3, column 3 `a`: not a number"])
  }

  /// Whatever closes whose quote: rows that are good by themselves are not lost.
  @Test(arguments: [UInt64](1...8))
  func goodRowsOutliveAllOthers(seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    let good = ["g,x,1", "g,\"x, y\",2", "\"g\",\"x\",\"3\"", "g,\"\",4", "g,\"say \"\"x\"\"\",5"]
    let bad = [
      "b,\"x,1", "b,x,\"1", "b,\"\"\"x,1", "b,5\" x,1", "b,5\",1,2", "b,x",
      "b,x\"\",1", "b,\"x\"y,1",
    ]
    for _ in 0..<200 {
      var rows: [String] = []
      for _ in 0..<Int.random(in: 1...30, using: &generator) {
        let isGood = Int.random(in: 0..<4, using: &generator) > 0
        rows.append((isGood ? good : bad).randomElement(using: &generator) ?? "")
      }
      let text = "u,n,a\n" + rows.joined(separator: "\n")
      let (batch, _) = try parse(
        text, Self.notes(), step: Int.random(in: 1...99, using: &generator))
      let events = batch.rows.count { $0.outcome.isEvent }
      #expect(events == rows.count { $0.contains("g") }, "\(text)")
    }
  }

  @Test(
    arguments: [
      ("999,50", ",", "999.50"), ("1.234", ",", "1234"), ("1.234,00", ",", "1234.00"),
      ("1.234.567,8", ",", "1234567.8"), ("-1.234", ",", "-1234"), ("12.34", ",", nil),
      ("1.23", ",", nil), ("1.2345", ",", nil), ("1234.567", ",", nil), ("1.234.56", ",", nil),
      ("0.123", ",", nil), (".123", ",", nil), ("1,234.5", ",", nil), ("1,2,3", ",", nil),
      ("1.234'567", ",", nil), ("1,5e3", ",", "1.5e3"), ("1.234e3", ",", nil), ("5,", ",", nil),
      ("1,234", ".", "1234"), ("1,234.50", ".", "1234.50"), ("1,23", ".", nil),
      ("1.234", ".", "1.234"),
      ("1 234,50", ",", "1234.50"), ("1\u{A0}234\u{A0}567", ",", "1234567"),
      ("1\u{202F}234,5", ",", "1234.5"), ("1'234.50", ".", "1234.50"),
      ("1\u{2019}234.50", ".", "1234.50"), ("1 23", ".", nil), ("1  234", ".", nil),
      ("1,234", "", nil), ("1.234", "", "1.234"), ("1 234.5", "", "1234.5"), ("1,5", "", nil),
      ("1e5", "", "1e5"), ("007", "", nil), ("0", ",", "0"), ("-0,5", ",", "-0.5"), ("", ",", nil),
      ("-", ",", nil), ("1 234", "'", "1234"), ("1·5", ",", nil), ("NaN", "", nil),
      ("1.2.3", "", nil),
    ] as [(String, String, String?)])
  func numbersAreReadOrRefused(text: String, point: String, expected: String?) {
    let bytes = Array(text.utf8)
    var json = Array("x".utf8)
    let isRead = CSVNumber(point: point.utf8.first).write(bytes.span.bytes, to: &json)
    #expect(isRead == (expected != nil))
    #expect(String(decoding: json, as: UTF8.self) == "x" + (expected ?? ""))
  }

  /// A cell is a value of its member, whatever it holds.
  @Test(arguments: [
    #"1},"userId":"victim","z":{"a":1"#, #"1,"userId":"v""#, "1 2", "{", "}", "[1", "]", #""a"#,
    "tru",
    #"{"a":1}}"#, #"{"a":1},"b":2"#, "[1]]", #"{"a":}"#, "{a:1}", "[1,]", "01", "1/**/", #""a\q""#,
    "\"a\nb\"", "nul", "-", #"{"a" 1}"#, #"{"a":1,}"#, "'a'", "\u{FEFF}1",
  ])
  func aCellOfJSONIsOneValue(text: String) throws {
    let quoted = "\"" + text.replacing("\"", with: "\"\"") + "\""
    let (batch, _) = try parse(Self.header + "A,u,m,,,,,\(quoted),\n")
    #expect(batch.details[0] == "row 2, column 8 `extra`: not one JSON value")
    var list = Self.mapping()
    list.targets[8].kind = .list(separator: UInt8(ascii: "|"), of: .json)
    #expect(
      try parse(Self.header + "A,u,m,,,,,\(quoted),\n", list).0.rows[0].outcome.isEvent == false)
  }

  @Test(arguments: [
    "1", " [1, {\"a\": [], \"b\": {}}] ", "\"}\"", "null", "[\n1,\r\n2]", "-0.5e-3", #""\u00e9\\""#,
  ])
  func oneValueIsTaken(text: String) throws {
    let quoted = "\"" + text.replacing("\"", with: "\"\"") + "\""
    #expect(try parse(Self.header + "A,u,m,,,,,\(quoted),\n").0.rows[0].outcome == .event)
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
        kind: .date(pattern("d.M.yyyy HH:mm", offset: 7_200_000))),
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
      "A,u,m,,,,,,x\"y": "row 2, column 9 `note`: a quote is not allowed here",
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
    // What is not JSON in a cell of JSON, or lacks an identifier, is for the parser of lines to say.
    #expect(try parse(Self.header + "A,u,m,,,,,{,").0.rows[0].outcome.isEvent == false)
    #expect(try parse(Self.header + "A,,m,,,,,,").0.rows[0].outcome.isEvent == false)
  }

  @Test func columnsMustBeThere() throws {
    #expect(throws: CSVHeaderProblem(column: "what", reason: .missing)) { try parse("a,b\n") }
    #expect(throws: CSVHeaderProblem(column: "what", reason: .twice)) {
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
    (
      "2026-01-03T09:05:00+02:00", CSVDate.sent(offset: Milliseconds(0)), "2026-01-03T07:05:00.000Z"
    ),
    ("2026-01-03 09:05", .sent(offset: Milliseconds(3_600_000)), "2026-01-03T08:05:00.000Z"),
    ("3 Jan 2026 09:05 +02:00", .sent(offset: Milliseconds(3_600_000)), "2026-01-03T07:05:00.000Z"),
    ("1767423900", .sent(offset: Milliseconds(3_600_000)), "2026-01-03T07:05:00.000Z"),
    ("1767423900", .seconds, "2026-01-03T07:05:00.000Z"),
    ("1767423900123", .milliseconds, "2026-01-03T07:05:00.123Z"),
    ("1767423900.5", .seconds, "2026-01-03T07:05:00.500Z"),
    ("1767423900123.9", .milliseconds, "2026-01-03T07:05:00.123Z"),
    ("1.7674239e9", .seconds, "2026-01-03T07:05:00.000Z"),
    ("9223372036854775807", .seconds, "none"),
    ("0", .seconds, "none"), ("0.0", .milliseconds, "none"), ("-1", .seconds, "none"),
    ("-1", .milliseconds, "none"), ("-86400", .seconds, "1969-12-31T00:00:00.000Z"),
    ("12x", .seconds, "none"), ("86400", .seconds, "1970-01-02T00:00:00.000Z"),
    ("2026-01-03T07:05:00Z", pattern("yyyy-MM-dd'T'HH:mm:ss'Z'"), "2026-01-03T07:05:00.000Z"),
    ("3.1.2026 um 7 o'clock", pattern("d.M.yyyy 'um' H 'o''clock'"), "2026-01-03T07:00:00.000Z"),
    ("3.1.2026 '", pattern("d.M.yyyy ''"), "2026-01-03T00:00:00.000Z"),
    ("2026年1月3日", pattern("yyyy年M月d日"), "2026-01-03T00:00:00.000Z"),
    (
      "20260103", pattern("yyyyMMdd"),
      "2026-01-03T00:00:00.000Z"
    ),
    (
      "1/3/2026 7:05", pattern("M/d/yyyy H:mm"),
      "2026-01-03T07:05:00.000Z"
    ),
    ("12/31/2026 7:05x", pattern("M/d/yyyy H:mm"), "none"),
    (
      "2026-01-03 07:05:00.25",
      pattern("yyyy-MM-dd HH:mm:ss.SSS"), "none"
    ),
  ])
  func datesAreRead(text: String, date: CSVDate, expected: String) {
    let bytes = Array(text.utf8)
    #expect(date.read(bytes.span.bytes).map { "\($0)" } ?? "none" == expected)
  }

  @Test(arguments: [
    ("yyyy-MM", "has no `dd`"), ("yy-MM-dd", "has `yy`, which"),
    ("dd.MM.yyyy dd", "has `dd` twice"),
    ("MMM d yyyy", "has `MMM`, which"), ("yyyy-MM-dd S", "has `S`, which"), ("", "has no `yyyy`"),
    ("dd.MM.yyyy hh:mm", "has `hh`, which"), ("dd.MM.yyyy HH:mm a", "has `a`, which"),
    ("EEE dd.MM.yyyy", "has `EEE`, which"), ("yyyy-MM-dd HH:mm:ssXX", "has `XX`, which"),
    ("yyyy-MM-dd HH:mm:ssZ", "has `Z`, which"), ("YYYY-MM-DD", "has `YYYY`, which"),
    ("yyyy-MM-dd 'T", "has an unpaired apostrophe"),
  ])
  func patternsAreChecked(pattern: String, reason: String) {
    let problem = #expect(throws: CSVDatePattern.Problem.self) { try CSVDatePattern(pattern) }
    #expect(problem?.reason.hasPrefix(reason) == true)
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

/// Dates by a pattern that is one.
private func pattern(_ text: String, offset: Int64 = 0) -> CSVDate {
  guard let pattern = try? CSVDatePattern(text) else { preconditionFailure("\(text)") }
  return .pattern(pattern, offset: Milliseconds(offset))
}
