// Erasing people: others keep what is theirs, nothing of the erased is left in any file, and they do not come
// back.

@testable import Activation
import Audiences
import Bytes
import Events
import Foundation
import Profiles
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ErasureTests {
  private let directory = TemporaryDirectory()

  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [
          ("orders", #"count("Order")"#), ("spent", #"sum("Order", properties.revenue)"#),
        ],
        audiences: [
          ("buyers", #"performed("Order")"#), ("recent", #"count("Order", last 3d) >= 1"#),
        ]))
    return store
  }

  private func order(_ identifiers: String, _ id: String, day: Int, revenue: Int = 1) -> String {
    track(
      "Order", id: id, identifiers, at: "2026-03-0\(day)T10:00:00Z",
      properties: #""revenue":\#(revenue)"#)
  }

  private func name(_ text: String) throws -> Identifier { try #require(Identifier(text)) }

  /// Two profiles, one merge, then one of the merged ids is erased: what is left keeps only the other's events
  /// (reference vector A2.10).
  @Test func oneOfTwoMergedIdentifiersIsErased() throws {
    let store = try makeStore()
    try store.take([
      order(#""anonymousId":"a1""#, "m1", day: 1, revenue: 1),
      order(#""anonymousId":"a1""#, "m2", day: 1, revenue: 2),
      order(#""userId":"u1""#, "m3", day: 2, revenue: 4),
    ])
    _ = try store.merge([try name("anonymous_id:a1"), try name("user_id:u1")])
    #expect(try store.report("user_id:u1")?.trait("spent")?.description == "7")
    let receipt = try #require(try store.erase([try name("anonymous_id:a1")], alone: true))
    #expect(receipt.records == 2 && receipt.persons == 1 && receipt.identifiers == 1)
    let left = try #require(try store.report("user_id:u1"))
    #expect(left.names == ["user_id:u1"])
    #expect(left.eventCount == 1 && left.trait("orders")?.description == "1")
    #expect(left.trait("spent")?.description == "4")
    #expect(try store.report("anonymous_id:a1") == nil)
    #expect(try store.snapshot().stats().profiles == 1)
    let more = definitions(traits: [("views", #"count("Seen")"#)])
    #expect(try store.plan(more).changes.historySince == nil, "of those who are left all is there")
    #expect(store.verify(replay: true).problems == [])
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.report("user_id:u1")?.trait("spent")?.description == "4")
    #expect(again.verify(replay: true).problems == [])
    try again.close()
  }

  @Test func theErasedDoNotComeBack() throws {
    let store = try makeStore()
    let lines = [
      order(#""userId":"u1","anonymousId":"a1""#, "m1", day: 1),
      order(#""userId":"u2""#, "m2", day: 1),
    ]
    try store.take(lines)
    _ = try store.erase([try name("anonymous_id:a1")])
    let erased = Verdict.rejected(EventProblem(.erasedIdentifier, at: 0))
    let verdicts = try store.take(
      lines + [
        order(#""anonymousId":"a1""#, "m3", day: 2), order(#""userId":"u1""#, "m4", day: 2),
        order(#""userId":"u3""#, "m5", day: 2), #"{"type":"dance","messageId":"m6","userId":"u1"}"#,
        #"{"type":"dance","messageId":"m7","userId":"u4"}"#,
      ])
    #expect(verdicts[0] == erased && verdicts[2] == erased && verdicts[3] == erased)
    #expect(verdicts[5] == erased)
    if case .duplicate = verdicts[1] {} else { Issue.record("the other's event is still known") }
    if case .accepted = verdicts[4] {} else { Issue.record("others come in") }
    if case .quarantined = verdicts[6] {} else { Issue.record("others are quarantined") }
    #expect(try store.report("user_id:u1") == nil)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.take([order(#""userId":"u1""#, "m8", day: 3)]) == [erased])
    try again.rebuildDerived()
    #expect(try again.take([order(#""userId":"u1""#, "m9", day: 3)]) == [erased])
    try again.close()
  }

  @Test func somebodyWhoWasNeverSeenIsKeptOut() throws {
    let store = try makeStore()
    try store.take([order(#""userId":"u2""#, "m2", day: 1)])
    let plan = try store.erasurePlan(of: [try name("email:Jane@X.com")])
    #expect(plan.persons == 0 && plan.extent == ErasureExtent())
    #expect(plan.identifiers.map(\.description) == ["email:jane@x.com"])
    let receipt = try #require(try store.erase([try name("email:Jane@X.com")]))
    #expect(receipt.records == 0 && receipt.identifiers == 1 && receipt.horizon.value == 0)
    let line = track(
      "Order", id: "m1", #""userId":"u9","context":{"traits":{"email":"jane@x.com"}}"#)
    let alone = identify(
      id: "m3", #""traits":{"email":"JANE@x.com"}"#, at: "2026-03-01T10:00:00Z")
    let verdicts = try store.take([line, alone])
    if case .accepted = verdicts[0] {} else { Issue.record("the event is another's") }
    #expect(verdicts[1] == .rejected(EventProblem(.erasedIdentifier, at: 0)))
    #expect(try store.report("user_id:u9")?.names == ["user_id:u9"])
    #expect(try store.report("email:jane@x.com") == nil)
    try store.close()
  }

  /// Names, values, lines in quarantine, corrections, copies by home, names of properties: none is left, however
  /// it is written.
  @Test func noByteIsLeftInAnyFile() throws {
    let store = try makeStore()
    let canary = "qzjx7"
    var lines = (0..<60).map { order(#""userId":"u\#($0)""#, "o\($0)", day: 1, revenue: $0) }
    lines += [
      identify(
        id: "c1\(canary)",
        #""userId":"\#(canary)-1","anonymousId":"\#(canary)-2","traits":{"email":"\#(canary)@x.com"}"#,
        at: "2026-03-01T10:00:00Z"),
      track(
        "Seen \(canary)", id: "c2", #""userId":"\#(canary)-1""#, at: "2026-03-01T11:00:00Z",
        properties: #""name \#(canary)":"\#(canary) \#(canary)","list":[{"inner \#(canary)":1}]"#),
      #"{"type":"dance","messageId":"q1","userId":"\#(canary)-1"}"#,
      #"{"type":"track","messageId":"q2","properties":{"to":"\u0071zjx7@x.com","#,
      "\"\(canary)-2\";;1",
      identify(
        id: "c3", #""userId":"u7","anonymousId":"\#(canary)-3""#, at: "2026-03-01T12:00:00Z"),
    ]
    try store.take(lines)
    // A shared device, and corrections that name the person among others.
    _ = try store.split([try name("anonymous_id:\(canary)-3")])
    _ = try store.merge([
      try name("anonymous_id:\(canary)-3"), try name("user_id:\(canary)-1"),
    ])
    _ = try store.merge([
      try name("user_id:u1"), try name("user_id:\(canary)-1"), try name("user_id:u2"),
    ])
    _ = try store.split([try name("user_id:u1"), try name("user_id:u2")])
    _ = try store.compact()
    try store.checkpoint()
    #expect(try directory.occurrences(of: canary) > 0)
    let receipt = try #require(try store.erase([try name("email:\(canary)@X.com")]))
    #expect(receipt.persons == 1 && receipt.records == 5 && receipt.extent.events == 2)
    #expect(receipt.extent.eventsOfOthers == 1)
    #expect(try directory.occurrences(of: canary) == 0)
    #expect(
      try store.report("user_id:u1")?.names == ["user_id:u1", "user_id:u2"],
      "what the merge says of others stays")
    #expect(try store.report("user_id:u7")?.eventCount == 2, "the shared device's event is theirs")
    #expect(store.verify(replay: true).problems == [])
    // What is refused afterwards leaves nothing either, not even the names of its properties.
    let refused = track(
      "Seen \(canary)", id: "c9\(canary)", #""userId":"\#(canary)-1""#, at: "2026-03-02T11:00:00Z",
      properties: #""name \#(canary)":"\#(canary)""#)
    try store.take([refused, order(#""userId":"u9""#, "o99", day: 2)])
    try store.close()
    #expect(try directory.occurrences(of: canary) == 0)
  }

  @Test func destinationsAreToldAndTheFeedBeginsAnew() throws {
    let store = try makeStore()
    let path = directory.store + "-crm.ndjson"
    try store.addDestination(Destination(name: "crm", path: path, audiences: ["buyers"]))
    try store.take([
      order(#""userId":"u1""#, "m1", day: 1), order(#""userId":"u2""#, "m2", day: 1),
      identify(id: "m3", #""userId":"u3""#, at: "2026-03-01T12:00:00Z"),
    ])
    _ = try store.deliver(to: "crm")
    // No news for the destination, and the last record of the erased.
    try store.take([identify(id: "m4", #""userId":"u1""#, at: "2026-03-01T13:00:00Z")])
    let gone = try #require(try store.report("user_id:u1")).id.description
    let receipt = try #require(try store.erase([try name("user_id:u1")]))
    #expect(try store.deliver(to: "crm").messages == 1)
    var receiver = Receiver()
    try receiver.take(try String(contentsOfFile: path, encoding: .utf8))
    let other = try #require(try store.report("user_id:u2")).id.description
    #expect(receiver.members["buyers"] == [other] && gone != other)
    let snapshot = try store.snapshot()
    let refused = #expect(throws: StoreError.self) { try snapshot.changes(after: .start, limit: 9) }
    #expect(refused?.code == .gone)
    let changes = try snapshot.changes(after: FeedCursor(sequence: receipt.horizon), limit: 9)
    #expect(
      changes.changes.filter { $0.cause == .erasure }.map(\.audience) == ["buyers", "recent"])
    #expect(changes.changes.filter { $0.cause == .erasure }.allSatisfy { $0.kind == .exited })
    // A new destination begins with the current members.
    let later = directory.store + "-later.ndjson"
    try store.addDestination(Destination(name: "later", path: later, audiences: ["buyers"]))
    _ = try store.deliver(to: "later")
    receiver = Receiver()
    try receiver.take(try String(contentsOfFile: later, encoding: .utf8))
    #expect(receiver.members["buyers"] == [other])
    try store.close()
  }

  @Test func aDestinationThatRefusesStopsTheErasureBeforeItBegins() throws {
    let store = try makeStore()
    let folder = directory.store + "-out"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try store.addDestination(
      Destination(name: "crm", path: folder + "/crm.ndjson", audiences: ["buyers"]))
    try store.take([order(#""userId":"u1""#, "m1", day: 1)])
    try FileManager.default.removeItem(atPath: folder)
    #expect(throws: StoreError.self) { try store.erase([try name("user_id:u1")]) }
    #expect(try store.report("user_id:u1")?.eventCount == 1)
    #expect(try store.snapshot().erasures.isEmpty)
    try store.close()
  }

  /// A backup without the key would let erased people come back.
  @Test func aStoreWithoutTheKeyIsRefused() throws {
    let store = try makeStore()
    try store.take([order(#""userId":"u1""#, "m1", day: 1)])
    _ = try store.erase([try name("user_id:u1")])
    try store.close()
    let key = directory.store + "/ERASURE.KEY"
    let mode = try FileManager.default.attributesOfItem(atPath: key)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let bytes = try Data(contentsOf: URL(filePath: key))
    var damaged = bytes
    damaged[20] ^= 1
    for content in [nil, Data(), bytes.dropLast(), damaged] {
      try FileManager.default.removeItem(atPath: key)
      try content?.write(to: URL(filePath: key))
      let refused = #expect(throws: StoreError.self) {
        try Store.open(at: directory.store, options: .repeatable())
      }
      #expect(refused?.code == .corrupt && refused?.file == "ERASURE.KEY")
      if content == nil { try Data().write(to: URL(filePath: key)) }
    }
    try bytes.write(to: URL(filePath: key))
    try Store.open(at: directory.store, options: .repeatable()).close()
  }

  @Test func accountsAndUnknownTypesAreRefused() throws {
    let store = try makeStore()
    for text in ["group_id:g1", "shoe_size:43", "user_id:" + String(repeating: "x", count: 600)] {
      #expect(throws: StoreError.self) { try store.erase([try name(text)]) }
    }
    #expect(store.lastSequence.value == 1)
    try store.close()
  }
}
