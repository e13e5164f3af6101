// Consent against brute force: answers, purchases, log-ins, splits and deliveries in random order. After each delivery
// the receiver knows exactly the members who permit; no entry was sent of anybody who does not.

import Bytes
import Profiles
import Foundation
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ConsentModelTests {
  private let directory = TemporaryDirectory()
  private static let isStress = ProcessInfo.processInfo.environment["CAIRN_STRESS"] != nil

  /// What was answered under one identifier.
  private struct Answer {
    var category: String
    var isConsent: Bool
    var time: Int64
    var order: Int
  }

  private struct Model {
    /// By identifier.
    var answers: [String: [Answer]] = [:]
    var buyers: Set<String> = []

    /// The answers by the identifiers of a profile, the latest for each.
    private func latest(_ homes: Set<String>, _ category: String) -> [Answer] {
      homes.compactMap { home in
        answers[home, default: []].filter { $0.category == category }
          .max { ($0.time, $0.order) < ($1.time, $1.order) }
      }
    }

    func permits(_ homes: Set<String>, _ category: String) -> Bool {
      let answers = latest(homes, category)
      switch category {
      case "strict": return !answers.isEmpty && answers.allSatisfy(\.isConsent)
      case "lenient": return answers.allSatisfy(\.isConsent)
      default:
        return answers.max { ($0.time, $0.order) < ($1.time, $1.order) }?.isConsent ?? false
      }
    }
  }

  private struct Random {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  private static let categories = ["strict", "lenient", "latest"]
  private static let file = """
    audiences:
      buyers: performed("Order Completed")
    consent:
      strict: strictest
      lenient: {merge: strictest, missing: allow}
      latest: latest
    """

  @Test(arguments: isStress ? Array(1...40) : [1, 2, 3] as [UInt64])
  func whoIsSentIsWhoPermits(seed: UInt64) throws {
    let groups = Self.isStress ? 5_000 : 60
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(try DefinitionFile.read(Self.file, file: "test"))
    for category in Self.categories {
      try store.addDestination(
        Destination(
          name: category, path: directory.path + "/" + category, audiences: ["buyers"],
          consents: [category]))
    }
    var random = Random(state: seed)
    var model = Model()
    var receivers = Dictionary(uniqueKeysWithValues: Self.categories.map { ($0, Receiver()) })
    var read = Dictionary(uniqueKeysWithValues: Self.categories.map { ($0, 0) })
    var withheld = 0
    for round in 0..<8 {
      // Two deliveries each time: what happens between them, the first one has not seen.
      var lines: [String] = []
      for index in 0..<(groups * 2) {
        lines.append(line(round * groups * 2 + index, groups, &random, &model))
      }
      try store.take(lines)
      for _ in 0..<(groups / 20) {
        let group = random.below(groups)
        let name = try #require(Identifier("anonymous_id:v\(group)-\(random.below(2))"))
        guard try store.snapshot().profile(of: name) != nil else { continue }
        _ = try? store.split([name])
      }
      let states = try profiles(of: store)
      for category in Self.categories {
        let report = try store.deliver(to: category)
        withheld += report.withheld
        let all = try String(contentsOfFile: directory.path + "/" + category, encoding: .utf8)
        let new = String(decoding: all.utf8.dropFirst(read[category] ?? 0), as: UTF8.self)
        read[category] = all.utf8.count
        try receivers[category]?.take(new)
        let wanted = states.filter { _, homes in
          !model.buyers.isDisjoint(with: homes) && model.permits(homes, category)
        }
        #expect(
          receivers[category]?.members["buyers", default: []] == Set(wanted.keys),
          "\(category) \(round)")
        for id in try entered(in: new) {
          let homes = try homes(of: id, in: store, states)
          #expect(model.permits(homes, category), "\(category) \(round)")
        }
      }
      try expectStates(states, model, store)
    }
    #expect(withheld > 0, "some answers change between a purchase and its delivery")
    try store.close()
  }

  /// A line: an answer, a purchase, or a log-in that ties two identifiers together.
  private func line(
    _ index: Int, _ groups: Int, _ random: inout Random, _ model: inout Model
  ) -> String {
    let group = random.below(groups)
    let visitor = "v\(group)-\(random.below(2))"
    let (identifiers, home) =
      switch random.below(4) {
      case 0: (#""userId":"u\#(group)""#, "user_id:u\(group)")
      case 1: (#""userId":"u\#(group)","anonymousId":"\#(visitor)""#, "user_id:u\(group)")
      default: (#""anonymousId":"\#(visitor)""#, "anonymous_id:\(visitor)")
      }
    // Some come in late: an older answer does not count against a newer one.
    let time = Int64(index) * 60_000 - (random.below(5) == 0 ? 3_600_000 : 0)
    let stamp = (instant("2026-03-01T00:00:00Z") + Milliseconds(time)).description
    guard random.below(3) > 0 else {
      model.buyers.insert(home)
      return track("Order Completed", id: "m\(index)", identifiers, at: stamp)
    }
    var preferences: [String] = []
    let isPartial = random.below(2) == 0
    for category in Self.categories {
      let isNamed = random.below(2) == 0
      guard isNamed || !isPartial else { continue }
      let isConsent = isNamed && random.below(3) > 0
      if isNamed { preferences.append("\"\(category)\":\(isConsent)") }
      model.answers[home, default: []].append(
        Answer(category: category, isConsent: isConsent, time: time, order: index))
    }
    return
      #"{"type":"track","event":"Segment Consent Preference Updated","messageId":"m\#(index)","#
      + #"\#(identifiers),"timestamp":"\#(stamp)","context":{"consent":{"partial":\#(isPartial),"#
      + #""categoryPreferences":{\#(preferences.joined(separator: ","))}}}}"#
  }

  /// The identifiers of each profile.
  private func profiles(of store: Store) throws -> [String: Set<String>] {
    let snapshot = try store.snapshot()
    var result: [String: Set<String>] = [:]
    for value in 0..<snapshot.profiles.profileCount {
      let profile = ProfileOrdinal(value)
      guard try snapshot.profiles.survivor(of: profile) == profile else { continue }
      let names = try snapshot.identifiers(of: profile).map(\.description)
      if !names.isEmpty { result[try snapshot.id(of: profile).description] = Set(names) }
    }
    return result
  }

  /// The profiles that are entered by some line, whether or not they exit after it.
  private func entered(in text: String) throws -> [String] {
    try text.split(separator: "\n").compactMap { line in
      guard line.contains("Audience Entered") else { return nil }
      let after = try #require(line.firstRange(of: #""profile_id":""#)).upperBound
      return String(line[after...].prefix(32))
    }
  }

  /// The identifiers of the profile that stands for one by now.
  private func homes(
    of id: String, in store: Store, _ states: [String: Set<String>]
  ) throws -> Set<String> {
    let snapshot = try store.snapshot()
    let profile = try #require(
      try snapshot.profile(of: Identifier(type: "profile_id", value: id)))
    return states[try snapshot.id(of: profile).description] ?? []
  }

  /// What is shown of a person, by cells and by answers of the log, is what the model says.
  private func expectStates(
    _ states: [String: Set<String>], _ model: Model, _ store: Store
  ) throws {
    let snapshot = try store.snapshot()
    for (id, homes) in states.prefix(40) {
      let name = Identifier(type: "profile_id", value: id)
      let profile = try #require(try snapshot.profile(of: name))
      let shown = try snapshot.consents(of: profile)
      let history = try snapshot.consentHistory(of: profile)
      let past = snapshot.consents(of: history, atPast: snapshot.asOf)
      #expect(shown.map(\.category) == Self.categories && past.map(\.category) == Self.categories)
      for (one, other) in zip(shown, past) {
        #expect(one.isPermitted == model.permits(homes, one.category))
        #expect(one.isPermitted == other.isPermitted && one.answer == other.answer)
        #expect(one.time == other.time && one.sequence == other.sequence)
      }
    }
  }
}
