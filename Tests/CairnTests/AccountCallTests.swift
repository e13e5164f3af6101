// Group calls without a user: they are the account's own.

import Bytes
import Cairn
import Profiles
import Storage
import Testing
@testable import Activation
@testable import Engine

@Suite struct AccountCallTests {
  private static let lines = [
    #"{"type":"group","messageId":"1","groupId":"acme","timestamp":"2026-01-01T00:00:01Z","traits":{"tier":"gold"}}"#,
    #"{"type":"group","messageId":"2","groupId":"beta","timestamp":"2026-01-01T00:00:02Z","traits":{"tier":"gold"}}"#,
    #"{"type":"track","event":"E","messageId":"3","userId":"u","context":{"groupId":"acme"},"timestamp":"2026-01-02T00:00:00Z"}"#,
    #"{"type":"group","messageId":"4","userId":null,"groupId":"beta","timestamp":"2026-01-03T00:00:00Z","traits":{"tier":"lead"}}"#,
  ]

  private static let definitions = [
    DefinitionText(kind: .accountTrait, name: "calls", text: "count(*)", file: "test"),
    DefinitionText(
      kind: .accountAudience, name: "gold", text: #"traits.tier = "gold""#, file: "test"),
    DefinitionText(kind: .audience, name: "anybody", text: #"count(*) >= 0"#, file: "test"),
    DefinitionText(
      kind: .audience, name: "of_gold", text: #"any account(traits.tier = "gold")"#, file: "test"),
  ]

  private func page(_ account: String, in store: Store) throws -> ProfilePage {
    let snapshot = try store.snapshot()
    let profile = try #require(
      try snapshot.profile(of: Identifier(type: "group_id", value: account)))
    return try snapshot.page(of: profile, eventsMax: 10)
  }

  private func check(_ store: Store) throws {
    let acme = try page("acme", in: store)
    #expect(acme.isAccount && acme.companionCount == 1 && acme.report.eventCount == 2)
    #expect(acme.report.audiences.map(\.audience) == ["gold"])
    #expect(acme.report.traits.map(\.value) == [.count(2)])
    let beta = try page("beta", in: store)
    #expect(beta.companionCount == 0 && beta.report.eventCount == 2)
    #expect(beta.report.audiences.isEmpty)
    #expect(beta.knownTraits.map { String(decoding: $0.json, as: UTF8.self) } == ["\"lead\""])
    #expect(beta.report.lastSeen == instant("2026-01-03T00:00:00Z"))
    #expect(try store.users(in: "of_gold") == ["u"])
    // No person came of them.
    #expect(try store.snapshot().audience("anybody").memberCount == 1)
  }

  @Test func theAccountHasThemWhenDefinitionsComeFirst() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.definitions)
    for verdict in try store.take(Self.lines) {
      guard case .accepted = verdict else {
        Issue.record("\(verdict)")
        continue
      }
    }
    try check(store)
    #expect(try store.verify(replay: true).isSound)
    try store.close()
  }

  /// A person is judged when a call of the account alone changes what the person's rule asks.
  @Test func itsPersonsEnterAndLeaveWithIt() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(Self.definitions)
    try store.take(Self.lines)
    try store.take([
      #"{"type":"group","messageId":"5","groupId":"acme","timestamp":"2026-01-04T00:00:00Z","traits":{"tier":"free"}}"#
    ])
    #expect(try store.users(in: "of_gold").isEmpty)
    try store.take([
      #"{"type":"group","messageId":"6","groupId":"acme","timestamp":"2026-01-05T00:00:00Z","traits":{"tier":"gold"}}"#
    ])
    #expect(try store.users(in: "of_gold") == ["u"])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  /// An account's address is that of nobody who names it, and nobody's erasure takes it away.
  @Test func anAddressOfAnAccountIsNoPerson() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let traits = #""groupId":"acme","traits":{"email":"info@acme.com"}}"#
    try store.take([
      #"{"type":"group","messageId":"1","timestamp":"2026-01-01T00:00:01Z",\#(traits)"#,
      #"{"type":"group","messageId":"2","anonymousId":"dev1","timestamp":"2026-01-01T00:00:02Z",\#(traits)"#,
      #"{"type":"group","messageId":"3","anonymousId":"dev2","timestamp":"2026-01-01T00:00:03Z",\#(traits)"#,
      #"{"type":"identify","messageId":"4","traits":{"email":"info@acme.com"},"timestamp":"2026-01-01T00:00:04Z"}"#,
    ])
    func persons() throws -> [String] {
      try store.snapshot().find(ProfileSearch(), limit: 10).profiles.map {
        $0.identifiers.map(\.description).joined(separator: " ")
      }
    }
    #expect(
      try persons() == ["anonymous_id:dev1", "anonymous_id:dev2", "email:info@acme.com"])
    #expect(try page("acme", in: store).companionCount == 2)
    _ = try store.erase([Identifier(type: "email", value: "info@acme.com")])
    #expect(try persons() == ["anonymous_id:dev1", "anonymous_id:dev2"])
    let acme = try page("acme", in: store)
    #expect(acme.companionCount == 2 && acme.report.eventCount == 3)
    #expect(
      acme.knownTraits.map { String(decoding: $0.json, as: UTF8.self) } == ["\"info@acme.com\""])
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func theAccountHasThemWhenDefinitionsComeLater() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    for verdict in try store.take(Self.lines) {
      guard case .accepted = verdict else {
        Issue.record("\(verdict)")
        continue
      }
    }
    _ = try store.apply(Self.definitions)
    try check(store)
    try store.rebuildDerived(because: "test")
    try check(store)
    try store.close()
  }
}
