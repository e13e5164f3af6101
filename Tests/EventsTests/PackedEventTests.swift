// Packed events come back byte for byte, whatever they hold; what is not packed is stored as it is.

import Bytes
import Testing

@testable import Events

private let receivedAt = Timestamp(milliseconds: 1_704_067_200_000)

/// What a block has of one event.
private struct PackedCopy {
  var shape: [UInt8]
  var values: [UInt8]
  var loose: [UInt8]

  /// The payload that this is read as; nil if it is not a packed event.
  func payload() -> [UInt8]? {
    var payload: [UInt8] = []
    guard
      let count = try? PackedEvent.unpack(
        shape: shape.span.bytes, values: values.span.bytes, loose: loose.span.bytes,
        receivedAt: receivedAt, into: &payload)
    else { return nil }
    return Array(payload[..<count])
  }
}

/// Packs payloads into one block; nil for those that are stored as they are.
private func pack(_ payloads: [[UInt8]], excessMax: Int = 64) throws -> [PackedCopy?] {
  var packer = EventPacker()
  return try pack(payloads.map { ([], $0) }, with: &packer, excessMax: excessMax)
}

/// As above, with drafts.
private func pack(
  _ payloads: [(draft: [UInt8], payload: [UInt8])], with packer: inout EventPacker,
  excessMax: Int = 64
) throws -> [PackedCopy?] {
  packer.begin()
  var all: [EventPacker.Packed?] = []
  for (draft, payload) in payloads {
    all.append(
      packer.pack(
        payload.span.bytes, draft: draft.span.bytes, receivedAt: receivedAt, excessMax: excessMax))
  }
  var (loose, shapes) = (FlatBuffer<UInt8>(), FlatBuffer<UInt8>())
  packer.writeLoose(to: &loose)
  packer.writeShapes(to: &shapes)
  var known: [[UInt8]] = []
  var reader = ByteReader(shapes.span.bytes)
  while !reader.isAtEnd { known.append(try reader.lengthPrefixed().toArray()) }
  var looseStart = 0
  var copies: [PackedCopy?] = []
  for packed in all {
    guard let packed else {
      copies.append(nil)
      continue
    }
    var values = FlatBuffer<UInt8>()
    packer.writeValues(packed.values, to: &values)
    copies.append(
      PackedCopy(
        shape: known[Int(packed.shape) - 1], values: values.array,
        loose: Array(loose.array[looseStart..<(looseStart + packed.looseCount)])))
    looseStart += packed.looseCount
  }
  #expect(looseStart == loose.count)
  return copies
}

@Suite struct PackedEventTests {
  private func payloads(_ box: ParserBox, _ lines: [String]) throws -> [[UInt8]] {
    let batch = box.parse(lines.joined(separator: "\n") + "\n")
    return batch.rows.filter { $0.outcome == .event }.map { batch.payload(of: $0).toArray() }
  }

  private static let texts = [
    "", "a", "10.124.157.243", "0.0.0.0", "255.255.255.255", "256.1.1.1", "01.2.3.4", "1.2.3",
    "1.2.3.4.5", "1.2.3.4 ", "1..2.3", "10.0.0.1", "a229106a771e1a4f", "e9ef80a21416ee", "deadbeef",
    "DEADBEEF", "deadbee", "12345678", "0123456789", "deadbeeg", "gdeadbee",
    "2e0d80624963460aa86dda0715fec935", "2e0d8062-4963-460a-86db-a0715fec9353",
    "2E0D8062-4963-460a-86db-a0715fec9353", "2024-01-01T00:00:33.980Z", "2024-01-01T00:00:33Z",
    String(repeating: "ab", count: 31), String(repeating: "ab", count: 32),
    String(repeating: "0", count: 62), String(repeating: "0", count: 126),
    String(repeating: "x", count: 127), String(repeating: "x", count: 128),
    String(repeating: "é", count: 200),
  ]

