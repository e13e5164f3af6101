// The vectors of identity (A2), each with its expected values.

import Audiences
import Bytes
import Cairn
import Events
import Foundation
import Profiles
import Storage
import Testing
@testable import Activation
@testable import Engine

struct IdentityVectorTests {
  static let time = "2026-03-01T10:00:00.000Z"

  /// A2.1.
  @Test func anonymousEventsBelongToWhoeverSignsIn() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let anonymous = #""anonymousId":"a1""#
    try store.take((1...3).map { track("Seen", id: "\($0)", anonymous, at: Self.time) })
    let before = try #require(try store.report("anonymous_id:a1"))
    try store.take([identify(id: "4", #""userId":"u1",\#(anonymous)"#, at: Self.time)])
    let after = try #require(try store.report("user_id:u1"))
    #expect(after.id == before.id && after.eventCount == 4)
    #expect(try store.report("anonymous_id:a1")?.id == before.id)
    #expect(try store.report("profile_id:\(before.id)")?.id == before.id)
    #expect(try store.snapshot().stats().profiles == 1)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// A2.2.
  @Test func aLimitDemotesTheIdentifierOfLowestPriority() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let email = #""traits":{"email":"jane@example1.com"}"#
    try store.take([
      identify(id: "1", #""userId":"abc123",\#(email)"#, at: Self.time),
      identify(id: "2", #""userId":"abc456",\#(email)"#, at: Self.time),
    ])
    let first = try #require(try store.report("user_id:abc123"))
    let second = try #require(try store.report("user_id:abc456"))
    #expect(first.id != second.id)
    #expect(first.names == ["user_id:abc123", "email:jane@example1.com"])
    #expect(second.names == ["user_id:abc456"])
    #expect(first.eventCount == 1 && second.eventCount == 1)
    #expect(
      try store.identityDecisions().last { if case .demoted = $0 { true } else { false } }
        == .demoted(index: 1, .email, .limit(.userID, .init(1, .ever))))
    #expect(
      try store.explained("user_id:abc456", "email:jane@example1.com") == [
        "email:jane@example1.com kept from user_id:abc456 by limit user_id=1 ever, record 4"
      ])
    try store.close()
  }

  /// A2.3.
  @Test func knownPeopleAreNeverMerged() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take([
      identify(id: "1", #""userId":"u1","anonymousId":"a1""#, at: Self.time),
      identify(id: "2", #""userId":"u2","anonymousId":"a9""#, at: Self.time),
      track("Seen", id: "3", #""userId":"u1","anonymousId":"a9""#, at: Self.time),
    ])
    #expect(try store.report("user_id:u1")?.names == ["user_id:u1", "anonymous_id:a1"])
    #expect(try store.report("user_id:u2")?.names == ["user_id:u2", "anonymous_id:a9"])
    #expect(try store.report("user_id:u1")?.eventCount == 2)
    #expect(
      try store.identityDecisions().last == .demoted(index: 1, .anonymousID, .protection(.userID)))
    #expect(
      try store.explained("user_id:u1", "user_id:u2") == [
        "anonymous_id:a9 kept from user_id:u1 by protection user_id, record 5"
      ])
    try store.close()
  }

  /// A2.4: that they are not identifiers is tested with the reader; here, that they are counted.
  @Test func blockedValuesAreCountedAndTheEventKept() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let values = ["null", " ", "[object Object]", "0", "ANONYMOUS", "None", "none", "Null"]
    let verdicts = try store.take(
      values.enumerated().map {
        track("Seen", id: "m\($0)", #""userId":"\#($1)","anonymousId":"a""#, at: Self.time)
      } + [track("Seen", id: "only", #""userId":"null""#, at: Self.time)])
    #expect(try store.report("anonymous_id:a")?.identifiers.map(\.eventCount) == [7, 1])
    #expect(
      try store.report("user_id:Null")?.names == ["anonymous_id:a", "user_id:Null"])
    #expect(try store.report("user_id:Null")?.eventCount == 8)
    #expect(try store.snapshot().identityHealth().blocked == ["user_id": 7])
    guard case .quarantined(_, let problem) = try #require(verdicts.last) else {
      Issue.record("\(verdicts)")
      return
    }
    #expect(problem.code == .blockedIdentifier)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// A2.5.
  @Test func theSixthDeviceOfAWeekStaysOutside() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    for day in 1...5 {
      try store.take([
        identify(
          id: "\(day)", #""userId":"u","anonymousId":"a\#(day)""#,
          at: "2026-03-0\(day)T10:00:00.000Z")
      ])
    }
    let user = #""userId":"u","anonymousId":"a6""#
    // One millisecond before the first device is seven days old.
    try store.take([identify(id: "6", user, at: "2026-03-08T09:59:59.999Z")])
    #expect(try store.report("user_id:u")?.identifiers.count == 6)
    #expect(try store.report("anonymous_id:a6") == nil)
    #expect(try store.report("user_id:u")?.eventCount == 6)
    #expect(
      try store.explained("user_id:u", "anonymous_id:a6") == [
        "anonymous_id:a6 kept from user_id:u by limit anonymous_id=5 week, record 8"
      ])
    try store.take([track("Seen", id: "7", #""anonymousId":"a6""#, at: "2026-03-08T09:59:59.999Z")])
    #expect(try store.report("anonymous_id:a6")?.identifiers.count == 1)
    // Eight days after: the same call joins it, and what it did alone comes along.
    try store.take([identify(id: "8", user, at: "2026-03-16T10:00:00.000Z")])
    #expect(try store.report("user_id:u")?.identifiers.count == 7)
    #expect(try store.report("anonymous_id:a6")?.eventCount == 8)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// A2.5 on the millisecond: the window is open at its start.
  @Test func aDeviceCountsUntilItIsAWeekOld() throws {
    for (instant, expected) in [("09:59:59.999Z", 6), ("10:00:00.000Z", 7)] {
      let directory = TemporaryDirectory()
      let store = try Store.create(at: directory.store, options: .repeatable())
      try store.take(
        (1...5).map {
          identify(id: "\($0)", #""userId":"u","anonymousId":"a\#($0)""#, at: Self.time)
        } + [identify(id: "6", #""userId":"u","anonymousId":"a6""#, at: "2026-03-08T" + instant)])
      #expect(try store.report("user_id:u")?.identifiers.count == expected)
      try store.close()
    }
  }

  /// A2.7: three rows of telephone numbers, the third of which bridges the other two.
  @Test(arguments: [UInt32?.none, 3])
  func aBridgeJoinsListsUnlessALimitApplies(limit: UInt32?) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    var rules = IdentityRules.standard
    rules.identifiers.country = CountryCode("DE")
    rules.identifiers.entries.append(
      .init(
        type: .phone, name: "phone", places: [.path(["traits", "phones"])], normaliser: .phone))
    rules.constraints.append(.init(.phone, limit: limit.map { .init($0, .ever) }))
    try store.apply(rules)
    func row(_ id: String, _ numbers: [String]) -> String {
      let list = numbers.map { "\"030 55500\($0)\"" }.joined(separator: ",")
      return identify(id: id, #""traits":{"phones":[\#(list)]}"#, at: Self.time)
    }
    try store.take([row("1", ["90", "91"]), row("2", ["92", "93"]), row("3", ["91", "92"])])
    let report = try #require(try store.report("phone:+49305550091"))
    if limit == nil {
      #expect(
        report.names == ["90", "91", "92", "93"].map { "phone:+493055500\($0)" })
      #expect(report.eventCount == 3)
      #expect(
        try store.explained("phone:030 5550090", "phone:030 5550093") == [
          "phone:+49305550090 - phone:+49305550091, record 4",
          "phone:+49305550091 - phone:+49305550092, record 6",
          "phone:+49305550092 - phone:+49305550093, record 5",
        ])
    } else {
      #expect(report.names == ["90", "91"].map { "phone:+493055500\($0)" })
      #expect(
        try store.report("phone:030/5550092")?.names
          == ["92", "93"].map { "phone:+493055500\($0)" })
      #expect(
        try store.explained("phone:030 5550090", "phone:030 5550093") == [
          "phone:+49305550092 kept from phone:+49305550091 by limit phone=3 ever, record 6"
        ])
    }
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}

extension ProfileReport {
  /// Its identifiers as `type:value`, in the order they joined.
  var names: [String] { identifiers.map { "\($0.identifier.type):\($0.identifier.value)" } }
}

extension Store {
  /// All recorded decisions about identity, in order.
  func identityDecisions() throws -> [IdentityDecision] {
    var result: [IdentityDecision] = []
    try snapshot().visitDecisions { (_, decision) throws(StoreError) in
      if case .identity(let decision) = decision { result.append(decision) }
    }
    return result
  }

  /// The path between two identifiers, or what keeps them apart, a line each.
  func explained(_ first: String, _ second: String) throws -> [String] {
    let a = try #require(Identifier(first))
    let b = try #require(Identifier(second))
    switch try snapshot().explain(a, b).answer {
    case .connected(let hops):
      return hops.map { "\($0.from) - \($0.to), record \($0.evidence.sequence.value)" }
    case .apart(let causes):
      return causes.map { cause in
        switch cause {
        case .refused(let refusal):
          "\(refusal.demoted) kept from \(refusal.home) by \(refusal.reason.short), record "
            + "\(refusal.evidence.sequence.value)"
        case .split(let sequence): "split in record \(sequence.value)"
        case .blocked(let identifier): "\(identifier) blocked"
        case .neverSeen(let identifier): "\(identifier) never seen"
        case .noEvidence: "no event has both"
        case .personAndAccount(let isMember): "person and account, member: \(isMember)"
        }
      }
    }
  }
}

extension DemotionReason {
  var short: String {
    switch self {
    case .limit(let type, let limit):
      "limit \(type.name ?? "\(type.rawValue)")=\(limit.count) \(limit.period.name)"
    case .protection(let type): "protection \(type.name ?? "\(type.rawValue)")"
    case .keptApart(let sequence): "split \(sequence.value)"
    }
  }
}
