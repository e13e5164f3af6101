// JSON Schema, compiled: every keyword of a schema is either checked, or known to say nothing about
// values, or an error.

import Bytes
import Engine
import Events
import Profiles

/// Compiles the schema of one event.
struct SchemaCompiler {
  private static let nodesMax = 10_000
  private static let depthMax = 32
  /// How many schemas may be applied to the same value one inside the other.
  private static let chainMax = 64

  let reader: PlanReader
  let scope: SchemaScope
  var parts = SchemaParts()
  var notes: [TrackingPlan.Note] = []
  private var places: [ObjectIdentifier: Int] = [:]
  private var values: [PlanValue] = []
  private var pending: [(value: PlanValue, resource: SchemaResource, index: Int)] = []

  init(reader: PlanReader, scope: SchemaScope) {
    self.reader = reader
    self.scope = scope
  }

  /// Compiles a schema; its node is the first.
  mutating func compile(_ value: PlanValue, _ resource: SchemaResource) throws(DefinitionError) {
    _ = try add(value, resource, depth: 1)
    while let next = pending.popLast() {
      try fill(next.index, next.value, next.resource, depth: 1)
    }
    try refuseLoops()
  }

  /// The node of a schema inside of another.
  mutating func add(
    _ value: PlanValue, _ outer: SchemaResource, depth: Int
  ) throws(DefinitionError) -> Int {
    if let index = places[ObjectIdentifier(value)] { return index }
    let index = try reserve(value, depth: depth)
    try fill(index, value, scope.owner(of: value) ?? outer, depth: depth)
    return index
  }

  /// The node of a schema that is referred to; it is compiled later, so that references may form a
  /// circle.
  private mutating func refer(
    to value: PlanValue, _ resource: SchemaResource
  ) throws(DefinitionError) -> Int {
    if let index = places[ObjectIdentifier(value)] { return index }
    let index = try reserve(value, depth: 1)
    pending.append((value, scope.owner(of: value) ?? resource, index))
    return index
  }

  private mutating func reserve(_ value: PlanValue, depth: Int) throws(DefinitionError) -> Int {
    guard depth <= Self.depthMax, parts.nodes.count < Self.nodesMax else {
      throw reader.failure("the schema is nested too deep or too large", value)
    }
    let index = parts.nodes.count
    parts.nodes.append(SchemaNode())
    values.append(value)
    places[ObjectIdentifier(value)] = index
    return index
  }

  private mutating func fill(
    _ index: Int, _ value: PlanValue, _ resource: SchemaResource, depth: Int
  ) throws(DefinitionError) {
    if let flag = value.boolean {
      parts.nodes[index].isNever = !flag
      return
    }
    guard let members = value.map else {
      throw reader.failure("must be a schema: a mapping, true or false", value)
    }
    var draft = SchemaDraft()
    let reference = value["$ref"]
    for member in members {
      let isIgnored = resource.dialect == .draft7 && reference != nil && member.name != "$ref"
      let place = SchemaPlace(member: member, owner: value, resource: resource, depth: depth)
      guard try !readAnnotation(place) else { continue }
      if isIgnored {
        note(
          "draft 7 ignores `\(member.name)` next to `$ref`; write both as schemas in `allOf`",
          member
        )
        continue
      }
      try read(place, into: &draft)
    }
    parts.nodes[index] = draft.node(in: &parts)
  }

  /// The node that a `$ref` refers to.
  mutating func reference(
    _ value: PlanValue, _ resource: SchemaResource
  ) throws(DefinitionError) -> Int {
    guard let text = value.text else { throw reader.failure("must be a reference", value) }
    guard let target = scope.target(of: text, from: resource) else {
      throw reader.failure(
        "`\(text)` is not in the plan; a $ref refers to a schema in the same file, as in "
          + "#/$defs/NAME", value)
    }
    return try refer(to: target.value, target.resource)
  }

  mutating func note(_ message: String, _ member: PlanValue.Member) {
    notes.append(TrackingPlan.Note(message, line: member.line, column: member.column))
  }

  /// Refuses schemas that apply each other to the same value without end, or in too long a chain.
  private func refuseLoops() throws(DefinitionError) {
    // The longest chain from each node, -1 while it is being found.
    var lengths = [Int?](repeating: nil, count: parts.nodes.count)
    for start in parts.nodes.indices where lengths[start] == nil {
      var open: [(node: Int, rest: [Int])] = [
        (start, parts.sameValue(as: start, withNot: true))
      ]
      lengths[start] = -1
      while let (node, rest) = open.last {
        guard let next = rest.last else {
          open.removeLast()
          let inner = parts.sameValue(as: node, withNot: true).compactMap { lengths[$0] }
          let length = (inner.max() ?? 0) + 1
          guard length <= Self.chainMax else {
            throw reader.failure(
              "too many schemas apply each other to the same value", values[node])
          }
          lengths[node] = length
          continue
        }
        open[open.count - 1].rest.removeLast()
        switch lengths[next] {
        case nil:
          lengths[next] = -1
          open.append((next, parts.sameValue(as: next, withNot: true)))
        case -1:
          throw reader.failure(
            "the schema applies itself to the same value without end", values[next])
        default: break
        }
      }
    }
  }
}
