// Rules about persons that ask their accounts: when an account changes, its members follow in the same
// commit, and everything else that can move an answer does so too.

import Audiences
import Bytes
import Cairn
import Profiles
import Storage
import Testing
@testable import Activation
@testable import Engine

@Suite struct AccountQuestionTests {
  private static let day = "2026-03-01T00:00:0"

  private static let hot: [DefinitionText] =
    accountDefinitions(
      traits: [("demos", #"count("Demo Requested", last 30d)"#)],
      audiences: [("hot_accounts", "demos >= 2")])
    + definitions(audiences: [
      ("contacts", #"any account(member("hot_accounts"))"#),
      ("cold", #"no account(member("hot_accounts"))"#),
      ("gold", #"any account(traits.tier = "gold")"#),
      ("all_gold", #"all accounts(traits.tier = "gold")"#),
      ("two", "at least 2 accounts(demos >= 1)"),
      ("many_demos", "sum over accounts(demos) >= 3"),
      ("team", #"any account(count over members(performed("App Opened")) >= 2)"#),
      ("with_fan", "any account(any member(orders >= 2))"),
      ("all_open", #"any account(all members(performed("App Opened")))"#),
    ]) + definitions(traits: [("orders", #"count("Order Completed")"#)])

  private func lines() -> [String] {
    [
      groupCall("g1", user: "ann", "acme", at: Self.day + "0.000Z", traits: #""tier":"gold""#),
      groupCall("g2", user: "ben", "acme", at: Self.day + "1.000Z"),
      groupCall("g3", user: "cem", "umbrella", at: Self.day + "2.000Z"),
      groupCall("g4", user: "ben", "umbrella", at: Self.day + "3.000Z"),
      accountEvent("Demo Requested", "d1", user: "ann", in: "acme", at: Self.day + "4.000Z"),
    ]
  }

  @Test func theMembersFollowTheAccount() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.hot)
    try store.take(lines())
    #expect(try store.users(in: "contacts") == [])
    #expect(try store.users(in: "cold") == ["ann", "ben", "cem"])
    #expect(try store.users(in: "gold") == ["ann", "ben"])
    #expect(try store.users(in: "all_gold") == ["ann"])
    let before = try store.changes().count
    try store.take([
      accountEvent("Demo Requested", "d2", user: "ann", in: "acme", at: Self.day + "5.000Z")
    ])
    #expect(try store.users(in: "contacts") == ["ann", "ben"])
    #expect(try store.users(in: "cold") == ["cem"])
    // All of it is recorded with the one event, which is the cause.
    let changes = try store.changes().dropFirst(before)
    #expect(Set(changes.map(\.sequence)).count == 1 && changes.allSatisfy { $0.cause == .event })
    #expect(changes.count { $0.audience == "contacts" && $0.kind == .entered } == 2)
    try store.take([
      accountEvent("Demo Requested", "d3", user: "cem", in: "umbrella", at: Self.day + "6.000Z")
    ])
    #expect(try store.users(in: "two") == ["ben"] && store.users(in: "many_demos") == ["ben"])
    // The account's window ends for everybody at the same instant.
    let end = "2026-03-31T00:00:04.000Z"
    #expect(
      try store.users(in: "contacts", at: instant("2026-03-31T00:00:03.999Z")) == ["ann", "ben"])
    #expect(try store.users(in: "contacts", at: instant(end)) == [])
    _ = try store.tick(to: instant("2026-04-01T00:00:00Z"))
    let last = try store.changes().filter { $0.audience == "contacts" && $0.kind == .exited }
    #expect(
      last.count == 2 && last.allSatisfy { $0.effective == instant(end) && $0.cause == .timer })
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func membersOfTheAccountAreAsked() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.hot)
    try store.take(lines())
    let open = { (id: String, user: String, account: String) in
      accountEvent("App Opened", id, user: user, in: account, at: Self.day + "7.000Z")
    }
    try store.take([open("o1", "ann", "acme")])
    #expect(try store.users(in: "team") == [])
    try store.take([open("o2", "ben", "acme")])
    #expect(try store.users(in: "team") == ["ann", "ben"])
    // Somebody who has not done it comes in: not all have any more.
    #expect(try store.users(in: "all_open") == ["ann", "ben"])
    try store.take([groupCall("g8", user: "fay", "acme", at: Self.day + "7.500Z")])
    #expect(try store.users(in: "all_open") == [])
    // What a member does outside of all accounts counts for a trait of the person.
    try store.take([
      accountEvent("Order Completed", "b1", user: "ben", in: nil, at: Self.day + "7.000Z"),
      accountEvent("Order Completed", "b2", user: "ben", in: nil, at: Self.day + "8.000Z"),
    ])
    #expect(try store.users(in: "with_fan") == ["ann", "ben", "cem", "fay"])
    // Somebody new comes into an account that has the answer already.
    try store.take([groupCall("g9", user: "dora", "umbrella", at: Self.day + "9.000Z")])
    #expect(try store.users(in: "with_fan") == ["ann", "ben", "cem", "dora", "fay"])
    // Two of the team turn out to be one person; a split makes them two again.
    try store.take([
      #"{"type":"track","event":"App Opened","messageId":"x1","anonymousId":"a1","timestamp":""#
        + Self.day + #"9.000Z","context":{"groupId":"solo"}}"#,
      open("x2", "eve", "solo"),
    ])
    #expect(try store.users(in: "team") == ["ann", "ben", "eve", "fay"])
    try store.take([
      identify(id: "x3", #""userId":"eve","anonymousId":"a1""#, at: Self.day + "9.500Z")
    ])
    #expect(try store.users(in: "team") == ["ann", "ben", "fay"])
    _ = try store.split([Identifier(type: "anonymous_id", value: "a1")])
    #expect(try store.users(in: "team") == ["ann", "ben", "eve", "fay"])
    #expect(store.verify(replay: true).problems == [])
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    try store.close()
  }

  @Test func definedLaterTriedAndAskedForItIsTheSame() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take(
      lines() + [
        accountEvent("Demo Requested", "d2", user: "ann", in: "acme", at: Self.day + "5.000Z")
      ])
    let plan = try store.plan(Self.hot)
    #expect(plan.effects.first { $0.name == "contacts" }?.entered == 2)
    _ = try store.apply(Self.hot)
    #expect(try store.users(in: "contacts") == ["ann", "ben"])
    let preview = try store.snapshot().preview(#"any account(demos >= 2 and traits.tier = "gold")"#)
    #expect(preview.memberCount == 2 && preview.profileCount == 3)
    let ben = try #require(
      try store.snapshot().profile(of: Identifier(type: "user_id", value: "ben")))
    let found = try store.snapshot().explain(audience: "contacts", ben)
    #expect(found.explanation.holds == true)
    #expect(found.explanation.accounts.map { $0.explanation.holds } == [true, false])
    #expect(found.evidence.map(\.eventCount) == [2], "the events of the account, ann's")
    #expect(found.nextChange == instant("2026-03-31T00:00:04.000Z"))
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func erasingAMemberTakesItsEventsFromTheAccount() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.hot)
    try store.take(
      lines() + [
        accountEvent("Demo Requested", "d2", user: "ann", in: "acme", at: Self.day + "5.000Z")
      ])
    #expect(try store.users(in: "contacts") == ["ann", "ben"])
    _ = try store.erase([Identifier(type: "user_id", value: "ann")])
    #expect(try store.users(in: "contacts") == [])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  private func refusal(_ texts: [DefinitionText]) throws -> String? {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    defer { try? store.close() }
    do throws(ApplyError) {
      _ = try store.apply(texts)
      return nil
    } catch {
      guard case .definition(let wrong) = error else { return nil }
      return wrong.message
    }
  }

  @Test func questionsThatGoInACircleAreRefused() throws {
    let circle = try refusal(
      accountDefinitions(audiences: [("b", #"any member(member("a"))"#)])
        + definitions(audiences: [("a", #"any account(member("b"))"#)]))
    #expect(circle?.contains("cannot") == true, "\(circle ?? "none")")
    let turn = try refusal(
      accountDefinitions(audiences: [("b", #"any member(member("a"))"#)])
        + definitions(audiences: [("a", #"any account(performed("X"))"#)]))
    #expect(turn?.contains("cannot be referred to") == true, "\(turn ?? "none")")
    let nested = try refusal(
      definitions(audiences: [("a", #"any account(any member(any account(performed("X"))))"#)]))
    #expect(nested?.contains("cannot be referred to") == true, "\(nested ?? "none")")
    let own = try refusal(accountDefinitions(audiences: [("a", #"any account(performed("X"))"#)]))
    #expect(own?.contains("use it in definitions for persons") == true, "\(own ?? "none")")
    let plain = try refusal(
      accountDefinitions(audiences: [("b", #"performed("X")"#)])
        + definitions(audiences: [("a", #"member("b")"#)]))
    #expect(plain?.contains(#"as in any account(member("b") …)"#) == true, "\(plain ?? "none")")
    let typo = try refusal(definitions(audiences: [("a", #"any acount(performed("X"))"#)]))
    #expect(typo?.contains("did you mean account?") == true, "\(typo ?? "none")")
    let ok = try refusal(
      definitions(audiences: [("a", #"any account(all members(performed("X", last 1d)))"#)]))
    #expect(ok == nil)
  }
}
