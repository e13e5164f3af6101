// What alias calls say: the former id and the new one are one person, as far as rules allow.

import Bytes
import Cairn
import Events
import Profiles
@testable import Activation
@testable import Engine
@testable import Storage
import StorageSimulation
import Testing

struct AliasTests {
  private static let time = "2026-03-01T10:00:00.000Z"

  private static func alias(_ id: String, _ former: String, to user: String) -> String {
    #"{"type":"alias","messageId":"\#(id)","previousId":\#(former),"userId":\#(user),"#
      + #""timestamp":"\#(time)"}"#
  }

  private static func seen(_ id: String, _ members: String) -> String {
    track("Seen", id: id, members, at: time)
  }

  private static let lines = [
    seen("1", #""anonymousId":"a1""#), seen("2", #""userId":"u1""#),
    alias("3", #""a1""#, to: #""u1""#),
    // A user id that is known as one, and protected.
    seen("4", #""userId":"u2""#), alias("5", #""u2""#, to: #""u1""#),
    // Never seen: an anonymous id.
    alias("6", "42.0", to: "43"),
    // Nobody, and the same id.
    alias("7", #""null""#, to: #""u1""#), alias("8", #""u1""#, to: #""u1""#),
  ]

  @Test func theFormerIdJoinsTheUser() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: [("seen", #"count("Seen")"#)]))
    try store.take(Self.lines, batch: 3)
    let one = try #require(try store.report("user_id:u1"))
    #expect(one.names == ["anonymous_id:a1", "user_id:u1"])
    #expect(one.trait("seen")?.description == "2")
    #expect(try store.report("user_id:u2")?.names == ["user_id:u2"])
    #expect(try store.report("user_id:43")?.names == ["user_id:43", "anonymous_id:42"])
    let snapshot = try store.snapshot()
    guard
      case .connected(let hops) = try snapshot.explain(
        Identifier(type: "anonymous_id", value: "a1"), Identifier(type: "user_id", value: "u1")
      ).answer
    else {
      Issue.record("they are one person")
      return
    }
    #expect(hops.map(\.kind) == [.alias] && hops[0].evidence.messageID == "3")
    guard
      case .apart(let causes) = try snapshot.explain(
        Identifier(type: "user_id", value: "u1"), Identifier(type: "user_id", value: "u2")
      ).answer, case .refused(let refusal)? = causes.first
    else {
      Issue.record("a protected type keeps them apart")
      return
    }
    #expect(refusal.reason == .protection(.userID))
    let health = try snapshot.identityHealth()
    #expect(health.merged == 1 && health.protected == ["user_id": 1])
    #expect(health.blocked == ["anonymous_id": 1])
    try Self.expectEqualAfterRebuild(store)
    try store.close()
  }

  @Test func withoutProtectionTwoUserIdsMerge() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.apply(
      try IdentityRulesFile.read("identifiers: [user_id, anonymous_id]", file: "rules.yaml"))
    try store.take(Self.lines)
    #expect(
      try store.report("user_id:u2")?.names == ["anonymous_id:a1", "user_id:u1", "user_id:u2"])
    try Self.expectEqualAfterRebuild(store)
    try store.close()
  }

  /// The lowest priority of all: what an alias says is left out before anything else.
  @Test func anAliasYieldsToLimits() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    var rules = IdentityRules.standard
    rules.constraints[2].limit = .init(1, .ever)
    try store.apply(rules)
    try store.take([
      #"{"type":"alias","messageId":"1","previousId":"a1","userId":"u","anonymousId":"a2","#
        + #""timestamp":"\#(Self.time)"}"#
    ])
    #expect(try store.report("user_id:u")?.names == ["user_id:u", "anonymous_id:a2"])
    #expect(try store.report("anonymous_id:a1") == nil)
    try Self.expectEqualAfterRebuild(store)
    try store.close()
  }

  /// `ignore` holds until rules say otherwise; the preview shows what they will merge.
  @Test func aPreviewShowsTheMerges() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    var ignoring = IdentityRules.standard
    ignoring.identifiers.alias = .ignore
    try store.apply(ignoring)
    try store.take(Self.lines)
    #expect(try store.report("user_id:u1")?.names == ["user_id:u1"])
    #expect(try store.snapshot().identityHealth().blocked == [:])
    let preview = try store.preview(.standard)
    #expect(preview.merged == 1 && preview.split == 0 && preview.identifiersNew == 1)
    #expect(preview.warnings.contains { $0.contains("alias calls") })
    try store.apply(.standard)
    #expect(try store.report("user_id:u1")?.names == ["anonymous_id:a1", "user_id:u1"])
    try Self.expectEqualAfterRebuild(store)
    try store.apply(ignoring)
    #expect(try store.report("user_id:u1")?.names == ["user_id:u1"])
    try store.close()
  }

  /// A store that was made before alias calls had a say ignores them, until rules are applied.
  @Test func storesOfAnOlderFormatGoOnToIgnoreAliases() throws {
    let directory = TemporaryDirectory()
    try Store.create(at: directory.store, options: .repeatable()).close()
    let files = try StoreDirectory.open(
      directory.store, fileSystem: PosixFileSystem(), options: StorageOptions())
    try files.commit { $0.createdFormat = 0 }
    files.close()
    let store = try Store.open(at: directory.store, options: .repeatable())
    #expect(store.identityRules.identifiers.alias == .ignore)
    try store.take(Self.lines)
    #expect(try store.report("user_id:u1")?.names == ["user_id:u1"])
    try Self.expectEqualAfterRebuild(store)
    #expect(store.identityRules.identifiers.alias == .ignore)
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(again.identityRules.identifiers.alias == .ignore)
    #expect(try again.preview(.standard).merged == 1)
    try again.apply(.standard)
    try again.rebuildDerived()
    #expect(try again.report("user_id:u1")?.names == ["anonymous_id:a1", "user_id:u1"])
    try again.close()
  }

  /// Random events and alias calls: batches, reopening, rebuilding and a replay give one state, and definitions
  /// that come later find every event under the home that ingest filed it under.
  @Test(arguments: [UInt64(5), 6])
  func batchesAndRebuildsChangeNothing(seed: UInt64) throws {
    var hashes: Set<String> = []
    for batch in [1, 17] {
      var random = SeededRandom(seed)
      let directory = TemporaryDirectory()
      var store = try Store.create(at: directory.store, options: .repeatable())
      if seed == 6 {
        try store.apply(
          try IdentityRulesFile.read(
            "identifiers: [anonymous_id, user_id: {limit: 3, per: ever}]", file: "rules.yaml"))
      }
      for step in 0..<4 {
        let lines = (0..<40).map { index in
          let id = "m\(step)-\(index)"
          let user = "\"p\(Int.random(in: 0..<12, using: &random))\""
          let other = "\"p\(Int.random(in: 0..<12, using: &random))\""
          return switch Int.random(in: 0..<3, using: &random) {
          case 0: Self.seen(id, #""userId":\#(user)"#)
          case 1: Self.seen(id, #""anonymousId":\#(user)"#)
          default: Self.alias(id, other, to: user)
          }
        }
        try store.take(lines, batch: batch)
        if batch == 1, step == 1 {
          try store.close()
          store = try Store.open(at: directory.store, options: .repeatable())
        }
      }
      _ = try store.apply(definitions(traits: [("seen", #"count("Seen")"#)]))
      hashes.insert(try store.snapshot().stateHash().description)
      try Self.expectEqualAfterRebuild(store)
      try store.close()
    }
    #expect(hashes.count == 1)
  }

  private static func expectEqualAfterRebuild(_ store: Store) throws {
    let hash = try store.snapshot().stateHash()
    #expect(store.verify(replay: true).problems == [])
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
  }
}
