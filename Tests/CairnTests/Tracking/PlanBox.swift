// A plan without a store: what it says of single values.

import Bytes
import Events
import Testing

@testable import Cairn
@testable import Engine

/// A plan, and a parser for events to try on it.
struct PlanBox {
  let symbols = SymbolTable()
  let plan: TrackingPlan
  private let parser: EventParser

  init(_ text: String) throws {
    plan = try TrackingPlanFile.read(text, file: "plan.yaml", symbols: symbols)
    parser = EventParser(
      symbols: symbols, seed: HashSeed([UInt8](0..<32)), source: SourceID(1))
  }

  /// A plan in which a schema, as YAML or JSON, is that of `properties.v` of the event `E`.
  init(value schema: String, more: String = "") throws {
    try self.init("{\(more)events: {E: {properties: {properties: {properties: {v: \(schema)}}}}}}")
  }

  private func withEvent<R>(
    _ json: String, _ body: (borrowing EventView) throws -> R
  ) throws -> R {
    var batch = EventBatch()
    let bytes = Array(json.utf8)
    parser.parse(bytes.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
    let row = try #require(batch.rows.first)
    try #require(row.outcome == .event, "\(row.outcome)")
    return try body(EventView(batch.payload(of: row)))
  }

  /// What an event breaks, `properties.v: type` for instance.
  func violations(event json: String) throws -> [String] {
    try withEvent(json) { try plan.find($0).violations.map { $0.text(symbols) } }
  }

  /// What the event does not have planned.
  func unplanned(event json: String) throws -> [String] {
    try withEvent(json) {
      try plan.find($0).unplanned.map {
        SchemaViolation(keyword: "unplanned", path: $0).text(symbols)
      }
    }
  }

  /// What is done with an event.
  func action(event json: String) throws -> TrackingPlan.Action {
    try withEvent(json) { try plan.action(on: $0, plan.settings) }
  }

  /// What `properties.v` breaks, from there on: `type`, or `.a: type`.
  func violations(_ value: String) throws -> [String] {
    let event =
      #"{"type":"track","event":"E","messageId":"m","userId":"u","properties":{"v":\#(value)}}"#
    return try violations(event: event).map {
      String($0.replacing("properties.v: ", with: "").trimmingPrefix("properties.v"))
    }
  }
}
