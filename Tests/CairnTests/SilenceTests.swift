// Rules about the time since an event: events only ever end the silence, and the first one begins it.

import Audiences
import Bytes
import Profiles
import Testing

@testable import Cairn
@testable import Engine

@Suite struct SilenceTests {
  private func event(_ name: String, _ day: Int) -> String {
    track(
      name, id: "\(name)-\(day)", #""userId":"u1""#, at: "2026-03-0\(day)T10:00:00.000Z",
      properties: "")
  }

  private func store(
    _ directory: borrowing TemporaryDirectory, _ rule: String, options: StoreOptions = .repeatable()
  ) throws -> Store {
    let store = try Store.create(at: directory.store, options: options)
    _ = try store.apply(definitions(audiences: [("silent", rule)]))
    return store
  }

  @Test func theFirstOfItsKindArmsATimer() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory, #"time_since_last("Visited") > 5d"#)
    // The profile is known before its first visit, which can only end a silence of others.
    try store.take([event("Signed In", 1)])
    try store.take([event("Visited", 2)])
    #expect(try store.tick(to: instant("2026-03-07T10:00:00.000Z")).entered == 0)
    #expect(try store.tick(to: instant("2026-03-07T10:00:00.001Z")).entered == 1)
    try store.close()
  }

  @Test func whoComesAgainIsSilentLater() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory, #"time_since_last("Visited") > 3d"#)
    for day in 1...4 { try store.take([event("Visited", day)]) }
    // The timer of the first visit fires and finds three more.
    #expect(try store.tick(to: instant("2026-03-07T10:00:00.000Z")).entered == 0)
    #expect(try store.tick(to: instant("2026-03-07T10:00:00.001Z")).entered == 1)
    try store.take([event("Visited", 8)])
    #expect(try store.users(in: "silent", at: store.logicalNow) == [])
    try store.close()
  }

  @Test func whoComesFirstAfterAnEventOfTheFutureWaitsForIt() throws {
    let directory = TemporaryDirectory()
    var options = StoreOptions.repeatable()
    let now = instant("2026-03-01T10:00:00.000Z")
    options.environment = .fixed(now: { now })
    let store = try store(directory, #"time_since_last("Visited") > 3d"#, options: options)
    // One of the 9th, which is still to come; then one that counts at once.
    for line in [event("Signed In", 1), event("Visited", 9), event("Visited", 1)] {
      try store.take([line], clock: .system)
    }
    #expect(try store.tick(to: instant("2026-03-04T10:00:00.000Z")).entered == 0)
    #expect(try store.tick(to: instant("2026-03-04T10:00:00.001Z")).entered == 1)
    try store.close()
  }
}
