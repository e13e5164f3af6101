// What is exported about a person and what an erasure takes of the store are the same set, whatever was sent: several
// people with shared identifiers, lines in quarantine, manual corrections, accounts, and what a plan left out.

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

@Suite struct SubjectModelTests {
  private let directory = TemporaryDirectory()

  private static let users = 9

  private static func value(_ kind: String, _ number: Int) -> String { "zq-\(kind)-\(number)-qz" }

  /// One line; a number in each keeps what only it says apart from everything else.
  private static func line(_ index: Int, _ random: inout SeededRandom) -> String {
    let user = Int.random(in: 0..<users, using: &random)
    let time = instant("2026-03-01T00:00:00Z") + Milliseconds(Int64(index) * 60_000)
    var members: [String] = []
    var context: [String] = []
    if Int.random(in: 0..<4, using: &random) > 0 {
      members.append(#""userId":"\#(value("user", user))""#)
    }
    // Households share addresses, and devices go from one person to another.
    if Int.random(in: 0..<4, using: &random) == 0 {
      let email = value("mail", user / 2) + "@example.com"
      context.append(
        #""traits":{"email":"\#(Bool.random(using: &random) ? email : email.uppercased())"}"#)
    }
    if members.isEmpty || Int.random(in: 0..<3, using: &random) == 0 {
      let device = user + Int.random(in: 0..<2, using: &random) * 4
      members.append(#""anonymousId":"\#(value("device", device))""#)
    }
    if Int.random(in: 0..<4, using: &random) == 0 { context.append(#""groupId":"g\#(user % 3)""#) }
    if !context.isEmpty { members.append(#""context":{\#(context.joined(separator: ","))}"#) }
    let said = members.joined(separator: ",")
    switch Int.random(in: 0..<12, using: &random) {
    case 0: return #"{"type":"dance","messageId":"m\#(index)",\#(said)}"#
    case 1: return "cut off \(value("only", index)) {\(said)"
    case 2:
      return #"{"type":"alias","messageId":"m\#(index)","userId":"\#(value("user", user))","#
        + #""previousId":"\#(value("device", user))","timestamp":"\#(time)"}"#
    default:
      return track(
        "Order", id: "m\(index)", said, at: time.description,
        properties: #""only":"\#(value("only", index))","left_out":"\#(value("out", index))""#)
    }
  }

  private func makeStore(_ random: inout SeededRandom) throws -> Store {
    var options = StoreOptions.repeatable()
    options.storage = StorageOptions(segmentBytesMax: 20_000, blockBytes: 2_000)
    let store = try Store.create(at: directory.store, options: options)
    _ = try store.apply(
      definitions(
        traits: [("orders", #"count("Order")"#), ("newest", #"last("Order", properties.only)"#)],
        audiences: [("buyers", #"count("Order") >= 2"#)]))
    for round in 0..<4 {
      if round == 1 {
        let schema = "{properties: {properties: {properties: {left_out: {type: integer}}}}}"
        let plan = "{violations: omit, events: {Order: \(schema)}}"
        #expect(try store.applyTracking(plan, file: "plan"))
      }
      try store.take((0..<80).map { Self.line(round * 80 + $0, &random) })
      for _ in 0..<3 {
        let names = (0..<2).compactMap { _ in
          Identifier(
            "user_id:" + Self.value("user", Int.random(in: 0..<Self.users, using: &random)))
        }
        if Bool.random(using: &random) {
          _ = try? store.merge(names)
        } else {
          _ = try? store.split(Array(names.prefix(1)))
        }
      }
    }
    return store
  }

  /// Kind and payload of each record, by sequence.
  private func records(of store: Store) throws -> [Int: (UInt8, [UInt8])] {
    let snapshot = try store.snapshot()
    var result: [Int: (UInt8, [UInt8])] = [:]
    try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) { record in
      result[Int(record.sequence.value)] = (record.kind, record.payload.toArray())
    }
    return result
  }

  @Test(arguments: [UInt64(1), 2, 3, 4]) func whatIsExportedIsWhatIsErased(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let store = try makeStore(&random)
    var (leftOut, decisions) = (0, 0)
    for user in (0..<Self.users).shuffled(using: &random).prefix(2) {
      let name = "user_id:" + Self.value("user", user)
      let identifier = try #require(Identifier(name))
      guard try store.snapshot().profile(of: identifier) != nil else { continue }
      let plan = try store.erasurePlan(of: [identifier])
      let export = try SubjectRowsRead([name], in: store)
      #expect(export.identifiers == Set(plan.identifiers.map(\.description)))
      #expect(export[.events].count == Int(plan.extent.events))
      #expect(export[.eventsOfOthers].count == Int(plan.extent.eventsOfOthers))
      let (own, others) = (
        export[.quarantine].filter { $0["own"] as? Bool == true },
        export[.quarantine].filter { $0["own"] as? Bool == false }
      )
      #expect(own.count == Int(plan.extent.lines))
      #expect(others.count == Int(plan.extent.linesOfOthers))
      try expectNothingOfOthers(in: export[.eventsOfOthers] + others, of: export)
      leftOut += export[.events].count { $0["original"] is [String: Any] }
      decisions += export[.requests].count
      let before = try records(of: store)
      _ = try #require(try store.erase([identifier]))
      let after = try records(of: store)
      let taken = Set(
        before.filter { sequence, record in
          after[sequence].map { $0.0 != record.0 || $0.1 != record.1 } ?? true
        }.keys)
      #expect(
        export.records(.events, .eventsOfOthers, .quarantine, .requests) == taken,
        "the records of the export, and those that are blank or reduced now")
      #expect(
        export.records(.events)
          == Set(
            taken.filter {
              before[$0]?.0 == RecordKind.event.rawValue
                && after[$0]?.0 == RecordKind.blank.rawValue
            }))
      try expectNothingIsLeft(of: export, in: store)
      let again = try SubjectRowsRead([name], in: store)
      #expect(again.isEmpty && again.bytes.isEmpty, "nobody is there to be exported")
    }
    #expect(leftOut > 0 && decisions > 0, "the plan left something out, and some were corrected")
    try store.close()
  }

  /// What is written of the records of others are the person's identifiers.
  private func expectNothingOfOthers(
    in rows: [[String: Any]], of export: SubjectRowsRead
  ) throws {
    for row in rows {
      #expect(Set(row.keys).subtracting(["own"]) == ["record", "received_at", "identifiers"])
      let mentions = try #require(row["identifiers"] as? [[String: String]])
      #expect(!mentions.isEmpty)
      for mention in mentions {
        let name = try #require(mention["identifier"])
        #expect(export.identifiers.contains(name))
        #expect(mention["sent"].map { name.hasSuffix(":" + $0.lowercased()) } == true)
      }
    }
  }

  /// Of what the export says of the person alone, no file of the store has anything.
  private func expectNothingIsLeft(of export: SubjectRowsRead, in store: Store) throws {
    let text = String(decoding: export.bytes, as: UTF8.self)
    let said = Set(text.matches(of: /(?i)zq-[a-z]+-[0-9]+-qz/).map { String($0.output) })
    // Values of others in the person's own events stay where they are the others'.
    let snapshot = try store.snapshot()
    let present = try (0..<snapshot.profiles.identifierCount).map {
      try snapshot.identifier(IdentifierOrdinal($0)).value
    }
    let personal = said.filter { value in
      let name = value.lowercased()
      return !present.contains { $0.contains(name) }
        && (name.hasPrefix("zq-only") || name.hasPrefix("zq-out")
          || export.identifiers.contains { $0.contains(name) })
    }
    #expect(personal.count > 3)
    #expect(try directory.values(among: personal) == [])
  }
}
