// Corners of an erasure: what stands in quarantine, what a tracking plan left out, names that no record uses,
// rules that read more than before, files that rot while it is under way.

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

@Suite struct ErasureCornerTests {
  private let directory = TemporaryDirectory()
  private static let erased = Verdict.rejected(EventProblem(.erasedIdentifier, at: 0))

  private func makeStore(plan: String = "") throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [("seen", "count(*)")], audiences: [("viewers", #"performed("Seen")"#)]))
    if !plan.isEmpty { _ = try store.applyTracking(plan, file: "plan") }
    return store
  }

  private func name(_ text: String) throws -> Identifier { try #require(Identifier(text)) }

  private func seen(_ id: String, _ identifiers: String, _ properties: String = "") -> String {
    track("Seen", id: id, identifiers, at: "2026-03-01T10:00:00Z", properties: properties)
  }

  /// How many records of the log hold a text.
  private func records(_ store: Store, with text: String) throws -> Int {
    var count = 0
    let needle = Array(text.utf8)
    let snapshot = try store.snapshot()
    try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) { record in
      let bytes = record.payload.toArray()
      if bytes.indices.contains(where: { bytes[$0...].starts(with: needle) }) { count += 1 }
    }
    return count
  }

  /// The same state after opening again and after everything is derived again.
  private func expectSteady(_ store: Store) throws {
    #expect(store.verify(replay: true).problems == [])
    let hash = try store.snapshot().stateHash()
    try store.rebuildDerived()
    #expect(try store.snapshot().stateHash() == hash)
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.snapshot().stateHash() == hash)
    try again.close()
  }

  private static let strict = """
    violations: quarantine
    events: {Seen: {properties: {properties: {properties: {n: {type: number}}}}}}
    """

