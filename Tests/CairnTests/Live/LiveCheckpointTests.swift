// Checkpoints of a store whose state is ahead of what is durable, as that of a live store is.

import Bytes
import Events
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct LiveCheckpointTests {
  /// Opens the store of a process that was killed, and folds what its last checkpoint does not have.
  private func problems(_ directory: TemporaryDirectory) throws -> [String] {
    let reader = try Store.openReadOnly(at: directory.store)
    #expect(reader.checkpointSequence < reader.lastSequence)
    return reader.verify(replay: true).problems
  }

  @Test(arguments: [BackgroundMode.atOnce, .late, .threads])
  func aCheckpointHasNothingOfTheBatchInHand(_ background: BackgroundMode) throws {
    let directory = TemporaryDirectory()
    var options = StoreOptions()
    options.background = background
    // The first batch makes a checkpoint due, and the others do not.
    options.checkpointLogBytes = 2000
    let store = try Store.create(at: directory.store, options: options)
    _ = try store.apply([
      DefinitionText(kind: .trait, name: "n", text: #"count("A")"#, file: "test"),
      DefinitionText(kind: .audience, name: "many", text: "n >= 3", file: "test"),
    ])
    let basis = store.parseBasis(after: nil)
    let session = IngestSession(
      store: store, plan: nil, source: SourceID(1), clock: .system, isInput: true,
      batchRecords: 10_000, onVerdict: nil)
    var id = 0
    func take(_ count: Int) throws {
      let events = (0..<count).map { index in
        id += 1
        let text = String(id * 7_919, radix: 36)
        return
          #"{"type":"track","event":"A","userId":"u\#(index % 50)","messageId":"\#(text)","properties":{"v":"\#(text)"}}"#
      }
      let body = Array((#"{"batch":["# + events.joined(separator: ",") + "]}").utf8)
      let parser = EventParser(
        symbols: basis.symbols, seed: basis.seed, source: SourceID(1),
        identifiers: basis.identifiers)
      let reader = JSONReader(BodyBytes(body), parser: parser, bodyBytes: body.count)
      var batch = EventBatch(forBytes: body.count)
      while try reader.parse(into: &batch) {}
      var matches = EventMatches(plan: basis.plan)
      matches.add(batch.rows.indices, of: batch)
      try session.apply(batch, matches, from: SourceID(1))
    }
    try take(400)
    try session.advance()
    // In hand when the commit before it ends.
    try take(3)
    try session.advance()
    try take(2)
    try session.advance()
    try session.advance()
    #expect(try problems(directory) == [])
    try session.finish()
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
