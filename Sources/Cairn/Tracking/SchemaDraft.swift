// One schema while its keywords are read.

import Events

/// A keyword and where it stands.
struct SchemaPlace {
  var member: PlanValue.Member
  /// The schema that it is a part of.
  var owner: PlanValue
  var resource: SchemaResource
  var depth: Int

  var keyword: String { member.name }
  var value: PlanValue { member.value }
}

/// The rules of one schema while its keywords are read.
struct SchemaDraft {
  var isNever = false
  var types: SchemaNode.Types = []
  var values: SchemaConstants?
  var constant: SchemaConstants?
  var number: NumberRules?
  var text: TextRules?
  var array: ArrayRules?
  var object: ObjectRules?
  var applied: AppliedSchemas?

  /// Adds the rules to those of the whole schema.
  func node(in parts: inout SchemaParts) -> SchemaNode {
    var node = SchemaNode()
    node.types = types
    node.values = Self.add(values, to: &parts.constants)
    node.constant = Self.add(constant, to: &parts.constants)
    node.number = Self.add(number, to: &parts.numbers)
    node.text = Self.add(text, to: &parts.texts)
    node.array = Self.add(array, to: &parts.arrays)
    node.object = Self.add(object, to: &parts.objects)
    node.applied = Self.add(applied, to: &parts.applied)
    return node
  }

  private static func add<Rules>(_ rules: Rules?, to list: inout [Rules]) -> Int? {
    guard let rules else { return nil }
    list.append(rules)
    return list.count - 1
  }
}
