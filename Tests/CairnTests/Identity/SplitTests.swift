// Manual splits and merges (A2.8): what leaves takes its events along, everything follows, and
// the merge again gives the answers of before.

import Audiences
import Bytes
import Cairn
import Events
import Profiles
import Storage
import Testing
@testable import Activation
@testable import Engine

struct SplitTests {
  private static let definitionsInUse = definitions(
    traits: [("seen", #"count("Seen")"#)],
    audiences: [
      ("often", #"count("Seen") >= 3"#), ("signed_in", #"performed("Signed In")"#),
      ("recent", #"count("Seen", last 7d) >= 1"#),
    ])

  private static func identifiers(_ texts: String...) -> [Identifier] {
    texts.compactMap { Identifier($0) }
  }

  /// A store after vector A2.1: three anonymous events, then the sign-in.
  private func signedIn(_ directory: TemporaryDirectory) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.definitionsInUse)
    let anonymous = #""anonymousId":"a1""#
    try store.take(
      (1...3).map { track("Seen", id: "\($0)", anonymous, at: "2026-03-0\($0)T10:00:00.000Z") }
        + [
          track(
            "Signed In", id: "4", #""userId":"u1",\#(anonymous)"#, at: "2026-03-04T10:00:00.000Z")
        ])
    return store
  }

  /// A2.8, whichever side is named.
  @Test(arguments: ["anonymous_id:a1", "user_id:u1"])
  func aSplitGivesEachSideItsOwn(named: String) throws {
    let directory = TemporaryDirectory()
    let store = try signedIn(directory)
    let before = try #require(try store.report("user_id:u1"))
    #expect(before.trait("seen")?.description == "3")
    #expect(before.audienceNames == ["often", "signed_in", "recent"])
    let count = try store.changes().count
    let outcome = try store.split(Self.identifiers(named))
    let anonymous = try #require(try store.report("anonymous_id:a1"))
    let user = try #require(try store.report("user_id:u1"))
    // The id was that of the anonymous visitor, who came first.
    #expect(anonymous.id == before.id && user.id != before.id)
    #expect(Set(outcome.profiles) == [anonymous.id, user.id])
    #expect(anonymous.eventCount == 3 && user.eventCount == 1)
    #expect(anonymous.trait("seen")?.description == "3")
    #expect(user.trait("seen")?.description == "0")
    #expect(anonymous.audienceNames == ["often", "recent"])
    #expect(user.audienceNames == ["signed_in"])
    let changes = try store.changes().dropFirst(count).map {
      "\($0.id == before.id ? "a1" : "u1") \($0.audience) \($0.kind) \($0.cause)"
    }
    #expect(changes == ["a1 signed_in exited split", "u1 signed_in entered split"])
    #expect(outcome.memberships.entered == 1 && outcome.memberships.exited == 1)
    // Timers are those of each side: after seven days the visitor leaves by itself.
    _ = try store.tick(to: instant("2026-03-10T10:00:00.000Z"))
    #expect(try store.report("anonymous_id:a1")?.audienceNames == ["often"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.report("user_id:u1")?.id == user.id)
    #expect(again.verify(replay: true).problems == [])
    try again.close()
  }

  @Test func whatWasPartedStaysApartUntilItIsMergedByHand() throws {
    let directory = TemporaryDirectory()
    let store = try signedIn(directory)
    let split = try store.split(Self.identifiers("user_id:u1"))
    try store.take([
      track(
        "Seen", id: "5", #""userId":"u1","anonymousId":"a1""#, at: "2026-03-05T10:00:00.000Z"),
      // Nor is there a way around it.
      track("Seen", id: "6", #""userId":"u1","anonymousId":"b1""#, at: "2026-03-05T10:00:00.000Z"),
      track(
        "Seen", id: "7", #""anonymousId":"a1","traits":{"email":"e@x.y"}"#,
        at: "2026-03-05T10:00:00.000Z"),
      track(
        "Seen", id: "8", #""anonymousId":"b1","traits":{"email":"e@x.y"}"#,
        at: "2026-03-05T10:00:00.000Z"),
    ])
    #expect(try store.report("user_id:u1")?.names == ["user_id:u1", "anonymous_id:b1"])
    #expect(try store.report("anonymous_id:a1")?.names == ["anonymous_id:a1", "email:e@x.y"])
    #expect(
      try store.identityDecisions().filter { if case .demoted = $0 { true } else { false } } == [
        .demoted(index: 1, .anonymousID, .keptApart(since: split.sequence)),
        .demoted(index: 1, .anonymousID, .keptApart(since: split.sequence)),
      ])
    #expect(
      try store.explained("user_id:u1", "anonymous_id:a1") == [
        "split in record \(split.sequence.value)",
        "anonymous_id:a1 kept from user_id:u1 by split \(split.sequence.value), record "
          + "\(split.sequence.value + 1)",
        "anonymous_id:b1 kept from email:e@x.y by split \(split.sequence.value), record "
          + "\(split.sequence.value + 4)",
      ])
    _ = try store.merge(Self.identifiers("user_id:u1", "anonymous_id:a1"))
    #expect(try store.snapshot().stats().profiles == 1)
    #expect(try store.report("user_id:u1")?.eventCount == 8)
    // It holds for what comes later, too.
    try store.take([
      track("Seen", id: "9", #""userId":"u1","anonymousId":"a1""#, at: "2026-03-05T10:00:00.000Z")
    ])
    #expect(try store.report("anonymous_id:a1")?.eventCount == 9)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func aSplitFollowedByTheMergeGivesTheSameAnswers() throws {
    let directory = TemporaryDirectory()
    let store = try signedIn(directory)
    try store.take([
      track("Seen", id: "x", #""userId":"u2","traits":{"email":"e@x.y"}"#, at: nil)
    ])
    let before = try store.snapshot().answersHash()
    for named in ["user_id:u1", "anonymous_id:a1"] {
      _ = try store.split(Self.identifiers(named))
      #expect(try store.snapshot().answersHash() != before)
      _ = try store.merge(Self.identifiers("anonymous_id:a1", "user_id:u1"))
      #expect(try store.snapshot().answersHash() == before, "\(named)")
      #expect(store.verify(replay: true).problems == [])
    }
    try store.rebuildDerived()
    #expect(try store.snapshot().answersHash() == before)
    try store.close()
  }

  /// What was absorbed comes back under its own id, and ids absorbed on the way follow it.
  @Test func absorbedProfilesRevive() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.definitionsInUse)
    let time = "2026-03-01T10:00:00.000Z"
    let devices = (1...4).map { "a\($0)" }
    try store.take(
      devices.map { track("Seen", id: $0, #""anonymousId":"\#($0)""#, at: time) })
    var ids: [String: ProfileID] = [:]
    for device in devices { ids[device] = try store.report("anonymous_id:\(device)")?.id }
    try store.take(
      devices.map {
        identify(id: "i\($0)", #""anonymousId":"\#($0)","traits":{"email":"e@x.y"}"#, at: time)
      })
    #expect(try store.snapshot().stats().profiles == 1)
    _ = try store.split(Self.identifiers("anonymous_id:a3", "anonymous_id:a4"))
    #expect(try store.report("anonymous_id:a3")?.id == ids["a3"])
    #expect(try store.report("profile_id:\(try #require(ids["a4"]))")?.id == ids["a3"])
    #expect(try store.report("profile_id:\(try #require(ids["a2"]))")?.id == ids["a1"])
    #expect(try store.report("email:e@x.y")?.id == ids["a1"])
    #expect(try store.report("anonymous_id:a4")?.eventCount == 2)
    _ = try store.split(Self.identifiers("anonymous_id:a4"))
    #expect(try store.report("profile_id:\(try #require(ids["a4"]))")?.id == ids["a4"])
    _ = try store.split(Self.identifiers("email:e@x.y", "anonymous_id:a2"))
    #expect(try store.report("email:e@x.y")?.id == ids["a2"])
    #expect(try store.report("anonymous_id:a1")?.names == ["anonymous_id:a1"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// What leaves takes its events, the other keeps only its own.
  @Test func afterAMergeEachSideCanLeaveAlone() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.definitionsInUse)
    let time = "2026-03-01T10:00:00.000Z"
    try store.take(
      (1...4).map { track("Seen", id: "k\($0)", #""userId":"kept""#, at: time) }
        + (1...3).map { track("Seen", id: "g\($0)", #""anonymousId":"gone""#, at: time) }
        + [identify(id: "both", #""userId":"kept","anonymousId":"gone""#, at: time)])
    #expect(try store.report("user_id:kept")?.eventCount == 8)
    _ = try store.split(Self.identifiers("anonymous_id:gone"))
    let kept = try #require(try store.report("user_id:kept"))
    #expect(kept.eventCount == 5 && kept.names == ["user_id:kept"])
    #expect(kept.trait("seen")?.description == "4")
    #expect(kept.links.isEmpty)
    #expect(
      try !kept.events.contains { String(decoding: try $0.json, as: UTF8.self).contains("\"g1\"") })
    try store.close()
  }

  /// One profile by the first rules, two by the next: what left both is on one side, and so is what
  /// stayed, though one of them keeps its id with those who left and the other with those who stayed.
  @Test func aSplitOfWhatOtherRulesMakeTwoProfilesHasTwoSides() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.applyRules("identifiers: [user_id, email, anonymous_id]")
    try store.takeSeen("1", #""anonymousId":"a1""#)
    try store.takeSeen("2", #""userId":"u1","anonymousId":"a1""#)
    try store.takeSeen("3", #""userId":"u2""#)
    try store.takeSeen("4", #""userId":"u2","anonymousId":"a2""#)
    try store.takeSeen("5", #""userId":"u1","traits":{"email":"e@x.y"}"#)
    try store.takeSeen("6", #""userId":"u2","traits":{"email":"e@x.y"}"#)
    #expect(try store.snapshot().stats().profiles == 1)
    _ = try store.split(Self.identifiers("anonymous_id:a1", "anonymous_id:a2"))
    #expect(try store.snapshot().stats().profiles == 2)
    try store.applyRules("identifiers: [user_id, anonymous_id]")
    #expect(try store.snapshot().stats().profiles == 4)
    try store.takeSeen("7", #""userId":"n","anonymousId":"a1""#)
    try store.takeSeen("8", #""userId":"n","anonymousId":"a2""#)
    #expect(
      try store.report("user_id:n")?.names.sorted()
        == ["anonymous_id:a1", "anonymous_id:a2", "user_id:n"])
    // Those who stayed are kept from all who left, also from those of the other profile.
    try store.takeSeen("9", #""userId":"u2","anonymousId":"a1""#)
    #expect(try store.report("user_id:u2")?.names == ["user_id:u2"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// Joined by an address that the next rules do not know: there the split parts nothing, but what it
  /// named is kept apart from what comes after, until it is merged manually.
  @Test func aSplitHoldsUnderRulesThatHadNotJoinedTheTwo() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.applyRules("identifiers: [user_id, email, anonymous_id]")
    try store.takeSeen("1", #""anonymousId":"a1","traits":{"email":"e@x.y"}"#)
    try store.takeSeen("2", #""userId":"u1","traits":{"email":"e@x.y"}"#)
    #expect(try store.snapshot().stats().profiles == 1)
    _ = try store.split(Self.identifiers("anonymous_id:a1"))
    try store.applyRules("identifiers: [user_id, anonymous_id]")
    #expect(try store.snapshot().stats().profiles == 2)
    try store.takeSeen("3", #""userId":"u1","anonymousId":"a1""#)
    #expect(try store.report("user_id:u1")?.names == ["user_id:u1"])
    #expect(try store.report("anonymous_id:a1")?.names == ["anonymous_id:a1"])
    // By rules that join them again, too.
    try store.applyRules("identifiers: [user_id, email, anonymous_id]")
    #expect(try store.report("user_id:u1")?.names.contains("anonymous_id:a1") == false)
    try store.applyRules("identifiers: [user_id, anonymous_id]")
    _ = try store.merge(Self.identifiers("user_id:u1", "anonymous_id:a1"))
    try store.takeSeen("4", #""userId":"u1","anonymousId":"a1""#)
    #expect(
      try store.report("user_id:u1")?.names.sorted() == ["anonymous_id:a1", "user_id:u1"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whatCannotBePartedOrMergedIsRefused() throws {
    let directory = TemporaryDirectory()
    let store = try signedIn(directory)
    try store.take([
      track("Seen", id: "g", #""userId":"u3","context":{"groupId":"g1"}"#, at: nil)
    ])
    let sequence = store.lastSequence
    func code(_ body: () throws(StoreError) -> CorrectionOutcome) -> StoreError.Code? {
      do throws(StoreError) { _ = try body() } catch { return error.code }
      return nil
    }
    let all = Self.identifiers("user_id:u1", "anonymous_id:a1")
    #expect(code { () throws(StoreError) in try store.split(all) } == .outOfOrder)
    #expect(code { () throws(StoreError) in try store.merge(all) } == .outOfOrder)
    #expect(
      code { () throws(StoreError) in
        try store.split(Self.identifiers("user_id:u1", "user_id:u3"))
      } == .outOfOrder)
    #expect(
      code { () throws(StoreError) in try store.split(Self.identifiers("user_id:never")) }
        == .noSuchRecord)
    #expect(
      code { () throws(StoreError) in
        try store.merge(Self.identifiers("user_id:u1", "group_id:g1"))
      } == .outOfOrder)
    #expect(store.lastSequence == sequence)
    try store.close()
  }
}

extension Store {
  /// Applies identity rules as they are written.
  fileprivate func applyRules(_ yaml: String) throws {
    let rules = try IdentityRulesFile.read(yaml, file: "rules")
    try apply(rules.renumbered(after: identityRules))
  }

  /// Takes an event with the given identifiers, all of one instant.
  fileprivate func takeSeen(_ id: String, _ identifiers: String) throws {
    try take([track("Seen", id: id, identifiers, at: "2026-03-01T10:00:00.000Z")])
  }
}
