// The stored form: its exact bytes, and views over bytes that are not a payload.

import Bytes
import Testing

@testable import Events

@Suite struct PayloadTests {
  /// Every form of value once.
  ///
  /// If this changes, the format version must be raised.
  @Test func theLayoutIsAsWritten() throws {
    let box = ParserBox()
    let batch = box.parse(
      #"{"type":"track","event":"E","messageId":7,"userId":"u","anonymousId":null,"#
        + #""historical":true,"sentAt":"soonest","#
        + #""timestamp":"1970-01-01T00:00:01Z","properties":{"a":[null,false,true,5,-2,1.50,1e2],"#
        + #""b":"","email":"X@y","t":"1970-01-01T00:00:00.003Z","#
        + #""i":"00112233-4455-6677-8899-aabbccddeeff"}}"#)
    let e = UInt8(try box.symbol("E").value)
    let keys = try ["a", "b", "t", "i"].map { UInt8(try box.symbol($0).value) }
    var expected: [UInt8] = [2, 1 | 3 << 3 | 0x20, 2, 0x0C, e, 0x81, 0x37, 0x81, 0x75, 0x00]
    expected += [0x09, 2, 0x0D, 0x87] + Array("soonest".utf8)
    let array: [UInt8] = [0, 1, 2, 0x45, 0x03, 3, 0x04, 2, 0xAC, 0x02, 0x05, 3, 0x31, 0x65, 0x32]
    var members: [UInt8] = [keys[0], 0x0B, UInt8(array.count)] + array
    members += [keys[1], 0x80, 10, 0x83, 0x58, 0x40, 0x79, keys[2], 0x08, 6, keys[3], 0x07]
    members += (0..<16).map { $0 * 0x11 }
    expected += [0x0A, UInt8(members.count + 5), 13, 2, 7, 0x0A, UInt8(members.count)] + members
    #expect(batch.payload(of: batch.rows[0]).toArray() == expected)
    #expect(Array(batch.bytes.suffix(4)) == Array("ux@y".utf8))
  }

  @Test func wellKnownSymbolsAreFixed() {
    let keys = [
      "type", "event", "messageId", "userId", "anonymousId", "timestamp", "properties", "traits",
      "context", "email", "originalTimestamp", "sentAt", "historical", "groupId", "previousId",
    ]
    #expect(WellKnownSymbol.allCases.map(\.key) == keys)
    #expect(WellKnownSymbol.allCases.map(\.rawValue) == Array(1...15))
  }

  @Test func aPayloadCutAnywhereIsRefused() throws {
    let (bytes, box) = try sample()
    for count in 0..<bytes.count {
      let part = Array(bytes[..<count])
      #expect(throws: DecodeError.self, "cut at \(count)") {
        try Self.readAll(part, box.symbols.names())
      }
    }
    #expect(throws: DecodeError.self) { try Self.readAll(bytes + [0], box.symbols.names()) }
    var reserved = bytes
    reserved[1] |= 0x40
    #expect(throws: DecodeError.self) { try Self.readAll(reserved, box.symbols.names()) }
    var flags = bytes
    flags[2] |= 0x08
    #expect(throws: DecodeError.self) { try Self.readAll(flags, box.symbols.names()) }
    var format = bytes
    format[0] = 1
    #expect(throws: DecodeError.self) { try Self.readAll(format, box.symbols.names()) }
  }

