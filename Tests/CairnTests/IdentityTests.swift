// Who is who, with exact answers: the history before a login, the oldest profile, the evidence.

import Audiences
import Bytes
import Cairn
import Profiles
import Storage
import StorageSimulation
import Testing
@testable import Engine

@Suite struct IdentityTests {
  private let definitionsOfViews = definitions(
    traits: [
      ("views", #"count("Product Viewed")"#),
      ("views_week", #"count("Product Viewed", last 7d)"#),
      ("first_touch", "first(*, context.campaign.source)"),
      ("spent", #"sum("Product Viewed", properties.price)"#),
    ],
    audiences: [
      ("browsers", #"count("Product Viewed") >= 40"#),
      ("strangers", #"not performed("Signed Up")"#),
    ])

  /// 40 anonymous views, one each twelve hours from 1 March on, the first from a campaign.
  private var views: [String] {
    (0..<40).map { index in
      let time = instant("2026-03-01T00:00:00.000Z") + Milliseconds(Int64(index) * 43_200_000)
      let source = index == 0 ? "newsletter" : "search"
      return
        #"{"type":"track","event":"Product Viewed","messageId":"v\#(index)","anonymousId":"a1","#
        + #""timestamp":"\#(time)","context":{"campaign":{"source":"\#(source)"}},"#
        + #""properties":{"price":0.1}}"#
    }
  }

  @Test func theAnonymousHistoryBelongsToTheKnownProfile() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitionsOfViews)
    try store.take(views)
    let before = try #require(try store.report("anonymous_id:a1"))
    #expect(before.audienceNames == ["browsers", "strangers"])
    // The user is known already, from a second device and from before.
    let time = "2026-03-21T10:00:00.000Z"
    try store.take([identify(id: "i0", #""userId":"u1","anonymousId":"a0""#, at: time)])
    let own = try #require(try store.report("user_id:u1"))
    #expect(own.id != before.id)
    try store.take([identify(id: "i1", #""userId":"u1","anonymousId":"a1""#, at: time)])
    let after = try #require(try store.report("user_id:u1"))
    #expect(after.id == before.id, "the oldest profile survives")
    #expect(after.eventCount == 42)
    #expect(after.trait("views") == .count(40))
    // Views of 14 March 12:00 to 20 March 12:00, that is 13 of them.
    #expect(after.trait("views_week") == .count(13))
    #expect(after.trait("spent") == .sum([("", FixedDecimal(4))], skipped: 0))
    #expect(
      after.trait("first_touch")
        == .selection(.string(Array("newsletter".utf8)), at: instant("2026-03-01T00:00:00.000Z")))
    #expect(after.firstSeen == instant("2026-03-01T00:00:00.000Z"))
    #expect(after.lastSeen == instant(time))
    #expect(after.audienceNames == ["browsers", "strangers"])
    for identifier in ["anonymous_id:a0", "anonymous_id:a1", "profile_id:\(own.id)"] {
      #expect(try store.report(identifier)?.id == after.id, "\(identifier) resolves")
    }
    let snapshot = try store.snapshot()
    #expect(try snapshot.audience("browsers").memberCount == 1)
    #expect(try snapshot.audience("strangers").memberCount == 1)
    let last = try #require(try store.changes().last)
    #expect(last.id == own.id && last.kind == .merged(into: after.id) && last.cause == .merge)
    #expect(last.audience == "strangers" && last.effective == instant(time))
    try store.close()
  }

  /// Vector A2.1: three anonymous events, then an identify.
  @Test func threeAnonymousEventsAndALogin() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let day = "2026-03-01T10:00:0"
    let anonymous = #""anonymousId":"a1""#
    try store.take((1...3).map { track("Seen", id: "s\($0)", anonymous, at: day + "\($0).000Z") })
    let before = try #require(try store.report("anonymous_id:a1"))
    try store.take([identify(id: "i", #""userId":"u1","anonymousId":"a1""#, at: day + "4.000Z")])
    let after = try #require(try store.report("user_id:u1"))
    #expect(after.id == before.id && before.eventCount == 3 && after.eventCount == 4)
    #expect(try store.report("anonymous_id:a1")?.id == after.id)
    #expect(after.identifiers.map(\.eventCount) == [3, 1], "the login's home is the user id")
    #expect(
      after.events.map(\.sequence.value) == [6, 5, 4, 3], "after a source and a clock record")
    try store.close()
  }

  @Test func aChainOfMergesEndsInTheOldestProfile() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    var ids: [ProfileID] = []
    for index in 0..<4 {
      try store.take([
        track("Seen", id: "s\(index)", #""anonymousId":"a\#(index)""#, at: "2026-03-01T10:00:00Z")
      ])
      ids.append(try #require(try store.report("anonymous_id:a\(index)")).id)
    }
    let pairs = [(2, 3), (1, 2), (0, 3)]
    for (first, second) in pairs {
      // Two devices of one user, one after the other.
      let user = #""traits":{"email":"u\#(first)\#(second)@x.y"}"#
      for device in [first, second] {
        try store.take([
          identify(
            id: "i\(first)\(second)\(device)", user + #","anonymousId":"a\#(device)""#,
            at: "2026-03-01T11:00:00Z")
        ])
      }
      let survivor = try #require(try store.report("anonymous_id:a\(second)"))
      #expect(survivor.id == ids[first])
    }
    for id in ids { #expect(try store.report("profile_id:\(id)")?.id == ids[0]) }
    let report = try #require(try store.report("anonymous_id:a3"))
    #expect(report.eventCount == 10 && report.identifiers.count == 7)
    #expect(try store.snapshot().stats().profiles == 1)
    try store.close()
  }

  /// One event can join three profiles: each absorbed one's memberships end as merged, and the
  /// survivor enters only what it was not in.
  @Test func oneEventJoinsThreeProfiles() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(audiences: [
        ("seen", #"performed("Seen")"#), ("often", #"count("Seen") >= 3"#),
        ("never_bought", #"not performed("Bought")"#),
      ]))
    let time = "2026-03-01T10:00:00.000Z"
    try store.take([
      track("Seen", id: "1", #""userId":"u1""#, at: time),
      track("Bought", id: "2", #""anonymousId":"other","traits":{"email":"a@b.c"}"#, at: time),
      track("Seen", id: "3", #""anonymousId":"a1""#, at: time),
      track("Seen", id: "4", #""anonymousId":"a1""#, at: time),
    ])
    let ids = try ["user_id:u1", "email:a@b.c", "anonymous_id:a1"].map { identifier in
      try #require(try store.report(identifier)).id
    }
    #expect(Set(ids).count == 3)
    let before = try store.changes().count
    try store.take([
      identify(id: "5", #""userId":"u1","anonymousId":"a1","traits":{"email":"a@b.c"}"#, at: time)
    ])
    let changes = try store.changes().dropFirst(before).map { change in
      "\(ids.firstIndex(of: change.id) ?? -1) \(change.audience) "
        + (change.kind == .entered ? "in" : change.kind == .exited ? "out" : "merged")
        + " \(change.cause.name)"
    }
    #expect(
      changes == [
        "2 seen merged merge", "2 never_bought merged merge", "0 often in merge",
        "0 never_bought out merge",
      ])
    let report = try #require(try store.report("anonymous_id:other"))
    #expect(report.id == ids[0] && report.audienceNames == ["seen", "often"])
    #expect(try store.snapshot().audience("never_bought").memberCount == 0)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func theEvidenceOfEachLinkIsShown() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let all = #""userId":"u1","anonymousId":"a1","traits":{"email":" Ann@Example.COM ""#
    try store.take([
      track("Seen", id: "1", #""anonymousId":"a1""#, at: "2026-03-01T10:00:00.000Z"),
      identify(id: "2", #""userId":"u1","anonymousId":"a1""#, at: "2026-03-02T10:00:00.000Z"),
      identify(id: "3", #""userId":"u1","anonymousId":"a1""#, at: "2026-03-03T10:00:00.000Z"),
      identify(id: "4", all + "}", at: "2026-03-04T10:00:00.000Z"),
    ])
    let report = try #require(try store.report("email:ann@example.com"))
    let links = report.links.map {
      "\($0.first.value) \($0.second.value) \($0.evidence.sequence.value) \($0.evidence.time)"
    }
    // Evidence is the first event that showed a link; the record after source and clock is number 3.
    #expect(
      links.sorted() == [
        "a1 u1 4 2026-03-02T10:00:00.000Z",
        "u1 ann@example.com 6 2026-03-04T10:00:00.000Z",
      ])
    try store.close()
  }

  /// Identity follows log order: any order of the same events gives the same parts.
  @Test(arguments: UInt64(1)...20)
  func arrivalInAnyOrderGivesTheSamePartition(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let lines = [
      (#""anonymousId":"a1""#), (#""userId":"u1","anonymousId":"a1""#),
      (#""userId":"u1","anonymousId":"a2""#), (#""anonymousId":"a2""#),
      (#""userId":"u2","anonymousId":"a3""#), (#""userId":"u2","traits":{"email":"b@x.y"}"#),
      (#""anonymousId":"a4","traits":{"email":"b@x.y"}"#), (#""anonymousId":"a5""#),
    ].enumerated().map { identify(id: "m\($0)", $1, at: "2026-03-01T10:00:00.000Z") }
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take(lines.shuffled(using: &random), batch: 3)
    var parts: [String: Set<String>] = [:]
    let names = ["user_id:u1", "user_id:u2", "email:b@x.y"] + (1...5).map { "anonymous_id:a\($0)" }
    for name in names {
      let report = try #require(try store.report(name))
      parts[report.id.description, default: []].insert(name)
    }
    #expect(
      Set(parts.values) == [
        ["user_id:u1", "anonymous_id:a1", "anonymous_id:a2"],
        ["user_id:u2", "email:b@x.y", "anonymous_id:a3", "anonymous_id:a4"], ["anonymous_id:a5"],
      ], "seed \(seed)")
    try store.close()
  }
}
