// The parts of a plan: settings, sources, and schemas with what they share.

import Bytes
import Engine
import Events

/// Reads the parts of a plan.
struct PlanReader {
  /// The most patterns of one plan; each may take some memory.
  private static let patternsMax = 1_000

  let file: String
  let symbols: SymbolTable
  private let patterns = PatternCache()
  private var planScope: SchemaScope
  private var dialect = SchemaDialect.draft7

  init(file: String, symbols: SymbolTable) {
    self.file = file
    self.symbols = symbols
    planScope = SchemaScope(file: file, parent: nil)
  }

  /// Patterns by the bytes of their text, so that each is compiled once.
  private final class PatternCache {
    var patterns: [[UInt8]: SchemaPattern] = [:]
  }

  func failure(_ message: String, _ value: PlanValue) -> DefinitionError {
    DefinitionError(message: message, file: file, line: value.line, column: value.column)
  }

  func failure(_ message: String, _ member: PlanValue.Member) -> DefinitionError {
    DefinitionError(message: message, file: file, line: member.line, column: member.column)
  }

  func entries(_ value: PlanValue) throws(DefinitionError) -> [PlanValue.Member] {
    guard let members = value.map else { throw failure("must be a mapping", value) }
    return members
  }

  func symbol(_ member: PlanValue.Member) throws(DefinitionError) -> Symbol {
    guard let symbol = symbols.intern(definition: member.name) else {
      throw failure("the name is longer than 256 bytes", member)
    }
    return symbol
  }

  func symbol(_ value: PlanValue) throws(DefinitionError) -> Symbol {
    guard let name = value.name else { throw failure("must be a name", value) }
    guard let symbol = symbols.intern(definition: name) else {
      throw failure("the name is longer than 256 bytes", value)
    }
    return symbol
  }

  /// Compiles a pattern that stands as a value or, given a member, as its name.
  func pattern(
    _ text: String?, _ value: PlanValue, _ member: PlanValue.Member? = nil
  ) throws(DefinitionError) -> SchemaPattern {
    func failure(_ message: String) -> DefinitionError {
      member.map { self.failure(message, $0) } ?? self.failure(message, value)
    }
    guard let text else { throw failure("must be a pattern") }
    let bytes = Array(text.utf8)
    if let known = patterns.patterns[bytes] { return known }
    guard patterns.patterns.count < Self.patternsMax else {
      throw failure("the plan has more than \(Self.patternsMax) patterns")
    }
    do throws(SchemaPattern.Problem) {
      let pattern = try SchemaPattern(text)
      patterns.patterns[bytes] = pattern
      return pattern
    } catch {
      throw failure("the pattern `\(text)` is not accepted: \(error.message)")
    }
  }

  /// Takes the top of the plan as what its schemas share.
  mutating func setRoot(_ root: PlanValue) throws(DefinitionError) {
    if let uri = root["$schema"] {
      guard let dialect = uri.text.flatMap({ SchemaDialect($0) }) else {
        throw failure(SchemaScope.wrongDialect, uri)
      }
      self.dialect = dialect
    }
    planScope.setRoot(root, dialect: dialect)
    for name in ["$defs", "definitions"] {
      for member in try root[name].map({ value throws(DefinitionError) in try entries(value) })
        ?? []
      {
        try planScope.index(member.value)
      }
    }
  }

  /// Compiles the schema of an event.
  func schema(
    _ value: PlanValue, name: String?, into notes: inout [TrackingPlan.Note]
  ) throws(DefinitionError) -> EventSchema {
    let scope = SchemaScope(file: file, parent: planScope)
    scope.setRoot(value, dialect: dialect)
    try scope.index(value)
    var compiler = SchemaCompiler(reader: self, scope: scope)
    try compiler.compile(value, scope.root(dialect))
    notes += compiler.notes.filter { !notes.contains($0) }
    if let root = compiler.parts.nodes[0].object.map({ compiler.parts.objects[$0] }) {
      guard root.additional == .unsaid else {
        throw failure("additionalProperties is not supported for the event itself", value)
      }
      let names = ["type", "event"].compactMap { symbols.lookup($0) }
      guard !root.properties.all.contains(where: { names.contains($0.key) }),
        !root.required.contains(where: { names.contains($0) })
      else { throw failure("`type` and `event` follow from the place of the schema", value) }
    }
    return EventSchema(compiler.parts, name: name, symbols: symbols)
  }

  func readSources(_ value: PlanValue, into plan: inout TrackingPlan) throws(DefinitionError) {
    for source in try entries(value) {
      var settings = plan.settings
      for member in try entries(source.value) { try read(member, into: &settings) }
      plan.sources[source.name] = settings
    }
  }

  func read(
    _ member: PlanValue.Member, into settings: inout TrackingPlan.Settings
  ) throws(DefinitionError) {
    switch member.name {
    case "unplanned_events": settings.unplannedEvents = try choice(member.value)
    case "unplanned_properties": settings.unplannedProperties = try choice(member.value)
    case "violations": settings.violations = try choice(member.value)
    default:
      throw failure(
        "unknown key; the keys are unplanned_events, unplanned_properties, violations, sources, "
          + "events, calls and $defs", member)
    }
  }

  private func choice<Choice: RawRepresentable & CaseIterable>(
    _ value: PlanValue
  ) throws(DefinitionError) -> Choice where Choice.RawValue == String {
    guard let choice = value.name.flatMap({ Choice(rawValue: $0) }) else {
      let names = Choice.allCases.map(\.rawValue).joined(separator: ", ")
      throw failure("must be one of \(names)", value)
    }
    return choice
  }
}
