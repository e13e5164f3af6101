// The main job on real orders, compared with brute force over the CSV.

import Bytes
import Cairn
import Storage
import StorageSimulation
import Testing
@testable import Engine

private let orderDefinitions = definitions(
  traits: [
    ("orders", #"count("Order Completed")"#),
    ("ltv", #"sum("Order Completed", properties.revenue, currency: properties.currency)"#),
  ],
  audiences: [
    ("active_big", #"count("Order Completed", last 90d) >= 1 and ltv > 100 USD"#)
  ])

private let dates = ["1997-06-30", "1997-12-31", "1998-06-30"].map {
  instant($0 + "T23:59:59.999Z")
}

/// Ingests orders up to each date in turn and ticks to the date.
private func ingestInSteps(
  _ store: Store, _ orders: [Order] = CDNOW.orders, batch: Int,
  check: (Timestamp) throws -> Void = { _ in }
) throws {
  var since = Timestamp.earliest
  for date in dates {
    let slice = orders.filter { $0.time > since && $0.time <= date }
    _ = try store.ingest(lines: CDNOW.lines(slice), options: .past(batch: batch))
    _ = try store.tick(to: date)
    try check(date)
    since = date
  }
}

private func members(_ snapshot: Snapshot, _ audience: String) throws -> Set<String> {
  var result: Set<String> = []
  try snapshot.visitMembers(of: audience) { (member) throws(StoreError) in
    for identifier in member.identifiers { result.insert(identifier.value) }
  }
  return result
}

@Suite struct CDNOWTests {
  @Test func everyCustomerAndEveryCent() throws {
    #expect(CDNOW.orders.count == 69_659)
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(orderDefinitions)
    try ingestInSteps(store, batch: 10_000) { date in
      let expected = Set(CDNOW.activeBig(CDNOW.orders, at: date).map { "cdnow-" + $0 })
      let found = try members(store.snapshot(), "active_big")
      #expect(found == expected)
      #expect(!expected.isEmpty)
    }
    let snapshot = try store.snapshot()
    let stats = try store.snapshot().stats()
    #expect(stats.profiles == 23_570)
    #expect(stats.events == 69_659, "the 255 exact duplicates are separate orders")
    var expected: [String: (count: UInt64, cents: Int)] = [:]
    for order in CDNOW.orders {
      expected["cdnow-" + order.customer, default: (0, 0)].count += 1
      expected["cdnow-" + order.customer, default: (0, 0)].cents += order.cents
    }
    #expect(expected.count == 23_570)
    var wrong = 0
    for (customer, totals) in expected {
      let identifier = try #require(Identifier("user_id:\(customer)"))
      let profile = try #require(try snapshot.profile(of: identifier))
      let report = try snapshot.report(profile)
      let sum = FixedDecimal(mantissa: Int128(totals.cents) * 10_000_000)
      let isRight =
        report.traits[0].value == .count(totals.count)
        && report.traits[1].value == .sum([("USD", sum)], skipped: 0)
      if !isRight { wrong += 1 }
    }
    #expect(wrong == 0)
    try store.close()
  }

  @Test func batchSizeReopeningAndRebuildingChangeNothing() throws {
    var hashes: [String] = []
    let orders = CDNOW.orders.filter { $0.row.isMultiple(of: TestDepth.of(1, part: 6)) }
    for batch in [1, 100, 10_000] {
      let directory = TemporaryDirectory()
      let store = try Store.create(at: directory.store, options: .repeatable())
      _ = try store.apply(orderDefinitions)
      try ingestInSteps(store, orders, batch: batch)
      let hash = try store.snapshot().stateHash().description
      hashes.append(hash)
      try store.close()
      let reopened = try Store.open(at: directory.store, options: .repeatable())
      #expect(reopened.opening.replayedRecords == 0)
      let again = try reopened.snapshot().stateHash().description
      #expect(again == hash)
      guard batch == 10_000 else { continue }
      try reopened.rebuildDerived()
      let afterRebuild = try reopened.snapshot().stateHash().description
      #expect(afterRebuild == hash)
      let report = reopened.verify(replay: true)
      #expect(report.problems == [])
      #expect(report.replayHash?.description == hash)
      try reopened.close()
    }
    #expect(Set(hashes).count == 1)
  }

  @Test func theSameFileAgainIsAllDuplicates() throws {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    _ = try store.apply(orderDefinitions)
    let lines = CDNOW.lines(Array(CDNOW.orders.prefix(5_000)))
    let first = try store.ingest(lines: lines, options: .past())
    let hash = try store.snapshot().stateHash()
    let second = try store.ingest(lines: lines, options: .past(batch: 333))
    #expect(first.verdicts.accepted == 5_000)
    #expect(second.verdicts.duplicates == 5_000)
    #expect(second.verdicts.lines == 5_000)
    let hashAgain = try store.snapshot().stateHash()
    #expect(hashAgain == hash)
    try store.close()
  }

  @Test func definedLateIsAsIfDefinedAlways() throws {
    let early = TemporaryDirectory()
    let late = TemporaryDirectory()
    let orders = CDNOW.lines(Array(CDNOW.orders.prefix(10_000)))
    let first = try Store.create(at: early.store, options: .repeatable())
    _ = try first.apply(orderDefinitions)
    _ = try first.ingest(lines: orders, options: .past())
    let second = try Store.create(at: late.store, options: .repeatable())
    _ = try second.ingest(lines: orders, options: .past())
    let changes = try second.apply(orderDefinitions)
    #expect(changes.added == ["orders", "ltv", "active_big"])
    let expected = try members(first.snapshot(), "active_big")
    let found = try members(second.snapshot(), "active_big")
    #expect(found == expected)
    #expect(changes.memberships.entered == UInt64(expected.count))
    #expect(changes.memberships.exited == 0, "no historical entries and exits")
    try first.close()
    try second.close()
  }
}