  @Test(arguments: [UInt64](1...8))
  func damagedPayloadsNeverTrap(seed: UInt64) throws {
    let (bytes, box) = try sample()
    var generator = SeededGenerator(seed: seed)
    var refused = 0
    for _ in 0..<2_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &generator) {
        let index = Int.random(in: 0..<damaged.count, using: &generator)
        damaged[index] = UInt8.random(in: 0...255, using: &generator)
      }
      do {
        try Self.readAll(damaged, box.symbols.names())
      } catch is DecodeError {
        refused += 1
      }
    }
    #expect(refused > 200, "seed \(seed)")
  }

  @Test func deepDamageIsRefusedBeforeTheStackEnds() {
    // Nested arrays, each as long as what is left.
    var value: [UInt8] = [0]
    for _ in 0..<20_000 {
      var writer = ByteWriter()
      writer.u8(0x0B)
      writer.lengthPrefixed(value)
      value = writer.bytes
    }
    let bytes = value
    #expect(throws: DecodeError.self) {
      var writer = ByteWriter()
      try ValueView(encoded: bytes.span.bytes).writeJSON(to: &writer, names: SymbolTable().names())
    }
  }

  /// The same for visitors: arrays in arrays, and objects in objects under keys that are at hand, beyond
  /// those, and inline.
  @Test(arguments: [nil, 10, 700, 0] as [UInt32?])
  func deepDamageIsNotVisited(key: UInt32?) throws {
    let box = ParserBox()
    var payload: [UInt8] = []
    for part in 0..<4 {
      let keys = (0..<200).map { #""key\#(part)_\#($0)":1"# }.joined(separator: ",")
      let batch = box.parse(event(properties: "{\(keys)}"))
      payload = batch.payload(of: batch.rows[0]).toArray()
    }
    let header = try EventHeader(payload.span.bytes)
    func visited(depth: Int) throws -> Int {
      var value: [UInt8] = [0]
      for _ in 0..<depth {
        var content = ByteWriter()
        if let key { content.varint(UInt64(key)) }
        if key == 0 { content.lengthPrefixed([0x61]) }
        content.append(value)
        var writer = ByteWriter()
        writer.u8(key == nil ? 0x0B : 0x0A)
        writer.lengthPrefixed(content.bytes)
        value = writer.bytes
      }
      var rest = ByteWriter()
      rest.varint(UInt64(WellKnownSymbol.properties.rawValue))
      rest.append(value)
      var deep = ByteWriter()
      deep.append(Array(payload[..<header.sentEnd]))
      deep.u8(0x0A)
      deep.lengthPrefixed(rest.bytes)
      var lines = FieldLines()
      let bytes = deep.bytes
      try EventView(bytes.span.bytes).visitFields(names: box.symbols.names(), &lines)
      return lines.lines.count
    }
    #expect(try visited(depth: 400) > 400)
    #expect(throws: DecodeError.self) { try visited(depth: 20_000) }
  }

  @Test func membersAndElementsAreVisitedInOrder() throws {
    let box = ParserBox()
    let batch = box.parse(event(properties: #"{"b":[1,"x",null],"a":false}"#))
    let view = try EventView(batch.payload(of: batch.rows[0]))
    var keys: [Symbol?] = []
    var kinds: [ValueView.Kind] = []
    if let properties = try view.value(at: [try box.symbol("properties")]) {
      try properties.forEachMember { (key, _, value) throws(DecodeError) in
        keys.append(key)
        kinds.append(value.kind)
        try value.forEachElement { (element) throws(DecodeError) in kinds.append(element.kind) }
      }
    }
    #expect(try keys == [box.symbol("b"), box.symbol("a")])
    #expect(kinds == [.array, .number, .string, .null, .boolean])
    let inside = try view.value(at: try ["properties", "a", "b"].map(box.symbol)) == nil
    #expect(inside)
  }

  @Test(arguments: [
    ("12.50", "12.5"), ("-3", "-3"), ("63", "63"), ("9007199254740993", "9007199254740993"),
    ("1e3", "1000"), ("0.1000000000", "0.1"), ("0.0000000000", "0"), ("0.0000000001", nil),
    ("1e400", nil), ("999999999999999999999999999999", nil),
  ])
  func numbersReadAsExactDecimals(json: String, expected: String?) throws {
    let box = ParserBox()
    let batch = box.parse(event(properties: #"{"n":\#(json)}"#))
    let view = try EventView(batch.payload(of: batch.rows[0]))
    var reading = FixedDecimal.Reading.notANumber
    if let value = try view.value(at: try ["properties", "n"].map(box.symbol)) {
      reading = value.decimal
    }
    #expect(reading.exact.map { "\($0)" } == expected)
    #expect(reading != .notANumber)
  }

  private func sample() throws -> ([UInt8], ParserBox) {
    let box = ParserBox()
    let batch = box.parse(
      #"{"type":"identify","messageId":"00112233-4455-6677-8899-aabbccddeeff","userId":12.5,"#
        + #""anonymousId":"a","timestamp":"2024-01-01T00:00:00.5+01:00","#
        + #""traits":{"email":"e@x","n":[1,2.5,1e9,{"deep":null}],"s":"\#(String(repeating: "s", count: 200))"}}"#
    )
    let row = try #require(batch.rows.first)
    try #require(row.outcome == .event)
    return (batch.payload(of: row).toArray(), box)
  }

  /// Reads everything that a payload can give.
  private static func readAll(_ bytes: [UInt8], _ names: SymbolNames) throws {
    let view = try EventView(bytes.span.bytes)
    var lines = FieldLines()
    let isVisited = (try? view.visitFields(names: names, &lines)) != nil
    var writer = ByteWriter()
    try view.writeJSON(to: &writer, names: names)
    #expect(isVisited, "what can be written can be visited")
    try view.forEachIdentifier(SymbolTable()) { _, text in writer.append(text) }
    _ = try view.withName(names) { $0.byteCount }
    let email = WellKnownSymbol.email.symbol
    for first in WellKnownSymbol.allCases {
      if let value = try view.value(at: [first.symbol, email]) { _ = value.decimal }
      if let value = try view.value(at: [first.symbol]) { _ = value.decimal }
    }
  }
}
