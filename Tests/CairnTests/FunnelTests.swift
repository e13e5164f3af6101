// Funnels over a shop's clicks, written as sequences. The expected numbers are DuckDB's: see Data.

import Bytes
import Cairn
import Foundation
import Storage
import Testing
@testable import Engine

@Suite struct FunnelTests {
  private static let funnels = [
    (
      "viewed_to_order",
      #"sequence("Product Viewed", "Product Added", "Order Completed", within 1d)"#
    ),
    (
      "quick_checkout",
      #"sequence("Product Added", "Cart Viewed", "Checkout Step Viewed", "#
        + #""Payment Info Entered", "Order Completed", within 1h)"#
    ),
    (
      "paid_without_error",
      #"sequence("Payment Info Entered", "Order Completed" without "Payment Error", within 1h)"#
    ),
    (
      "straight_to_checkout",
      #"sequence("Product Added", "Checkout Step Viewed" without "Product Viewed" "#
        + #"without "Product List Viewed", within 1h)"#
    ),
    (
      "searched_then_ordered_on_mobile",
      #"sequence("Products Searched", "Order Completed" where context.device.type = "mobile", "#
        + "within 7d)"
    ),
    (
      "promo_to_order_lately",
      #"sequence("Promo Page", "Order Completed", within 30d, last 60d)"#
    ),
    (
      "came_back_after_an_error",
      #"sequence(["Error Page", "Payment Error", "Checkout Bug"], "#
        + #""Home" without "Support Chat", "Order Completed")"#
    ),
  ]

  /// The numbers that `ecom_funnels.py` printed for the part of the file that is here.
  private static let part = [
    "viewed_to_order": 45, "quick_checkout": 10, "paid_without_error": 49,
    "straight_to_checkout": 60, "searched_then_ordered_on_mobile": 14, "promo_to_order_lately": 13,
    "came_back_after_an_error": 16,
  ]

  /// Those for the whole file.
  private static let whole = [
    "viewed_to_order": 208, "quick_checkout": 33, "paid_without_error": 209,
    "straight_to_checkout": 261, "searched_then_ordered_on_mobile": 66,
    "promo_to_order_lately": 67, "came_back_after_an_error": 71,
  ]

  private func counts(_ lines: [UInt8], definedFirst: Bool) throws -> [String: Int] {
    let directory = TemporaryDirectory()
    let store = try Store.create(at: directory.store, options: .repeatable())
    let audiences = definitions(audiences: Self.funnels)
    if definedFirst { _ = try store.apply(audiences) }
    let summary = try store.ingest(lines: lines, options: .past(batch: 500))
    #expect(summary.verdicts.accepted == summary.verdicts.lines)
    if !definedFirst { _ = try store.apply(audiences) }
    let snapshot = try store.snapshot()
    var result: [String: Int] = [:]
    for (name, _) in Self.funnels { result[name] = try snapshot.audience(name).memberCount }
    try store.close()
    return result
  }

  @Test(arguments: [true, false]) func countsAreThoseOfDuckDB(definedFirst: Bool) throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "Data/ecom_events_part.ndjson")
    let lines = try Data(contentsOf: file)
    #expect(try counts(Array(lines), definedFirst: definedFirst) == Self.part)
  }

  /// All 31,106 events, when they are there.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["CAIRN_ECOM_EVENTS"] != nil))
  func countsOfTheWholeFileAreThoseOfDuckDB() throws {
    let path = try #require(ProcessInfo.processInfo.environment["CAIRN_ECOM_EVENTS"])
    let lines = try Data(contentsOf: URL(filePath: path))
    #expect(try counts(Array(lines), definedFirst: true) == Self.whole)
  }
}
