// The text of a plan as values: YAML or JSON.

import Engine
import Yams

/// Reads the text of a plan.
struct PlanText: YAMLReading {
  /// The most values in one plan, those that YAML repeats by `*name` included.
  private static let valuesMax = 200_000
  /// How deep lists and mappings may nest.
  static let depthMax = 200

  let file: String
  private var count = 0

  /// The values of a text; nil if it holds nothing.
  ///
  /// What begins with `{` is read as JSON if it is JSON: YAML differs in the escapes of strings.
  static func read(_ text: String, file: String) throws(DefinitionError) -> PlanValue? {
    var reader = PlanText(file: file)
    if let value = try JSONPlanText.read(text, file: file) { return value }
    guard let root = try YAMLText.root(of: text, file: file) else { return nil }
    return try reader.value(root, depth: 0)
  }

  private init(file: String) { self.file = file }

  private mutating func value(_ node: Node, depth: Int) throws(DefinitionError) -> PlanValue {
    count += 1
    guard count <= Self.valuesMax, depth <= Self.depthMax else {
      throw failure("the plan is nested too deep or has too many values", node)
    }
    let content: PlanValue.Content
    switch node {
    case .scalar(let scalar):
      switch CoreScalar(scalar) {
      case .null: content = .null
      case .boolean(let flag): content = .boolean(flag)
      case .number(let text): content = .number(text)
      case .text(let text):
        content = .text(text, isPlain: scalar.style == .plain || scalar.style == .any)
      }
    case .sequence(let sequence):
      var list: [PlanValue] = []
      for item in sequence { list.append(try value(item, depth: depth + 1)) }
      content = .list(list)
    case .mapping(let mapping):
      var members: [PlanValue.Member] = []
      var names: Set<[UInt8]> = []
      for (key, item) in mapping {
        guard let name = key.scalar?.string else { throw failure("a key must be a text", key) }
        guard names.insert(Array(name.utf8)).inserted else {
          throw failure("the key `\(name)` occurs more than once in one mapping; keep one", key)
        }
        members.append(
          PlanValue.Member(
            name: name, line: key.place.line, column: key.place.column,
            value: try value(item, depth: depth + 1)))
      }
      content = .map(members)
    case .alias:
      throw failure("an alias of nothing", node)
    }
    return PlanValue(content, line: node.place.line, column: node.place.column)
  }
}
