// Tracking plans as files: YAML or JSON in, a plan out. The only place that knows the file's shape.

import Bytes
import Engine
import Events

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
///               revenue: {$ref: '#/$defs/amount'}
///     calls:
///       identify:
///         properties: {traits: {properties: {plan: {enum: [free, pro]}}}}
///     $defs:
///       amount: {type: number, minimum: 0}
public enum TrackingPlanFile {
  /// The longest text of a plan, in bytes.
  public static let byteCountMax = 1 << 20

  /// The keys that are not settings.
  private static let parts: Set = ["sources", "events", "calls", "$defs", "definitions", "$schema"]
  /// Whether a key says nothing.
  private static func isNote(_ name: String) -> Bool {
    ["$comment", "title", "description"].contains(name) || name.hasPrefix("x-")
  }

  /// Reads a plan.
  ///
  /// - Throws: `DefinitionError` naming file, line and column; an unsupported keyword of JSON Schema is
  ///   an error, because a rule that is accepted but not checked would be misleading.
  public static func read(
    _ text: String, file: String, symbols: SymbolTable
  ) throws(DefinitionError) -> TrackingPlan {
    var plan = TrackingPlan()
    guard text.utf8.count <= byteCountMax else {
      throw DefinitionError(
        message: "the plan is longer than 1 MiB; leave out what it does not need", file: file,
        line: 1, column: 1)
    }
    guard let root = try PlanText.read(text, file: file) else { return plan }
    var reader = PlanReader(file: file, symbols: symbols)
    guard let sections = root.map else {
      throw reader.failure("a plan is a mapping with the key `events`", root)
    }
    for member in sections where !parts.contains(member.name) && !isNote(member.name) {
      try reader.read(member, into: &plan.settings)
    }
    try reader.setRoot(root)
    for member in sections {
      switch member.name {
      case "sources": try reader.readSources(member.value, into: &plan)
      case "events":
        for event in try reader.entries(member.value) {
          plan.events[try reader.symbol(event)] = try reader.schema(
            event.value, name: event.name, into: &plan.notes)
        }
      case "calls":
        for event in try reader.entries(member.value) {
          guard let call = EventType.allCases.first(where: { "\($0.name)" == event.name }),
            call != .track
          else {
            throw reader.failure("must be identify, page, screen, group or alias", event)
          }
          plan.calls[call] = try reader.schema(event.value, name: nil, into: &plan.notes)
        }
      default:
        break
      }
    }
    return plan
  }

  /// A plan as the JSON value that it is read as; nil if the text holds nothing.
  ///
  /// - Throws: `DefinitionError` naming file, line and column if the text is neither YAML nor JSON.
  public static func json(_ text: String, file: String) throws(DefinitionError) -> [UInt8]? {
    guard let root = try PlanText.read(text, file: file) else { return nil }
    var writer = ByteWriter()
    root.writeJSON(to: &writer)
    return writer.bytes
  }
}

extension PlanValue {
  fileprivate func writeJSON(to writer: inout ByteWriter) {
    switch content {
    case .null: writer.append("null")
    case .boolean(let flag): writer.append(flag ? "true" : "false")
    case .number(let text): writer.append(Array(text.utf8).span.bytes)
    case .text(let text, _): Self.write(text, to: &writer)
    case .list(let list):
      writer.append("[")
      for (index, value) in list.enumerated() {
        if index > 0 { writer.append(",") }
        value.writeJSON(to: &writer)
      }
      writer.append("]")
    case .map(let members):
      writer.append("{")
      for (index, member) in members.enumerated() {
        if index > 0 { writer.append(",") }
        Self.write(member.name, to: &writer)
        writer.append(":")
        member.value.writeJSON(to: &writer)
      }
      writer.append("}")
    }
  }

  private static func write(_ text: String, to writer: inout ByteWriter) {
    let bytes = Array(text.utf8)
    writer.jsonString(bytes.span.bytes)
  }
}
