// Merges, splits and erasures of profiles with many identifiers, against people by brute force.

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

struct MergeModelTests {
  private static let start = instant("2026-03-01T00:00:00.000Z")
  private static let definitions = CairnTests.definitions(
    traits: [("n", #"count("Seen")"#), ("total", #"sum("Seen", properties.value, last 3d)"#)],
    audiences: [
      ("large", #"max("Seen", properties.value) >= 990"#), ("often", #"count("Seen") >= 20"#),
      ("recent", #"count("Seen", last 3d) >= 12"#),
      ("spent", #"sum("Seen", properties.value, last 3d) > 9000"#),
      ("varied", #"unique_count("Seen", properties.kind, last 3d) > 15"#),
    ])

  private static func json(_ name: String) -> String {
    name.hasPrefix("e")
      ? #""context":{"traits":{"email":"\#(name)@x.y"}}"# : #""anonymousId":"\#(name)""#
  }

  private static func identifier(_ name: String) -> Identifier {
    name.hasPrefix("e")
      ? Identifier(type: "email", value: name + "@x.y")
      : Identifier(type: "anonymous_id", value: name)
  }

  /// One run: the store and the model are given the same, and are compared now and then.
  private struct Run {
    let store: Store
    var model = MergeModel()
    var random: SeededRandom
    var minute = 0
    var sent: [(names: [String], minute: Int, value: Int)] = []
    var lines: [String] = []

    mutating func send(_ names: [String]) {
      minute += Int.random(in: 1...60, using: &random)
      let value = Int.random(in: 0..<1000, using: &random)
      // E-mails come first.
      let ordered = names.sorted { $0.hasPrefix("e") && !$1.hasPrefix("e") }
      model.take(ordered, minute: minute, value: value)
      let time = Timestamp(milliseconds: start.milliseconds + Int64(minute) * 60_000)
      lines.append(
        track(
          "Seen", id: "m\(sent.count)", ordered.map(json).joined(separator: ","),
          at: time.description,
          properties: #""value":\#(value),"kind":"k\#(value % 50)""#))
      sent.append((ordered, minute, value))
    }

    mutating func flush() throws {
      for verdict in try store.take(lines, batch: 17) {
        if case .accepted = verdict { continue }
        Issue.record("\(verdict)")
      }
      lines.removeAll()
    }

    /// Somebody who has been seen, or somebody new, of one of several groups.
    mutating func name(_ group: Int, _ kind: String) -> String {
      "\(kind)\(group)x\(Int.random(in: 0..<(group % 2 == 0 ? 25 : 50), using: &random))"
    }

    func compare(_ place: String) throws {
      let snapshot = try store.snapshot()
      for name in model.names {
        let profile = try #require(try snapshot.profile(of: identifier(name)))
        #expect(Int(profile.value) == model.owner(of: name), "\(place) \(name)")
      }
      for (person, expected) in model.people.enumerated() where !expected.isAbsorbed {
        let report = try snapshot.report(ProfileOrdinal(UInt32(person)), eventsMax: 1)
        let names = report.names.map { name in
          name.replacing("@x.y", with: "").replacing(/^.*:/, with: "")
        }
        #expect(names == expected.names, "\(place) \(person)")
        #expect(Set(report.audienceNames) == expected.members, "\(place) \(person)")
        #expect(report.eventCount == UInt64(model.eventCount(of: person)), "\(place) \(person)")
      }
    }
  }

  private func run(_ random: SeededRandom, _ directory: TemporaryDirectory) throws -> Run {
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.apply(
      IdentityRulesFile.read("identifiers: [user_id, email, anonymous_id]", file: "rules.yaml"))
    _ = try store.apply(Self.definitions)
    return Run(store: store, random: random)
  }

  /// Four groups of people, each of which becomes one large profile or several, and then these one: the older absorb
  /// the younger, whichever has more identifiers.
  private func grow(_ run: inout Run, corrections: Bool) throws {
    for step in 0..<700 {
      let group = step < 550 ? [0, 1, 1, 2, 3, 3][Int.random(in: 0..<6, using: &run.random)] : 4
      // The last group begins as single people and absorbs, newest first, what is there.
      var names = [run.name(min(group, 3), "e"), run.name(min(group, 3), "a")]
      if step < 20 { names = ["-", "a9x\(step)"] }
      if group == 4 {
        names =
          step % 10 == 0
          ? [run.name(step / 10 % 4, "e"), "a9x\(19 - (step - 550) / 10)"]
          : step > 640 && step % 10 == 5
            ? [run.name(step / 10 % 4, "e"), run.name(step / 10 % 3, "a")]
            : [run.name(Int.random(in: 0..<4, using: &run.random), "a")]
      } else if step < 20 || Int.random(in: 0..<5, using: &run.random) == 0 {
        names.removeFirst()
      }
      run.send(names)
      if step % 40 == 39 { try run.flush() }
      if corrections, step % 60 == 59 { try correct(&run) }
      if step % 200 == 199 { try run.compare("step \(step)") }
    }
    try run.flush()
    try run.compare("the end")
  }

  private func correct(_ run: inout Run) throws {
    try run.flush()
    let names = run.model.names
    guard let first = names.randomElement(using: &run.random),
      let second = names.randomElement(using: &run.random),
      let person = run.model.owner(of: first), let other = run.model.owner(of: second)
    else { return }
    if person == other {
      let all = run.model.people[person].names
      let leaving = Set(all.shuffled(using: &run.random).prefix(max(1, all.count / 3)))
      guard leaving.count < all.count else { return }
      _ = try run.store.split(leaving.sorted().map(Self.identifier))
      run.model.split(leaving, from: person)
    } else {
      _ = try run.store.merge([Self.identifier(first), Self.identifier(second)])
      run.model.merge(first, second)
    }
  }

  /// What was recorded of each instant and profile, in order.
  private func recorded(_ store: Store) throws -> [String] {
    let snapshot = try store.snapshot()
    return try store.changes().map { change in
      let what: String
      switch change.kind {
      case .entered: what = "entered"
      case .exited: what = "exited"
      case .merged(let into):
        what = "merged into \(try snapshot.profiles.ordinal(of: into)?.value ?? .max)"
      }
      #expect(try snapshot.profiles.ordinal(of: change.id) == change.profile)
      return "\(change.profile.value) \(change.audience) \(what) \(change.cause)"
    }
  }

  @Test(arguments: UInt64(1)...3) func everyMergeAndSplitIsThatOfBruteForce(seed: UInt64) throws {
    let directory = TemporaryDirectory()
    var run = try run(SeededRandom(seed), directory)
    try grow(&run, corrections: seed.isMultiple(of: 2))
    #expect(run.model.people.map(\.names.count).max() ?? 0 > 120)
    #expect(try recorded(run.store) == run.model.changes)
    #expect(run.store.verify(replay: true).problems == [])
    let hash = try run.store.snapshot().stateHash()
    try run.store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.snapshot().stateHash() == hash)
    try again.rebuildDerived()
    #expect(try again.snapshot().stateHash() == hash)
    try again.close()
  }

  /// After an erasure the store is what it would be without those events.
  @Test(arguments: UInt64(11)...11) func anErasureLeavesTheRest(seed: UInt64) throws {
    let directory = TemporaryDirectory()
    var run = try run(SeededRandom(seed), directory)
    try grow(&run, corrections: false)
    let erased = Set(run.model.names.shuffled(using: &run.random).prefix(20))
    _ = try run.store.erase(erased.sorted().map(Self.identifier), alone: true)
    run.model = MergeModel()
    for event in run.sent where !erased.contains(event.names[0]) {
      run.model.take(
        event.names.filter { !erased.contains($0) }, minute: event.minute, value: event.value)
    }
    try run.compare("after the erasure")
    #expect(run.store.verify(replay: true).problems == [])
    try run.store.close()
  }
}
