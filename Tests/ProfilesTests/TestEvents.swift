// Stored events from JSON, for tests: parsed as at ingest.

import Bytes
import Events
import Testing

struct TestEvents {
  var symbols = SymbolTable()

  /// The payload of a track event with these members besides its type and ids.
  func payload(_ members: String) throws -> [UInt8] {
    let seed = HashSeed([UInt8](repeating: 7, count: HashSeed.byteCount))
    let parser = EventParser(symbols: symbols, seed: seed, source: SourceID(1))
    var batch = EventBatch()
    let members = members.split(separator: "\n").joined()
    let line = Array("{\"type\":\"track\",\"messageId\":\"m\",\"userId\":\"u\",\(members)}\n".utf8)
    parser.parse(line.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    try #require(batch.rows.count == 1)
    try #require(batch.rows[0].outcome == .event)
    return Array(batch.bytes[batch.rows[0].payload])
  }
}
