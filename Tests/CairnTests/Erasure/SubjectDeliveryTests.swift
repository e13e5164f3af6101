// What an export says that destinations were sent is what is in their files, and what it says was withheld is what the
// deliveries recorded.

import Bytes
import Foundation
import Profiles
import Storage
import StorageSimulation
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct SubjectDeliveryTests {
  private let directory = TemporaryDirectory()
  private static let destinations = ["plain", "consenting", "brief"]

  private func makeStore() throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(
      try DefinitionFile.read(
        """
        audiences:
          buyers: count("Order", last 3h) >= 1
          many: count("Order") >= 2
        consent:
          ads: strictest
        """, file: "test"))
    for name in Self.destinations {
      try store.addDestination(
        Destination(
          name: name, path: directory.path + "/" + name, audiences: ["buyers", "many"],
          suppressed: name == "brief" ? ["consent:ads"] : [],
          consents: name == "consenting" ? ["ads"] : []))
    }
    return store
  }

  private func line(_ index: Int, _ random: inout SeededRandom) -> String {
    let user = Int.random(in: 0..<12, using: &random)
    let time = instant("2026-03-01T00:00:00Z") + Milliseconds(Int64(index) * 120_000)
    var said = #""userId":"u\#(user)""#
    switch Int.random(in: 0..<3, using: &random) {
    case 0: said = #""anonymousId":"a\#(user)""#
    case 1: said += #","anonymousId":"a\#(user)""#
    default: break
    }
    if Bool.random(using: &random) {
      let answer = Int.random(in: 0..<3, using: &random) > 0
      said += #","context":{"consent":{"categoryPreferences":{"ads":\#(answer)}}}"#
    }
    return track(
      Bool.random(using: &random) ? "Order" : "Seen", id: "m\(index)", said, at: time.description)
  }

  /// Everything that is said of all persons of a store about one destination.
  private func deliveries(
    _ name: String, in store: Store
  ) throws -> [SubjectDelivery] {
    let snapshot = try store.snapshot()
    var found: [SubjectDelivery] = []
    for value in 0..<snapshot.profileCount where try snapshot.isAlive(ProfileOrdinal(value)) {
      try snapshot.visitDeliveries(of: [ProfileOrdinal(value)]) { (delivery) throws(StoreError) in
        if delivery.destination == name { found.append(delivery) }
      }
    }
    return found
  }

  /// A message by what says which it is.
  private func lines(of name: String) throws -> [String] {
    let path = directory.path + "/" + name
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return try text.split(separator: "\n").map { line in
      func member(_ name: String) throws -> Substring {
        let start = try #require(line.firstRange(of: "\"\(name)\":\"")).upperBound
        return line[start...].prefix { $0 != "\"" }
      }
      let kind = line.contains("Audience Entered") ? "entered" : "exited"
      return
        "\(try member("audience_key")) \(kind) \(try member("profile_id")) \(try member("change"))"
    }.sorted()
  }

  private func text(_ delivery: SubjectDelivery) -> String {
    "\(delivery.audience) \(delivery.isEntry ? "entered" : "exited") \(delivery.profileID) "
      + "\(delivery.change)"
  }

  @Test(arguments: [UInt64(1), 2, 3]) func whatWasSentIsInTheFiles(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let store = try makeStore()
    for round in 0..<6 {
      try store.take((0..<60).map { line(round * 60 + $0, &random) })
      if round == 3, let name = Identifier("anonymous_id:a1") { _ = try? store.split([name]) }
      if round < 5 {
        for name in Self.destinations where Bool.random(using: &random) || round == 4 {
          _ = try store.deliver(to: name)
        }
      }
    }
    let views = try Dictionary(
      uniqueKeysWithValues: store.snapshot().destinations.map { ($0.destination.name, $0) })
    for name in Self.destinations {
      let all = try deliveries(name, in: store)
      let sent = all.filter { $0.outcome == .sent }
      #expect(try sent.map(text).sorted() == lines(of: name), "\(name)")
      let cursor = try #require(views[name]).cursor
      #expect(sent.allSatisfy { $0.change <= cursor && $0.decidedAt != nil })
      let pending = all.filter { $0.outcome == .pending }
      #expect(!pending.isEmpty && pending.allSatisfy { $0.change > cursor && $0.decidedAt == nil })
      let withheld = all.filter { delivery in
        if case .withheld = delivery.outcome { true } else { false }
      }
      let recorded = try store.snapshot().withheld(from: name)
      #expect(
        withheld.map(text).sorted()
          == recorded.map { decision in
            let isExit = decision.categories.isEmpty
            return "\(decision.audience) \(isExit ? "exited" : "entered") "
              + "\(decision.profile?.description ?? "") \(decision.message.change)"
          }.sorted())
      if name == "consenting" { #expect(!withheld.isEmpty) }
    }
    // A destination that has been removed was sent what it was sent, and waits for nothing.
    let before = try deliveries("plain", in: store).filter { $0.outcome == .sent }.map(text)
    try store.removeDestination("plain")
    let after = try deliveries("plain", in: store)
    #expect(after.map(text) == before && after.allSatisfy { $0.outcome == .sent })
    try store.close()
  }
}