  @Test func everyFormOfTextComesBack() throws {
    let box = ParserBox()
    var lines: [String] = []
    for text in Self.texts {
      lines.append(event(properties: #"{"a":"\#(text)","b":{"c":"\#(text)"},"d":["\#(text)"]}"#))
      lines.append(
        #"{"type":"page","messageId":"\#(text)","userId":"\#(text)","anonymousId":"\#(text)x"}"#)
    }
    let payloads = try payloads(box, lines)
    #expect(payloads.count > 50)
    for (payload, copy) in zip(payloads, try pack(payloads)) {
      #expect(try #require(copy).payload() == payload)
    }
  }

  @Test(arguments: [
    ("10.124.157.243", 4), ("255.255.255.255", 4), ("256.1.1.1", 0), ("01.2.3.4", 0), ("1.2.3", 0),
    ("a229106a771e1a4f", 8), ("e9ef80a21416ee", 7), ("deadbee", 0), ("DEADBEEF", 0),
    ("deadbeeg", 0), ("2e0d8062-4963-460a-86db-a0715fec9353", 16),
  ])
  func textsThatStandForBytesAreThoseBytes(text: String, looseCount: Int) throws {
    let payloads = try payloads(ParserBox(), [event(properties: #"{"a":"\#(text)"}"#)])
    let copy = try #require(try pack(payloads)[0])
    #expect(copy.loose.count == looseCount)
  }

  @Test func eventsOfOneStructureShareAShape() throws {
    let lines = (0..<100).map { number in
      #"{"type":"track","event":"E","messageId":"m\#(number)","userId":"u","#
        + #""context":{"ip":"10.0.0.\#(number)","page":{"path":"/\#(number)"}},"#
        + #""properties":{"n":\#(number),"x":\#(number % 2 == 0 ? "null" : "1.50")}}"#
    }
    let payloads = try payloads(ParserBox(), lines)
    let copies = try pack(payloads).map { try #require($0) }
    #expect(Set(copies.map(\.shape)).count == 1)
    // No byte of a key is among the values.
    for (payload, copy) in zip(payloads, copies) {
      #expect(copy.payload() == payload)
      #expect(copy.values.count + copy.loose.count + 12 < payload.count)
    }
  }

  @Test(arguments: [UInt64](1...6)) func randomEventsComeBack(seed: UInt64) throws {
    let symbols = SymbolTable(seed: ParserBox.seed)
    var lines = ShapeLines(random: SeededGenerator(seed: seed))
    let box = ParserBox(symbols: symbols)
    var payloads: [[UInt8]] = []
    for _ in 0..<2000 {
      // Random members around a header that makes an event of them.
      let members = String(decoding: lines.line(), as: UTF8.self)
      let line =
        #"{"type":"track","event":"E\#(payloads.count % 7)","messageId":"\#(payloads.count)","#
        + #""userId":"u","properties":\#(members)}"#
      let batch = box.parse(line)
      guard let row = batch.rows.first, row.outcome == .event else { continue }
      payloads.append(batch.payload(of: row).toArray())
    }
    #expect(payloads.count > 300)
    var packed = 0
    for start in stride(from: 0, to: payloads.count, by: 100) {
      let some = Array(payloads[start..<min(start + 100, payloads.count)])
      for (payload, copy) in zip(some, try pack(some)) {
        guard let copy else { continue }
        packed += 1
        #expect(copy.payload() == payload)
      }
    }
    #expect(packed * 10 > payloads.count * 9, "\(packed) of \(payloads.count)")
  }

  @Test func whatIsNoPayloadComesBackOrIsNotPacked() throws {
    let payloads = try payloads(
      ParserBox(), Self.texts.map { event(properties: #"{"a":"\#($0)","b":{"c":[1,{"d":2.5}]}}"#) })
    var random = SeededGenerator(seed: 5)
    var (packed, refused) = (0, 0)
    for _ in 0..<20_000 {
      var bytes = try #require(payloads.randomElement(using: &random))
      for _ in 0...Int.random(in: 0..<3, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] &+= 1
        case 2: bytes.remove(at: place)
        default: bytes.insert(0x80, at: place)
        }
        if bytes.isEmpty { bytes = [2] }
      }
      guard let copy = try pack([bytes], excessMax: 1 << 20)[0] else {
        refused += 1
        continue
      }
      packed += 1
      #expect(copy.payload() == bytes)
    }
    #expect(packed > 1000 && refused > 1000, "\(packed), \(refused)")
  }

  @Test func partsThatNobodyPackedAreRefused() throws {
    let payloads = try payloads(
      ParserBox(), Self.texts.map { event(properties: #"{"a":"\#($0)","b":{"c":[1,{"d":2.5}]}}"#) })
    let copies = try pack(payloads).map { try #require($0) }
    var random = SeededGenerator(seed: 6)
    var refused = 0
    for round in 0..<30_000 {
      var copy = try #require(copies.randomElement(using: &random))
      func tamper(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return bytes.append(UInt8.random(in: 0...255, using: &random)) }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes.removeLast(bytes.count - place)
        case 2: bytes[place] = 0
        case 3: bytes[place] = 0xFF
        default: bytes.insert(UInt8.random(in: 0...255, using: &random), at: place)
        }
      }
      switch round % 3 {
      case 0: tamper(&copy.shape)
      case 1: tamper(&copy.values)
      default: tamper(&copy.loose)
      }
      if copy.payload() == nil { refused += 1 }
    }
    #expect(refused > 1000, "\(refused)")
    #expect(PackedCopy(shape: [], values: [], loose: []).payload() == nil)
    // Objects without end, and ends without an object.
    let head: [UInt8] = [1, 0, 0]
    for steps: [UInt8] in [[0], [0, 9], [0, 0], [0, 9, 0, 0, 0, 0], [9, 0x80]] {
      #expect(PackedCopy(shape: head + steps, values: [0], loose: []).payload() == nil)
    }
    let deep: [UInt8] = (0..<200).flatMap { _ -> [UInt8] in [0, 9] }
    #expect(PackedCopy(shape: head + deep, values: [], loose: []).payload() == nil)
  }

  @Test func whatHasNoShapeIsNotPacked() throws {
    var limits = SymbolTable.Limits()
    limits.symbolsMax = 18
    let box = ParserBox(symbols: SymbolTable(seed: ParserBox.seed, limits: limits))
    let full = try payloads(box, [event(properties: #"{"new":1,"keys":2,"beyond":3,"all":4}"#)])
    #expect(try pack(full).map { $0 == nil } == [true])
    // Of more shapes than a block takes the first are packed; the others are stored as they are.
    let lines = (0..<1100).map { event(properties: #"{"key\#($0)":"\#($0)"}"#) }
    let many = try payloads(ParserBox(), lines)
    let copies = try pack(many)
    #expect(copies.filter { $0 != nil }.count == PackedLayout.shapesMax)
    for (payload, copy) in zip(many, copies) where copy != nil {
      #expect(copy?.payload() == payload)
    }
    // What would take more room is stored as it is.
    #expect(try pack(many, excessMax: -100).allSatisfy { $0 == nil })
    let long = String(repeating: "x", count: PackedLayout.payloadBytesMax)
    var larger = EventLimits()
    larger.eventBytesMax = 1 << 20
    let one = try payloads(ParserBox(limits: larger), [event(properties: #"{"a":"\#(long)"}"#)])
    #expect(try pack(one).map { $0 == nil } == [true])
  }

  /// The drafts and payloads of events.
  private func drafted(_ box: ParserBox, _ lines: [String]) -> [(draft: [UInt8], payload: [UInt8])]
  {
    let batch = box.parse(lines.joined(separator: "\n") + "\n")
    return batch.rows.filter { $0.outcome == .event }.map { row in
      (
        batch.draftAndPayload(of: row).extracting(0..<row.draftCount).toArray(),
        batch.payload(of: row).toArray()
      )
    }
  }

  /// Packs events as they are and by their drafts, which must come to the same.
  ///
  /// - Returns: How many were packed by drafts.
  private func comparePacking(
    _ events: [(draft: [UInt8], payload: [UInt8])], _ packer: inout EventPacker,
    hasInstants: Bool = false
  ) throws -> Int {
    var drafted = 0
    for start in stride(from: 0, to: events.count, by: 100) {
      let some = Array(events[start..<min(start + 100, events.count)])
      let copies = try pack(some, with: &packer)
      for ((event, copy), plain) in zip(zip(some, copies), try pack(some.map(\.payload))) {
        #expect((copy == nil) == (plain == nil))
        guard let copy, let plain else { continue }
        drafted += event.draft.isEmpty ? 0 : 1
        #expect(copy.payload() == event.payload)
        #expect(copy.shape == plain.shape)
        #expect(copy.loose == plain.loose)
        if !hasInstants { #expect(copy.values == plain.values) }
      }
    }
    return drafted
  }

  private static let id = "2e0d8062-4963-460a-86db-a0715fec9353"

  @Test func draftsComeToWhatPayloadsDo() throws {
    var lines: [String] = []
    for text in Self.texts {
      for members in [
        #"{"a":"\#(text)","b":{"c":"\#(text)","e":{}},"d":["\#(text)"],"f":[]}"#,
        #"{"a":1,"b":{"c":[[{"x":{"y":"\#(text)"}},["\#(text)"]],3],"e":64},"d":{"d":[]}}"#,
        #"{"a":{"x":"\#(text)"},"b":null}"#, #"{"a":{},"b":{"x":-1.5}}"#, #"{"a":[{}],"b":{}}"#,
      ] {
        for call in ["track", "page"] {
          lines.append(
            #"{"type":"\#(call)","event":"E","messageId":"\#(Self.id)","userId":"\#(text)","#
              + #""anonymousId":"u\#(text)","timestamp":"2024-01-01T00:00:33.980Z","#
              + #""sentAt":"2024-01-01T00:00:34Z","context":[],"properties":\#(members)}"#)
        }
      }
    }
    let box = ParserBox()
    var packer = EventPacker()
    // Texts that are instants stand for themselves in drafts.
    for hasInstants in [true, false] {
      let some = lines.filter { $0.contains("2024-01-01T00:00:33Z\"") == hasInstants }
      let events = drafted(box, some + some)
      #expect(events.count > 10)
      _ = try comparePacking(events, &packer, hasInstants: hasInstants)
    }
    let plain = lines.map { $0.replacing(#""context":[],"#, with: "") }
      .filter { !$0.contains("2024-01-01T00:00:33") || $0.contains(#"userId":"deadbeef""#) }
    let events = drafted(box, plain + plain)
    let withDraft = try comparePacking(events, &packer)
    #expect(withDraft * 2 > events.count, "\(withDraft) of \(events.count)")
  }

  @Test(arguments: [UInt64](11...14)) func draftsOfRandomEventsComeBack(seed: UInt64) throws {
    let symbols = SymbolTable(seed: ParserBox.seed)
    var random = ShapeLines(random: SeededGenerator(seed: seed))
    let box = ParserBox(symbols: symbols)
    var lines: [String] = []
    for number in 0..<500 {
      let members = String(decoding: random.line(), as: UTF8.self)
      guard
        box.parse(#"{"type":"track","event":"E","userId":"u","properties":\#(members)}"#)
          .rows.first?.outcome == .event
      else { continue }
      lines.append(
        #"{"type":"track","event":"E\#(number % 7)","messageId":"\#(Self.id)","#
          + #""userId":"u","properties":\#(members)}"#)
    }
    var packer = EventPacker()
    let events = drafted(box, lines)
    // Nearly each structure is another one, so the second time each has been met.
    _ = try comparePacking(events, &packer, hasInstants: true)
    let withDraft = try comparePacking(drafted(box, lines), &packer, hasInstants: true)
    #expect(withDraft * 6 > events.count, "\(withDraft) of \(events.count)")
  }

  @Test func aDraftOfAnotherTreeIsAnotherStructure() throws {
    // Both number their structures from the start, in opposite order.
    let lines = [#"{"a":1}"#, #"{"a":{"b":1}}"#, #"{"a":{"b":{}},"c":"deadbeef"}"#].map {
      #"{"type":"track","event":"E","messageId":"\#(Self.id)","userId":"u","properties":\#($0)}"#
    }
    let symbols = SymbolTable(seed: ParserBox.seed)
    let first = drafted(ParserBox(symbols: symbols), lines)
    let second = drafted(ParserBox(symbols: symbols), lines.reversed())
    var packer = EventPacker()
    #expect(try comparePacking(first + second + first + second, &packer) == 12)
  }
}
