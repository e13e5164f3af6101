// The history of memberships across identity rules: entries and exits by them are reported like any other
// change, and what was recorded before them can still be read.

@testable import Activation
import Bytes
import Events
import Foundation
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Cairn
@testable import Engine

@Suite struct HistoryAcrossRulesTests {
  private let directory = TemporaryDirectory()

  private var path: String { directory.store + "-crm.ndjson" }

  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [],
        audiences: [
          ("viewers", #"performed("Viewed")"#), ("often", #"count("Viewed") >= 3"#),
          ("recent", #"count("Viewed", last 4d) >= 1"#),
        ]))
    return store
  }

  private func view(_ identifiers: String, day: Int, _ id: String) -> String {
    track("Viewed", id: id, identifiers, at: "2026-03-0\(day)T00:00:00Z")
  }

  /// A user and a device that they share with nobody, and one event of each.
  private func fill(_ store: Store) throws {
    try store.take([
      view(#""userId":"u","anonymousId":"d1""#, day: 1, "m1"),
      view(#""userId":"u","anonymousId":"d2""#, day: 1, "m2"),
      view(#""anonymousId":"d2""#, day: 2, "m3"), view(#""userId":"test""#, day: 2, "m4"),
    ])
  }

  /// One device a user at most, and no user of the name of test.
  private var tight: IdentityRules {
    var rules = IdentityRules.standard
    rules.constraints[2].limit = .init(1, .ever)
    rules.identifiers.blocked.exact.append("test")
    return rules
  }

  private func changes(_ store: Store, after record: SequenceNumber) throws -> [String] {
    try store.snapshot().changes(after: FeedCursor(sequence: record), limit: 100).changes.map {
      "\($0.index) \($0.audience) \($0.kind) \($0.id) \($0.cause)"
    }
  }

  @Test func tighterRulesTellWhoGoesAndWhoComes() throws {
    let store = try makeStore()
    try fill(store)
    let one = try #require(try store.report("user_id:u")).id
    let test = try #require(try store.report("user_id:test")).id
    #expect(try store.snapshot().audience("often").memberCount == 1)
    let before = store.lastSequence
    let counts = try #require(try store.apply(tight))
    let rules = store.lastSequence
    let two = try #require(try store.report("anonymous_id:d2")).id
    #expect(one != two)
    #expect(
      try changes(store, after: before) == [
        "1 viewers exited \(test) rules", "2 viewers entered \(two) rules",
        "3 often exited \(one) rules", "4 recent exited \(test) rules",
        "5 recent entered \(two) rules",
      ])
    #expect(counts.entered == 2 && counts.exited == 3 && counts.merged == 0)
    let told = try store.snapshot().changes(after: FeedCursor(sequence: before), limit: 100)
    #expect(told.changes.allSatisfy { $0.effective == instant("2026-03-02T00:00:00Z") })
    #expect(try changes(store, after: rules) == [])
    #expect(try changes(store, after: SequenceNumber(0)).count == 10)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func looserRulesTellMerges() throws {
    let store = try makeStore()
    try store.apply(tight)
    try fill(store)
    let one = try #require(try store.report("user_id:u")).id
    let two = try #require(try store.report("anonymous_id:d2")).id
    let before = store.lastSequence
    let counts = try #require(try store.apply(.standard))
    #expect(try #require(try store.report("anonymous_id:d2")).id == one)
    #expect(
      try changes(store, after: before) == [
        "1 viewers merged(into: \(one)) \(two) rules", "2 often entered \(one) rules",
        "3 recent merged(into: \(one)) \(two) rules",
      ])
    #expect(counts.entered == 1 && counts.exited == 0 && counts.merged == 2)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func destinationsAreToldAcrossRulesHoweverTheyAreCut() throws {
    let store = try makeStore()
    try store.apply(tight)
    let crm = Destination(
      name: "crm", path: path, audiences: ["viewers", "recent"], suppressed: ["often"])
    try store.addDestination(crm)
    try fill(store)
    _ = try store.deliver(to: "crm")
    var receiver = Receiver()
    try receiver.take(try String(contentsOfFile: path, encoding: .utf8))
    #expect(receiver.members["viewers"]?.count == 2)
    try store.apply(.standard)
    try store.take([view(#""userId":"v""#, day: 3, "m5")])
    try store.apply(tight)
    _ = try store.tick(to: instant("2026-03-06T12:00:00Z"))
    #expect(try store.deliver(to: "crm").messages > 0)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    receiver = Receiver()
    try receiver.take(text)
    let snapshot = try store.snapshot()
    for audience in ["viewers", "recent"] {
      var expected: Set<String> = []
      try snapshot.visitMembers(of: audience) { (member) throws(StoreError) in
        expected.insert(member.id.description)
      }
      #expect(receiver.members[audience] ?? [] == expected)
    }
    #expect(receiver.users["viewers"] == ["u", "v"])
    let all = try snapshot.messages(to: crm, after: .start)
    #expect(all.count == receiver.keys.count)
    for (_, cursor) in all {
      #expect(
        try snapshot.messages(to: crm, after: cursor).map(\.0)
          == all.filter { $0.1 > cursor }.map(\.0))
    }
    try store.close()
  }

  /// Whatever comes in, and by whatever rules: the changes add up to the members at every moment, and who was
  /// in at an earlier instant stays who was found in then.
  @Test(arguments: [UInt64(1), 2, 3, 4])
  func changesAddUpAcrossManyRules(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let store = try makeStore()
    var found: [(time: Timestamp, members: [String: Set<ProfileID>])] = []
    for day in 1..<10 {
      let lines = (0..<30).map { index in
        let device = Int.random(in: 0..<12, using: &random)
        let user = Int.random(in: 0..<5, using: &random)
        let account = #","context":{"groupId":"g\#(user % 2)"}"#
        let identifiers =
          Bool.random(using: &random)
          ? #""anonymousId":"d\#(device)""#
          : #""userId":"u\#(user)","anonymousId":"d\#(device)"\#(user > 3 ? "" : account)"#
        return view(identifiers, day: day, "m\(day)-\(index)")
      }
      try store.take(lines)
      if Bool.random(using: &random) {
        var rules = IdentityRules.standard
        rules.constraints[2].limit = .init(UInt32(Int.random(in: 1...4, using: &random)), .ever)
        if Bool.random(using: &random) { rules.identifiers.blocked.exact.append("u0") }
        try store.apply(rules)
      }
      _ = try store.tick(to: instant("2026-03-0\(day)T12:00:00Z"))
      found.append((store.logicalNow, try members(store)))
    }
    #expect(store.verify(replay: true).problems == [])
    let snapshot = try store.snapshot()
    var counted: [String: Set<ProfileID>] = [:]
    try snapshot.visitMembershipChanges { (change) throws(StoreError) in
      if change.kind == .entered {
        #expect(counted[change.audience, default: []].insert(change.id).inserted)
      } else {
        #expect(counted[change.audience, default: []].remove(change.id) != nil)
      }
    }
    #expect(counted == found.last?.members)
    for (time, members) in found {
      for (audience, expected) in members {
        var known: Set<ProfileID> = []
        try snapshot.visitMembers(of: audience, asOf: time) { (member) throws(StoreError) in
          known.insert(member.id)
        }
        #expect(known == expected)
      }
    }
    try store.close()
  }

  private func members(_ store: Store) throws -> [String: Set<ProfileID>] {
    let snapshot = try store.snapshot()
    var result: [String: Set<ProfileID>] = [:]
    for audience in snapshot.audienceNames {
      try snapshot.visitMembers(of: audience) { (member) throws(StoreError) in
        result[audience, default: []].insert(member.id)
      }
    }
    return result
  }

  @Test func whatHasComeDueBeforeTheRulesIsToldFirst() throws {
    let clock = StandingClock(instant("2026-03-02T00:00:00Z").milliseconds)
    let store = try Store.create(at: directory.store, options: clock.options())
    _ = try store.apply(
      definitions(traits: [], audiences: [("recent", #"count("Viewed", last 4d) >= 1"#)]))
    try store.take(
      [
        view(#""userId":"u","anonymousId":"d1""#, day: 1, "m1"),
        view(#""userId":"u","anonymousId":"d2""#, day: 2, "m2"),
        view(#""anonymousId":"d1""#, day: 1, "m3"),
      ], clock: .system)
    let before = store.lastSequence
    clock.set(instant("2026-03-05T12:00:00Z").milliseconds)
    try store.apply(tight)
    let user = try #require(try store.report("user_id:u")).id
    #expect(
      try changes(store, after: before) == [], "the user's views count whosever the devices are")
    #expect(try store.snapshot().audience("recent").memberCount == 1)
    clock.set(instant("2026-03-07T12:00:00Z").milliseconds)
    try store.apply(.standard)
    #expect(try changes(store, after: before) == ["0 recent exited \(user) timer"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
