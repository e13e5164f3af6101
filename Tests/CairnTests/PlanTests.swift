// Definitions tried out: what a plan foretells is what applying then does, and nothing is written before.

import Audiences
import Bytes
import Storage
import StorageSimulation
import Testing

@testable import Cairn
@testable import Engine

@Suite struct PlanTests {
  /// Where the beginning of the history is gone, definitions say since when they count.
  @Test func definitionsOverRolledUpHistorySaySinceWhen() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take(
      (1...9).map {
        track("Seen", id: "m\($0)", #""userId":"u""#, at: "2026-03-0\($0)T10:00:00.000Z")
      })
    let texts = definitions(traits: [("seen", #"count("Seen")"#)])
    #expect(try store.plan(texts).changes.historySince == nil)
    let (fifth, sixth) = (
      SequenceNumber(store.lastSequence.value - 4), instant("2026-03-06T10:00:00.000Z")
    )
    try store.directory.commit { $0.horizon = fifth }
    #expect(try store.plan(texts).changes.historySince == sixth)
    let gap = Manifest.Gap(from: fifth, through: SequenceNumber(fifth.value + 2), reason: 1)
    try store.directory.commit { $0.gaps = [gap] }
    #expect(try store.plan(texts).changes.historySince == instant("2026-03-08T10:00:00.000Z"))
    #expect(try store.apply(texts).historySince == instant("2026-03-08T10:00:00.000Z"))
    #expect(try store.apply(texts).historySince == nil, "nothing is computed again")
    try store.directory.commit { $0.horizon = store.lastSequence }
    let others = definitions(traits: [("others", #"count("Other")"#)])
    #expect(try store.plan(others, prune: false).changes.historySince == store.logicalNow)
    try store.close()
  }

  private func order(_ id: String, _ user: String, _ day: Int, _ revenue: Int = 10) -> String {
    track(
      "Order Completed", id: id, #""userId":"\#(user)""#,
      at: "2026-03-\(day < 10 ? "0" : "")\(day)T00:00:00.000Z",
      properties: #""revenue":\#(revenue),"currency":"USD""#)
  }

  private func store(_ directory: TemporaryDirectory) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [("spent", #"sum("Order Completed", properties.revenue)"#)],
        audiences: [
          ("buyers", #"performed("Order Completed")"#), ("big", "spent >= 30"),
          ("recent", #"performed("Order Completed", last 5d)"#),
        ]))
    try store.take([
      order("1", "ann", 1, 20), order("2", "ann", 2, 20), order("3", "ben", 3),
      order("4", "cem", 9),
      track("Page Viewed", id: "5", #""userId":"dan""#, at: "2026-03-10T00:00:00.000Z"),
    ])
    return store
  }

  private let changed = definitions(
    traits: [("spent", #"sum("Order Completed", properties.revenue, last 7d)"#)],
    audiences: [
      ("buyers", #"performed("Order Completed")"#), ("big", "spent >= 10"),
      ("quiet", #"not performed("Order Completed")"#),
    ])

  @Test func aPlanForetellsWhatApplyingDoes() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let before = (store.lastSequence, try store.snapshot().stateHash())
    let plan = try store.plan(changed, prune: true)
    #expect(store.lastSequence == before.0)
    #expect(try store.snapshot().stateHash() == before.1)
    #expect(plan.changes.added == ["quiet"] && plan.changes.changed == ["spent", "big"])
    #expect(plan.changes.removed == ["recent"] && plan.changes.unchanged == 1)
    #expect(
      plan.effects == [
        AudienceEffect(name: "recent", before: 1, after: 0, entered: 0, exited: 1),
        // Ann's orders are eight and nine days old; Ben's and Cem's are not.
        AudienceEffect(name: "big", before: 1, after: 1, entered: 1, exited: 1),
        AudienceEffect(name: "quiet", before: 0, after: 1, entered: 1, exited: 0),
      ])
    let changes = try store.apply(changed, prune: true)
    #expect(changes.memberships.entered == 2 && changes.memberships.exited == 2)
    #expect(try store.users(in: "big") == ["cem"] && store.users(in: "quiet") == ["dan"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whatIsNotGivenStaysUnlessItIsPruned() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let plan = try store.plan(changed, prune: false)
    #expect(plan.changes.kept == ["recent"] && plan.changes.removed == [])
    #expect(!plan.effects.contains { $0.name == "recent" })
    _ = try store.apply(changed, prune: false)
    #expect(try store.snapshot().audienceNames == ["buyers", "big", "recent", "quiet"])
    // A trait that something kept needs cannot go by being left out.
    _ = try store.apply([], prune: false)
    #expect(try store.snapshot().traitReports.map(\.name) == ["spent"])
    try store.close()
  }

  @Test func aPreviewIsTheExactAnswer() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let before = try store.snapshot().stateHash()
    let rule = #"spent > 5 and not performed("Order Completed", last 3d)"#
    let preview = try store.snapshot().preview(rule, sampleMax: 1)
    #expect(preview.memberCount == 2 && preview.profileCount == 4)
    #expect(preview.sample.map(\.identifiers.first?.value) == ["ann"])
    #expect(try store.snapshot().stateHash() == before)
    var wrong: DefinitionError?
    let snapshot = try store.snapshot()
    do throws(ApplyError) { _ = try snapshot.preview("spend > 5") } catch {
      if case .definition(let found) = error { wrong = found }
    }
    #expect(wrong?.message == "there is no trait 'spend'; did you mean spent?")
    #expect(wrong?.line == 1 && wrong?.column == 1)
    try store.close()
  }

  @Test func previewsOfRandomRulesAgreeWithApplyingThem() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    var random = SeededRandom(7)
    for index in 0..<12 {
      let window = random.pick(["", ", last 2d", ", last 8d"])
      let count = random.pick([0, 1, 2])
      let rule =
        "count(\"Order Completed\"\(window)) \(random.pick([">", "<=", "="])) \(count) "
        + "\(random.pick(["and", "or"])) spent \(random.pick([">", "<"])) \(random.pick([5, 15]))"
      let preview = try store.snapshot().preview(rule)
      _ = try store.apply(definitions(audiences: [("a\(index)", rule)]), prune: false)
      #expect(
        try store.snapshot().audience("a\(index)").memberCount == preview.memberCount, "\(rule)")
    }
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func membersOfAnEarlierTimeAreThoseOfThen() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    func users(_ time: String) throws -> [String] {
      var result: [String] = []
      try store.snapshot().visitMembers(of: "recent", asOf: instant(time)) {
        (member) throws(StoreError) in
        result.append(member.identifiers.first?.value ?? "")
      }
      return result.sorted()
    }
    #expect(try users("2026-02-28T00:00:00.000Z") == [])
    #expect(try users("2026-03-01T00:00:00.000Z") == ["ann"])
    #expect(try users("2026-03-03T00:00:00.000Z") == ["ann", "ben"])
    // Ann's second order leaves the window on the seventh, Ben's on the eighth.
    #expect(try users("2026-03-06T23:59:59.999Z") == ["ann", "ben"])
    #expect(try users("2026-03-07T00:00:00.000Z") == ["ben"])
    #expect(try users("2026-03-08T00:00:00.000Z") == [])
    #expect(try users("2026-03-10T00:00:00.000Z") == ["cem"])
    // A time to come: what ends by itself has ended.
    #expect(try users("2026-03-13T23:59:59.999Z") == ["cem"])
    #expect(try users("2026-03-14T00:00:00.000Z") == [])
    _ = try store.apply([])
    #expect(try users("2026-03-03T00:00:00.000Z") == ["ann", "ben"], "it is gone, but was there")
    #expect(throws: StoreError.self) { try store.snapshot().audience("recent") }
    try store.close()
  }

  @Test func twoAudiencesAreComparedExactly() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let found = try store.snapshot().overlap("buyers", "recent")
    #expect(found.sizes == (3, 1) && found.both == 1 && found.either == 3)
    #expect(found.onlyFirst.count == 2 && found.onlySecond.isEmpty)
    #expect(found.jaccard == 1.0 / 3.0)
    try store.close()
  }

  /// Of the newest session, its events are the evidence: those that have the value, of a session of all that match.
  @Test func anExplanationOfTheNewestSessionShowsItsEvents() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(traits: [
        ("orders", #"count("O", latest session gap 10m)"#),
        ("total", #"sum("O", properties.x, latest session gap 40m)"#),
      ]))
    let times = ["10:00", "10:30", "11:00", "11:05"]
    try store.take(
      times.enumerated().map { index, time in
        track(
          "O", id: "\(index)", #""userId":"w""#, at: "2026-03-01T\(time):00.000Z",
          properties: index == 2 ? "" : #""x":\#(index)"#)
      })
    let snapshot = try store.snapshot()
    let name = try #require(Identifier("user_id:w"))
    let w = try #require(try snapshot.profile(of: name))
    let orders = try snapshot.explain(trait: "orders", w)
    #expect(orders.evidence.map(\.eventCount) == [2])
    #expect(
      orders.evidence[0].events.map(\.time.description)
        == ["2026-03-01T11:05:00.000Z", "2026-03-01T11:00:00.000Z"])
    // The event without the value holds the session together.
    #expect(try snapshot.explain(trait: "total", w).evidence.map(\.eventCount) == [3])
    try store.close()
  }

  @Test func anExplanationShowsTestsValuesAndEvents() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let snapshot = try store.snapshot()
    let name = try #require(Identifier("user_id:ann"))
    let ann = try #require(try snapshot.profile(of: name))
    let found = try snapshot.explain(audience: "big", ann, eventsMax: 1)
    #expect(found.membership?.isMember == true && found.membership?.cause == .event)
    #expect(found.explanation.text == "spent >= 30" && found.explanation.holds == true)
    let spent = try #require(found.explanation.parts.first)
    #expect(spent.text == "spent" && spent.parts.count == 1)
    #expect(TraitValue(spent.result, now: found.asOf).description == "40")
    #expect(found.evidence.map(\.eventCount) == [2])
    let newest = try #require(found.evidence.first?.events.first)
    #expect(newest.time == instant("2026-03-02T00:00:00.000Z"))
    #expect(found.changedBy?.sequence == newest.sequence, "the order that made it true")
    // Of a window, only what lies inside counts as evidence.
    let recent = try snapshot.explain(audience: "recent", ann)
    #expect(recent.explanation.holds == false && recent.evidence.map(\.eventCount) == [0])
    #expect(recent.membership?.cause == .timer)
    let trait = try snapshot.explain(trait: "spent", ann)
    #expect(trait.type == "number" && trait.evidence.map(\.eventCount) == [2])
    try store.close()
  }
}
