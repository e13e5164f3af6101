// Limits of every size and period against a reference by brute force: sets of identifiers, and for each
// event every way to join fewer of its identifiers tried from the longest on.

import Bytes
import Cairn
import Events
import Foundation
import Profiles
import Storage
import StorageSimulation
import Testing
@testable import Activation
@testable import Engine

struct LimitModelTests {
  private struct Person {
    var identifiers: [String: Int64] = [:]
  }

  private struct Sent {
    var identifiers: [String]
    var minute: Int

    var json: String {
      identifiers.map { text in
        let parts = text.split(separator: ":")
        switch parts[0] {
        case "user_id": return "\"userId\":\"\(parts[1])\""
        case "email": return "\"traits\":{\"email\":\"\(parts[1])\"}"
        default: return "\"anonymousId\":\"\(parts[1])\""
        }
      }.joined(separator: ",")
    }
  }

  private static let start = instant("2026-03-01T00:00:00.000Z")

  @Test(arguments: UInt64(1)...12)
  func everyPartitionIsThatOfBruteForce(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var rules = IdentityRules.standard
    let periods = IdentityRules.Period.allCases
    for index in rules.constraints.indices {
      rules.constraints[index].limit = .init(
        UInt32.random(in: 1...4, using: &random),
        periods[Int.random(in: 0..<periods.count, using: &random)])
      rules.constraints[index].isProtected = Int.random(in: 0..<4, using: &random) == 0
    }
    let sent = (0..<150).map { _ in Self.event(&random) }
    var options = StoreOptions.repeatable()
    options.fileSystem = SimulatedFileSystem()
    let store = try Store.create(at: "/store", options: options)
    try store.apply(rules)
    try store.take(
      sent.enumerated().map { index, event in
        let time = Timestamp(
          milliseconds: Self.start.milliseconds + Int64(event.minute) * 60_000)
        return identify(id: "m\(index)", event.json, at: time.description)
      }, batch: 13)
    var people: [Person] = []
    for event in sent { Self.take(event, rules, &people) }
    var found: [ProfileID: Set<String>] = [:]
    for name in Set(sent.flatMap(\.identifiers)) {
      if let report = try store.report(name) { found[report.id, default: []].insert(name) }
    }
    #expect(Set(found.values) == Set(people.map { Set($0.identifiers.keys) }), "\(rules)")
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  private static func event(_ random: inout SeededRandom) -> Sent {
    var identifiers: [String] = []
    if Bool.random(using: &random) {
      identifiers.append("user_id:u\(Int.random(in: 0..<8, using: &random))")
    }
    if Int.random(in: 0..<3, using: &random) == 0 {
      identifiers.append("email:e\(Int.random(in: 0..<12, using: &random))@x.y")
    }
    if identifiers.isEmpty || Int.random(in: 0..<3, using: &random) > 0 {
      identifiers.append("anonymous_id:a\(Int.random(in: 0..<25, using: &random))")
    }
    // Forty days, out of order.
    return Sent(
      identifiers: identifiers, minute: Int.random(in: 0..<(40 * 24 * 60), using: &random))
  }

  private static func take(_ event: Sent, _ rules: IdentityRules, _ people: inout [Person]) {
    let time = start.milliseconds + Int64(event.minute) * 60_000
    for length in (1...event.identifiers.count).reversed() {
      let wanted = Set(event.identifiers.prefix(length))
      let owners = people.indices.filter { !wanted.isDisjoint(with: people[$0].identifiers.keys) }
      let parts = owners.map { people[$0].identifiers }
      var joined: [String: Int64] = [:]
      for part in parts { joined.merge(part) { a, _ in a } }
      for name in wanted where joined[name] == nil { joined[name] = time }
      guard length == 1 || isAllowed(joined, parts, rules, at: time) else { continue }
      for owner in owners.reversed() { people.remove(at: owner) }
      people.append(Person(identifiers: joined))
      return
    }
  }

  private static func isAllowed(
    _ joined: [String: Int64], _ parts: [[String: Int64]], _ rules: IdentityRules, at time: Int64
  ) -> Bool {
    for (entry, constraint) in zip(rules.identifiers.entries, rules.constraints) {
      let prefix = entry.name + ":"
      let holders = parts.count { part in part.keys.contains { $0.hasPrefix(prefix) } }
      if constraint.isProtected, holders > 1 { return false }
      guard let limit = constraint.limit else { continue }
      func counted(_ identifiers: [String: Int64]) -> Int {
        identifiers.count { name, came in
          guard name.hasPrefix(prefix) else { return false }
          guard let span = limit.period.milliseconds else { return true }
          return came <= time && came > time - span
        }
      }
      let total = counted(joined)
      if total > Int(limit.count), total > parts.map(counted).max() ?? 0 { return false }
    }
    return true
  }
}
