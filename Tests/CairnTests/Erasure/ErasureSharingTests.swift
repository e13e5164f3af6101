// Two persons who share identifiers: erasing one takes nothing of the other along but the shared values.

import Bytes
import Events
import Foundation
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct ErasureSharingTests {
  private let directory = TemporaryDirectory()
  private static let erased = Verdict.rejected(EventProblem(.erasedIdentifier, at: 0))
  private static let uuid = "6f1c2d3e-0a1b-4c5d-8e9f-102132435465"

  private static let rules = """
    identifiers:
      - user_id: {limit: 1}
      - crm_id: {from: [traits.crm, traits.crm_list]}
      - loyalty: {external: card}
      - email
      - phone: {from: [traits.phone], normalise: phone}
      - anonymous_id
    country: DE
    """

  private func makeStore(_ directory: TemporaryDirectory, plan: String = "") throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    let rules = try IdentityRulesFile.read(Self.rules, file: "rules")
    try store.apply(rules.renumbered(after: store.identityRules))
    if !plan.isEmpty { _ = try store.applyTracking(plan, file: "plan") }
    _ = try store.apply(
      definitions(
        traits: [
          ("spent", #"sum("Order", properties.revenue)"#), ("seen", "count(*)"),
          ("tier", #"last("Order", properties.tier)"#),
        ],
        audiences: [
          ("buyers", #"performed("Order")"#), ("recent", #"count("Order", last 3d) >= 1"#),
        ]))
    return store
  }

  private func name(_ text: String) throws -> Identifier { try #require(Identifier(text)) }

  /// One event of a person with every kind of identifier, each in every place; or with none but the user id.
  private static func event(_ user: String, _ id: String, shares: Bool) -> String {
    let anonymous = shares ? #","anonymousId":"\#(uuid)""# : ""
    let own = #""plan":"pro""#
    let traits =
      shares
      ? #"{"email":" Fam@Example.com",\#(own),"crm":4711001,"crm_list":["x-\#(user)",4711001,"k-9999"],"#
        + #""phone":"0171 2345678"}"#
      : #"{\#(own),"crm_list":["x-\#(user)"]}"#
    let context =
      shares
      ? #"{"traits":{"email":"fam@example.com"},"externalIds":[{"id":"c-8888","type":"card"},"#
        + #"{"id":"o-\#(user)","type":"other"}]}"#
      : #"{"traits":{},"externalIds":[{"id":"o-\#(user)","type":"other"}]}"#
    let email = shares ? #","email":"FAM@example.com""# : ""
    return
      #"{"type":"track","event":"Order","messageId":"\#(id)","userId":"\#(user)"\#(anonymous),"#
      + #""timestamp":"2026-03-01T10:00:00Z","traits":\#(traits),"context":\#(context),"#
      + #""properties":{"revenue":10,"tier":"gold"\#(email)}}"#
  }

  /// What a store knows of a person, ids of profiles and sequences aside.
  private func facts(_ store: Store, _ user: String) throws -> String {
    let report = try #require(try store.report("user_id:\(user)"))
    let traits = report.traits.map { "\($0.name)=\($0.value)" }
    let events = try eventTexts(store).filter { $0.contains(#""userId":"\#(user)""#) }
    return "\(report.names.sorted()) \(report.eventCount) \(traits) \(report.audienceNames)\n"
      + events.joined(separator: "\n")
  }

  private func eventTexts(_ store: Store) throws -> [String] {
    var texts: [String] = []
    let snapshot = try store.snapshot()
    let names = store.symbols.names()
    try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) {
      (record) throws(StoreError) in
      guard record.kind == RecordKind.event.rawValue else { return }
      var json = ByteWriter()
      do throws(DecodeError) {
        try EventView(record.payload).writeJSON(to: &json, names: names, isOriginal: true)
      } catch {
        throw StoreError(error, in: "record")
      }
      texts.append(String(decoding: json.bytes, as: UTF8.self))
    }
    return texts
  }

  private static let shared = [
    "am@example", "AM@Example", "AM@example", "4711001", "k-9999", "c-8888", "2345678",
  ]

  private func expectNothingLeft(of store: Store) throws {
    try store.close()
    for text in Self.shared + ["user-b"] {
      #expect(try directory.occurrences(of: text) == 0, "\(text) is left")
    }
    let binary = Array(Self.uuid.utf8).filter { $0 != 0x2D }
    let bytes = stride(from: 0, to: 32, by: 2).map {
      UInt8(String(decoding: binary[$0..<($0 + 2)], as: UTF8.self), radix: 16) ?? 0
    }
    #expect(try directory.occurrences(of: bytes) == 0, "the device is left")
  }

  @Test func theOtherKeepsAllButTheSharedValues() throws {
    let store = try makeStore(directory)
    let lines = [
      Self.event("user-b", "m1", shares: true), Self.event("user-c", "m2", shares: true),
      Self.event("user-c", "m3", shares: true), Self.event("user-b", "m4", shares: true),
      Self.event("user-c", "m5", shares: false),
    ]
    try store.take(lines)
    _ = try store.compact()
    try store.checkpoint()
    #expect(try store.report("email:fam@example.com")?.names.contains("user_id:user-b") == true)
    let plan = try store.erasurePlan(of: [try name("user_id:user-b")])
    let receipt = try #require(try store.erase([try name("user_id:user-b")]))
    #expect(plan.persons == 1 && plan.extent.events == 2 && plan.extent.eventsOfOthers == 2)
    #expect(receipt.extent == plan.extent && receipt.records == 2)
    #expect(try store.snapshot().erasures.map(\.extent) == [plan.extent])
    #expect(try store.erasurePlan(of: [try name("user_id:user-b")]).extent == ErasureExtent())

    let second = TemporaryDirectory()
    let other = try makeStore(second)
    try other.take((2...5).filter { $0 != 4 }.map { Self.event("user-c", "m\($0)", shares: false) })
    #expect(try facts(store, "user-c") == facts(other, "user-c"))
    #expect(store.verify(replay: true).problems == [])
    // What is sent again is a duplicate; what is new comes in without the values.
    let again = try store.take(lines + [Self.event("user-c", "m6", shares: true)])
    #expect(again[0] == Self.erased && again[3] == Self.erased)
    for index in [1, 2, 4] {
      guard case .duplicate(_, isSame: true) = again[index] else {
        Issue.record("line \(index + 1) became \(again[index])")
        continue
      }
    }
    try other.take([Self.event("user-c", "m6", shares: false)])
    #expect(try facts(store, "user-c") == facts(other, "user-c"))
    _ = try store.compact()
    try store.rebuildDerived()
    #expect(try facts(store, "user-c") == facts(other, "user-c"))
    #expect(store.verify(replay: true).problems == [])
    try other.close()
    try expectNothingLeft(of: store)
  }

  /// The address is the first one's; the person on whom it was demoted does not take it along, unless it is named.
  @Test func anIdentifierGoesWithItsOwner() throws {
    let store = try makeStore(directory)
    try store.take([
      Self.event("user-c", "m1", shares: true), Self.event("user-b", "m2", shares: true),
    ])
    let receipt = try #require(try store.erase([try name("user_id:user-b")]))
    #expect(receipt.extent.events == 1 && receipt.extent.eventsOfOthers == 0)
    #expect(try store.report("email:fam@example.com")?.names.contains("user_id:user-c") == true)
    let alone = [try name("email:fam@example.com")]
    let plan = try store.erasurePlan(of: alone, alone: true)
    let second = try #require(try store.erase(alone, alone: true))
    #expect(plan.extent.events == 0 && plan.extent.eventsOfOthers == 1)
    #expect(second.extent == plan.extent && second.records == 0)
    #expect(try store.report("user_id:user-c")?.eventCount == 1)
    #expect(try store.report("email:fam@example.com") == nil)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
    #expect(try directory.occurrences(of: "am@example") == 0)
  }

  /// What no profile got to see: beyond the first 64 identifiers, an alias, what a plan left out.
  @Test func valuesThatCountNowhereGoToo() throws {
    let store = try makeStore(
      directory,
      plan: """
        violations: omit
        calls: {identify: {properties: {traits: {properties: {email: {maxLength: 4}}}}}}
        """)
    let many = (0..<70).map { #""n-\#($0)""# }.joined(separator: ",")
    let lines = [
      #"{"type":"identify","messageId":"1","userId":"user-b","traits":{"phone":"+491712345678","crm":"k-9999"}}"#,
      #"{"type":"identify","messageId":"2","userId":"user-b","context":{"traits":{"email":"fam@example.com"}}}"#,
      #"{"type":"identify","messageId":"3","userId":"user-c","traits":{"crm_list":[\#(many),"k-9999"]}}"#,
      #"{"type":"alias","messageId":"4","userId":"user-c","previousId":"user-b"}"#,
      #"{"type":"identify","messageId":"5","userId":"user-c","traits":{"email":"fam@example.com","a":1}}"#,
      #"{"type":"identify","userId":"user-c","traits":{"phone":"0171-2345678","b":2}}"#,
    ]
    try store.take(lines)
    let receipt = try #require(try store.erase([try name("user_id:user-b")]))
    #expect(receipt.extent.events == 2 && receipt.extent.eventsOfOthers == 4)
    #expect(try store.report("user_id:user-c")?.eventCount == 4)
    let verdicts = try store.take(lines)
    for verdict in verdicts.dropFirst(2) {
      guard case .duplicate(_, isSame: true) = verdict else {
        Issue.record("a retry became \(verdict)")
        continue
      }
    }
    #expect(verdicts.prefix(2) == [Self.erased, Self.erased])
    #expect(store.verify(replay: true).problems == [])
    try expectNothingLeft(of: store)
  }

  private static let strict = """
    violations: quarantine
    events: {Order: {properties: {properties: {properties: {revenue: {type: string}}}}}}
    """

  /// Lines in quarantine: another's loses the values and can be driven again, nobody's goes.
  @Test func quarantinedLinesOfOthersStay() throws {
    let store = try makeStore(directory, plan: Self.strict)
    let lines = [
      Self.event("user-b", "m1", shares: true), Self.event("user-c", "m2", shares: true),
      #"{"type":"dance","userId":"user-c","traits":{"email":"fam@example.com","n":1}}"#,
      #"{"type":"dance","traits":{"email":"fam@example.com","n":1}}"#, "user-b;fam@example.com",
      #"{"type":"identify","messageId":"m9","userId":"user-b","anonymousId":"\#(Self.uuid)","#
        + #""traits":{"email":"fam@example.com","crm":4711001,"crm_list":["k-9999"],"phone":"01712345678"},"#
        + #""context":{"externalIds":[{"id":"c-8888","type":"card"}]}}"#,
    ]
    try store.take(lines)
    #expect(try store.snapshot().stats().quarantined == 5)
    let receipt = try #require(try store.erase([try name("user_id:user-b")]))
    #expect(receipt.extent.lines == 3 && receipt.extent.linesOfOthers == 2)
    #expect(receipt.extent.events == 1 && receipt.records == 4)
    #expect(try store.snapshot().stats().quarantined == 2)
    // Sent again, each is the line that is there.
    let again = try store.take(lines)
    #expect(try store.snapshot().stats().quarantined == 2)
    #expect(again.count { $0 == Self.erased } == 4)
    #expect(store.verify(replay: true).problems == [])
    _ = try store.applyTracking("", file: "plan")
    let counts = try store.redrive()
    #expect(counts.accepted == 1 && counts.quarantined == 1)
    let second = TemporaryDirectory()
    let other = try makeStore(second)
    try other.take([Self.event("user-c", "m2", shares: false)])
    #expect(try facts(store, "user-c") == facts(other, "user-c"))
    #expect(store.verify(replay: true).problems == [])
    try other.close()
    try expectNothingLeft(of: store)
  }

  /// What comes in later and what is erased later come to the same.
  @Test func beforeAndAfterAreTheSame() throws {
    let later = TemporaryDirectory()
    let (store, other) = (try makeStore(directory), try makeStore(later))
    let first = Self.event("user-b", "m1", shares: true)
    let rest = [
      Self.event("user-c", "m2", shares: true), Self.event("user-b", "m3", shares: true),
      #"{"type":"dance","userId":"user-c","traits":{"email":"fam@example.com"}}"#,
    ]
    try store.take([first] + rest)
    _ = try store.erase([try name("user_id:user-b")])
    try other.take([first])
    _ = try other.erase([try name("user_id:user-b")])
    var options = IngestOptions()
    options.clock = .events
    var lines: [LineVerdict] = []
    let summary = try other.ingest(
      lines: Array((rest.joined(separator: "\n") + "\n").utf8), options: options
    ) { lines.append($0) }
    #expect(summary.verdicts.withoutErased == 2 && summary.verdicts.rejected == 1)
    #expect(lines.map(\.isWithoutErased) == [true, false, true])
    #expect(try facts(store, "user-c") == facts(other, "user-c"))
    #expect(try store.snapshot().stats().quarantined == other.snapshot().stats().quarantined)
    #expect(other.verify(replay: true).problems == [])
    try store.close()
    try other.close()
  }

  /// A plan judges what was sent, as it did before the erasure.
  @Test func aPlanThatWantsTheValueIsContent() throws {
    let store = try makeStore(
      directory,
      plan: """
        violations: quarantine
        events: {Order: {properties: {properties: {required: [email]}}}}
        """)
    try store.take([Self.event("user-b", "m1", shares: true)])
    _ = try store.erase([try name("user_id:user-b")])
    let verdicts = try store.take([
      Self.event("user-c", "m2", shares: true), Self.event("user-c", "m3", shares: false),
    ])
    if case .accepted = verdicts[0] {} else { Issue.record("it became \(verdicts[0])") }
    if case .quarantined = verdicts[1] {} else { Issue.record("it became \(verdicts[1])") }
    #expect(try store.report("user_id:user-c")?.eventCount == 1)
    #expect(store.verify(replay: true).problems == [])
    try expectNothingLeft(of: store)
  }

  @Test func aFullDiskRefusesBeforeAnythingIsRecorded() throws {
    let system = SimulatedFileSystem()
    var options = StoreOptions.repeatable()
    options.fileSystem = system
    options.storage = StorageOptions(segmentBytesMax: 20_000, blockBytes: 2_000, reserveBytes: 512)
    let store = try Store.create(at: "/store", options: options)
    try store.take((0..<300).map { Self.event("u\($0 % 20)", "m\($0)", shares: false) })
    try store.checkpoint()
    let last = store.lastSequence
    let files = Set(try system.list("/store"))
    system.byteBudget = system.disk.byteCount + 20_000
    let refused = #expect(throws: StoreError.self) { try store.erase([try name("user_id:u1")]) }
    #expect(refused?.code == .noSpace)
    #expect(refused?.message.contains("MiB of free space") == true)
    #expect(store.lastSequence == last && store.failure == nil)
    #expect(Set(try system.list("/store")) == files)
    #expect(try store.snapshot().erasures.isEmpty)
    try store.take([Self.event("u1", "more", shares: false)])
    system.byteBudget = .max
    #expect(try store.erase([try name("user_id:u1")])?.records == 16)
    try store.close()
  }
}
