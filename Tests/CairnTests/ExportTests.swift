// Exports read back by plain readers written here: what comes out is what went in, whatever the texts
// hold, and a spreadsheet runs none of it.

import Bytes
import Cairn
import Foundation
import Storage
import Testing
@testable import Engine

/// Values that exports get wrong when they are careless.
private let awkward = [
  "=1+1", "+49 30 123", "-2", "@SUM(A1)", "\tx", "comma, quote \" and 'apostrophe'",
  "line\nbreak", "carriage\r\nreturn", "", "snow ☃ and 👩‍👩‍👧", "back\\slash", "\u{1}control",
]

/// A CSV reader by RFC 4180 that shares nothing with the writer.
private func readCSV(_ text: String) -> [[String]] {
  var rows: [[String]] = []
  var row: [String] = []
  var field = ""
  var isQuoted = false
  let scalars = Array(text.unicodeScalars)
  var index = 0
  while index < scalars.count {
    let scalar = scalars[index]
    index += 1
    if isQuoted {
      if scalar != "\"" {
        field.unicodeScalars.append(scalar)
      } else if index < scalars.count, scalars[index] == "\"" {
        field.unicodeScalars.append(scalar)
        index += 1
      } else {
        isQuoted = false
      }
      continue
    }
    switch scalar {
    case "\"": isQuoted = true
    case ",":
      row.append(field)
      field = ""
    case "\r": break
    case "\n":
      rows.append(row + [field])
      row = []
      field = ""
    default: field.unicodeScalars.append(scalar)
    }
  }
  return rows
}

@Suite struct ExportTests {
  private func json(_ text: String) throws -> String {
    String(decoding: try JSONEncoder().encode(text), as: UTF8.self)
  }

