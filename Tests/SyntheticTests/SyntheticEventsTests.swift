// The generated events: the same for the same seed, of the promised shape, and with a truth that
// follows from nothing but the lines themselves.

import Foundation
import Testing

@testable import Synthetic

struct SyntheticEventsTests {
  private struct Output {
    var lines: [[UInt8]] = []
    var truth: [String: String] = [:]
    var people: [String: String] = [:]
    var stream: SyntheticEvents
  }

  private func generate(_ count: Int, people: Int, seed: UInt64) -> Output {
    var stream = SyntheticEvents(count: count, people: people, seed: seed, knowsTruth: true)
    var lines: [[UInt8]] = []
    var truth: [UInt8] = []
    var line: [UInt8] = []
    while stream.appendNext(to: &line, truth: &truth) {
      lines.append(line)
      line.removeAll()
    }
    var output = Output(lines: lines, stream: stream)
    for row in String(decoding: truth, as: UTF8.self).split(separator: "\n") {
      let cells = row.split(separator: ",").map(String.init)
      output.people[cells[0]] = cells[1]
      output.truth[cells[0]] = cells[2]
    }
    return output
  }

  private func object(_ line: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
  }

  private func fields(_ value: Any) -> Int {
    guard let object = value as? [String: Any] else { return 1 }
    return object.values.reduce(0) { $0 + fields($1) }
  }

  /// What tells people apart in an event.
  private func handles(_ event: [String: Any]) -> [String] {
    let context = event["context"] as? [String: Any]
    let traits = event["traits"] as? [String: Any]
    let email =
      event["type"] as? String == "identify"
      ? traits?["email"] : (context?["traits"] as? [String: Any])?["email"]
    return [("u", event["userId"]), ("e", email), ("a", event["anonymousId"])].compactMap {
      ($0.1 as? String).map { [kind = $0.0] in "\(kind):\($0)" }
    }
  }

  @Test func theSameSeedGivesTheSameBytes() {
    let first = generate(3000, people: 375, seed: 7)
    #expect(generate(3000, people: 375, seed: 7).lines == first.lines)
    #expect(generate(3000, people: 375, seed: 8).lines != first.lines)
    var stream = SyntheticEvents(count: 3000, people: 375, seed: 7, knowsTruth: false)
    var lines: [UInt8] = []
    var truth: [UInt8] = []
    while stream.appendNext(to: &lines, truth: &truth) {}
    #expect(lines == Array(first.lines.joined()), "the truth changes nothing")
    #expect(truth.isEmpty)
  }

  // The reference joins what events show together, by itself, from the JSON alone.
  @Test(arguments: [1, 2, 3] as [UInt64]) func theTruthIsThePartitionOfTheHandles(
    seed: UInt64
  ) throws {
    let output = generate(20_000, people: 2500, seed: seed)
    var parent: [String: String] = [:]
    func root(_ handle: String) -> String {
      var at = handle
      while let next = parent[at], next != at { at = next }
      return at
    }
    var handleOf: [String: String] = [:]
    for line in output.lines {
      let event = try object(line)
      let found = handles(event)
      let id = try #require(event["messageId"] as? String)
      let best: String = try #require(found.first)
      handleOf[id] = best
      for handle in found { parent[root(handle)] = root(found[0]) }
    }
    #expect(Set(handleOf.keys) == Set(output.truth.keys))
    var rootOfProfile: [String: String] = [:]
    var profileOfRoot: [String: String] = [:]
    for (id, handle) in handleOf {
      let profile = try #require(output.truth[id])
      #expect(
        rootOfProfile.updateValue(root(handle), forKey: profile) ?? root(handle) == root(handle))
      #expect(profileOfRoot.updateValue(profile, forKey: root(handle)) ?? profile == profile)
    }
    #expect(rootOfProfile.count > 2500, "some people are more than one profile")
    #expect(Set(output.people.values).count == output.stream.people)
  }

  @Test func eventsAreOfThePromisedShape() throws {
    let output = generate(20_000, people: 2500, seed: 1)
    var counts: [String: Int] = [:]
    var revenues = 0
    for line in output.lines {
      let event = try object(line)
      #expect(fields(event) >= 25)
      let id = try #require(event["messageId"] as? String)
      let uuid = try #require(UUID(uuidString: id))
      #expect(uuid.uuid.6 >> 4 == 4 && uuid.uuid.8 >> 6 == 2, "version 4")
      let type = try #require(event["type"] as? String)
      counts[event["event"] as? String ?? type, default: 0] += 1
      let properties = event["properties"] as? [String: Any]
      if properties?["revenue"] is NSNumber, properties?["currency"] is String { revenues += 1 }
    }
    let size = output.lines.reduce(0) { $0 + $1.count } / output.lines.count
    #expect((560...600).contains(size))
    for name in [
      "Page Viewed", "Product Viewed", "Order Completed", "Signed In", "Email Opened", "identify",
      "group", "page", "screen", "Support Ticket Opened", "Support Ticket Resolved",
    ] {
      #expect(counts[name, default: 0] > 0, "\(name)")
    }
    #expect(revenues >= counts["Order Completed", default: 0])
    #expect(abs(output.stream.duplicates - 200) < 60)
    #expect(Set(output.lines).count == 20_000 - output.stream.duplicates, "the same bytes")
    #expect(output.stream.people > 2300 && output.stream.people <= 2500)
  }

  @Test func aFewPeopleDoMuch() {
    let output = generate(20_000, people: 2500, seed: 1)
    let counts = Dictionary(grouping: output.people.values, by: { $0 }).values.map(\.count).sorted()
    #expect(counts.suffix(250).reduce(0, +) * 100 > 20_000 * 35, "a tenth does over a third")
    #expect(counts[counts.count / 2] <= 6, "half do little")
  }
}
