// The keywords of schemas, by what they are about.

import Bytes
import Engine
import Events
import Profiles

extension SchemaCompiler {
  /// Keywords that say nothing about values.
  private static let annotations: Set = [
    "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$comment", "title", "description",
    "default", "example", "examples", "deprecated", "readOnly", "writeOnly", "contentEncoding",
    "contentMediaType", "contentSchema",
  ]

  /// Keywords that are checked, for suggestions.
  private static let keywords = [
    "type", "enum", "const", "properties", "required", "additionalProperties",
    "patternProperties", "propertyNames", "minProperties", "maxProperties", "dependencies",
    "dependentRequired", "dependentSchemas", "items", "prefixItems", "additionalItems",
    "contains", "minContains", "maxContains", "minItems", "maxItems", "uniqueItems", "pattern",
    "minLength", "maxLength", "format", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "allOf", "anyOf", "oneOf", "not", "if", "then", "else",
    "$ref", "$defs", "definitions",
  ]

  /// Skips what says nothing about values; true if it did.
  mutating func readAnnotation(_ place: SchemaPlace) throws(DefinitionError) -> Bool {
    switch place.keyword {
    case "$defs", "definitions":
      // What nothing refers to must be a schema too.
      for member in try entries(place.value) {
        _ = try add(member.value, place.resource, depth: place.depth + 1)
      }
      return true
    case let keyword:
      return Self.annotations.contains(keyword) || keyword.hasPrefix("x-")
    }
  }

  mutating func read(_ place: SchemaPlace, into draft: inout SchemaDraft) throws(DefinitionError) {
    switch place.keyword {
    case "type": draft.types = try types(place.value)
    case "enum":
      let constants = try list(place.value).map { item throws(DefinitionError) in
        try constant(item)
      }
      draft.values = SchemaConstants(constants, keyword: "enum")
    case "const":
      draft.constant = SchemaConstants([try constant(place.value)], keyword: "const")
    case "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf":
      try readNumber(place, into: &draft.number)
    case "minLength", "maxLength", "pattern", "format":
      try readText(place, into: &draft.text)
    case "items", "prefixItems", "additionalItems", "minItems", "maxItems", "uniqueItems",
      "contains", "minContains", "maxContains":
      try readArray(place, into: &draft.array)
    case "$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else":
      try readApplied(place, into: &draft.applied)
    default:
      try readObject(place, into: &draft.object)
    }
  }

  private func unsupported(_ place: SchemaPlace) -> DefinitionError {
    let near = NearName.of(place.keyword, among: Self.keywords)
    return reader.failure(
      "the keyword `\(place.keyword)` is not supported"
        + (near.map { "; did you mean `\($0)`?" }
          ?? "; rules that are not checked are not accepted (annotations begin with x-)"),
      place.member)
  }

  private func readNumber(
    _ place: SchemaPlace, into rules: inout NumberRules?
  ) throws(DefinitionError) {
    var result = rules ?? NumberRules()
    switch place.keyword {
    case "minimum": result.minimum = try number(place.value)
    case "maximum": result.maximum = try number(place.value)
    case "exclusiveMinimum": result.exclusiveMinimum = try number(place.value)
    case "exclusiveMaximum": result.exclusiveMaximum = try number(place.value)
    default:
      guard let divisor = numberText(place.value).flatMap({ SchemaDivisor($0) }) else {
        throw reader.failure(
          "must be a number greater than 0 with at most 19 significant digits", place.value)
      }
      result.multipleOf = divisor
    }
    rules = result
  }

  private func readText(
    _ place: SchemaPlace, into rules: inout TextRules?
  ) throws(DefinitionError) {
    var result = rules ?? TextRules()
    switch place.keyword {
    case "minLength": result.minLength = try count(place.value)
    case "maxLength": result.maxLength = try count(place.value)
    case "pattern": result.pattern = try reader.pattern(place.value.text, place.value)
    default:
      guard let name = place.value.text else {
        throw reader.failure("must be the name of a format", place.value)
      }
      guard let format = SchemaFormat(rawValue: name) else {
        let names = SchemaFormat.allCases.map(\.rawValue).joined(separator: ", ")
        throw reader.failure(
          "the format `\(name)` is not supported; the formats are \(names)", place.value)
      }
      result.format = format
    }
    rules = result
  }

