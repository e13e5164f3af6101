// Timers of counts against a number: they wait for the event on which the answer hangs, however many
// others leave the window before.

import Audiences
import Bytes
import Profiles
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ThresholdTimerTests {
  /// The instants that wait, stale ones left out.
  private func waiting(_ store: Store) throws -> [Timestamp] {
    let memberships = try store.snapshot().memberships
    var due: [Timestamp] = []
    try memberships.visitRows { (_, _, row) throws(StoreError) in
      if let instant = row.due { due.append(instant) }
    }
    return due
  }

  private func order(_ day: Int, user: String) -> String {
    track(
      "Order Completed", id: "\(user)-\(day)", #""userId":"\#(user)""#,
      at: "2026-03-0\(day)T10:00:00.000Z", properties: #""revenue":60"#)
  }

  @Test func aTimerWaitsForTheDecidingEvent() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(audiences: [("regular", #"count("Order Completed", last 30d) >= 2"#)]))
    for day in 1...5 { try store.take([order(day, user: "u1")]) }
    // Armed with the second, when the first decided; of five, the second newest does, without which one
    // is left. The timer finds that when it fires.
    #expect(try waiting(store) == [instant("2026-03-31T10:00:00.000Z")])
    #expect(try store.tick(to: instant("2026-03-31T10:00:00.000Z")).exited == 0)
    #expect(try waiting(store) == [instant("2026-04-03T10:00:00.000Z")])
    _ = try store.tick(to: instant("2026-04-03T09:59:59.999Z"))
    #expect(try store.users(in: "regular", at: store.logicalNow) == ["u1"])
    let counts = try store.tick(to: instant("2026-04-03T10:00:00.000Z"))
    #expect(counts.exited == 1)
    #expect(try waiting(store) == [])
    try store.close()
  }

  @Test func whoHasTooFewWaitsForNothing() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(audiences: [("regular", #"count("Order Completed", last 30d) > 3"#)]))
    for day in 1...3 { try store.take([order(day, user: "u1")]) }
    #expect(try waiting(store) == [])
    try store.close()
  }

  /// A number that is larger than the events of which it is known when they leave.
  @Test func manyAreCountedToTheInstant() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(audiences: [
        ("many", #"count("Viewed", last 30d) >= 12"#), ("few", #"count("Viewed", last 30d) < 12"#),
      ]))
    func view(_ minute: Int) -> String {
      track(
        "Viewed", id: "m\(minute)", #""userId":"u1""#,
        at: "2026-03-01T10:\(minute + 10):00.000Z")
    }
    for minute in 0..<11 { try store.take([view(minute)]) }
    #expect(try waiting(store) == [])
    #expect(try store.users(in: "few", at: store.logicalNow) == ["u1"])
    for minute in 11..<14 { try store.take([view(minute)]) }
    #expect(try store.users(in: "many", at: store.logicalNow) == ["u1"])
    // The twelfth newest of fourteen is the third.
    #expect(try store.tick(to: instant("2026-03-31T10:11:59.999Z")).exited == 0)
    let counts = try store.tick(to: instant("2026-03-31T10:12:00.000Z"))
    #expect(counts.exited == 1 && counts.entered == 1)
    #expect(try waiting(store) == [])
    try store.close()
  }

  @Test func eventsOfSeveralHomesAreOneCount() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(audiences: [("regular", #"count("Order Completed", last 30d) >= 3"#)]))
    for day in 1...4 {
      // One person: a device before the log-in, and the user after it.
      let who = day.isMultiple(of: 2) ? #""anonymousId":"d1""# : #""userId":"u1""#
      try store.take([
        track(
          "Order Completed", id: "m\(day)", who, at: "2026-03-0\(day)T10:00:00.000Z",
          properties: #""revenue":60"#)
      ])
    }
    try store.take([
      track(
        "Signed In", id: "m9", #""userId":"u1","anonymousId":"d1""#, at: "2026-03-05T10:00:00.000Z")
    ])
    // The third newest of both homes together is that of the second; the timer may come earlier.
    #expect(try waiting(store).allSatisfy { $0 <= instant("2026-04-01T10:00:00.000Z") })
    #expect(try store.tick(to: instant("2026-04-01T09:59:59.999Z")).exited == 0)
    #expect(try waiting(store) == [instant("2026-04-01T10:00:00.000Z")])
    #expect(try store.tick(to: instant("2026-04-01T10:00:00.000Z")).exited == 1)
    try store.close()
  }
}
