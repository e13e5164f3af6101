// Tracking plans as inputs, and what a plan would have done to the past.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// What a plan says of the events of a history.
public struct TrackingReport: Sendable {
  /// One way in which events of one name are not as planned.
  public struct Entry: Sendable {
    /// The event's name, or its call.
    public var event: String
    /// What is broken, `properties.revenue: type`; `unplanned event` or `PATH: unplanned`.
    public var rule: String
    /// What would be done: accept, omit, quarantine or block.
    public var action: String
    /// The events it is true of.
    public var count: UInt64
    /// The events of this name.
    public var total: UInt64
  }

  /// All events.
  public var events: UInt64 = 0
  /// Events with findings.
  public var affected: UInt64 = 0
  /// Events that would not have come in.
  public var kept: UInt64 = 0
  /// The findings, most frequent first.
  public var entries: [Entry] = []
  /// Parts of the plan that may be read differently than they were meant.
  public var notes: [TrackingPlan.Note] = []
}

extension Snapshot {
  /// The text of the store's plan, as it was applied; nil if it has none.
  public var trackingPlanText: String? {
    scalars.trackingPlan.isEmpty ? nil : scalars.trackingPlan
  }
}

extension Store {
  /// The store's plan; nil if it has none.
  ///
  /// - Throws: `newerFormat` if this version does not support the plan.
  public func trackingPlan() throws(StoreError) -> TrackingPlan? {
    let text = fold.state.scalars.trackingPlan
    guard !text.isEmpty else { return nil }
    do throws(DefinitionError) {
      return try TrackingPlanFile.read(text, file: "plan", symbols: symbols)
    } catch {
      throw StoreError(
        .newerFormat,
        "the store's tracking plan is not supported by this version: \(error.message); apply a "
          + "plan again with 'cairn tracking apply'")
    }
  }

  /// Makes a text the store's tracking plan; an empty one removes the plan.
  ///
  /// It applies to events that come in from now on. Events in the log stay as they are.
  ///
  /// - Returns: Whether it differs from the plan before.
  public func applyTracking(_ text: String, file: String) throws(ApplyError) -> Bool {
    do throws(DefinitionError) {
      _ = try TrackingPlanFile.read(text, file: file, symbols: symbols)
    } catch { throw .definition(error) }
    guard !text.hasSameBytes(as: fold.state.scalars.trackingPlan) else { return false }
    do throws(StoreError) { try record(.trackingPlan(TrackingPlanRecord(text: text))) } catch {
      throw .store(error)
    }
    return true
  }

  /// Says what a plan would have done to the events of the log, as they were sent, and to those that
  /// the present plan quarantines; writes nothing.
  ///
  /// - Parameters:
  ///   - from: The earliest instant of receipt to look at.
  /// - Complexity: O(log); memory by the ways in which events are not as planned.
  public func checkTracking(
    _ text: String, file: String, from: Timestamp? = nil
  ) throws(ApplyError) -> TrackingReport {
    let plan: TrackingPlan
    do throws(DefinitionError) {
      plan = try TrackingPlanFile.read(text, file: file, symbols: symbols)
    } catch { throw .definition(error) }
    var check = TrackingCheck(plan: plan, symbols: symbols, sources: fold.state.scalars.sources)
    guard lastSequence.value > 0 else { return check.report() }
    do throws(StoreError) {
      let view = directory.log.view()
      try view.scan(from: SequenceNumber(1), through: lastSequence) {
        (record) throws(StoreError) in
        guard record.kind == RecordKind.event.rawValue, record.receivedAt >= from ?? .earliest
        else { return }
        do throws(DecodeError) {
          let event = try EventView(record.payload)
          if let original = event.originalPayload() {
            try check.add(EventView(original.span.bytes), record.source)
          } else {
            try check.add(event, record.source)
          }
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
      try addKept(to: &check, from: from)
    } catch { throw .store(error) }
    return check.report()
  }
}

extension Store {
  /// Adds the events that a plan keeps in quarantine.
  private func addKept(
    to check: inout TrackingCheck, from: Timestamp?
  ) throws(StoreError) {
    let codes: [EventProblem.Code] = [.unplannedEvent, .planViolation, .planBlocked]
    let parser = EventParser(
      symbols: symbols, seed: fold.seed, source: SourceID(0), identifiers: fold.rules.identifiers)
    var filter = QuarantineFilter()
    filter.from = from
    var batch = EventBatch()
    try snapshot().visitQuarantine(filter) { (entry) throws(StoreError) in
      guard codes.contains(entry.problem.code) else { return }
      batch.removeAll()
      parser.parse(entry.keptLine.span.bytes, firstLine: 1, firstOffset: 0, into: &batch)
      guard let row = batch.rows.first, row.outcome == .event else { return }
      do throws(DecodeError) {
        try check.add(EventView(batch.payload(of: row)), entry.sourceID)
      } catch {
        throw StoreError(error, in: "record \(entry.sequence.value)")
      }
    }
  }
}

/// Counts what a plan says of events.
private struct TrackingCheck {
  private struct Key: Hashable {
    var event: String
    var rule: String
    var action: String
  }

  let plan: TrackingPlan
  let symbols: SymbolTable
  private let settings: [SourceID: TrackingPlan.Settings]
  private var counts: [Key: UInt64] = [:]
  private var totals: [String: UInt64] = [:]
  private var result = TrackingReport()
  private var names: [Symbol: String] = [:]

  init(plan: TrackingPlan, symbols: SymbolTable, sources: [SourceRecord]) {
    self.plan = plan
    self.symbols = symbols
    settings = Dictionary(
      sources.map { ($0.id, plan.settings(of: $0.name)) }, uniquingKeysWith: { first, _ in first })
  }

  mutating func add(_ event: borrowing EventView, _ source: SourceID) throws(DecodeError) {
    let name = name(of: event)
    result.events += 1
    totals[name, default: 0] += 1
    let finding = try plan.find(event)
    guard !finding.isClean else { return }
    result.affected += 1
    let settings = settings[source] ?? plan.settings
    if case .quarantine = try plan.action(on: event, finding, settings) { result.kept += 1 }
    var rules: Set<Key> = []
    if finding.isUnplanned {
      rules.insert(
        Key(event: name, rule: "unplanned event", action: settings.unplannedEvents.rawValue))
    }
    for violation in finding.violations {
      rules.insert(
        Key(event: name, rule: violation.text(symbols), action: settings.violations.rawValue))
    }
    for path in finding.unplanned {
      let rule = SchemaViolation(keyword: "unplanned", path: path).text(symbols)
      rules.insert(Key(event: name, rule: rule, action: settings.unplannedProperties.rawValue))
    }
    for rule in rules { counts[rule, default: 0] += 1 }
  }

  private mutating func name(of event: borrowing EventView) -> String {
    guard event.type == .track else { return "\(event.type.name)" }
    guard let symbol = event.name else { return "(other)" }
    if let name = names[symbol] { return name }
    let name = String(decoding: symbols.name(of: symbol) ?? [], as: UTF8.self)
    names[symbol] = name
    return name
  }

  func report() -> TrackingReport {
    var report = result
    report.notes = plan.notes
    report.entries = counts.map { key, count in
      TrackingReport.Entry(
        event: key.event, rule: key.rule, action: key.action, count: count,
        total: totals[key.event] ?? count)
    }.sorted { ($1.count, $0.event, $0.rule) < ($0.count, $1.event, $1.rule) }
    return report
  }
}