  private mutating func readArray(
    _ place: SchemaPlace, into rules: inout ArrayRules?
  ) throws(DefinitionError) {
    var result = rules ?? ArrayRules()
    switch place.keyword {
    case "items":
      if let list = place.value.list {
        try requireDraft7(place, "a list of items is `prefixItems`")
        result.first = try schemas(list, place)
      } else {
        result.rest = try schema(place)
        result.restKeyword = "items"
      }
    case "prefixItems": result.first = try schemas(list(place.value), place)
    case "additionalItems":
      try requireDraft7(place, "the items after `prefixItems` are `items`")
      let rest = try schema(place)
      guard place.owner["items"]?.list != nil else {
        note("`additionalItems` has no effect without a list of `items`", place.member)
        break
      }
      result.rest = rest
      result.restKeyword = "additionalItems"
    case "minItems": result.minItems = try count(place.value)
    case "maxItems": result.maxItems = try count(place.value)
    case "uniqueItems":
      guard let flag = place.value.boolean else {
        throw reader.failure("must be true or false", place.value)
      }
      result.isUnique = flag
    case "contains": result.contains = try schema(place)
    case "minContains": result.minContains = try count(place.value)
    default: result.maxContains = try count(place.value)
    }
    if place.keyword.hasSuffix("Contains"), place.owner["contains"] == nil {
      note("`\(place.keyword)` has no effect without `contains`", place.member)
    }
    rules = result
  }

  /// Refuses a keyword that draft 2020-12 spells differently.
  private func requireDraft7(
    _ place: SchemaPlace, _ replacement: String
  ) throws(DefinitionError) {
    guard place.resource.dialect == .draft7 else {
      throw reader.failure("in draft 2020-12 " + replacement, place.member)
    }
  }

  private mutating func readObject(
    _ place: SchemaPlace, into rules: inout ObjectRules?
  ) throws(DefinitionError) {
    var result = rules ?? ObjectRules()
    switch place.keyword {
    case "properties":
      for member in try entries(place.value) {
        let node = try add(member.value, place.resource, depth: place.depth + 1)
        result.properties.add(try reader.symbol(member), node)
      }
    case "patternProperties":
      for member in try entries(place.value) {
        let pattern = try reader.pattern(member.name, member.value, member)
        let node = try add(member.value, place.resource, depth: place.depth + 1)
        result.patterns.append((pattern, node))
      }
    case "required": result.required = try symbols(place.value)
    case "additionalProperties":
      if let flag = place.value.boolean {
        result.additional = flag ? .allowed : .forbidden
      } else {
        result.additional = .node(try schema(place))
      }
    case "propertyNames": result.names = try schema(place)
    case "minProperties": result.minProperties = try count(place.value)
    case "maxProperties": result.maxProperties = try count(place.value)
    case "dependencies", "dependentRequired", "dependentSchemas":
      for member in try entries(place.value) {
        result.dependencies.append(try dependency(member, place))
      }
    default: throw unsupported(place)
    }
    rules = result
  }

  private mutating func dependency(
    _ member: PlanValue.Member, _ place: SchemaPlace
  ) throws(DefinitionError) -> ObjectRules.Dependency {
    var result = ObjectRules.Dependency(keyword: place.keyword, key: try reader.symbol(member))
    let isList =
      place.keyword == "dependentRequired"
      || place.keyword == "dependencies" && member.value.list != nil
    if isList {
      result.required = try symbols(member.value)
    } else {
      result.node = try add(member.value, place.resource, depth: place.depth + 1)
    }
    return result
  }

  private mutating func readApplied(
    _ place: SchemaPlace, into rules: inout AppliedSchemas?
  ) throws(DefinitionError) {
    var result = rules ?? AppliedSchemas()
    switch place.keyword {
    case "$ref": result.reference = try reference(place.value, place.resource)
    case "not": result.not = try schema(place)
    case "if": result.condition = try schema(place)
    case "then": result.consequence = try schema(place)
    case "else": result.alternative = try schema(place)
    default:
      let list = try list(place.value)
      guard !list.isEmpty else {
        throw reader.failure("must list at least one schema", place.value)
      }
      let nodes = try schemas(list, place)
      switch place.keyword {
      case "allOf": result.all = nodes
      case "anyOf": result.any = nodes
      default: result.one = nodes
      }
    }
    if ["then", "else"].contains(place.keyword), place.owner["if"] == nil {
      note("`\(place.keyword)` has no effect without `if`", place.member)
    }
    rules = result
  }

  private mutating func schema(_ place: SchemaPlace) throws(DefinitionError) -> Int {
    try add(place.value, place.resource, depth: place.depth + 1)
  }

  private mutating func schemas(
    _ list: [PlanValue], _ place: SchemaPlace
  ) throws(DefinitionError) -> [Int] {
    var result: [Int] = []
    for item in list { result.append(try add(item, place.resource, depth: place.depth + 1)) }
    return result
  }
}
