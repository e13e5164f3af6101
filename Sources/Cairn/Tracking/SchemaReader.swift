// JSON Schema, the subset that is supported: every keyword of a schema is either here or an error.

import Bytes
import Events
import Yams

extension PlanReader {
  /// The nodes of one schema may be so many.
  private static let nodesMax = 10_000
  private static let depthMax = 32

  /// Reads the schema of an event.
  func schema(_ node: Node) throws(DefinitionError) -> EventSchema {
    var schema = EventSchema(nodes: [])
    _ = try add(node, to: &schema, depth: 1)
    guard schema.nodes[0].additional == .unsaid else {
      throw failure("additionalProperties is not supported for the event itself", node)
    }
    let names = ["type", "event"].compactMap { symbols.lookup($0) }
    let root = schema.nodes[0]
    guard !root.properties.contains(where: { names.contains($0.key) }),
      !root.required.contains(where: { names.contains($0) })
    else { throw failure("`type` and `event` follow from where the schema stands", node) }
    return schema
  }

  private func add(
    _ node: Node, to schema: inout EventSchema, depth: Int
  ) throws(DefinitionError) -> Int {
    guard depth <= Self.depthMax, schema.nodes.count < Self.nodesMax else {
      throw failure("the schema is nested too deep or too large", node)
    }
    let index = schema.nodes.count
    schema.nodes.append(SchemaNode())
    if node.bool == true { return index }
    var result = SchemaNode()
    for (key, value) in try entries(node) {
      switch key.scalar?.string ?? "" {
      case "type": result.types = try types(value)
      case "properties":
        for (name, child) in try entries(value) {
          let place = try add(child, to: &schema, depth: depth + 1)
          result.properties.append((try symbol(name), place))
        }
      case "required":
        result.required = try list(value).map { name throws(DefinitionError) in try symbol(name) }
      case "additionalProperties":
        if let flag = value.bool {
          result.additional = flag ? .allowed : .forbidden
        } else {
          result.additional = .node(try add(value, to: &schema, depth: depth + 1))
        }
      case "items": result.items = try add(value, to: &schema, depth: depth + 1)
      case "enum":
        result.values = try list(value).map { item throws(DefinitionError) in try scalar(item) }
      case "const": result.values = [try scalar(value)]
      case "format":
        guard value.scalar?.string == "date-time" else {
          throw failure("the only supported format is date-time", value)
        }
        result.isInstant = true
      case let keyword: try read(keyword, key, value, into: &result)
      }
    }
    schema.nodes[index] = result
    return index
  }

  private func read(
    _ keyword: String, _ key: Node, _ value: Node, into node: inout SchemaNode
  ) throws(DefinitionError) {
    switch keyword {
    case "minimum": node.minimum = try number(value)
    case "maximum": node.maximum = try number(value)
    case "exclusiveMinimum": node.exclusiveMinimum = try number(value)
    case "exclusiveMaximum": node.exclusiveMaximum = try number(value)
    case "minLength": node.minLength = try count(value)
    case "maxLength": node.maxLength = try count(value)
    case "minItems": node.minItems = try count(value)
    case "maxItems": node.maxItems = try count(value)
    case "$schema", "$id", "id", "$comment", "title", "description", "default", "examples":
      break
    default:
      throw failure(
        "the keyword `\(keyword)` is not supported; there are type, properties, required, "
          + "additionalProperties, items, enum, const, format, minimum, maximum, exclusiveMinimum, "
          + "exclusiveMaximum, minLength, maxLength, minItems and maxItems", key)
    }
  }

  private func list(_ node: Node) throws(DefinitionError) -> [Node] {
    guard let sequence = node.sequence else { throw failure("must be a list", node) }
    return Array(sequence)
  }

  private func types(_ node: Node) throws(DefinitionError) -> SchemaNode.Types {
    var types: SchemaNode.Types = []
    for item in node.sequence.map(Array.init) ?? [node] {
      switch item.scalar?.string {
      case "null": types.insert(.null)
      case "boolean": types.insert(.boolean)
      case "number": types.formUnion([.number, .integer])
      case "integer": types.insert(.integer)
      case "string": types.insert(.string)
      case "object": types.insert(.object)
      case "array": types.insert(.array)
      case "any": return []
      default:
        throw failure("must be null, boolean, number, integer, string, object, array or any", item)
      }
    }
    return types
  }

  private func number(_ node: Node) throws(DefinitionError) -> FixedDecimal {
    let bytes = Array((node.scalar?.string ?? "").utf8)
    guard case .exact(let number) = FixedDecimal.read(bytes.span.bytes) else {
      throw failure("must be a number with at most 9 decimals", node)
    }
    return number
  }

  private func count(_ node: Node) throws(DefinitionError) -> Int {
    guard let count = node.int, count >= 0 else { throw failure("must be a count", node) }
    return count
  }

  private func scalar(_ node: Node) throws(DefinitionError) -> SchemaNode.Scalar {
    guard let scalar = node.scalar else {
      throw failure("lists and objects are not supported here", node)
    }
    if scalar.style == .plain || scalar.style == .any {
      if node.null != nil { return .null }
      if let flag = node.bool { return .boolean(flag) }
      let bytes = Array(scalar.string.utf8)
      if case .exact(let number) = FixedDecimal.read(bytes.span.bytes) { return .number(number) }
    }
    return .text(Array(scalar.string.utf8))
  }
}
