// Erased people leave a store as if they had never been in it: compared with one that was only ever given the
// events of the others.

import Bytes
import Events
import Foundation
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Cairn

@Suite struct ErasureModelTests {
  private struct Sent {
    var line: String
    var names: Set<String>
  }

  private static let users = 14
  private static let devices = 20

  private static func make(_ index: Int, _ random: inout SeededRandom) -> Sent {
    let user = Int.random(in: 0..<users, using: &random)
    let device = (user + Int.random(in: 0..<2, using: &random) * 3) % devices
    var names: Set<String> = []
    var members: [String] = []
    if Int.random(in: 0..<4, using: &random) > 0 {
      members.append(#""userId":"u\#(user)""#)
      names.insert("user_id:u\(user)")
    }
    if names.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
      members.append(#""anonymousId":"a\#(device)""#)
      names.insert("anonymous_id:a\(device)")
    }
    var context: [String] = []
    if Int.random(in: 0..<5, using: &random) == 0 {
      context.append(#""traits":{"email":"E\#(user)@x.com"}"#)
      names.insert("email:e\(user)@x.com")
    }
    if Int.random(in: 0..<3, using: &random) == 0 { context.append(#""groupId":"g\#(user % 3)""#) }
    if !context.isEmpty { members.append(#""context":{\#(context.joined(separator: ","))}"#) }
    let minute = index % 60
    let time = "2026-03-\(10 + index / 600)T\(10 + index / 60 % 10):\(10 + minute % 50):00.000Z"
    return Sent(
      line: track(
        Bool.random(using: &random) ? "Order" : "Seen", id: "m\(index)",
        members.joined(separator: ","), at: time, properties: #""revenue":\#(index % 17)"#),
      names: names)
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
    // The history of what is defined later is read again whenever everything is derived anew.
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

  @Test(arguments: [UInt64(1), 2, 3, 4, 5]) func theErasedWereNeverThere(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let sent = (0..<700).map { Self.make($0, &random) }
    let (first, second) = (TemporaryDirectory(), TemporaryDirectory())
    let store = try makeStore(first, sent.map(\.line))
    var erased: Set<String> = []
    for _ in 0..<2 {
      let name = "user_id:u\(Int.random(in: 0..<Self.users, using: &random))"
      let identifier = try #require(Identifier(name))
      erased.formUnion(try store.erasurePlan(of: [identifier]).identifiers.map(\.description))
      _ = try store.erase([identifier])
    }
    let others = try makeStore(
      second, sent.filter { $0.names.isDisjoint(with: erased) }.map(\.line))
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
    // What follows has the same effect on both.
    let more = (700..<760).map { Self.make($0, &random) }
    let refused = Verdict.rejected(EventProblem(.erasedIdentifier, at: 0))
    let verdicts = try again.take(more.map(\.line))
    for (event, verdict) in zip(more, verdicts) {
      #expect((verdict == refused) == !event.names.isDisjoint(with: erased))
    }
    try others.take(more.filter { $0.names.isDisjoint(with: erased) }.map(\.line))
    #expect(try people(again) == (try people(others)))
    try again.close()
    try others.close()
  }
}
