// Definitions that are applied together take effect together, and a wrong set changes nothing.

import Bytes
import Cairn
import Storage
import Testing
@testable import Engine

@Suite struct ApplyTests {
  private func store(_ directory: TemporaryDirectory) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    let lines = (0..<3).map {
      #"{"type":"track","event":"Order Completed","messageId":"m\#($0)","userId":"u\#($0)","#
        + #""timestamp":"2026-01-0\#($0 + 1)T00:00:00Z","#
        + #""properties":{"revenue":\#($0 * 100),"currency":"USD"}}"#
    }
    _ = try store.ingest(lines: Array(lines.joined(separator: "\n").utf8), options: .past())
    return store
  }

  @Test func aTraitAndItsAudienceChangeInOneRecord() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let plain = #"sum("Order Completed", properties.revenue)"#
    let money = #"sum("Order Completed", properties.revenue, currency: properties.currency)"#
    _ = try store.apply(definitions(traits: [("ltv", plain)], audiences: [("big", "ltv > 50")]))
    let before = store.lastSequence
    // Each step by itself would be wrong: the rule compares with a number or with an amount of money.
    let changes = try store.apply(
      definitions(traits: [("ltv", money)], audiences: [("big", "ltv > 50 USD")]))
    #expect(changes.changed == ["ltv", "big"])
    #expect(changes.memberships == MembershipCounts(), "nobody left and came back")
    #expect(store.lastSequence.value == before.value + 1)
    #expect(try store.snapshot().audience("big").memberCount == 2)
    // The other way round, and gone together.
    _ = try store.apply(definitions(traits: [("ltv", plain)], audiences: [("big", "ltv > 150")]))
    #expect(try store.snapshot().audience("big").memberCount == 1)
    let removed = try store.apply([])
    #expect(removed.removed == ["ltv", "big"] && removed.memberships.exited == 1)
    #expect(store.verify(replay: true).problems == [])
    try store.close()
  }

  @Test func aNameDefinedTwiceIsRefusedWithBothPlaces() throws {
    let directory = TemporaryDirectory()
    let store = try store(directory)
    let before = store.lastSequence
    var refusal: DefinitionError?
    do throws(ApplyError) {
      _ = try store.apply([
        DefinitionText(kind: .trait, name: "n", text: "count(*)", file: "a.yaml", line: 2),
        DefinitionText(kind: .audience, name: "n", text: "n > 1", file: "a.yaml", line: 4),
        DefinitionText(kind: .trait, name: "n", text: #"count("X")"#, file: "b.yaml", line: 3),
      ])
    } catch {
      if case .definition(let wrong) = error { refusal = wrong }
    }
    #expect(refusal?.file == "b.yaml" && refusal?.line == 3)
    #expect(refusal?.message.contains("a.yaml:2") == true)
    #expect(store.lastSequence == before, "nothing was recorded")
    #expect(try store.snapshot().traitReports.isEmpty)
    try store.close()
  }
}
