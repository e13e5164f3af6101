import Audiences
import Bytes
import Foundation
import Profiles
import Storage
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ZoneRecordTests {
  private let text = "performed('A', this day in 'Test/Zone')"

  private func record(_ zones: [TimeZoneRules]) -> DefinitionsRecord {
    DefinitionsRecord(
      appliedAt: Timestamp(milliseconds: 7),
      changes: [DefinitionRecord(.define, .audience, name: "today", text: text).naming(zones)],
      zones: zones)
  }

  private func zone(_ source: String) throws -> TimeZoneRules {
    let path = TimeZones.directory + "/" + source
    let data = [UInt8](try #require(FileManager.default.contents(atPath: path)))
    return try TimeZoneRules(name: "Test/Zone", data: data)
  }

  @Test("a zone that this machine does not have is read from the record")
  func fromTheRecord() throws {
    #expect(TimeZones.mentioned(in: [text]).isEmpty)
    let record = record([try zone("Europe/Berlin")])
    #expect(record.changes[0].timeZone == "Test/Zone")
    #expect(record.changes[0].timeZoneVersion.utf8.count == 16)
    let encoded = record.encode()
    let decoded = try DefinitionsRecord(encoded.span.bytes)
    #expect(decoded == record)
    var set = DefinitionSet()
    try set.apply(recorded: decoded)
    #expect(set.audiences.map(\.name) == ["today"])
    // The present machine's zones are not asked, and the record's are not kept for later ones.
    var other = set
    #expect(throws: StoreError.self) { try other.apply(recorded: self.record([])) }
  }

  @Test("other rules under the same name are another aggregate, with a slot of its own")
  func otherRules() throws {
    var keys: Set<[UInt8]> = []
    for source in ["Europe/Berlin", "Asia/Kolkata"] {
      let zones = TimeZones([try zone(source)])
      keys.insert(try Aggregate(parsing: "count('A', this day in 'Test/Zone')", zones: zones).key)
    }
    #expect(keys.count == 2)
  }

  @Test("damaged records of zones are errors")
  func damaged() throws {
    let whole = record([try zone("Europe/Berlin")]).encode()
    for length in stride(from: 0, to: whole.count, by: 7) {
      let part = Array(whole[..<length])
      #expect(throws: DecodeError.self) { try DefinitionsRecord(part.span.bytes) }
    }
  }

  @Test("zones are found after 'in', and nothing else is")
  func mentioned() {
    let names = TimeZones.names(
      in: "count('A' where properties.a in ['B/C'], last 2 days in \"Europe/Berlin\") > 0 and "
        + "count('in', between '2026-01-01' and '2026-02-01' in 'Asia/Kolkata') = 1 and "
        + "count('A', this day in '../etc') = 1")
    #expect(names == ["Europe/Berlin", "Asia/Kolkata"])
  }
}
