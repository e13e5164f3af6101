// What a compiled schema is made of: flat lists that refer to each other by index.

import Bytes

/// The nodes of a schema and their rules.
public struct SchemaParts: Sendable {
  /// All nodes; the first is that of the event.
  public var nodes: [SchemaNode] = []
  /// Values, by the index that nodes have.
  public var constants: [SchemaConstants] = []
  /// Rules for numbers, by the index that nodes have.
  public var numbers: [NumberRules] = []
  /// Rules for strings, by the index that nodes have.
  public var texts: [TextRules] = []
  /// Rules for arrays, by the index that nodes have.
  public var arrays: [ArrayRules] = []
  /// Rules for objects, by the index that nodes have.
  public var objects: [ObjectRules] = []
  /// Schemas about the same value, by the index that nodes have.
  public var applied: [AppliedSchemas] = []

  /// Makes a schema without nodes, which everything fits.
  public init() {}

  /// The nodes that a node applies to the same value.
  public func sameValue(as node: Int, withNot: Bool) -> [Int] {
    var result: [Int] = []
    if let index = nodes[node].applied {
      let applied = applied[index]
      result += applied.all + (applied.any ?? []) + (applied.one ?? [])
      result += [
        applied.reference, applied.condition, applied.consequence, applied.alternative,
      ].compactMap { $0 }
      if withNot, let not = applied.not { result.append(not) }
    }
    if let index = nodes[node].object {
      result += objects[index].dependencies.compactMap(\.node)
    }
    return result
  }

  /// Whether the first node says nothing but `properties` and `required`.
  var isPlain: Bool {
    guard let root = nodes.first else { return true }
    guard !root.isNever, root.values == nil, root.constant == nil, root.applied == nil,
      root.types.isEmpty || root.types.contains(.object)
    else { return false }
    guard let index = root.object else { return true }
    let rules = objects[index]
    return rules.patterns.isEmpty && rules.names == nil && rules.additional == .unsaid
      && rules.minProperties == nil && rules.maxProperties == nil && rules.dependencies.isEmpty
  }
}
