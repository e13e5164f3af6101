// Every kind of input: what is in the log is what its codec writes, and folding it again comes to the state that
// the writer came to.

import Bytes
import Events
import Profiles
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct InputTests {
  private let directory = TemporaryDirectory()

  private static let plan = """
    violations: quarantine
    events: {Seen: {properties: {properties: {properties: {n: {type: number}}}}}}
    """

  private func seen(_ id: String, _ identifiers: String, _ properties: String = "") -> String {
    track("Seen", id: id, identifiers, at: "2026-03-01T10:00:00Z", properties: properties)
  }

  /// A store whose log has every kind of record.
  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [("seen", "count(*)")], audiences: [("recent", #"performed("Seen", last 1d)"#)]))
    _ = try store.applyTracking(Self.plan, file: "plan")
    try store.take([
      seen("m1", #""userId":"jane""#), seen("m2", #""userId":"bob""#),
      seen("m3", #""userId":"bob","anonymousId":"a""#),
      seen("m4", #""userId":"bob""#, #""n":"one""#), "[]", #"{"type":"walk"}"#,
    ])
    _ = try store.applyTracking("", file: "plan")
    _ = try store.redrive()
    _ = try store.split([try #require(Identifier("anonymous_id:a"))])
    try store.addDestination(
      Destination(name: "d", path: directory.path + "/d.ndjson", audiences: ["recent"]))
    _ = try store.deliver(to: "d")
    _ = try store.tick(to: instant("2026-04-01T00:00:00Z"))
    var rules = IdentityRules.standard
    rules.identifiers.blocked.exact.append("nobody")
    try store.apply(rules)
    _ = try store.erase([try #require(Identifier("user_id:jane"))])
    #expect(try store.dropQuarantined() > 0)
    _ = try store.makeReadKey()
    return store
  }

  @Test func everyKindIsWrittenAsItIsRead() throws {
    let store = try makeStore()
    var kinds: Set<UInt8> = []
    let snapshot = try store.snapshot()
    try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) {
      (record) throws(StoreError) in
      let input = try Input(record)
      kinds.insert(record.kind)
      #expect(input.kind.rawValue == record.kind)
      #expect(input.encode() == record.payload.toArray(), "kind \(record.kind)")
    }
    #expect(kinds == Set(RecordKind.event.rawValue...RecordKind.accessKey.rawValue))
    #expect(RecordKind(rawValue: RecordKind.accessKey.rawValue + 1) == nil)
    try store.close()
  }

  @Test func aReplayComesToTheScalarsOfTheWriter() throws {
    let store = try makeStore()
    let scalars = store.fold.state.scalars
    let hash = try store.snapshot().stateHash()
    #expect(store.verify(replay: true).problems == [])
    try store.rebuildDerived()
    #expect(store.fold.state.scalars == scalars)
    #expect(try store.snapshot().stateHash() == hash)
    try store.close()
  }
}
