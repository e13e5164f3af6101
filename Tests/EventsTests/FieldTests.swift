// Visiting the fields of a stored event: all of them, in order, as deep as they are.

import Bytes
import Events
import Testing

@Suite struct FieldTests {
  /// Every field as `depth key text`; containers without text.
  private static func fields(_ line: String, in box: ParserBox) throws -> [String] {
    let batch = box.parse(line)
    let payload = batch.payload(of: batch.rows[0]).toArray()
    var lines = FieldLines()
    try EventView(payload.span.bytes).visitFields(names: box.symbols.names(), &lines)
    return lines.lines
  }

  @Test func everyFieldComesInOrder() throws {
    let box = ParserBox()
    let found = try Self.fields(
      #"{"type":"track","event":"E","messageId":"m","userId":7,"anonymousId":null,"#
        + #""timestamp":"2026-03-01T10:00:00.000Z","sentAt":"soon","#
        + #""properties":{"a":[1.50,{"b":true}],"":{},"i":"00112233-4455-6677-8899-aabbccddeeff"}}"#,
      in: box)
    #expect(
      found == [
        "1 messageId m", "1 userId 7", "1 anonymousId null", "1 timestamp 2026-03-01T10:00:00.000Z",
        "1 sentAt soon", "1 properties {}", "2 a []", "3  1.50", "3  {}", "4 b true", "2  {}",
        "2 i 00112233-4455-6677-8899-aabbccddeeff",
      ])
  }

  /// What a visitor is given agrees with what the value says of itself, whatever the form it is stored in.
  @Test(arguments: [
    ("-1.50", "number -1.5"), ("0", "number 0"), ("63", "number 63"), ("64", "number 64"),
    ("-9223372036854775808", "number -9223372036854775808"), ("0.000000001", "number 0.000000001"),
    ("1e3", "number 1000"), ("0.0000000001", "number tooPrecise"), ("1e40", "number overflow"),
    ("9007199254740993.123456789", "number 9007199254740993.123456789"),
    ("12.3400000000000", "number 12.34"), ("true", "boolean true"), ("false", "boolean false"),
    ("null", "null"), (#""""#, "text "), (#""é\n""#, "text é\n"),
    (#""\#(String(repeating: "s", count: 127))""#, "text \(String(repeating: "s", count: 127))"),
    (#""\#(String(repeating: "s", count: 300))""#, "text \(String(repeating: "s", count: 300))"),
    (#""2026-03-01T10:00:00.007Z""#, "instant 2026-03-01T10:00:00.007Z"),
    (#""1969-12-31T23:59:59Z""#, "instant 1969-12-31T23:59:59.000Z"),
    (#""2026-03-01T11:00:00+01:00""#, "text 2026-03-01T11:00:00+01:00"),
    (#""00112233-4455-6677-8899-aabbccddeeff""#, "uuid 00112233445566778899aabbccddeeff"),
    (#""00112233-4455-6677-8899-AABBCCDDEEFF""#, "text 00112233-4455-6677-8899-AABBCCDDEEFF"),
  ])
  func valuesAreDecoded(_ json: String, _ expected: String) throws {
    let box = ParserBox()
    let batch = box.parse(
      #"{"type":"track","event":"E","messageId":"m","userId":"u","x":\#(json)}"#)
    let payload = batch.payload(of: batch.rows[0]).toArray()
    var lines = FieldLines(showsForms: true)
    try EventView(payload.span.bytes).visitFields(names: box.symbols.names(), &lines)
    #expect(lines.lines.last == "1 x \(expected)")
  }

  /// Keys beyond the names that are at hand are found as well.
  @Test func manyKeysHaveTheirNames() throws {
    let box = ParserBox()
    for part in 0..<4 {
      let members = (0..<400).map { #""key_\#(part)_\#($0)":\#($0)"# }.joined(separator: ",")
      let found = try Self.fields(
        #"{"type":"identify","messageId":"m","userId":"u","traits":{\#(members)}}"#, in: box)
      #expect(found.count == 403)
      #expect(found.dropFirst(3) == (0..<400).map { "2 key_\(part)_\($0) \($0)" }[...])
    }
  }

  @Test func aKeyWithoutNameIsDamage() throws {
    let box = ParserBox()
    let batch = box.parse(#"{"type":"track","event":"E","messageId":"m","userId":"u","x":1}"#)
    let payload = batch.payload(of: batch.rows[0]).toArray()
    #expect(throws: DecodeError.self) {
      var lines = FieldLines()
      try EventView(payload.span.bytes).visitFields(names: SymbolTable().names(), &lines)
    }
  }
}

/// Writes a line for each field.
struct FieldLines: FieldVisitor {
  private(set) var lines: [String] = []
  /// Whether to tell in which form a value was given, not just its text as sent.
  var showsForms = false

  private mutating func add(_ field: borrowing StoredField, _ form: String) {
    let text: String
    switch field.value.kind {
    case .object: text = "{}"
    case .array: text = "[]"
    case .null: text = "null"
    case .boolean: text = field.value.boolean == true ? "true" : "false"
    case .number, .string: text = (try? field.value.withText { $0.toString() }) ?? "?"
    }
    lines.append("\(field.depth) \(field.key.toString()) \(showsForms ? form : text)")
  }

  mutating func visit(text: RawSpan, _ field: borrowing StoredField) {
    add(field, "text \(text.toString())")
  }

  mutating func visit(uuid: RawSpan, _ field: borrowing StoredField) {
    let digits = uuid.toArray().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    add(field, "uuid \(digits.joined())")
  }

  mutating func visit(instant: Timestamp, _ field: borrowing StoredField) {
    add(field, "instant \(instant)")
  }

  mutating func visit(number: FixedDecimal.Reading, _ field: borrowing StoredField) {
    if case .exact(let number) = number {
      add(field, "number \(number)")
    } else {
      add(field, "number \(number)")
    }
  }

  mutating func visit(boolean: Bool, _ field: borrowing StoredField) {
    add(field, "boolean \(boolean)")
  }

  mutating func visitNull(_ field: borrowing StoredField) { add(field, "null") }
  mutating func visitObject(_ field: borrowing StoredField) { add(field, "object") }
  mutating func visitArray(_ field: borrowing StoredField) { add(field, "array") }
}
