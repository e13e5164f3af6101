// Batches that are taken as lines have the rows that they have when they are taken value by value.

import Bytes
import Testing

@testable import Events

/// An input that is at hand whole, or a few bytes at a time, so that no batch is ever whole.
private final class SteppedInput: JSONInput {
  private let bytes: [UInt8]
  private let step: Int

  init(_ bytes: [UInt8], step: Int) {
    self.bytes = bytes
    self.step = step
  }

  func bytes(from offset: Int, atMost countMax: Int) throws(JSONInputStopped) -> [UInt8] {
    Array(bytes[min(offset, bytes.count)..<min(offset + min(step, countMax), bytes.count)])
  }

  func isAtHand(_ offset: Int) -> Bool { true }
  func release(before offset: Int) {}
}

@Suite struct PlainBatchTests {
  private static let items = [
    #"{"type":"track","event":"A","userId":"u1","messageId":"m1"}"#,
    #"{"type":"track","event":"A","userId":"u1","sentAt":"2026-01-01T00:00:00Z"}"#,
    #"{"type":"track","event":"A","userId":"u1","sentAt":null}"#,
    #"{"type":"track","event":"A","userId":"u1","sent\u0041t":null}"#,
    #"{ "type" : "identify" , "userId" : "u2" , "traits" : { "a" : [ 1 , { "b" : "}" } ] } }"#,
    #"{"type":"track","event":"quote \" and \\","userId":"u3"}"#, #"{}"#, #"{ }"#, #"{"a":1]}"#,
    #"{"type":"track","event":"A","userId":"u1""#, "5", "null", "[1]", #"{"batch":[]}"#,
    #"{"type":"track","event":"A","userId":"ü","context":{"ip":"1"}}"#,
    "{\"type\":\"track\",\n\"event\":\"A\",\"userId\":\"u4\"}",
    #"{"type":"track","event":"A" "userId":"u"}"#,
  ]
  private static let members = [
    #""sentAt":"2026-01-01T00:00:05.000Z""#, #""sentAt":null"#, #""writeKey":"k""#,
    #""context":{"library":{"name":"x"}}"#, #""integrations":{"All":true}"#, #""context":[]"#,
    #""type":"track""#, #""type":null"#, #""x":{"batch":[1]}"#, #""sentAt":5"#, #""y":}"#, "",
  ]
  private static let tails = ["", "\n", " ", "}", "\n{\"type\":\"none\"}\n", " x", "{\"a\":1}"]

  private func batch(_ random: inout SeededGenerator) -> String {
    var parts: [String] = []
    for _ in 0..<Int.random(in: 0...2, using: &random) {
      parts.append(Self.members.randomElement(using: &random) ?? "")
    }
    let items = (0..<Int.random(in: 0...4, using: &random)).map { _ in
      // Mostly items that are as they should be.
      let index =
        Bool.random(using: &random)
        ? Int.random(in: 0..<3, using: &random)
        : Int.random(in: 0..<Self.items.count, using: &random)
      return Self.items[index]
    }
    let separator = [",", " , ", ", "].randomElement(using: &random) ?? ","
    let list = "\"batch\":[" + items.joined(separator: separator) + "]"
    parts.insert(list, at: Int.random(in: 0...parts.count, using: &random))
    return "{" + parts.joined(separator: ",") + "}"
  }

  private func rows(_ text: String, step: Int) -> [String] {
    let symbols = SymbolTable()
    let parser = EventParser(
      symbols: symbols, seed: HashSeed([UInt8](repeating: 1, count: HashSeed.byteCount)),
      source: SourceID(1))
    let bytes = Array(text.utf8)
    let reader = JSONReader(
      SteppedInput(bytes, step: step), parser: parser, bodyBytes: bytes.count)
    var batch = EventBatch()
    do throws(JSONInputStopped) { while try reader.parse(into: &batch) {} } catch {
      return ["stopped"]
    }
    let names = symbols.names()
    return batch.rows.map { row in
      let place = "\(row.line)#\(row.item)@\(row.offset) \(row.messageHash) "
      guard case .event = row.outcome else {
        return place + "\(row.outcome) " + batch.payload(of: row).toString()
      }
      var writer = ByteWriter()
      do throws(DecodeError) {
        try EventView(batch.payload(of: row)).writeJSON(to: &writer, names: names)
      } catch { return place + "damaged" }
      return place + String(decoding: writer.bytes, as: UTF8.self)
    }
  }

  @Test func rowsAreThoseOfValuesTakenOneByOne() {
    var random = SeededGenerator(seed: 12)
    for _ in 0..<1_000 {
      var text = (0..<Int.random(in: 1...2, using: &random)).map { _ in batch(&random) }
        .joined(separator: "\n")
      text += Self.tails.randomElement(using: &random) ?? ""
      #expect(rows(text, step: text.utf8.count) == rows(text, step: 11), "\(text)")
    }
  }

  @Test func batchesOfClientsArePlain() {
    var plain = PlainBatch()
    let text = Array(
      #"{"batch":[{"type":"track","event":"A"},{"type":"track"}],"sentAt":"2026","writeKey":"k"}"#
        .utf8)
    #expect(plain.read(text.span.bytes, itemBytesMax: 1000) == text.count)
    #expect(
      String(decoding: plain.lines, as: UTF8.self)
        == "{\"type\":\"track\",\"event\":\"A\",\"sentAt\":\"2026\"}\n"
        + "{\"type\":\"track\",\"sentAt\":\"2026\"}\n")
  }
}
