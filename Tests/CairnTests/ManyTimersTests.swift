// More timers due at once than one record takes: ticks come between, and nothing else changes.

import Bytes
import Cairn
import Storage
import Testing

@Suite struct ManyTimersTests {
  /// 70,000 people who each did something once, within one second.
  private func lines() -> [UInt8] {
    var text = ""
    let start = instant("2026-01-01T00:00:00.000Z")
    for person in 0..<70_000 {
      let time = start + Milliseconds(Int64(person % 1000))
      text += #"{"type":"track","event":"Seen","messageId":"m\#(person)","userId":"u\#(person)","#
      text += #""timestamp":"\#(time)"}"# + "\n"
    }
    return Array(text.utf8)
  }

  @Test func aWindowThatEndsForManyAtOnceEndsForAll() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    _ = try store.ingest(lines: lines(), options: .past())
    #expect(try store.snapshot().audience("recent").memberCount == 70_000)
    let before = store.lastSequence
    let changes = try store.tick(to: instant("2026-02-01T00:00:00.000Z"))
    #expect(changes.exited == 70_000)
    #expect(
      store.lastSequence.value == before.value + 2, "one tick between, then the one asked for")
    #expect(store.logicalNow == instant("2026-02-01T00:00:00.000Z"))
    #expect(try store.snapshot().audience("recent").memberCount == 0)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