  /// A store with one profile for each awkward text, which stands in its user id and its properties.
  private func makeStore(at path: String) throws -> Store {
    let store = try Store.create(at: path, options: .repeatable())
    _ = try store.apply(
      definitions(
        traits: [
          ("orders", #"count("Order Completed")"#),
          ("ltv", #"sum("Order Completed", properties.revenue, currency: properties.currency)"#),
          ("total", #"sum("Order Completed", properties.revenue)"#),
          ("note", #"last("Order Completed", properties.note)"#),
        ],
        audiences: [("buyers", #"performed("Order Completed", last 30d)"#)]))
    try store.take(
      awkward.enumerated().map { index, text in
        let note = try json(text)
        let user = try json("\(text)#\(index)")
        return track(
          "Order Completed", id: "m\(index)", #""userId":\#(user)"#,
          at: "2026-03-01T10:00:00.000Z",
          properties: #""revenue":\#(index).25,"currency":"EUR","note":\#(note)"#)
      })
    return store
  }

  private func export(
    _ store: Store, _ subject: ExportSubject, _ format: ExportFormat, keepsFormulas: Bool = true
  ) throws -> String {
    var bytes: [UInt8] = []
    _ = try store.snapshot().export(subject, as: format, keepsFormulas: keepsFormulas) {
      (piece) throws(StoreError) in bytes += piece
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map { line in
      try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  private func users() -> [String] { awkward.enumerated().map { "\($1)#\($0)" } }

  @Test func identifiersRoundTrip() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    let rows = readCSV(try export(store, .identifiers, .csv))
    #expect(rows.first == ["type", "value", "profile_id"])
    #expect(rows.dropFirst().map { $0[1] } == users())
    let lines = try objects(try export(store, .identifiers, .ndjson))
    #expect(lines.map { $0["value"] as? String } == users())
    #expect(lines.map { $0["profile_id"] as? String } == rows.dropFirst().map { $0[2] })
    for row in rows.dropFirst() {
      #expect(try store.report("\(row[0]):\(row[1])")?.id.description == row[2])
    }
    try store.close()
  }

  @Test func profilesRoundTrip() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    let rows = readCSV(try export(store, .profiles, .csv))
    let head = [
      "profile_id", "first_seen", "last_seen", "event_count", "identifiers", "traits.orders",
      "traits.ltv", "traits.total", "traits.note", "audiences",
    ]
    #expect(rows.first == head)
    #expect(rows.dropFirst().map { $0[8] } == awkward)
    #expect(rows.dropFirst().map { $0[4] } == users().map { "user_id:\($0)" })
    let lines = try objects(try export(store, .profiles, .ndjson))
    for (index, (row, line)) in zip(rows.dropFirst(), lines).enumerated() {
      #expect(row[3] == "1" && row[5] == "1" && row[9] == "buyers")
      #expect(row[6] == "\(index).25 EUR" && row[7] == "\(index).25")
      #expect(row[1] == "2026-03-01T10:00:00.000Z" && row[1] == row[2])
      #expect(Set(line.keys) == Set(head))
      #expect(line["traits.note"] as? String == awkward[index])
      #expect(line["identifiers"] as? [String] == [row[4]])
      #expect(
        (line["traits.total"] as? [String: NSNumber])?["total"]?.doubleValue == Double(index) + 0.25
      )
      #expect(
        (line["traits.ltv"] as? [String: NSNumber])?["EUR"]?.doubleValue == Double(index) + 0.25)
      #expect(line["audiences"] as? [String] == ["buyers"])
    }
    try store.close()
  }

  @Test func audiencesAndEventsRoundTrip() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    let members = readCSV(try export(store, .audience("buyers"), .csv))
    #expect(members.first == ["profile_id", "since", "cause", "identifiers"])
    #expect(members.dropFirst().map { $0[3] } == users().map { "user_id:\($0)" })
    #expect(members.dropFirst().allSatisfy { $0[2] == "event" })
    let lines = try objects(try export(store, .audience("buyers"), .ndjson))
    #expect(lines.map { $0["identifiers"] as? [String] } == users().map { ["user_id:\($0)"] })
    let events = try objects(try export(store, .events, .ndjson))
    let rows = readCSV(try export(store, .events, .csv))
    #expect(rows.first == ["sequence", "time", "received_at", "source", "event"])
    for (index, (row, line)) in zip(rows.dropFirst(), events).enumerated() {
      let event = try #require(line["event"] as? [String: Any])
      #expect((event["properties"] as? [String: Any])?["note"] as? String == awkward[index])
      #expect(event["userId"] as? String == users()[index])
      let inside = try JSONSerialization.jsonObject(with: Data(row[4].utf8)) as? NSDictionary
      #expect(inside == event as NSDictionary)
      #expect((line["sequence"] as? NSNumber)?.stringValue == row[0] && row[3] == "default")
    }
    #expect(events.count == awkward.count)
    try store.close()
  }

  @Test func aSpreadsheetRunsNothing() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    for subject in [ExportSubject.profiles, .identifiers, .events, .audience("buyers")] {
      let plain = readCSV(try export(store, subject, .csv))
      let safe = readCSV(try export(store, subject, .csv, keepsFormulas: false))
      #expect(plain.count == safe.count)
      for (plain, safe) in zip(plain.joined(), safe.joined()) {
        let beginsSo = plain.unicodeScalars.first.map { "=+-@\t\r\n".unicodeScalars.contains($0) }
        let isFormula = beginsSo == true && !["+49 30 123", "-2"].contains(plain)
        #expect(safe == (isFormula ? "'" + plain : plain))
      }
    }
    let lines = try export(store, .identifiers, .ndjson)
    #expect(lines == (try export(store, .identifiers, .ndjson, keepsFormulas: false)))
    try store.close()
  }

  /// What was exported can be ingested again and gives the same people.
  @Test func exportedEventsMakeTheSameStore() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    let before = try export(store, .profiles, .ndjson)
    let copies = try export(store, .events, .ndjson).split(separator: "\n").map { line in
      let start = try #require(line.range(of: "\"event\":{"))
      return String(line[line.index(start.lowerBound, offsetBy: 8)...].dropLast())
    }
    let other = try Store.create(at: directory.path + "/copy", options: .repeatable())
    let snapshot = try store.snapshot()
    #expect(snapshot.audienceNames == ["buyers"])
    let texts = definitions(
      traits: [
        ("orders", #"count("Order Completed")"#),
        ("ltv", #"sum("Order Completed", properties.revenue, currency: properties.currency)"#),
        ("total", #"sum("Order Completed", properties.revenue)"#),
        ("note", #"last("Order Completed", properties.note)"#),
      ],
      audiences: [("buyers", #"performed("Order Completed", last 30d)"#)])
    _ = try other.apply(texts)
    try other.take(copies)
    #expect(try export(other, .profiles, .ndjson) == before)
    #expect(try other.snapshot().stateHash() == store.snapshot().stateHash())
    try store.close()
    try other.close()
  }

  /// Long exports come in pieces, and no row is lost or cut where one piece ends.
  @Test(arguments: [ExportFormat.csv, .ndjson])
  func longExportsComeInPieces(format: ExportFormat) throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(definitions(audiences: [("everyone", #"performed("Seen")"#)]))
    let count = 3000
    try store.take(
      (0..<count).map { index in
        track("Seen", id: "m\(index)", #""userId":"u\#(index)""#, at: "2026-03-01T10:00:00.000Z")
      })
    for subject in [ExportSubject.profiles, .identifiers, .events, .audience("everyone")] {
      var pieces: [[UInt8]] = []
      let rows = try store.snapshot().export(subject, as: format) { (piece) throws(StoreError) in
        pieces.append(piece)
      }
      #expect(rows == count)
      #expect(pieces.count > 1 && pieces.allSatisfy { $0.count < 80 * 1024 })
      let text = String(decoding: pieces.joined(), as: UTF8.self)
      let lines = text.split(whereSeparator: \.isNewline)
      #expect(lines.count == count + (format == .csv ? 1 : 0))
      for (index, line) in lines.suffix(count).enumerated() {
        #expect(line.contains("u\(index)"))
      }
    }
    try store.close()
  }
}
