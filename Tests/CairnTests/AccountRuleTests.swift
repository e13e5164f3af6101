// Accounts: what counts for them, rules about their members, and what time does to both.

import Audiences
import Bytes
import Cairn
import Profiles
import Storage
import Testing
@testable import Engine

extension Store {
  /// The group ids of an audience's members.
  fileprivate func groups(in audience: String, at time: String? = nil) throws -> [String] {
    var result: [String] = []
    try snapshot().visitMembers(of: audience, at: time.map(instant)) {
      (member) throws(StoreError) in
      for identifier in member.identifiers where identifier.type == "group_id" {
        result.append(identifier.value)
      }
    }
    return result.sorted()
  }
}

@Suite struct AccountRuleTests {
  /// A7: an account of which some user asked for a demo, all users were active, and seats add up.
  private let engaged = accountDefinitions(audiences: [
    (
      "engaged",
      """
      any member(performed("Demo Requested")) and all members(performed("App Opened", last 30d))
        and sum over members(last("Seats Counted", properties.seats_used)) > 10
      """
    )
  ])

  private func lines(seats: String = "4") -> [String] {
    [
      groupCall("g1", user: "ann", "acme", at: "2026-03-01T00:00:00.000Z"),
      groupCall("g2", user: "ben", "acme", at: "2026-03-01T00:00:01.000Z"),
      accountEvent("Demo Requested", "d1", user: "ann", in: "acme", at: "2026-03-02T00:00:00.000Z"),
      accountEvent("App Opened", "o1", user: "ann", in: "acme", at: "2026-03-20T00:00:00.000Z"),
      accountEvent("App Opened", "o2", user: "ben", in: "acme", at: "2026-03-10T00:00:00.250Z"),
      accountEvent(
        "Seats Counted", "s1", user: "ann", in: "acme", at: "2026-03-20T00:00:01.000Z",
        properties: #""seats_used":7"#),
      accountEvent(
        "Seats Counted", "s2", user: "ben", in: "acme", at: "2026-03-20T00:00:02.000Z",
        properties: #""seats_used":\#(seats)"#),
    ]
  }

  @Test func theAccountVectorHolds() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(engaged)
    let lines = lines()
    try store.take(Array(lines.dropLast()))
    #expect(try store.groups(in: "engaged") == [], "seven seats are not enough")
    try store.take([lines[6]])
    #expect(try store.groups(in: "engaged") == ["acme"])
    // Ben's last visit turns thirty days old.
    let end = "2026-04-09T00:00:00.250Z"
    #expect(try store.groups(in: "engaged", at: "2026-04-09T00:00:00.249Z") == ["acme"])
    #expect(try store.groups(in: "engaged", at: end) == [])
    _ = try store.tick(to: instant("2026-04-10T00:00:00.000Z"))
    let last = try #require(try store.changes().last)
    #expect(last.kind == .exited && last.cause == .timer && last.effective == instant(end))
    // He comes back, and somebody who never did anything joins.
    try store.take([
      accountEvent("App Opened", "o3", user: "ben", in: "acme", at: "2026-04-11T00:00:00.000Z")
    ])
    #expect(try store.groups(in: "engaged") == ["acme"])
    try store.take([groupCall("g3", user: "cem", "acme", at: "2026-04-12T00:00:00.000Z")])
    #expect(try store.groups(in: "engaged") == [], "one of three was not active")
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test(arguments: [("4", ["acme"]), ("3", [])])
  func definedLaterItIsAsIfItHadAlwaysBeen(seats: String, expected: [String]) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take(lines(seats: seats))
    _ = try store.apply(engaged)
    #expect(try store.groups(in: "engaged") == expected)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// The same text once the trait is replaced by what it stands for, and yet another question.
  @Test func aTraitOfThePersonAndACountInTheAccountAreDifferentRules() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let trait = definitions(traits: [("orders", #"count("Order Completed")"#)])
    _ = try store.apply(
      trait + accountDefinitions(audiences: [("a_fan", "any member(orders > 5)")]))
    for (index, account) in ["x", "y"].enumerated() {
      try store.take(
        (0..<3).map {
          accountEvent(
            "Order Completed", "\(account)\($0)", user: "ann", in: account,
            at: "2026-03-0\(index + 1)T00:00:0\($0).000Z")
        })
    }
    #expect(try store.groups(in: "a_fan") == ["x", "y"])
    _ = try store.apply(
      trait
        + accountDefinitions(audiences: [("a_fan", #"any member(count("Order Completed") > 5)"#)]))
    #expect(try store.groups(in: "a_fan") == [])
    _ = try store.apply(
      trait + accountDefinitions(audiences: [("a_fan", "any member(orders > 5)")]))
    #expect(try store.groups(in: "a_fan") == ["x", "y"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// A7: a user of two accounts does three demos in one of them.
  @Test func anEventCountsForTheAccountInItsContext() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      accountDefinitions(
        traits: [
          ("demos", #"count("Demo Requested")"#),
          ("most", #"max over members(count("Demo Requested"))"#),
          ("anywhere", "sum over members(all_demos)"),
        ],
        audiences: [
          ("demoed", "demos >= 3"), ("quiet", "demos = 0"),
          ("a_fan", "any member(all_demos >= 4)"),
        ])
        + definitions(traits: [("all_demos", #"count("Demo Requested")"#)]))
    let day = "2026-03-01T00:00:0"
    try store.take([
      groupCall("g1", user: "ann", "x", at: day + "0.000Z"),
      groupCall("g2", user: "ann", "y", at: day + "1.000Z"),
      accountEvent("Demo Requested", "d1", user: "ann", in: "x", at: day + "2.000Z"),
      accountEvent("Demo Requested", "d2", user: "ann", in: "x", at: day + "3.000Z"),
      accountEvent("Demo Requested", "d3", user: "ann", in: "x", at: day + "4.000Z"),
    ])
    let x = try #require(try store.report("group_id:x"))
    let y = try #require(try store.report("group_id:y"))
    #expect(x.trait("demos") == .count(3) && y.trait("demos") == .count(0))
    #expect(x.trait("most") == .number(FixedDecimal(3)))
    #expect(y.trait("most") == .number(FixedDecimal(0)))
    #expect(y.trait("anywhere") == .number(FixedDecimal(3)), "a trait is that of the whole person")
    #expect(try store.groups(in: "demoed") == ["x"] && store.groups(in: "quiet") == ["y"])
    #expect(try store.groups(in: "a_fan") == [])
    // One of no account makes her a fan in both.
    try store.take([
      accountEvent("Demo Requested", "d4", user: "ann", in: nil, at: day + "5.000Z")
    ])
    #expect(try store.groups(in: "a_fan") == ["x", "y"])
    #expect(try store.report("group_id:x")?.trait("demos") == .count(3))
    #expect(try store.report("user_id:ann")?.trait("all_demos") == .count(4))
    #expect(try store.report("user_id:ann")?.trait("demos") == nil)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func whenTwoMembersTurnOutToBeOneTheAccountFollows() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      accountDefinitions(audiences: [
        ("team", #"at least 2 members(performed("App Opened"))"#),
        ("heavy", #"any member(count("App Opened") >= 2)"#),
        ("lone", #"no member(count("App Opened") = 1)"#),
      ]))
    let open = #""type":"track","event":"App Opened","context":{"groupId":"acme"}"#
    try store.take([
      #"{\#(open),"messageId":"1","anonymousId":"a1","timestamp":"2026-03-01T00:00:00Z"}"#,
      #"{\#(open),"messageId":"2","userId":"u1","timestamp":"2026-03-01T00:00:01Z"}"#,
    ])
    #expect(try store.groups(in: "team") == ["acme"] && store.groups(in: "heavy") == [])
    #expect(try store.groups(in: "lone") == [])
    try store.take([
      identify(id: "3", #""userId":"u1","anonymousId":"a1""#, at: "2026-03-01T00:00:02Z")
    ])
    #expect(try store.groups(in: "team") == [] && store.groups(in: "heavy") == ["acme"])
    #expect(try store.groups(in: "lone") == ["acme"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func aNameIsEitherOfPersonsOrOfAccounts() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    func refusal(_ texts: [DefinitionText]) -> String? {
      do throws(ApplyError) {
        _ = try store.apply(texts)
        return nil
      } catch {
        guard case .definition(let wrong) = error else { return nil }
        return wrong.message
      }
    }
    let twice = refusal(
      definitions(traits: [("n", "count(*)")]) + accountDefinitions(traits: [("n", "count(*)")]))
    #expect(twice?.contains("defined already") == true)
    let across = refusal(
      definitions(traits: [("n", "count(*)")]) + accountDefinitions(audiences: [("a", "n > 1")]))
    #expect(across?.contains("refer to members, as in any member(n …)") == true)
    let back = refusal(
      accountDefinitions(traits: [("n", "count(*)")]) + definitions(audiences: [("a", "n > 1")]))
    #expect(back?.contains("belongs to accounts") == true)
    // It can change over, though, in one go.
    #expect(refusal(definitions(audiences: [("a", "performed(*)")])) == nil)
    #expect(refusal(accountDefinitions(audiences: [("a", "performed(*)")])) == nil)
    try store.take([accountEvent("X", "1", user: "u", in: "acme", at: "2026-03-01T00:00:00Z")])
    #expect(try store.groups(in: "a") == ["acme"])
    #expect(refusal(definitions(audiences: [("a", "performed(*)")])) == nil)
    #expect(try store.users(in: "a") == ["u"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
