// The texts that the project started from: read from the document that promises them, each with data that
// satisfies it and data that does not.

import Audiences
import Bytes
import Cairn
import Foundation
import Profiles
import Storage
import Testing
@testable import Engine

@Suite struct ProjectTextTests {
  /// The fenced block of a kind in docs/definitions.md.
  private func block(_ language: String) throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(
      contentsOf: root.appending(path: "docs/definitions.md"), encoding: .utf8)
    let start = try #require(text.range(of: "```\(language)\n"))
    let end = try #require(text.range(of: "\n```", range: start.upperBound..<text.endIndex))
    return String(text[start.upperBound..<end.lowerBound])
  }

  private func filled(_ directory: TemporaryDirectory, _ lines: [String]) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    let texts = try DefinitionFile.read(block("project"), file: "definitions.md")
    _ = try store.apply(texts)
    try store.take(lines)
    // Time stands at the first of July.
    try store.take([
      track("Clock", id: "clock", #""userId":"clock""#, at: "2026-07-01T00:00:00.000Z")
    ])
    return store
  }

  /// An event that many days before the first of July.
  private func event(
    _ name: String, _ user: String, daysAgo: Int, _ properties: String = "", page: String = "",
    in account: String? = nil
  ) -> String {
    let time = instant("2026-07-01T00:00:00.000Z") - .days(Int64(daysAgo))
    let id = "\(name)-\(user)-\(daysAgo)-\(properties)-\(page)".replacing("\"", with: "")
    var context = page.isEmpty ? [] : [#""page":{"path":"\#(page)"}"#]
    if let account { context.append(#""groupId":"\#(account)""#) }
    return #"{"type":"track","event":"\#(name)","messageId":"\#(id)","userId":"\#(user)","#
      + #""timestamp":"\#(time)","context":{\#(context.joined(separator: ","))},"#
      + #""properties":{\#(properties)}}"#
  }

  private func order(_ user: String, daysAgo: Int, _ revenue: Int, in account: String? = nil)
    -> String
  {
    event(
      "Order Completed", user, daysAgo: daysAgo, #""revenue":\#(revenue),"currency":"USD""#,
      in: account)
  }

  @Test func theYAMLExampleIsYAML() throws {
    let texts = try DefinitionFile.read(block("yaml"), file: "definitions.md")
    #expect(texts.count == 7)
    #expect(texts.first?.text.hasSuffix("currency: properties.currency)") == true)
  }

  @Test func purchasedInThePast90DaysWithLTVAbove500() throws {
    let directory = TemporaryDirectory()
    let store = try filled(
      directory,
      [
        order("yes", daysAgo: 200, 450), order("yes", daysAgo: 89, 51),
        order("poor", daysAgo: 10, 500), order("late", daysAgo: 90, 900),
      ])
    #expect(try store.users(in: "valuable") == ["yes"])
    try store.close()
  }

  @Test func visitedDermatologyTwiceWithoutAppointment() throws {
    let directory = TemporaryDirectory()
    let pages = ["yes", "booked", "long_ago"].flatMap { user in
      [
        event("Page Viewed", user, daysAgo: 3, page: "/dermatology/acne"),
        event(
          "Page Viewed", user, daysAgo: user == "long_ago" ? 30 : 29, page: "/clinic/dermatology"),
      ]
    }
    let store = try filled(
      directory,
      pages + [
        event("Appointment Booked", "booked", daysAgo: 1),
        event("Page Viewed", "once", daysAgo: 1, page: "/dermatology"),
        event("Page Viewed", "once", daysAgo: 1, page: "/cardiology"),
      ])
    #expect(try store.users(in: "undecided_patients") == ["yes"])
    try store.close()
  }

  @Test func decliningLoginsWithUnresolvedTickets() throws {
    let directory = TemporaryDirectory()
    var lines: [String] = []
    for user in ["yes", "solved", "steady"] {
      lines += [40, 45, 50].map { event("Signed In", user, daysAgo: $0) }
      lines += (user == "steady" ? [1, 5, 9] : [1, 5]).map {
        event("Signed In", user, daysAgo: $0)
      }
      lines.append(event("Ticket Opened", user, daysAgo: 7, #""ticket_id":"t1""#))
      lines.append(event("Ticket Opened", user, daysAgo: 6, #""ticket_id":"t2""#))
      lines.append(event("Ticket Solved", user, daysAgo: 5, #""ticket_id":"t1""#))
    }
    lines.append(event("Ticket Solved", "solved", daysAgo: 2, #""ticket_id":"t2""#))
    let store = try filled(directory, lines)
    #expect(try store.users(in: "at_risk") == ["yes"])
    #expect(try store.report("user_id:yes")?.trait("open_tickets") == .count(1))
    // Without a single further event, the logins of forty days ago fall out of what is compared with.
    #expect(try store.users(in: "at_risk", at: instant("2026-07-21T00:00:00.000Z")) == [])
    try store.close()
  }

  @Test func anAccountsEngagementCrossesAThreshold() throws {
    let directory = TemporaryDirectory()
    let store = try filled(
      directory,
      [
        order("ann", daysAgo: 0, 1, in: "hot"), order("ben", daysAgo: 0, 2, in: "hot"),
        event("Demo Requested", "ben", daysAgo: 0, in: "hot"),
        event("Page Viewed", "cem", daysAgo: 0, in: "hot"),
        order("dan", daysAgo: 0, 1, in: "cool"), order("eve", daysAgo: 14, 1, in: "cool"),
      ])
    var found: [String] = []
    try store.snapshot().visitMembers(of: "engaged_accounts") { (member) throws(StoreError) in
      found.append(member.identifiers.first?.value ?? "")
    }
    #expect(found == ["hot"])
    // 26 · 2^(−t / 14 d) is 25 after 14 d · log2(26 / 25) = 68,443.4359 s.
    let snapshot = try store.snapshot()
    let name = try #require(Identifier("group_id:hot"))
    let hot = try #require(try snapshot.profile(of: name))
    let next = try #require(try snapshot.explain(audience: "engaged_accounts", hot).nextChange)
    #expect(next == instant("2026-07-01T19:00:43.436Z"))
    #expect(try snapshot.audience("engaged_accounts", at: next - Milliseconds(1)).memberCount == 1)
    #expect(try snapshot.audience("engaged_accounts", at: next).memberCount == 0)
    try store.close()
  }

  @Test func currentCustomersAreSubtracted() throws {
    let directory = TemporaryDirectory()
    let store = try filled(
      directory,
      [
        event("Page Viewed", "visitor", daysAgo: 2), event("Page Viewed", "customer", daysAgo: 2),
        event("Subscription Started", "customer", daysAgo: 400),
        event("Page Viewed", "former", daysAgo: 2),
        event("Subscription Started", "former", daysAgo: 300),
        event("Subscription Ended", "former", daysAgo: 20),
      ])
    #expect(try store.users(in: "current_customers") == ["customer"])
    #expect(try store.users(in: "prospects") == ["visitor", "former"])
    try store.close()
  }

  @Test func adoptionHasStages() throws {
    let directory = TemporaryDirectory()
    func used(_ user: String, _ count: Int) -> [String] {
      (0..<count).map { event("Feature Used", user, daysAgo: 3, #""feature":"f\#($0)""#) }
    }
    let store = try filled(
      directory,
      used("power", 5) + [order("power", daysAgo: 1, 1), order("power", daysAgo: 1, 2)]
        + [order("power", daysAgo: 1, 3)] + used("adopted", 5) + used("activated", 2) + [
          event("Project Created", "activated", daysAgo: 9),
          event("Colleague Invited", "activated", daysAgo: 8), event("Opened", "new", daysAgo: 1),
          event("Project Created", "dormant", daysAgo: 30),
        ])
    for stage in ["power", "adopted", "activated", "new", "dormant"] {
      #expect(
        try store.report("user_id:\(stage)")?.trait("adoption")
          == .value(.string(Array(stage.utf8))), "\(stage)")
    }
    #expect(try store.users(in: "ready_to_grow") == ["power", "adopted"])
    try store.close()
  }

  /// A7: A, B, C within seven days, without D between A and B.
  @Test(arguments: [(1, false), (4, true)])
  func aSequenceWithAnExclusion(dayOfD: Int, isMember: Bool) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(audiences: [
        ("done", #"sequence("A", "B" without "D", "C", within 7d)"#),
        ("not_done", #"not sequence("A", "B" without "D", "C", within 7d)"#),
      ]))
    let days = [("A", 0), ("B", 2), ("C", 3), ("D", dayOfD)].sorted { $0.1 < $1.1 }
    try store.take(
      days.map { name, day in
        track(name, id: name, #""userId":"u""#, at: "2026-03-0\(day + 1)T00:00:00.000Z")
      })
    #expect(try store.users(in: "done") == (isMember ? ["u"] : []))
    #expect(try store.users(in: "not_done") == (isMember ? [] : ["u"]))
    try store.close()
  }

  @Test func knownTraitsAreToldAndTakenAway() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [
          ("plan", "traits.plan"), ("sent", #"last(* where type = "identify", traits.plan)"#),
        ],
        audiences: [("pro", #"traits.plan = "pro""#), ("planless", "not exists(traits.plan)")]))
    func tell(_ id: String, _ plan: String, _ day: Int) -> String {
      #"{"type":"identify","messageId":"\#(id)","userId":"u","#
        + #""timestamp":"2026-03-0\#(day)T00:00:00.000Z","traits":{"plan":\#(plan)}}"#
    }
    try store.take([tell("1", #""pro""#, 2)])
    #expect(try store.users(in: "pro") == ["u"] && store.users(in: "planless") == [])
    try store.take([tell("2", #""free""#, 1)])
    #expect(try store.users(in: "pro") == ["u"], "an older call that arrives late")
    try store.take([tell("3", "null", 3)])
    #expect(try store.users(in: "pro") == [] && store.users(in: "planless") == ["u"])
    #expect(
      try store.report("user_id:u")?.trait("plan")
        == .selection(nil, at: instant("2026-03-03T00:00:00.000Z")))
    #expect(
      try store.report("user_id:u")?.trait("sent")
        == .selection(.string(Array("pro".utf8)), at: instant("2026-03-02T00:00:00.000Z")),
      "`last` passes nulls over, whatever its condition")
    // Later definitions see the same history.
    _ = try store.apply(definitions(audiences: [("later", "exists(traits.plan)")]))
    #expect(try store.users(in: "later") == [])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
