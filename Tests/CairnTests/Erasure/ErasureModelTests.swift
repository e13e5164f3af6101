// Erased people leave a store as if they had never been in it: compared with one that was only ever given the
// events of the others.

import Bytes
import Events
import Foundation
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ErasureModelTests {
  private struct Sent {
    var id: String
    var event: String
    var time: String
    var revenue: Int
    var group: Int?
    /// By type, as they are compared; the first is the event's home.
    var names: [(type: String, value: String)]

    var home: String { names.first.map { "\($0.type):\($0.value)" } ?? "" }

    /// The event without some identifiers; nil if its home is one of them.
    func line(without erased: Set<String> = []) -> String? {
      guard !erased.contains(home) else { return nil }
      var members: [String] = []
      var context: [String] = []
      for (type, value) in names where !erased.contains("\(type):\(value)") {
        switch type {
        case "user_id": members.append(#""userId":"\#(value)""#)
        case "email": context.append(#""traits":{"email":"\#(value.uppercased())"}"#)
        default: members.append(#""anonymousId":"\#(value)""#)
        }
      }
      if let group { context.append(#""groupId":"g\#(group)""#) }
      if !context.isEmpty {
        members.append(#""context":{\#(context.joined(separator: ","))}"#)
      }
      return track(
        event, id: id, members.joined(separator: ","), at: time,
        properties: #""revenue":\#(revenue)"#)
    }
  }

  private static let users = 14
  private static let devices = 20

  /// Devices and addresses are shared by some users, so that an erasure finds them on events of others.
  private static func make(_ index: Int, _ random: inout SeededRandom) -> Sent {
    let user = Int.random(in: 0..<users, using: &random)
    let device = (user + Int.random(in: 0..<2, using: &random) * 3) % devices
    var names: [(type: String, value: String)] = []
    if Int.random(in: 0..<4, using: &random) > 0 { names.append(("user_id", "u\(user)")) }
    if Int.random(in: 0..<5, using: &random) == 0 {
      names.append(("email", "e\(user % 9)@x.com"))
    }
    if names.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
      names.append(("anonymous_id", "a\(device)"))
    }
    let hasGroup = Int.random(in: 0..<3, using: &random) == 0
    let minute = index % 60
    return Sent(
      id: "m\(index)", event: Bool.random(using: &random) ? "Order" : "Seen",
      time: "2026-03-\(10 + index / 600)T\(10 + index / 60 % 10):\(10 + minute % 50):00.000Z",
      revenue: index % 17, group: hasGroup ? user % 3 : nil, names: names)
  }

  private static let definitions =
    CairnTests.definitions(
      traits: [
        ("orders", #"count("Order")"#), ("spent", #"sum("Order", properties.revenue)"#),
        ("lately", #"count("Order", last 1d)"#),
        ("earliest", #"first("Order", properties.revenue)"#),
      ],
      audiences: [
        ("buyers", #"count("Order") >= 4"#), ("recent", #"count("Order", last 1d) >= 2"#),
        ("silent", #"not performed("Order", last 1d)"#),
      ])

  private func makeStore(_ directory: TemporaryDirectory, _ lines: [String]) throws -> Store {
    var options = StoreOptions.repeatable()
    options.storage = StorageOptions(segmentBytesMax: 20_000, blockBytes: 2_000)
    let store = try Store.create(at: directory.store, options: options)
    // The history of what is defined later is read again whenever everything is derived again.
    _ = try store.apply(Array(Self.definitions.prefix(2)))
    try store.take(Array(lines.prefix(lines.count / 2)))
    _ = try store.apply(Self.definitions)
    try store.take(Array(lines.dropFirst(lines.count / 2)))
    _ = try store.tick(to: instant("2026-03-12T12:00:00Z"))
    return store
  }

  /// Everybody by their identifiers, with all that is derived of them.
  private func people(_ store: Store) throws -> [String: String] {
    var result: [String: String] = [:]
    let names =
      (0..<Self.users).flatMap { ["user_id:u\($0)", "email:e\($0)@x.com"] }
      + (0..<Self.devices).map { "anonymous_id:a\($0)" } + (0..<3).map { "group_id:g\($0)" }
    for name in names {
      guard let report = try store.report(name) else { continue }
      let traits = report.traits.map { "\($0.name)=\($0.value)" }.joined(separator: " ")
      result[name] =
        "\(report.names.sorted()) \(report.eventCount) \(traits) \(report.audiences.map(\.audience))"
    }
    return result
  }

  @Test(arguments: [UInt64(1), 2, 3]) func theErasedWereNeverThere(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let sent = (0..<700).map { Self.make($0, &random) }
    let (first, second) = (TemporaryDirectory(), TemporaryDirectory())
    let store = try makeStore(first, sent.compactMap { $0.line() })
    var erased: Set<String> = []
    var reduced: UInt64 = 0
    for user in (0..<Self.users).shuffled(using: &random).prefix(3) {
      let identifier = try #require(Identifier("user_id:u\(user)"))
      let plan = try store.erasurePlan(of: [identifier])
      let names = Set(plan.identifiers.map(\.description))
      let left = sent.filter { !erased.contains($0.home) }
      #expect(plan.extent.events == UInt64(left.count { names.contains($0.home) }))
      let others = left.count { event in
        !names.contains(event.home)
          && event.names.contains { names.contains("\($0.type):\($0.value)") }
      }
      #expect(plan.extent.eventsOfOthers == UInt64(others))
      let receipt = try #require(try store.erase([identifier]))
      #expect(receipt.extent == plan.extent && receipt.records == plan.extent.records)
      erased.formUnion(names)
      reduced += plan.extent.eventsOfOthers
    }
    #expect(reduced > 0)
    let others = try makeStore(second, sent.compactMap { $0.line(without: erased) })
    let left = try people(store)
    #expect(left.count > 5)
    #expect(try people(others) == left)
    #expect(erased.allSatisfy { left[$0] == nil })
    #expect(store.verify(replay: true).problems == [])
    let hash = try store.snapshot().stateHash()
    try store.close()
    let again = try Store.open(at: first.store, options: .repeatable())
    #expect(try again.snapshot().stateHash() == hash)
    #expect(try people(again) == left)
    // What is sent once more was there, and what follows has the same effect on both.
    let refused = Verdict.rejected(EventProblem(.erasedIdentifier, at: 0))
    for (event, verdict) in zip(sent, try again.take(sent.compactMap { $0.line() })) {
      if erased.contains(event.home) {
        #expect(verdict == refused)
      } else if case .duplicate(_, isSame: true) = verdict {
      } else {
        Issue.record("\(event.id) became \(verdict)")
      }
    }
    let more = (700..<760).map { Self.make($0, &random) }
    let verdicts = try again.take(more.compactMap { $0.line() })
    for (event, verdict) in zip(more, verdicts) {
      #expect((verdict == refused) == erased.contains(event.home))
    }
    try others.take(more.compactMap { $0.line(without: erased) })
    #expect(try people(again) == (try people(others)))
    #expect(again.verify(replay: true).problems == [])
    try again.close()
    try others.close()
  }
}
