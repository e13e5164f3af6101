// A rebuild that meets damage in the log itself must not leave half a state that looks whole.

import Bytes
import Cairn
import Foundation
import Storage
import Testing
@testable import Engine

@Suite struct LostStateTests {
  private func options() -> StoreOptions {
    var options = StoreOptions.repeatable()
    options.storage = StorageOptions(segmentBytesMax: 4096, blockBytes: 1024)
    return options
  }

  @Test func aRebuildThatFailsSealsNothing() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: options())
    _ = try store.apply(definitions(traits: [("seen", "count(*)")]))
    for start in stride(from: 0, to: 600, by: 100) {
      let lines = (start..<start + 100).map {
        #"{"type":"track","event":"Seen","messageId":"m\#($0)","userId":"u\#($0 % 7)","#
          + #""timestamp":"2026-01-01T00:00:00Z"}"#
      }
      _ = try store.ingest(
        lines: Array(lines.joined(separator: "\n").utf8), options: .past(batch: 20))
    }
    try store.close()
    let sealed = try #require(
      try FileManager.default.contentsOfDirectory(atPath: directory.store)
        .filter { $0.hasSuffix(".seg") }.sorted().first)
    let path = directory.store + "/" + sealed
    var bytes = try Data(contentsOf: URL(filePath: path))
    // In the first block.
    bytes[200] ^= 0xFF
    try bytes.write(to: URL(filePath: path))

    let damaged = try Store.open(at: directory.store, options: options())
    let before = try damaged.snapshot().stateHash()
    #expect(throws: StoreError.self) { try damaged.rebuildDerived() }
    // The damage was met before anything was thrown away: what was derived once is still whole.
    #expect(try damaged.snapshot().stateHash() == before)
    try damaged.checkpoint()
    _ = try damaged.tick(to: instant("2027-01-01"))
    try damaged.close()
    let again = try Store.open(at: directory.store, options: options())
    #expect(try again.snapshot().stateHash() != before)
    #expect(throws: StoreError.self) { try again.rebuildDerived() }
  }
}
