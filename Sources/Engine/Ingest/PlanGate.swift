// The tracking plan as a check on ingest: each event passes through it, and one that violates the
// plan gets another row. Most events have no schema and cost one lookup.

import Bytes
import Events
import Profiles
import Storage

/// Judges the events of one source by the store's plan.
package final class PlanGate {
  private let plan: TrackingPlan
  private let settings: TrackingPlan.Settings
  private let parser: EventParser
  private let symbols: SymbolTable
  package private(set) var replaced = EventBatch()
  /// The members that the event in `replaced` came in without, `properties.revenue` for instance.
  private(set) var omitted: [String] = []

  /// - Parameter name: The source's name, if it is not recorded yet.
  init(
    _ plan: TrackingPlan, of store: Store, source: SourceID, name newName: String = "",
    clock: IngestClock
  ) {
    self.plan = plan
    let name = store.fold.state.scalars.sources.first { $0.id == source }?.name
    settings = plan.settings(of: name ?? newName)
    symbols = store.symbols
    parser = EventParser(
      symbols: store.symbols, seed: store.fold.seed, source: source,
      identifiers: store.fold.rules.identifiers, keepsTimes: clock == .events)
  }

  /// Judges an event; true if the row of `replaced` stands for it.
  func replaces(_ row: EventRow, of parsed: borrowing EventBatch) throws(StoreError) -> Bool {
    do throws(DecodeError) {
      let event = parsed.event(of: row)
      let action = try plan.action(on: event, settings)
      guard action != .accept else { return false }
      replaced.removeAll()
      omitted = []
      switch action {
      case .accept: break
      case .omit(let paths):
        try parser.parse(
          event, omitting: paths, names: symbols.names(), line: row.line, offset: row.offset,
          into: &replaced)
        if case .event? = replaced.rows.first?.outcome {
          omitted = paths.map { SchemaViolation(keyword: "", path: $0).pathText(symbols) }.sorted()
        }
      case .quarantine(let code, let violation):
        try parser.quarantine(
          event, EventProblem(code, at: 0), detail: violation?.text(symbols) ?? "",
          names: symbols.names(), line: row.line, offset: row.offset, into: &replaced)
      }
      return replaced.rows.count == 1
    } catch {
      throw StoreError(error, in: "input")
    }
  }
}

extension SchemaViolation {
  /// The path and the broken keyword, `properties.revenue: type` for instance.
  package func text(_ symbols: SymbolTable) -> String { "\(pathText(symbols)): \(keyword)" }

  /// The path, `properties.revenue` for instance.
  func pathText(_ symbols: SymbolTable) -> String {
    let steps = path.map { step in
      switch step {
      case .symbol(let symbol): String(decoding: symbols.name(of: symbol) ?? [], as: UTF8.self)
      case .text(let text): String(decoding: text, as: UTF8.self)
      case .element: "[]"
      }
    }
    return steps.isEmpty ? "event" : steps.joined(separator: ".")
  }
}
