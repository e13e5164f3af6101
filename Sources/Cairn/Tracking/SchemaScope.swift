// Which schemas of a plan can be referred to, and by what.

import Engine

/// The rules by which a schema is read.
enum SchemaDialect {
  /// Draft 7. What stands next to `$ref` has no effect.
  case draft7
  /// Draft 2020-12.
  case draft2020

  /// Reads the value of `$schema`; nil if it is neither.
  ///
  /// Drafts 4 and 6 have no keyword that means something else in draft 7 and would be accepted.
  init?(_ uri: String) {
    switch URIReference(uri).document {
    case "http://json-schema.org/draft-07/schema", "https://json-schema.org/draft-07/schema",
      "http://json-schema.org/draft-06/schema", "https://json-schema.org/draft-06/schema",
      "http://json-schema.org/draft-04/schema", "https://json-schema.org/draft-04/schema",
      "http://json-schema.org/schema":
      self = .draft7
    case "https://json-schema.org/draft/2020-12/schema",
      "http://json-schema.org/draft/2020-12/schema":
      self = .draft2020
    default: return nil
    }
  }
}

/// A schema with a URI of its own, and what is below it.
final class SchemaResource {
  let base: String
  let root: PlanValue
  let dialect: SchemaDialect

  init(base: String, root: PlanValue, dialect: SchemaDialect) {
    self.base = base
    self.root = root
    self.dialect = dialect
  }
}

/// The schemas that can be referred to from one event's schema: its own, then those of the plan.
final class SchemaScope {
  static let wrongDialect =
    "the only supported values of $schema are http://json-schema.org/draft-07/schema# and "
    + "https://json-schema.org/draft/2020-12/schema"
  private static let depthMax = 64

  private let file: String
  private let parent: SchemaScope?
  private var resources: [String: SchemaResource] = [:]
  private var anchors: [String: PlanValue] = [:]
  /// The resource that each schema belongs to.
  private var owners: [ObjectIdentifier: SchemaResource] = [:]

  /// Makes the scope of a plan or of an event's schema.
  init(file: String, parent: SchemaScope?) {
    self.file = file
    self.parent = parent
  }

  /// Makes a value the root to which `#` refers.
  func setRoot(_ value: PlanValue, dialect: SchemaDialect) {
    resources[""] = SchemaResource(base: "", root: value, dialect: dialect)
  }

  /// The resource of the root; of nothing if none was set.
  func root(_ dialect: SchemaDialect) -> SchemaResource {
    resources[""]
      ?? SchemaResource(
        base: "", root: PlanValue(.map([]), line: 1, column: 1), dialect: dialect)
  }

  /// Finds what a schema and all below it can be referred to by.
  func index(_ value: PlanValue) throws(DefinitionError) {
    guard let root = resources[""] else { return }
    try index(value, root, depth: 0)
  }

  /// The resource that a schema belongs to; nil for what is not a schema of this plan.
  func owner(of value: PlanValue) -> SchemaResource? {
    owners[ObjectIdentifier(value)] ?? parent?.owner(of: value)
  }

  private func index(
    _ value: PlanValue, _ outer: SchemaResource, depth: Int
  ) throws(DefinitionError) {
    guard depth <= Self.depthMax else { throw failure("the schema is nested too deep", value) }
    guard let members = value.map else { return }
    let resource = try resource(of: value, in: outer)
    owners[ObjectIdentifier(value)] = resource
    for member in members {
      switch member.name {
      case "properties", "patternProperties", "dependentSchemas", "dependencies", "$defs",
        "definitions":
        for inner in member.value.map ?? [] {
          try index(inner.value, resource, depth: depth + 1)
        }
      case "additionalProperties", "propertyNames", "additionalItems", "contains", "not", "if",
        "then", "else", "items", "prefixItems", "allOf", "anyOf", "oneOf":
        for inner in member.value.list ?? [member.value] {
          try index(inner, resource, depth: depth + 1)
        }
      default: break
      }
    }
  }

  private func resource(
    of value: PlanValue, in outer: SchemaResource
  ) throws(DefinitionError) -> SchemaResource {
    var result = outer
    if let uri = value["$schema"] {
      guard let dialect = uri.text.flatMap({ SchemaDialect($0) }) else {
        throw failure(Self.wrongDialect, uri)
      }
      if dialect != result.dialect {
        result = SchemaResource(base: result.base, root: result.root, dialect: dialect)
        if outer.root === value { resources[outer.base] = result }
      }
    }
    // In draft 7, what stands next to `$ref` has no effect.
    if result.dialect == .draft7, value["$ref"] != nil { return result }
    if let id = value["$id"] { result = try identified(value, id, in: result) }
    for keyword in ["$anchor", "$dynamicAnchor"] {
      guard let anchor = value[keyword] else { continue }
      guard let name = anchor.text else { throw failure("must be a name", anchor) }
      anchors[result.base + "#" + name] = value
    }
    return result
  }

  private func identified(
    _ value: PlanValue, _ id: PlanValue, in outer: SchemaResource
  ) throws(DefinitionError) -> SchemaResource {
    guard let text = id.text else { throw failure("must be a URI", id) }
    let reference = URIReference(text)
    var result = outer
    if reference.hasDocument {
      let base = reference.document(from: outer.base)
      guard resources[base] == nil else {
        throw failure("another schema has the same $id", id)
      }
      result = SchemaResource(base: base, root: value, dialect: outer.dialect)
      resources[base] = result
    }
    if let name = reference.fragment, !name.isEmpty {
      guard outer.dialect == .draft7 else {
        throw failure("a $id with a fragment is an $anchor since draft 2019-09", id)
      }
      anchors[result.base + "#" + name] = value
    }
    return result
  }

  /// What a `$ref` refers to, and the resource it was looked for in; nil if the plan does not hold it.
  func target(
    of reference: String, from resource: SchemaResource
  ) -> (value: PlanValue, resource: SchemaResource)? {
    let parts = URIReference(reference)
    let base = parts.document(from: resource.base)
    guard let target = base == resource.base ? resource : resources[base] ?? parent?.resources[base]
    else { return nil }
    guard let fragment = URIReference.decoded(parts.fragment ?? "") else { return nil }
    if fragment.isEmpty { return (target.root, target) }
    guard fragment.hasPrefix("/") else {
      let anchor = anchors[base + "#" + fragment] ?? parent?.anchors[base + "#" + fragment]
      return anchor.map { ($0, target) }
    }
    if let value = Self.value(at: fragment, in: target.root) { return (value, target) }
    // What an event's schema does not hold is looked for from the top of the plan.
    guard target.root === resources[""]?.root, let plan = parent?.resources[""],
      let value = Self.value(at: fragment, in: plan.root)
    else { return nil }
    return (value, plan)
  }

  /// What a pointer leads to.
  ///
  /// Source: RFC 6901.
  private static func value(at pointer: String, in root: PlanValue) -> PlanValue? {
    var value = root
    for part in pointer.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
      let name = part.replacing("~1", with: "/").replacing("~0", with: "~")
      let inner: PlanValue?
      if let list = value.list {
        inner = Int(name).flatMap { list.indices.contains($0) && "\($0)" == name ? list[$0] : nil }
      } else {
        inner = value[String(name)]
      }
      guard let inner else { return nil }
      value = inner
    }
    return value
  }

  private func failure(_ message: String, _ value: PlanValue) -> DefinitionError {
    DefinitionError(message: message, file: file, line: value.line, column: value.column)
  }
}
