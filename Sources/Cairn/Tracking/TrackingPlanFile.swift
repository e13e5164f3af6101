// Tracking plans as files: YAML or JSON in, a plan out. The only place that knows the file's shape.

import Bytes
import Events
import Yams

/// Reads tracking plans.
///
///     unplanned_events: block
///     violations: omit
///     sources:
///       web: {violations: quarantine}
///     events:
///       Order Completed:
///         properties:
///           properties:
///             required: [revenue]
///             properties:
///               revenue: {type: number, minimum: 0}
///     calls:
///       identify:
///         properties: {traits: {properties: {plan: {enum: [free, pro]}}}}
public enum TrackingPlanFile {
  /// The longest text of a plan, in bytes.
  public static let byteCountMax = 1 << 20

  /// The keys that are no settings.
  private static let parts = ["sources", "events", "calls"]

  /// Reads a plan.
  ///
  /// - Throws: `DefinitionError` naming file, line and column; an unsupported keyword of JSON Schema is
  ///   an error, for a rule that is not checked would be a promise that is not kept.
  public static func read(
    _ text: String, file: String, symbols: SymbolTable
  ) throws(DefinitionError) -> TrackingPlan {
    var plan = TrackingPlan()
    guard text.utf8.count <= byteCountMax else {
      throw DefinitionError(
        message: "the plan is longer than 1 MiB; leave out what it does not need", file: file,
        line: 1, column: 1)
    }
    let root: Node?
    do { root = try Yams.compose(yaml: text) } catch {
      throw DefinitionError(message: "neither YAML nor JSON", file: file, line: 1, column: 1)
    }
    guard let root else { return plan }
    let reader = PlanReader(file: file, symbols: symbols)
    guard let sections = root.mapping else {
      throw reader.failure("a plan is a mapping with the key `events`", root)
    }
    for (key, value) in sections where !parts.contains(key.string ?? "") {
      try reader.read(key, value, into: &plan.settings)
    }
    for (key, value) in sections {
      switch key.string {
      case "sources":
        for (name, node) in try reader.entries(value) {
          guard let name = name.scalar?.string else {
            throw reader.failure("a source is named by a text", name)
          }
          plan.sources[name] = plan.settings
          for (setting, choice) in try reader.entries(node) {
            try reader.read(setting, choice, into: &plan.sources[name, default: plan.settings])
          }
        }
      case "events":
        for (name, node) in try reader.entries(value) {
          plan.events[try reader.symbol(name)] = try reader.schema(node)
        }
      case "calls":
        for (name, node) in try reader.entries(value) {
          guard let call = EventType.allCases.first(where: { "\($0.name)" == name.scalar?.string }),
            call != .track
          else {
            throw reader.failure("must be identify, page, screen, group or alias", name)
          }
          plan.calls[call] = try reader.schema(node)
        }
      default:
        break
      }
    }
    return plan
  }
}

/// Reads the parts of a plan.
struct PlanReader {
  let file: String
  let symbols: SymbolTable

  func failure(_ message: String, _ node: Node) -> DefinitionError {
    DefinitionError(
      message: message, file: file, line: node.mark?.line ?? 1, column: node.mark?.column ?? 1)
  }

  func entries(_ node: Node) throws(DefinitionError) -> Node.Mapping {
    guard let mapping = node.mapping else { throw failure("must be a mapping", node) }
    return mapping
  }

  func symbol(_ node: Node) throws(DefinitionError) -> Symbol {
    guard let name = node.scalar?.string, !name.isEmpty else {
      throw failure("must be a name", node)
    }
    guard let symbol = symbols.intern(definition: name) else {
      throw failure("the name is too long, or the store has too many names", node)
    }
    return symbol
  }

  func read(
    _ key: Node, _ value: Node, into settings: inout TrackingPlan.Settings
  ) throws(DefinitionError) {
    switch key.string {
    case "unplanned_events": settings.unplannedEvents = try choice(value)
    case "unplanned_properties": settings.unplannedProperties = try choice(value)
    case "violations": settings.violations = try choice(value)
    default:
      throw failure(
        "unknown key; there are unplanned_events, unplanned_properties, violations, sources, events "
          + "and calls", key)
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ node: Node
  ) throws(DefinitionError) -> Choice where Choice.RawValue == String {
    guard let choice = node.scalar.flatMap({ Choice(rawValue: $0.string) }) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure("must be one of \(names)", node)
    }
    return choice
  }
}