  @Test func linesThatWereDrivenAgainGoWithThePerson() throws {
    let store = try makeStore(plan: Self.strict)
    try store.take([
      seen("m1", #""userId":"jane""#, #""n":"x""#), seen("m2", #""userId":"bob""#, #""n":"x""#),
      seen("m3", #""userId":"eve""#, #""n":"x""#),
    ])
    #expect(try store.snapshot().stats().quarantined == 3)
    _ = try store.applyTracking("", file: "plan")
    #expect(try store.redrive().accepted == 3)
    _ = try store.erase([try name("user_id:jane")])
    #expect(try store.snapshot().stats().quarantined == 0)
    try store.take([seen("m4", #""userId":"bob""#), #"{"type":"dance","userId":"bob"}"#])
    #expect(try store.snapshot().stats().quarantined == 1)
    #expect(try records(store, with: "jane") == 0)
    try expectSteady(store)
  }

  @Test func droppedLinesOfOthersAreTheSameAfterwards() throws {
    let store = try makeStore()
    let line = #"{"type":"track","userId":"eve","messageId":"q1","anonymousId":"b1"}"#
    try store.take([seen("m1", #""userId":"jane","anonymousId":"b1""#), line])
    #expect(try store.dropQuarantined() == 1)
    let receipt = try #require(try store.erase([try name("user_id:jane")]))
    #expect(receipt.extent.linesOfOthers == 1)
    #expect(try store.snapshot().stats().quarantined == 0)
    // Sent again, it is still the one that was dropped.
    if case .duplicate = try store.take([line])[0] {} else { Issue.record("it is a new line") }
    try expectSteady(store)
  }

  /// The names of an event that was quarantined are in no record, so another process numbers them differently.
  @Test func anEventWithoutAnIDIsTheSameInAnotherProcess() throws {
    var store = try makeStore(
      plan: """
        unplanned_events: block
        events: {Seen: {}}
        """)
    let own = seen("m1", #""userId":"jane""#)
    try store.take([own])
    _ = try store.erase([try name("user_id:jane")])
    let paid =
      #"{"type":"track","event":"Paid","userId":"bob","timestamp":"2026-03-01T10:00:00Z","#
      + #""properties":{"amount":5}}"#
    let kept = try store.take([own, paid])
    if case .quarantined = kept[1] {} else { Issue.record("it became \(kept[1])") }
    try store.close()
    store = try Store.open(at: directory.store, options: .repeatable())
    try store.take([seen("m2", #""userId":"bob""#, #""other":1,"more":2"#)])
    #expect(try store.take([own, paid]) == kept)
    #expect(try store.snapshot().stats().quarantined == 1)
    try expectSteady(store)
  }

  @Test func aPlanDoesNotBringBackWhatWasErased() throws {
    let store = try makeStore(plan: Self.strict)
    try store.take([seen("m0", #""userId":"jane","context":{"traits":{"email":"jane@x.com"}}"#)])
    _ = try store.erase([try name("user_id:jane")])
    // What is quarantined is what the plan made of it: an event of somebody else without the address.
    let friend = seen(
      "m1", #""userId":"bob""#, #""n":"x","email":"jane@x.com""#)
    if case .quarantined = try store.take([friend])[0] {
    } else {
      Issue.record("the line is another's")
    }
    #expect(try records(store, with: "jane@x.com") == 0)
    // A line of nobody's goes.
    #expect(try store.take([#"{"type":"dance","to":"jane@x.com"}"#]) == [Self.erased])
    // Without the members that the plan leaves out, another address is the event's.
    _ = try store.applyTracking(
      """
      violations: omit
      calls: {identify: {properties: {traits: {properties: {email: {maxLength: 4}}}}}}
      """, file: "plan")
    let other =
      #"{"type":"identify","messageId":"m2","userId":"bob","traits":{"email":"bob@x.com"},"#
      + #""properties":{"email":"jane@x.com"}}"#
    if case .accepted = try store.take([other])[0] {
    } else {
      Issue.record("the event is another's")
    }
    #expect(try store.report("email:jane@x.com") == nil)
    #expect(try records(store, with: "jane@x.com") == 0 && records(store, with: "bob@x.com") == 1)
    try expectSteady(store)
  }

  @Test func whatAPlanLeftOutIsSearchedToo() throws {
    let store = try makeStore(
      plan: """
        violations: omit
        calls: {identify: {properties: {traits: {properties: {email: {maxLength: 4}}}}}}
        """)
    let line =
      #"{"type":"identify","messageId":"m1","userId":"42","traits":{"email":"jane@x.com"}}"#
    try store.take([line, seen("m2", #""userId":"42""#)])
    #expect(try store.report("email:jane@x.com") == nil && records(store, with: "jane@x.com") == 1)
    let receipt = try #require(try store.erase([try name("email:jane@x.com")]))
    #expect(receipt.persons == 0 && receipt.records == 0 && receipt.extent.eventsOfOthers == 1)
    #expect(try records(store, with: "jane@x.com") == 0)
    #expect(try store.report("user_id:42")?.eventCount == 2)
    guard case .duplicate(_, isSame: true) = try store.take([line])[0] else {
      Issue.record("a retry with the value is not a duplicate")
      return
    }
    try expectSteady(store)
  }

  /// A name goes into the log with the lines of its batch, also if its own became no record.
  @Test func namesThatNoRecordUsesGo() throws {
    let store = try makeStore()
    try store.take([seen("m1", #""userId":"jane""#), seen("m2", #""userId":"bob""#)])
    try store.take([
      seen("m1", #""userId":"jane""#, #""qzjx7 of jane":1"#), seen("m3", #""userId":"bob""#),
    ])
    func names() throws -> Int {
      var count = 0
      try store.snapshot().log.symbols { _, name in
        if name.toString() == "qzjx7 of jane" { count += 1 }
      }
      return count
    }
    #expect(try names() == 1)
    _ = try store.erase([try name("user_id:jane")])
    #expect(try names() == 0)
    try expectSteady(store)
  }

  /// Rules that come later find an erased identifier where nobody looked: events of others lose it with the
  /// rules.
  @Test func rulesThatReadMoreTakeWhatTheyFind() throws {
    let store = try makeStore()
    func rules(_ place: String) throws -> IdentityRules {
      try IdentityRulesFile.read(
        "identifiers: [user_id, crm_id: {from: \(place)}]", file: "rules"
      ).renumbered(after: store.identityRules)
    }
    try store.apply(try rules("[properties.crm]"))
    try store.take([
      seen("m1", #""userId":"jane""#, #""crm":"X1""#),
      seen("m2", #""userId":"bob""#, #""old":"X1""#),
      seen("m3", #""userId":"bob""#), seen("m4", #""userId":"eve""#, #""old":"X1""#),
    ])
    _ = try store.erase([try name("crm_id:X1")])
    #expect(try store.report("user_id:bob")?.eventCount == 2)
    #expect(try records(store, with: "X1") == 2)
    // What waits for a destination by then is not lost.
    let path = directory.store + "-crm.ndjson"
    try store.addDestination(Destination(name: "crm", path: path, audiences: ["viewers"]))
    try store.apply(try rules("[properties.crm, properties.old]"))
    _ = try store.deliver(to: "crm")
    var receiver = Receiver()
    try receiver.take(try String(contentsOfFile: path, encoding: .utf8))
    #expect(receiver.members["viewers"]?.count == 2)
    #expect(try store.snapshot().erasures.map(\.records) == [1, 0])
    #expect(try store.snapshot().erasures.map(\.extent.eventsOfOthers) == [0, 2])
    #expect(try store.snapshot().erasures.map(\.identifiers) == [2, 0])
    #expect(try store.report("user_id:bob")?.eventCount == 2)
    #expect(try store.report("user_id:eve")?.eventCount == 1)
    #expect(try records(store, with: "X1") == 0)
    _ = try store.apply(definitions(traits: [("views", #"count("Seen")"#)]))
    #expect(try store.report("user_id:bob")?.trait("views")?.description == "2")
    #expect(try store.compact().events == 3)
    try expectSteady(store)
  }

  /// Events that by later rules belong to nobody have no copy by home, and that is not damage.
  @Test func eventsOfNobodyAreNotCopied() throws {
    let store = try makeStore()
    try store.take([seen("m1", #""userId":"jane""#), seen("m2", #""userId":"bob""#)])
    var rules = IdentityRules.standard
    rules.identifiers.blocked.exact.append("jane")
    try store.apply(rules)
    #expect(try store.compact().events == 1)
    try expectSteady(store)
  }

  /// A derived file rots between the record of the erasure and its end.
  @Test func damageDuringAnErasureIsMendedByOpening() throws {
    let store = try makeStore()
    try store.take((0..<50).map { seen("m\($0)", #""userId":"u\#($0 % 5)""#) })
    let key = try ErasureKey.make(
      in: store.directory, random: store.options.environment.randomBytes)
    store.erasureKey = key
    let subjects = try ErasureSubjects(
      [try name("user_id:u1")], alone: false, in: try store.snapshot())
    let record = ErasureRecord(
      appliedAt: store.options.environment.now(), persons: 1, check: key.check,
      hashes: subjects.hashes.map(key.hash), extent: nil)
    _ = try store.refold(.erasure(record), at: record.appliedAt) { _ in }
    // What a process that dies here leaves, with every derived file damaged.
    let copy = try directory.copyOfStore()
    for file in try FileManager.default.contentsOfDirectory(atPath: copy)
    where file.hasSuffix(".run") {
      let url = URL(filePath: copy + "/" + file)
      var bytes = try Data(contentsOf: url)
      for index in stride(from: 100, to: bytes.count - 200, by: 7) { bytes[index] ^= 0xFF }
      try bytes.write(to: url)
    }
    // The log alone says what is of the erased, so the erasure is finished first.
    let again = try Store.open(at: copy, options: .repeatable())
    #expect(try again.snapshot().erasures.map(\.records) == [10])
    #expect(try again.snapshot().erasures.map(\.extent.events) == [10])
    #expect(again.opening.finishedErasure == (try again.snapshot().erasures.first))
    try again.rebuildDerived()
    #expect(try again.report("user_id:u1") == nil)
    #expect(again.verify(replay: true).problems == [])
    try again.close()
    try store.close()
  }

  @Test func theKeyOfAnotherStoreIsRefused() throws {
    let other = TemporaryDirectory()
    for directory in [directory, other] {
      var options = StoreOptions.repeatable()
      if directory === other {
        options.environment = .fixed(now: { Timestamp(milliseconds: 1_000_000_000_000) }, seed: 9)
      }
      let store = try Store.create(at: directory.store, options: options)
      try store.take([seen("m1", #""userId":"jane""#)])
      _ = try store.erase([try name("user_id:jane")])
      try store.close()
    }
    let place = directory.store + "/ERASURE.KEY"
    try FileManager.default.removeItem(atPath: place)
    try FileManager.default.copyItem(atPath: other.store + "/ERASURE.KEY", toPath: place)
    let refused = #expect(throws: StoreError.self) {
      try Store.open(at: directory.store, options: .repeatable())
    }
    #expect(refused?.code == .corrupt && refused?.file == "ERASURE.KEY")
  }

  @Test func whatNoEventCanHaveIsRefused() throws {
    let store = try makeStore()
    let last = store.lastSequence
    for text in ["user_id:null", "user_id: ", "phone:1", "group_id:g"] {
      #expect(throws: StoreError.self) { try store.erase([try name(text)]) }
    }
    #expect(throws: StoreError.self) { try store.erase([]) }
    #expect(store.lastSequence == last)
    try store.close()
  }

  @Test func aProfileIDStandsForThePerson() throws {
    let store = try makeStore()
    try store.take([
      seen("m1", #""userId":"jane","anonymousId":"a1""#), seen("m2", #""userId":"bob""#),
    ])
    let id = try #require(try store.report("anonymous_id:a1")).id
    let alone = #expect(throws: StoreError.self) {
      try store.erase([Identifier(type: "profile_id", value: id.description)], alone: true)
    }
    #expect(alone?.code == .outOfOrder)
    let receipt = try #require(
      try store.erase([Identifier(type: "profile_id", value: id.description)]))
    #expect(receipt.identifiers == 2 && receipt.records == 1)
    #expect(try store.report("user_id:jane") == nil && store.report("user_id:bob") != nil)
    let gone = #expect(throws: StoreError.self) {
      try store.erase([Identifier(type: "profile_id", value: id.description)])
    }
    #expect(gone?.code == .noSuchRecord)
    try store.close()
  }

  /// Records of format 3 say nothing of how much an erasure takes.
  @Test func recordsOfTheFormatBeforeAreRead() throws {
    let hash = Hash128(high: 1, low: 2)
    let time = Timestamp(milliseconds: 7)
    var record = ErasureRecord(
      appliedAt: time, persons: 1, check: hash, hashes: [hash, hash], extent: nil)
    #expect(try ErasureRecord(record.encode().span.bytes) == record)
    record.extent = ErasureExtent()
    record.extent?.eventsOfOthers = 300
    #expect(try ErasureRecord(record.encode().span.bytes) == record)
    var extent = ErasureExtent()
    extent.events = 5
    let receipt = ErasureReceipt(
      sequence: SequenceNumber(9), requested: time, finished: time, persons: 1, identifiers: 2,
      records: 5, horizon: SequenceNumber(4), segments: 1, logBytes: 99, extent: extent)
    let bytes = receipt.encode()
    #expect(try ErasureReceipt(bytes.span.bytes) == receipt)
    #expect(try ErasureReceipt(Array(bytes.dropLast(4)).span.bytes) == receipt)
    var state = ErasureState(record, at: SequenceNumber(9))
    for known in [record.extent, nil] {
      state.extent = known
      var writer = ByteWriter()
      state.encode(into: &writer)
      let encoded = writer.bytes
      var reader = ByteReader(encoded.span.bytes)
      #expect(try ErasureState(&reader) == state)
    }
  }

  @Test func erasingAgainChangesNothing() throws {
    let store = try makeStore()
    try store.take([seen("m1", #""userId":"jane""#), seen("m2", #""userId":"bob""#)])
    _ = try store.erase([try name("user_id:jane")])
    let last = store.lastSequence
    #expect(try store.erasurePlan(of: [try name("user_id:jane")]) == ErasurePlan())
    #expect(try store.erase([try name("user_id:jane")]) == nil)
    #expect(store.lastSequence == last)
    #expect(try store.erase([try name("user_id:bob")])?.records == 1)
    #expect(try store.snapshot().erasures.map(\.records) == [1, 1])
    try expectSteady(store)
  }
}
