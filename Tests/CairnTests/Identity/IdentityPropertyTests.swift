// Properties of identity on random inputs: any order of arrival gives one partition where no rule fires,
// and neither batches nor restarts nor rebuilds change what rules, splits and merges came to.

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

struct IdentityPropertyTests {
  private static let time = "2026-03-01T10:00:00.000Z"

  /// A2.6: eight events of two people who share a device, in 1,000 orders.
  ///
  /// The device is shared in that each uses it before they sign in elsewhere; no event has both.
  @Test func aThousandOrdersOfArrivalGiveOnePartition() throws {
    let lines = [
      #""anonymousId":"home""#, #""userId":"u1","anonymousId":"phone1""#,
      #""userId":"u1","traits":{"email":"one@x.y"}"#,
      #""anonymousId":"work1","traits":{"email":"one@x.y"}"#,
      #""anonymousId":"home","traits":{"email":"one@x.y"}"#,
      #""userId":"u2","anonymousId":"phone2""#, #""userId":"u2","traits":{"email":"two@x.y"}"#,
      #""anonymousId":"work2","traits":{"email":"two@x.y"}"#,
    ].enumerated().map { identify(id: "m\($0)", $1, at: Self.time) }
    let names = [
      "user_id:u1", "user_id:u2", "email:one@x.y", "email:two@x.y", "anonymous_id:home",
      "anonymous_id:phone1", "anonymous_id:phone2", "anonymous_id:work1", "anonymous_id:work2",
    ]
    let expected: Set<Set<String>> = [
      [
        "user_id:u1", "email:one@x.y", "anonymous_id:home", "anonymous_id:phone1",
        "anonymous_id:work1",
      ],
      ["user_id:u2", "email:two@x.y", "anonymous_id:phone2", "anonymous_id:work2"],
    ]
    var random = SeededRandom(26)
    let directory = TemporaryDirectory()
    for round in 0..<1000 {
      var options = StoreOptions.repeatable()
      options.fileSystem = SimulatedFileSystem()
      let store = try Store.create(at: "/store", options: options)
      try store.take(lines.shuffled(using: &random), batch: 1 + round % 9)
      #expect(try groups(store, names) == expected, "round \(round)")
      try store.close()
    }
    _ = directory
  }

  /// Two people who do share a device on identified events: the one who comes first has it, but no order
  /// ever makes them one.
  @Test(arguments: UInt64(1)...30)
  func noOrderMergesTwoKnownPeople(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let lines = [
      #""userId":"u1","anonymousId":"shared""#, #""userId":"u2","anonymousId":"shared""#,
      #""anonymousId":"shared""#, #""userId":"u1","anonymousId":"a1""#,
      #""userId":"u2","anonymousId":"a2""#, #""userId":"u1","traits":{"email":"one@x.y"}"#,
      #""userId":"u2","traits":{"email":"two@x.y"}"#,
      #""anonymousId":"shared","traits":{"email":"one@x.y"}"#,
    ].enumerated().map { identify(id: "m\($0)", $1, at: Self.time) }
    var options = StoreOptions.repeatable()
    options.fileSystem = SimulatedFileSystem()
    let store = try Store.create(at: "/store", options: options)
    try store.take(lines.shuffled(using: &random))
    let one = try #require(try store.report("user_id:u1"))
    let two = try #require(try store.report("user_id:u2"))
    #expect(one.id != two.id)
    #expect(one.names.contains("anonymous_id:a1") && two.names.contains("anonymous_id:a2"))
    #expect(one.eventCount + two.eventCount >= 6)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// Events, rules, splits and merges at random, in batches of several sizes, with reopenings: one state.
  @Test(arguments: [UInt64(3), 7, 11])
  func batchesReopeningAndRebuildingChangeNothing(seed: UInt64) throws {
    var hashes: Set<String> = []
    for batch in [1, 7, 1000] {
      var random = SeededRandom(seed)
      let directory = TemporaryDirectory()
      var store = try Store.create(at: directory.store, options: .repeatable())
      _ = try store.apply(
        definitions(
          traits: [("seen", #"count("Seen")"#)],
          audiences: [
            ("often", #"count("Seen") >= 3"#), ("recent", #"count("Seen", last 2d) >= 1"#),
          ]))
      for step in 0..<8 {
        let lines = (0..<40).map { index in
          Self.event(step: step, index: index, &random)
        }
        try store.take(lines, batch: batch)
        try correct(store, &random)
        if step == 3 {
          var rules = IdentityRules.standard
          rules.constraints[2].limit = .init(2, .day)
          try store.apply(rules)
        }
        if batch == 7, step.isMultiple(of: 2) {
          try store.close()
          store = try Store.open(at: directory.store, options: .repeatable())
        }
      }
      let hash = try store.snapshot().stateHash()
      hashes.insert(hash.description)
      #expect(store.verify(replay: true).problems == [])
      try store.rebuildDerived()
      #expect(try store.snapshot().stateHash() == hash)
      try store.close()
    }
    #expect(hashes.count == 1)
  }

  private static func event(step: Int, index: Int, _ random: inout SeededRandom) -> String {
    let user = Int.random(in: 0..<6, using: &random)
    let device = Int.random(in: 0..<18, using: &random)
    let hour = 10 + Int.random(in: 0..<10, using: &random)
    var ids: [String] = []
    if Int.random(in: 0..<3, using: &random) > 0 { ids.append(#""userId":"u\#(user)""#) }
    if ids.isEmpty || Bool.random(using: &random) { ids.append(#""anonymousId":"a\#(device)""#) }
    if Int.random(in: 0..<4, using: &random) == 0 {
      ids.append(#""traits":{"email":"e\#(user)@x.y"}"#)
    }
    if Int.random(in: 0..<4, using: &random) == 0 {
      ids.append(#""context":{"groupId":"g\#(user % 2)"}"#)
    }
    return track(
      "Seen", id: "m\(step)-\(index)", ids.joined(separator: ","),
      at: "2026-03-\(11 + step)T\(hour):00:00.000Z")
  }

  /// Splits or merges some identifiers, if that can be done.
  private func correct(_ store: Store, _ random: inout SeededRandom) throws {
    for _ in 0..<3 {
      let first = Identifier(
        type: "anonymous_id", value: "a\(Int.random(in: 0..<18, using: &random))")
      let second = Identifier(type: "user_id", value: "u\(Int.random(in: 0..<6, using: &random))")
      do throws(StoreError) {
        if Bool.random(using: &random) {
          _ = try store.split([first])
        } else {
          _ = try store.merge([first, second])
        }
      } catch {
        try #require(error.code == .outOfOrder || error.code == .noSuchRecord, "\(error)")
      }
    }
  }

  private func groups(_ store: Store, _ names: [String]) throws -> Set<Set<String>> {
    var parts: [ProfileID: Set<String>] = [:]
    for name in names {
      let report = try #require(try store.report(name))
      parts[report.id, default: []].insert(name)
    }
    return Set(parts.values)
  }
}
