// The history of memberships above a horizon: what is below it is refused by name, and who was in by then
// is not lost.

@testable import Activation
import Bytes
import Events
import Foundation
import Profiles
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct HorizonTests {
  private let directory = TemporaryDirectory()

  private var path: String { directory.store + "-crm.ndjson" }

  private func view(_ user: String, day: Int) -> String {
    track("Viewed", id: "\(user)\(day)", #""userId":"\#(user)""#, at: "2026-03-0\(day)T00:00:00Z")
  }

  /// Three people before the horizon, the 3rd, one of them refunded, and two after.
  private func makeStore() throws -> (Store, horizon: SequenceNumber) {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [],
        audiences: [
          ("viewers", #"performed("Viewed")"#),
          ("recent", #"count("Viewed", last 4d) >= 1"#),
          ("refunded", #"performed("Refunded")"#),
        ]))
    try store.take([
      view("a", day: 1), view("b", day: 2),
      track("Refunded", id: "r", #""userId":"b""#, at: "2026-03-03T00:00:00Z"),
    ])
    let horizon = store.lastSequence
    try store.directory.commit { $0.horizon = horizon }
    try store.take([view("c", day: 4), view("d", day: 5)])
    _ = try store.tick(to: instant("2026-03-06T12:00:00Z"))
    return (store, horizon)
  }

  private func users(_ store: Store, _ audience: String, asOf time: String) throws -> [String] {
    var result: [String] = []
    try store.snapshot().visitMembers(of: audience, asOf: instant(time)) {
      (member) throws(StoreError) in
      result += member.identifiers.map(\.value)
    }
    return result.sorted()
  }

  @Test func aCursorBelowIsGone() throws {
    let (store, horizon) = try makeStore()
    let snapshot = try store.snapshot()
    for cursor in [FeedCursor.start, FeedCursor(sequence: SequenceNumber(horizon.value - 1))] {
      let gone = #expect(throws: StoreError.self) { try snapshot.changes(after: cursor, limit: 10) }
      #expect(gone?.code == .gone)
    }
    let above = try snapshot.changes(after: FeedCursor(sequence: horizon), limit: 100).changes
    #expect(above.map(\.kind).count { $0 == .entered } == 4)
    #expect(above.allSatisfy { $0.sequence > horizon })
    try store.close()
  }

  @Test func aDestinationBeginsWithTheMembersAsOfTheHorizon() throws {
    let (store, horizon) = try makeStore()
    let destination = Destination(
      name: "crm", path: path, audiences: ["viewers", "recent"], suppressed: ["refunded"])
    try store.addDestination(destination)
    _ = try store.deliver(to: "crm")
    var receiver = Receiver()
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try receiver.take(text)
    // b is kept out; a's view has passed out of the window since.
    #expect(receiver.users == ["viewers": ["a", "c", "d"], "recent": ["c", "d"]])
    #expect(text.split(separator: "\n").first?.contains("2026-03-03T00:00:00.000Z") == true)
    let snapshot = try store.snapshot()
    let all = try snapshot.messages(to: destination, after: .start)
    #expect(all.filter { $0.1.sequence == horizon }.count == 2, "a in viewers and recent")
    for (index, (_, cursor)) in all.enumerated() {
      #expect(
        try snapshot.messages(to: destination, after: cursor).map(\.0)
          == all[(index + 1)...].map(\.0))
    }
    try store.close()
  }

  @Test func whoWasInAlreadyIsAmongTheMembersAsOfLater() throws {
    let (store, _) = try makeStore()
    #expect(try users(store, "recent", asOf: "2026-03-03T00:00:00Z") == ["a", "b"])
    #expect(try users(store, "recent", asOf: "2026-03-04T12:00:00Z") == ["a", "b", "c"])
    #expect(try users(store, "recent", asOf: "2026-03-05T12:00:00Z") == ["b", "c", "d"])
    #expect(try users(store, "viewers", asOf: "2026-03-04T12:00:00Z") == ["a", "b", "c"])
    let gone = #expect(throws: StoreError.self) {
      try users(store, "recent", asOf: "2026-03-02T12:00:00Z")
    }
    #expect(gone?.code == .gone)
    try store.close()
  }
}
