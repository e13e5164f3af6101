// Visiting the fields of a stored event: all of them, in order, as deep as they are.

import Bytes
import Events
import Testing

@Suite struct FieldTests {
  /// Every field as `depth key text`; containers without text.
  private static func fields(_ line: String, in box: ParserBox) throws -> [String] {
    let batch = box.parse(line)
    let payload = batch.payload(of: batch.rows[0]).toArray()
    var result: [String] = []
    try EventView(payload.span.bytes).visitFields(names: box.symbols.names()) { field in
      let text: String
      switch field.value.kind {
      case .object: text = "{}"
      case .array: text = "[]"
      case .null: text = "null"
      case .boolean: text = field.value.boolean == true ? "true" : "false"
      case .number, .string: text = (try? field.value.withText { $0.toString() }) ?? "?"
      }
      result.append("\(field.depth) \(field.key.toString()) \(text)")
    }
    return result
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
      try EventView(payload.span.bytes).visitFields(names: SymbolTable().names()) { _ in }
    }
  }
}
