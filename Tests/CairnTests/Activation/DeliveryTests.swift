// Deliveries: what a receiver makes of the messages is who is in which audience, through merges and
// suppression, however deliveries are cut; and sent again, messages are the same.

@testable import Activation
import Bytes
import Foundation
import Storage
import Testing

@testable import Cairn
@testable import Engine

/// A receiver that knows nothing but the messages it got.
struct Receiver {
  /// The people in each audience, by their profile ids.
  var members: [String: Set<String>] = [:]
  /// The people in each audience, by user id.
  var users: [String: Set<String>] = [:]
  var keys: [String] = []
  private var seen: [String: String] = [:]

  /// Takes lines; a message that came before must say the same again.
  mutating func take(_ text: String) throws {
    #expect(text.isEmpty || text.hasSuffix("\n"))
    for line in text.split(separator: "\n") {
      let object = try #require(
        try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let key = try #require(object["messageId"] as? String)
      if let earlier = seen.updateValue(String(line), forKey: key) {
        #expect(earlier == String(line))
        continue
      }
      keys.append(key)
      let properties = try #require(object["properties"] as? [String: Any])
      let audience = try #require(properties["audience_key"] as? String)
      let isEntry = try #require(properties[audience] as? Bool)
      #expect(object["event"] as? String == (isEntry ? "Audience Entered" : "Audience Exited"))
      let context = try #require(object["context"] as? [String: Any])
      let personas = try #require(context["personas"] as? [String: Any])
      #expect(personas["computation_class"] as? String == "audience")
      #expect(personas["computation_key"] as? String == audience)
      let cairn = try #require(context["cairn"] as? [String: Any])
      let profile = try #require(cairn["profile_id"] as? String)
      note(profile, in: \.members, audience, isEntry)
      if let user = object["userId"] as? String { note(user, in: \.users, audience, isEntry) }
    }
  }

  private mutating func note(
    _ id: String, in list: WritableKeyPath<Receiver, [String: Set<String>]>, _ audience: String,
    _ isEntry: Bool
  ) {
    if isEntry {
      self[keyPath: list][audience, default: []].insert(id)
    } else {
      self[keyPath: list][audience, default: []].remove(id)
    }
  }
}

