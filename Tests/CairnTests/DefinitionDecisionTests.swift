// What is stored with the record of applied definitions, to the byte: a replay by any version has to come to
// the same, in whatever order it looks at profiles.

import Audiences
import Bytes
import Profiles
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct DefinitionDecisionTests {
  private let directory = TemporaryDirectory()
  private static let time = "2026-03-01T10:00:00.000Z"

  /// Persons 0 (with 1, which it absorbed), 2 and 4; accounts 3 and 5.
  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    func seen(_ id: String, _ identifiers: String) -> String {
      track("Seen", id: id, identifiers, at: Self.time)
    }
    try store.take([
      seen("m0", #""anonymousId":"a""#), seen("m1", #""userId":"u1""#),
      identify(id: "m2", #""userId":"u1","anonymousId":"a""#, at: Self.time),
      seen("m3", #""userId":"u2","context":{"groupId":"g1"}"#),
      seen("m4", #""userId":"u3","context":{"groupId":"g2"}"#),
    ])
    return store
  }

  private func texts(_ audiences: [(DefinitionRecord.Kind, String, String)]) -> [DefinitionText] {
    audiences.map { DefinitionText(kind: $0.0, name: $0.1, text: $0.2, file: "test") }
  }

  /// Persons and accounts by turns, in the order of the audiences' numbers; who left comes first.
  @Test func eachAudienceStandsTogether() throws {
    let store = try makeStore()
    _ = try store.apply(
      texts([
        (.audience, "early", #"count("Seen") >= 1"#),
        (.accountAudience, "firms", #"count("Seen") >= 1"#),
        (.audience, "left", #"count("Seen") >= 1"#),
      ]))
    let changes = try store.apply(
      texts([
        (.audience, "early", #"count("Seen") >= 2"#),
        (.accountAudience, "firms", #"count("Seen") >= 2"#),
        (.accountAudience, "groups", #"count("Seen") >= 1"#),
        (.audience, "people", #"count("Seen") >= 1"#),
      ]))
    let snapshot = try store.snapshot()
    let bytes = try snapshot.log.withRecord(at: #require(changes.sequence), LogCursor()) {
      $0.decisions.toArray()
    }
    var found: [String] = []
    var again = DecisionWriter()
    try Decision.visitAll(bytes.span.bytes) { (_, decision) throws(DecodeError) in
      guard case .membership(let change) = decision else { return }
      again.append(change)
      let name = snapshot.definitions.audiences.first { $0.number == change.audience }?.name
      found.append("\(name ?? "removed") \(change.profile.value) \(change.kind)")
    }
    #expect(
      found == [
        "removed 0 exited", "removed 2 exited", "removed 4 exited",
        "early 2 exited", "early 4 exited",
        "firms 3 exited", "firms 5 exited",
        "people 0 entered", "people 2 entered", "people 4 entered",
        "groups 3 entered", "groups 5 entered",
      ])
    // Written one after the other they come to the same groups.
    #expect(again.bytes == bytes)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }
}
