// Which properties or traits a schema names, wherever in it: what it does not name is unplanned.

import Bytes

/// The members that a schema says anything of.
struct PlannedNames: Sendable {
  private var keys: Set<Symbol> = []
  private var patterns: [SchemaPattern] = []
  /// Whether it says something of all others.
  private(set) var isOpen = false

  /// Whether keys are looked at as texts.
  var readsKeys: Bool { !isOpen && !patterns.isEmpty }

  /// Gathers the names that a schema of events has for the members of its member `key`; nil if it
  /// says nothing of that.
  init?(of key: Symbol, in schema: SchemaParts) {
    let tops = Self.sameValue([0], in: schema).flatMap { node in
      schema.nodes[node].object.flatMap { schema.objects[$0].properties.node(of: key) }.map { [$0] }
        ?? []
    }
    guard !tops.isEmpty else { return nil }
    for node in Self.sameValue(tops, in: schema) {
      guard let index = schema.nodes[node].object else { continue }
      let rules = schema.objects[index]
      keys.formUnion(rules.properties.all.map(\.key))
      keys.formUnion(rules.required)
      for dependency in rules.dependencies {
        keys.formUnion(dependency.required + [dependency.key])
      }
      patterns += rules.patterns.map(\.pattern)
      if rules.additional != .unsaid { isOpen = true }
    }
  }

  /// Whether a member is named.
  func contains(_ key: Symbol?, _ text: RawSpan, _ names: SymbolNames?) -> Bool {
    if let key, keys.contains(key) { return true }
    guard !patterns.isEmpty else { return false }
    guard let key else { return patterns.contains { $0.matches(text) } }
    return names?.withName(of: key) { name in patterns.contains { $0.matches(name) } } ?? false
  }

  /// Some nodes with all that are about the same value, `not` apart: what is excluded is not planned.
  private static func sameValue(_ nodes: [Int], in schema: SchemaParts) -> [Int] {
    var result: [Int] = []
    var seen: Set<Int> = []
    var open = nodes
    while let node = open.popLast() {
      guard seen.insert(node).inserted else { continue }
      result.append(node)
      open += schema.sameValue(as: node, withNot: false)
    }
    return result
  }
}