@Suite struct DeliveryTests {
  private let directory = TemporaryDirectory()
  private static let audiences = [
    ("buyers", #"count("Order Completed", last 4d) >= 1"#),
    ("viewers", #"count("Product Viewed", last 2d) >= 2"#),
    ("customers", #"count("Order Completed", last 1d) >= 2"#),
  ]

  private var path: String { directory.store + "-crm.ndjson" }

  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(traits: [], audiences: Self.audiences))
    return store
  }

  /// A line of a seeded stream in which visitors become known now and then.
  private func line(_ index: Int, _ random: inout SystemRandom) -> String {
    let person = random.below(12)
    let event = random.below(3) == 0 ? "Order Completed" : "Product Viewed"
    let identifiers =
      switch random.below(4) {
      case 0: #""userId":"u\#(person)""#
      case 1: #""userId":"u\#(person)","anonymousId":"a\#(person)-\#(random.below(2))""#
      default: #""anonymousId":"a\#(person)-\#(random.below(2))""#
      }
    let time = instant("2026-03-01T00:00:00Z") + Milliseconds(Int64(index) * 3_600_000)
    return track(event, id: "m\(index)", identifiers, at: time.description)
  }

  private struct SystemRandom {
    var state: UInt64
    mutating func below(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
  }

  private func delivered() -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }

  /// Who is in an audience and not in one that is kept out.
  private func expected(
    _ store: Store, _ audience: String, without keptOut: [String]
  ) throws -> (profiles: Set<String>, users: Set<String>) {
    let snapshot = try store.snapshot()
    var out: Set<String> = []
    for name in keptOut {
      try snapshot.visitMembers(of: name) { (member) throws(StoreError) in
        out.insert(member.id.description)
      }
    }
    var profiles: Set<String> = []
    var users: Set<String> = []
    try snapshot.visitMembers(of: audience) { (member) throws(StoreError) in
      guard !out.contains(member.id.description) else { return }
      profiles.insert(member.id.description)
      for identifier in member.identifiers where identifier.type == "user_id" {
        users.insert(identifier.value)
      }
    }
    return (profiles, users)
  }

  @Test(arguments: [[], ["customers"], ["customers", "viewers"]], [1, 2, 3] as [UInt64])
  func theReceiverKnowsWhoIsIn(keptOut: [String], seed: UInt64) throws {
    let store = try makeStore()
    try store.addDestination(
      Destination(name: "crm", path: path, audiences: ["buyers", "viewers"], suppressed: keptOut))
    var random = SystemRandom(state: seed)
    var receiver = Receiver()
    for round in 0..<12 {
      let lines = (0..<25).map { line(round * 25 + $0, &random) }
      try store.take(lines)
      if round % 3 == 2 { _ = try store.tick(to: store.logicalNow + .days(1)) }
      guard round % 2 == 1 else { continue }
      _ = try store.deliver(to: "crm")
      try receiver.take(delivered())
      for audience in ["buyers", "viewers"] {
        let wanted = try expected(store, audience, without: keptOut)
        #expect(receiver.members[audience, default: []] == wanted.profiles, "\(audience) \(round)")
        #expect(receiver.users[audience, default: []] == wanted.users, "\(audience) \(round)")
      }
    }
    #expect(receiver.keys.count > 40)
    #expect(Set(receiver.keys).count == receiver.keys.count)
    try store.close()
  }

  @Test func deliveriesAreTheSameHoweverTheyAreCut() throws {
    let store = try makeStore()
    var random = SystemRandom(state: 9)
    let destination = Destination(
      name: "crm", path: path, audiences: ["buyers", "viewers"], suppressed: ["customers"])
    let definition = DestinationRecord.Definition(
      destination: destination, start: .start, fileEnd: 0)
    try store.take((0..<200).map { line($0, &random) })
    _ = try store.tick(to: store.logicalNow + .days(9))
    let snapshot = try store.snapshot()
    func messages(after cursor: FeedCursor) throws -> [AudienceMessage] {
      var state = DestinationState(number: 1, definition)
      state.cursor = cursor
      var pass = try DeliveryPass(snapshot, state)
      var result: [AudienceMessage] = []
      try pass.run { (messages, _) throws(StoreError) in result += messages }
      return result
    }
    var cursors: [FeedCursor] = []
    var counts: [Int] = []
    var pass = try DeliveryPass(snapshot, DestinationState(number: 1, definition))
    var total = 0
    try pass.run { (messages, cursor) throws(StoreError) in
      total += messages.count
      cursors.append(cursor)
      counts.append(total)
    }
    let all = try messages(after: .start)
    #expect(all.count == total && total > 40)
    #expect(cursors.contains { $0.index ?? 0 > 0 }, "some records change several memberships")
    for (cursor, count) in zip(cursors, counts) {
      #expect(try messages(after: cursor) == Array(all[count...]), "after \(cursor)")
    }
    try store.close()
  }

  @Test func aRepeatedDeliveryHasNothingToSay() throws {
    let store = try makeStore()
    try store.addDestination(Destination(name: "crm", path: path, audiences: ["buyers"]))
    try store.take([
      track("Order Completed", id: "1", #""userId":"a""#, at: "2026-03-01T00:00:00Z")
    ])
    let first = try store.deliver(to: "crm")
    #expect(first.messages == 1)
    let sequence = store.lastSequence
    let text = delivered()
    #expect(try store.deliver(to: "crm").messages == 0)
    #expect(store.lastSequence == sequence && delivered() == text)
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(try again.deliver(to: "crm").messages == 0)
    #expect(try again.snapshot().destinations.map(\.messages) == [1])
    let report = again.verify(replay: true)
    #expect(report.isSound && report.differingDecisions == 0)
    #expect(delivered() == text, "a replay sends nothing")
    try again.close()
  }

  @Test func aMergedProfileGoesWithoutTheLivingOne() throws {
    let store = try makeStore()
    try store.addDestination(Destination(name: "crm", path: path, audiences: ["buyers"]))
    func order(_ id: String, _ identifiers: String, _ hour: Int) -> String {
      track("Order Completed", id: id, identifiers, at: "2026-03-01T0\(hour):00:00Z")
    }
    try store.take([
      order("1", #""userId":"a""#, 1), order("2", #""anonymousId":"x""#, 2),
      track("Signed In", id: "3", #""userId":"a","anonymousId":"x""#, at: "2026-03-01T03:00:00Z"),
    ])
    _ = try store.deliver(to: "crm")
    let exits = delivered().split(separator: "\n").filter { $0.contains("Exited") }
    let exit = try #require(exits.first)
    #expect(exits.count == 1 && exit.contains(#""merged_into":"#))
    #expect(!exit.contains("externalIds") && !exit.contains("userId"))
    #expect(!exit.contains(#""anonymousId":"x""#), "x belongs to a, who is in")
    try store.close()
  }

  @Test func aTornLineIsTakenOffAndWrittenAgain() throws {
    let store = try makeStore()
    try store.addDestination(Destination(name: "crm", path: path, audiences: ["buyers"]))
    func order(_ user: String) -> String {
      track("Order Completed", id: user, #""userId":"\#(user)""#, at: "2026-03-01T00:00:00Z")
    }
    try store.take([order("a")])
    _ = try store.deliver(to: "crm")
    let text = delivered()
    try (text + #"{"type":"track","ev"#).write(toFile: path, atomically: false, encoding: .utf8)
    try store.take([order("b")])
    _ = try store.deliver(to: "crm")
    #expect(delivered().hasPrefix(text))
    var receiver = Receiver()
    try receiver.take(delivered())
    #expect(receiver.users["buyers"] == ["a", "b"])
    // A reader took the file away.
    try FileManager.default.removeItem(atPath: path)
    try store.take([order("c")])
    _ = try store.deliver(to: "crm")
    #expect(delivered().split(separator: "\n").count == 1)
    try store.close()
  }

  @Test func whatCannotBeIsRefused() throws {
    let store = try makeStore()
    func code(_ body: () throws(StoreError) -> Void) -> StoreError.Code? {
      do throws(StoreError) {
        try body()
        return nil
      } catch {
        return error.code
      }
    }
    let crm = Destination(name: "crm", path: path, audiences: ["buyers"])
    var typo = crm
    typo.suppressed = ["typo"]
    #expect(code { () throws(StoreError) in try store.addDestination(typo) } == .noSuchRecord)
    typo.suppressed = ["buyers"]
    #expect(
      code { () throws(StoreError) in try store.addDestination(typo) } == .noSuchRecord,
      "what is kept out cannot be delivered")
    #expect(
      code { () throws(StoreError) in
        try store.addDestination(crm, after: FeedCursor(sequence: SequenceNumber(99)))
      } == .outOfOrder)
    try "half a line".write(toFile: path, atomically: false, encoding: .utf8)
    #expect(code { () throws(StoreError) in try store.addDestination(crm) } == .alreadyExists)
    try FileManager.default.removeItem(atPath: path)
    try store.addDestination(crm)
    #expect(code { () throws(StoreError) in try store.addDestination(crm) } == .alreadyExists)
    #expect(code { () throws(StoreError) in _ = try store.deliver(to: "x") } == .noSuchRecord)
    try store.removeDestination("crm")
    #expect(code { () throws(StoreError) in _ = try store.deliver(to: "crm") } == .noSuchRecord)
    try store.close()
  }

  @Test func theIdentifyFormSetsATrait() throws {
    let store = try makeStore()
    try store.addDestination(
      Destination(name: "crm", path: path, audiences: ["buyers"], form: .identify))
    try store.take([
      track("Order Completed", id: "1", #""userId":"a""#, at: "2026-03-01T00:00:00Z")
    ])
    _ = try store.deliver(to: "crm")
    #expect(delivered().hasPrefix(#"{"type":"identify","messageId":""#))
    #expect(
      delivered().contains(
        #""userId":"a","timestamp":"2026-03-01T00:00:00.000Z","traits":{"buyers":true}"#))
    try store.close()
  }
}
