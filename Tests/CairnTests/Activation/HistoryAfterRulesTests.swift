// The history of memberships after identity rules were applied: what was before is refused by name, and
// who was in by then is not lost.

import Activation
import Bytes
import Events
import Foundation
import Profiles
import Storage
import Testing

@testable import Cairn

@Suite struct HistoryAfterRulesTests {
  private let directory = TemporaryDirectory()

  private var path: String { directory.store + "-crm.ndjson" }

  private func view(_ user: String, day: Int) -> String {
    track("Viewed", id: "\(user)\(day)", #""userId":"\#(user)""#, at: "2026-03-0\(day)T00:00:00Z")
  }

  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [],
        audiences: [
          ("viewers", #"performed("Viewed")"#),
          ("recent", #"count("Viewed", last 4d) >= 1"#),
          ("refunded", #"performed("Refunded")"#),
        ]))
    return store
  }

  private static var otherRules: IdentityRules {
    var rules = IdentityRules.standard
    rules.identifiers.blocked.exact.append("test")
    return rules
  }

  /// Three people before the rules and two after; returns the record of the rules, on the 3rd.
  private func fill(_ store: Store) throws -> SequenceNumber {
    try store.take([
      view("a", day: 1), view("b", day: 2), view("test", day: 2),
      track("Refunded", id: "r", #""userId":"b""#, at: "2026-03-03T00:00:00Z"),
    ])
    try store.apply(Self.otherRules)
    let rules = store.lastSequence
    try store.take([view("c", day: 4), view("d", day: 5)])
    _ = try store.tick(to: instant("2026-03-06T12:00:00Z"))
    return rules
  }

  private func error(_ body: () throws(StoreError) -> Void) -> StoreError? {
    do throws(StoreError) {
      try body()
      return nil
    } catch {
      return error
    }
  }

  private func users(_ store: Store, _ audience: String, asOf time: String) throws -> [String] {
    var result: [String] = []
    try store.snapshot().visitMembers(of: audience, asOf: instant(time)) {
      (member) throws(StoreError) in
      result += member.identifiers.map(\.value)
    }
    return result.sorted()
  }

  @Test func aCursorBeforeTheRulesIsGone() throws {
    let store = try makeStore()
    let crm = Destination(name: "crm", path: path, audiences: ["viewers"])
    try store.addDestination(crm)
    try store.take([view("z", day: 1)])
    _ = try store.deliver(to: "crm")
    let rules = try fill(store)
    let snapshot = try store.snapshot()
    for cursor in [FeedCursor.start, FeedCursor(sequence: SequenceNumber(rules.value - 1))] {
      let gone = error { () throws(StoreError) in
        _ = try snapshot.changes(after: cursor, limit: 10)
      }
      #expect(gone?.code == .gone)
      #expect(gone.map { "\($0)".contains("begin after \(rules.value)") } == true)
    }
    #expect(try snapshot.changes(after: FeedCursor(sequence: rules), limit: 100).changes.count > 4)
    let gone = error { () throws(StoreError) in _ = try store.deliver(to: "crm") }
    #expect(gone?.code == .gone)
    try store.removeDestination("crm")
    try store.addDestination(crm)
    #expect(try store.deliver(to: "crm").messages == 5)
    try store.close()
  }

  @Test func rulesBeforeAllEventsTakeNothingAway() throws {
    let store = try makeStore()
    try store.addDestination(Destination(name: "crm", path: path, audiences: ["viewers"]))
    try store.apply(Self.otherRules)
    try store.take([view("a", day: 1), view("b", day: 2)])
    #expect(
      try store.snapshot().changes(after: .start, limit: 10, audience: "viewers").changes.count == 2
    )
    #expect(try store.deliver(to: "crm").messages == 2)
    #expect(try users(store, "viewers", asOf: "2026-03-01T12:00:00Z") == ["a"])
    try store.close()
  }

  @Test func aDestinationBeginsWithTheMembersAsOfTheRules() throws {
    let store = try makeStore()
    let rules = try fill(store)
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
    let definition = DestinationRecord.Definition(
      destination: destination, start: .start, fileEnd: 0)
    func messages(after cursor: FeedCursor) throws -> [(AudienceMessage, FeedCursor)] {
      var state = DestinationState(number: 1, definition)
      state.cursor = cursor
      var pass = try DeliveryPass(snapshot, state)
      var result: [(AudienceMessage, FeedCursor)] = []
      try pass.run { (messages, cursor) throws(StoreError) in
        result += messages.map { ($0, cursor) }
      }
      return result
    }
    let all = try messages(after: .start)
    #expect(all.filter { $0.1.sequence == rules }.count == 2, "a in viewers and recent")
    for (index, (_, cursor)) in all.enumerated() {
      #expect(try messages(after: cursor).map(\.0) == all[(index + 1)...].map(\.0))
    }
    try store.close()
  }

  @Test func whoWasInAlreadyIsAmongTheMembersAsOfLater() throws {
    let store = try makeStore()
    _ = try fill(store)
    #expect(try users(store, "recent", asOf: "2026-03-03T00:00:00Z") == ["a", "b"])
    #expect(try users(store, "recent", asOf: "2026-03-04T12:00:00Z") == ["a", "b", "c"])
    #expect(try users(store, "recent", asOf: "2026-03-05T12:00:00Z") == ["b", "c", "d"])
    #expect(try users(store, "viewers", asOf: "2026-03-04T12:00:00Z") == ["a", "b", "c"])
    let gone = error { () throws(StoreError) in
      _ = try store.snapshot().visitMembers(of: "recent", asOf: instant("2026-03-02T12:00:00Z")) {
        _ in
      }
    }
    #expect(gone?.code == .gone)
    try store.close()
  }
}
