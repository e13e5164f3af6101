// Rules as files and as records: what they mean, how they change, and that the whole log follows them.

import Bytes
import Cairn
import Events
import Profiles
import Storage
import StorageSimulation
import Testing
@testable import Activation
@testable import Engine

struct IdentityRulesTests {
  static let time = "2026-03-01T10:00:00.000Z"

  private static func rules(_ yaml: String) throws -> IdentityRules {
    try IdentityRulesFile.read(yaml, file: "rules.yaml")
  }

  @Test func aFileWithTheDefaultsIsTheStandard() throws {
    let rules = try Self.rules(
      """
      identifiers:
        - user_id: {limit: 1, per: ever, protected: true}
        - email: {limit: 5, per: year}
        - anonymous_id: {limit: 5, per: week}
      """)
    #expect(rules == .standard)
    #expect(try IdentityRules(decoding: rules.encode().span.bytes) == rules)
  }

  @Test func everyOptionIsRead() throws {
    let rules = try Self.rules(
      """
      country: de
      identifiers:
        - crm_id: {external: crm}
        - user_id
        - phone: {limit: 3, per: month}
        - loyalty: {from: [properties.card, context.card.id], normalise: email}
      blocked:
        values: [nobody]
        exact: [null, "-"]
        patterns: ["x+"]
      """)
    let entries = rules.identifiers.entries
    #expect(entries.map(\.name) == ["crm_id", "user_id", "phone", "loyalty"])
    #expect(entries.map(\.type.rawValue) == [64, 1, 5, 65])
    #expect(
      entries.map(\.places) == [
        [.external("crm")], [.userID],
        [.path(["traits", "phone"]), .path(["context", "traits", "phone"]), .external("phone")],
        [.path(["properties", "card"]), .path(["context", "card", "id"])],
      ])
    #expect(entries.map(\.normaliser) == [.none, .none, .phone, .email])
    #expect(rules.constraints.map(\.limit) == [nil, nil, .init(3, .month), nil])
    #expect(rules.identifiers.country == CountryCode("DE"))
    #expect(
      rules.identifiers.blocked
        == BlockedValues(values: ["nobody"], exact: ["null", "-"], patterns: ["x+"]))
    #expect(try IdentityRules(decoding: rules.encode().span.bytes) == rules)
  }

  @Test(arguments: [
    ("identifiers: []", 1, 1, "names no type"),
    ("country: Germany", 1, 10, "two letters, as in DE; write DE"),
    ("country: UK", 1, 10, "write GB"), ("country: DEU", 1, 10, "write DE"),
    ("identifiers:\n  - user_id: {limit: 0}", 2, 22, "whole number"),
    ("identifiers:\n  - user_id: {per: day}", 2, 5, "needs a `limit`"),
    ("identifiers:\n  - user_id: {limit: 1, per: decade}", 2, 30, "one of ever"),
    ("identifiers:\n  - user_id\n  - user_id", 3, 5, "listed already"),
    ("identifiers:\n  - card", 2, 5, "say where card is read"),
    ("identifiers:\n  - card: {from: [card.]}", 2, 19, "a path is a list of keys"),
    ("identifiers:\n  - card: {from: [event]}", 2, 19, "does not identify anyone"),
    ("identifiers:\n  - card: {from: [{extern: a}]}", 2, 19, "a path, or {external: TYPE}"),
    ("identifiers:\n  - card: {external: []}", 2, 22, "names no type"),
    ("identifiers:\n  - card: {from: [a], from: [b]}", 2, 12, "`from` occurs more than once"),
    ("alias: yes\nidentifiers: [user_id]", 1, 8, "merge or ignore"),
    ("alias: merge\nalias: ignore\nidentifiers: [user_id]", 1, 1, "`alias` occurs more than once"),
    (
      "identifiers: [user_id]\nblocked: {exact: [a], exact: [b]}", 2, 11,
      "`exact` occurs more than once"
    ),
    ("identifiers:\n  - group_id", 2, 5, "does not identify a person"),
    ("identifiers:\n  - Card: {external: c}", 2, 5, "lower case letters"),
    ("identifiers:\n  - user_id: {limits: 1}", 2, 15, "unknown option"),
    ("idents: []", 1, 1, "unknown key"),
    ("identifiers: [user_id]\nblocked: {patterns: [\"(\"]}", 2, 22, "not a pattern"),
  ])
  func errorsNameThePlace(yaml: String, line: Int, column: Int, message: String) throws {
    let error = try #require(throws: DefinitionError.self) { try Self.rules(yaml) }
    #expect(error.message.contains(message), "\(error.message)")
    #expect((error.line, error.column) == (line, column), "\(error)")
  }

  /// Giving both drops none: all are read, in the order written.
  @Test func aTypeTakesAnyNumberOfSources() throws {
    let rules = try Self.rules(
      """
      identifiers:
        - user_id: {from: [userId, previousId]}
        - email: {from: [traits.email, context.traits.email, properties.email, traits.mail]}
        - a: {external: [x, y], from: [traits.a, groupId]}
        - b: {from: [anonymousId, {external: x}, properties.b.c]}
      """)
    #expect(
      rules.identifiers.entries.map(\.places) == [
        [.userID, .path(["previousId"])], [.email, .path(["traits", "mail"])],
        [.external("x"), .external("y"), .path(["traits", "a"]), .path(["groupId"])],
        [.anonymousID, .external("x"), .path(["properties", "b", "c"])],
      ])
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.apply(rules)
    try store.take([
      identify(
        id: "1",
        #""userId":7,"groupId":"g","traits":{"a":["a1",2.0]},"context":{"externalIds":"#
          + #"[{"type":"y","id":"y1"},{"type":"x","id":"x1"}]}"#, at: Self.time)
    ])
    #expect(
      try store.report("user_id:7")?.names == [
        "user_id:7", "a:x1", "a:y1", "a:a1", "a:2", "a:g", "b:x1",
      ])
    try store.close()
  }

  /// What is shown is a file with the same rules.
  @Test(arguments: [
    "identifiers: [user_id, email, phone, anonymous_id]",
    """
    country: no
    alias: ignore
    identifiers:
      - email: {external: "e,mail: {x}", limit: 2, per: day}
      - crm: {from: ["traits.a b", {external: "null"}, userId], normalise: email, protected: true}
    blocked: {values: ["null", "true", "a\\"b"], exact: ["", "[object Object]", "~", "- x"], patterns: []}
    """,
  ])
  func rulesAreShownAsAFile(yaml: String) throws {
    let rules = try Self.rules(yaml)
    #expect(try Self.rules(rules.yaml) == rules, "\(rules.yaml)")
    #expect(try Self.rules(rules.yaml).yaml == rules.yaml)
  }

  /// Rules that were recorded before alias calls had a say go on to ignore them.
  @Test func olderRulesIgnoreAliases() throws {
    var bytes = IdentityRules.standard.encode()
    #expect(bytes[0] == 2)
    let constraints = 1 + 3 * 5
    bytes[0] = 1
    bytes.remove(at: bytes.count - constraints - 1)
    let rules = try IdentityRules(decoding: bytes.span.bytes)
    #expect(rules.identifiers.alias == .ignore)
    #expect(rules.constraints == IdentityRules.standard.constraints)
  }

  @Test func typesKeepTheirNumbers() throws {
    let first = try Self.rules(
      "identifiers: [user_id, {b: {external: b}}, {a: {external: a}}]")
    let second = try Self.rules(
      "identifiers: [{c: {external: c}}, user_id, {a: {external: a}}]"
    ).renumbered(after: first)
    #expect(second.identifiers.entries.map(\.type.rawValue) == [66, 1, 65])
    #expect(second.identifiers.retired.map(\.name) == ["b"])
    let third = try Self.rules(
      "identifiers: [user_id, {d: {external: d}}, {b: {external: b2}}]"
    ).renumbered(after: second)
    #expect(third.identifiers.entries.map(\.type.rawValue) == [1, 67, 64])
    #expect(Set(third.identifiers.retired.map(\.name)) == ["a", "c"])
    #expect(third.constraints.map(\.type.rawValue) == [1, 67, 64])
  }

  /// A2.9: what the preview counts is what a rebuild gives.
  @Test(arguments: [UInt64(1), 2, 3])
  func aPreviewCountsWhatApplyingGives(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var lines: [String] = []
    for index in 0..<200 {
      let user = Int.random(in: 0..<12, using: &random)
      let device = Int.random(in: 0..<60, using: &random)
      let minute = 10 + index % 50
      let isKnown = Bool.random(using: &random)
      let ids =
        isKnown
        ? #""userId":"u\#(user)","anonymousId":"a\#(device)""# : #""anonymousId":"a\#(device)""#
      lines.append(identify(id: "m\(index)", ids, at: "2026-03-01T10:\(minute):00.000Z"))
    }
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take(lines)
    let names = (0..<12).map { "user_id:u\($0)" } + (0..<60).map { "anonymous_id:a\($0)" }
    let before = try partition(store, names)
    var tight = IdentityRules.standard
    tight.constraints[2].limit = .init(2, .week)
    let preview = try store.preview(tight)
    #expect(try partition(store, names) == before, "a preview changes nothing")
    #expect(try store.apply(tight) != nil)
    let after = try partition(store, names)
    #expect(before != after, "the test has something to show")
    #expect(preview.profilesBefore == Set(before.values).count)
    #expect(preview.profilesAfter == Set(after.values).count)
    #expect(preview.profilesAfter == (try store.snapshot().stats().profiles))
    let parts = Set(
      names.compactMap { name in
        before[name].flatMap { old in after[name].map { [old, $0] } }
      })
    let old = Dictionary(grouping: parts) { $0[0] }
    let new = Dictionary(grouping: parts) { $0[1] }
    #expect(preview.split == old.values.count { $0.count > 1 })
    #expect(preview.merged == new.values.count { $0.count > 1 })
    #expect(
      preview.identifiersGone == before.count - Set(before.keys).intersection(after.keys).count)
    // A store that had the rules from the start has the same profiles.
    let other = TemporaryDirectory()
    let fresh = try Store.create(at: other.store, options: .repeatable())
    try fresh.apply(tight)
    try fresh.take(lines)
    #expect(groups(try partition(fresh, names)) == groups(after))
    #expect(store.verify(replay: true).problems == [])
    try fresh.close()
    try store.close()
  }

  /// The profile of each identifier that has one.
  private func partition(_ store: Store, _ names: [String]) throws -> [String: ProfileID] {
    var result: [String: ProfileID] = [:]
    for name in names { result[name] = try store.report(name)?.id }
    return result
  }

  private func groups(_ partition: [String: ProfileID]) -> Set<Set<String>> {
    Set(Dictionary(grouping: partition.keys) { partition[$0] }.values.map(Set.init))
  }

  @Test func rulesHoldAfterReopeningAndAreTakenUpAfterACrash() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [("seen", #"count("Seen")"#)], audiences: [("known", #"performed("Seen")"#)]))
    try store.take(
      (1...3).map {
        track("Seen", id: "\($0)", #""userId":"u","anonymousId":"a\#($0)""#, at: Self.time)
      })
    try store.checkpoint()
    var tight = IdentityRules.standard
    tight.constraints[2].limit = .init(1, .ever)
    try store.apply(tight)
    #expect(try store.report("user_id:u")?.names == ["user_id:u", "anonymous_id:a1"])
    #expect(try store.report("user_id:u")?.trait("seen")?.description == "3")
    #expect(try store.report("anonymous_id:a2") == nil)
    let hash = try store.snapshot().stateHash()
    #expect(try store.apply(tight) == nil, "the same rules are not a change")
    // Not closed: the next opening finds what a crash would leave.
    let again = try Store.open(at: try directory.copyOfStore(), options: .repeatable())
    #expect(again.identityRules == tight)
    #expect(try again.snapshot().stateHash() == hash)
    #expect(again.verify(replay: true).problems == [])
    try again.rebuildDerived()
    #expect(try again.snapshot().stateHash() == hash)
    // The next event is judged by them as well.
    try again.take([identify(id: "9", #""userId":"u","anonymousId":"a9""#, at: Self.time)])
    #expect(try again.report("user_id:u")?.identifiers.count == 2)
    try again.close()
    try store.close()
  }

  @Test func valuesBlockedLaterLoseTheirEvents() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: [("seen", #"count("Seen")"#)]))
    try store.take([
      track("Seen", id: "1", #""userId":"test""#, at: Self.time),
      track("Seen", id: "2", #""userId":"test","anonymousId":"a""#, at: Self.time),
    ])
    var rules = IdentityRules.standard
    rules.identifiers.blocked.exact.append("test")
    let preview = try store.preview(rules)
    #expect(preview.unidentified == 1 && preview.identifiersGone == 1)
    try store.apply(rules)
    #expect(try store.report("user_id:test") == nil)
    #expect(try store.report("anonymous_id:a")?.eventCount == 1)
    #expect(try store.snapshot().identityHealth().unidentified == 1)
    // A definition that comes now finds the same home for every event.
    _ = try store.apply(
      definitions(traits: [("seen", #"count("Seen")"#), ("total", "count(*)")]))
    #expect(try store.report("anonymous_id:a")?.trait("total")?.description == "1")
    #expect(try store.snapshot().stats().events == 2)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
