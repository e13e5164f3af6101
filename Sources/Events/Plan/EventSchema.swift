// A subset of JSON Schema, draft-07, over stored events: compiled to a flat list of nodes whose keys are
// symbols, so that an event is checked where it lies.

import Bytes

/// A step on the way to a value in an event.
public enum EventPathStep: Hashable, Sendable {
  /// A member of an object, by its symbol.
  case symbol(Symbol)
  /// A member of an object whose key is not interned.
  case text([UInt8])
  /// An element of an array.
  case element
}

/// A way in which an event differs from its schema.
public struct SchemaViolation: Equatable, Sendable {
  /// The keyword of the schema that is broken.
  public var keyword: String
  /// Where.
  public var path: [EventPathStep]

  /// Makes a violation.
  public init(keyword: String, path: [EventPathStep]) {
    self.keyword = keyword
    self.path = path
  }

  /// The path as far as it leads through objects: what can be left out of the event.
  var removable: [EventPathStep] { Array(path.prefix { $0 != .element }) }
}

/// What a value must be.
public struct SchemaNode: Sendable {
  /// The types that a value may have; a set of bits, empty for any.
  public struct Types: OptionSet, Sendable {
    /// The bits.
    public let rawValue: UInt8
    /// Wraps bits.
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    /// `null`.
    public static let null = Types(rawValue: 1)
    /// `true` and `false`.
    public static let boolean = Types(rawValue: 2)
    /// Any number.
    public static let number = Types(rawValue: 4)
    /// A number without a fraction.
    public static let integer = Types(rawValue: 8)
    /// A string.
    public static let string = Types(rawValue: 16)
    /// An object.
    public static let object = Types(rawValue: 32)
    /// An array.
    public static let array = Types(rawValue: 64)
  }

  /// What members that `properties` does not name must be.
  public enum Additional: Sendable, Equatable {
    /// Nothing is said of them.
    case unsaid
    /// They are allowed.
    case allowed
    /// There must be none.
    case forbidden
    /// They must fit the node of this index.
    case node(Int)
  }

  /// A value to compare with.
  public enum Scalar: Sendable, Equatable {
    case null
    case boolean(Bool)
    case number(FixedDecimal)
    case text([UInt8])
  }

  /// The allowed types.
  public var types: Types = []
  /// The nodes of members, by key.
  public var properties: [(key: Symbol, node: Int)] = []
  /// The members that must be there.
  public var required: [Symbol] = []
  /// What other members must be.
  public var additional = Additional.unsaid
  /// The node of elements.
  public var items: Int?
  /// The values that are allowed; nil for all.
  public var values: [Scalar]?
  /// The least number.
  public var minimum: FixedDecimal?
  /// The greatest number.
  public var maximum: FixedDecimal?
  /// A number that must be exceeded.
  public var exclusiveMinimum: FixedDecimal?
  /// A number that must not be reached.
  public var exclusiveMaximum: FixedDecimal?
  /// The least number of characters.
  public var minLength: Int?
  /// The greatest number of characters.
  public var maxLength: Int?
  /// The least number of elements.
  public var minItems: Int?
  /// The greatest number of elements.
  public var maxItems: Int?
  /// Whether a text must be an instant.
  public var isInstant = false

  /// Makes a node that everything fits.
  public init() {}
}

/// A schema of whole events.
public struct EventSchema: Sendable {
  /// All nodes; the first is that of the event.
  public var nodes: [SchemaNode]

  /// Makes a schema; the first node is that of the event.
  public init(nodes: [SchemaNode]) { self.nodes = nodes }

  /// What an event breaks, in the order of its members, and which of its properties and traits the
  /// schema does not know.
  public func check(
    _ event: borrowing EventView
  ) throws(DecodeError) -> (violations: [SchemaViolation], unplanned: [[EventPathStep]]) {
    guard let root = nodes.first else { return ([], []) }
    var run = SchemaRun(nodes: nodes)
    for key in root.required where try event.value(at: [key]) == nil {
      run.path.append(.symbol(key))
      run.fail("required")
      run.path.removeLast()
    }
    for (key, node) in root.properties {
      guard let value = try event.value(at: [key]) else { continue }
      run.path.append(.symbol(key))
      let isOpen =
        key == WellKnownSymbol.properties.symbol || key == WellKnownSymbol.traits.symbol
      try run.check(value, node, notesUnplanned: isOpen, depth: 1)
      run.path.removeLast()
    }
    return (run.violations, run.unplanned)
  }
}

/// One check of one event.
private struct SchemaRun {
  let nodes: [SchemaNode]
  var path: [EventPathStep] = []
  var violations: [SchemaViolation] = []
  var unplanned: [[EventPathStep]] = []

  init(nodes: [SchemaNode]) { self.nodes = nodes }

  mutating func fail(_ keyword: String) {
    violations.append(SchemaViolation(keyword: keyword, path: path))
  }

  mutating func check(
    _ value: borrowing ValueView, _ index: Int, notesUnplanned: Bool, depth: Int
  ) throws(DecodeError) {
    guard nodes.indices.contains(index), depth < 64 else { return }
    let node = nodes[index]
    if !node.types.isEmpty, node.types.isDisjoint(with: try Self.types(of: value)) {
      return fail("type")
    }
    if let values = node.values, try !Self.isAny(of: values, value) { fail("enum") }
    switch value.kind {
    case .number: checkNumber(value, node)
    case .string: try checkText(value, node)
    case .object: try checkObject(value, node, notesUnplanned, depth)
    case .array: try checkArray(value, node, depth)
    case .null, .boolean: break
    }
  }

  private static func types(of value: borrowing ValueView) throws(DecodeError) -> SchemaNode.Types {
    switch value.kind {
    case .null: return .null
    case .boolean: return .boolean
    case .string: return .string
    case .object: return .object
    case .array: return .array
    case .number:
      if let exact = Self.number(value) {
        return exact.mantissa % FixedDecimal(1).mantissa == 0 ? [.number, .integer] : .number
      }
      // Too large for a decimal: an integer if it is written as one.
      let isWhole = try value.withText { text in
        (0..<text.byteCount).allSatisfy { text[$0] == 0x2D || (0x30...0x39).contains(text[$0]) }
      }
      return isWhole == true ? [.number, .integer] : .number
    }
  }

  private static func number(_ value: borrowing ValueView) -> FixedDecimal? {
    if case .exact(let number) = value.decimal { return number }
    return nil
  }

  private static func isAny(
    of scalars: [SchemaNode.Scalar], _ value: borrowing ValueView
  ) throws(DecodeError) -> Bool {
    for scalar in scalars where try equals(value, scalar) { return true }
    return false
  }

  private static func equals(
    _ value: borrowing ValueView, _ scalar: SchemaNode.Scalar
  ) throws(DecodeError) -> Bool {
    switch scalar {
    case .null: return value.kind == .null
    case .boolean(let flag): return value.boolean == flag
    case .number(let number): return value.kind == .number && Self.number(value) == number
    case .text(let text):
      return value.kind == .string ? try value.equalsText(text.span.bytes) : false
    }
  }

  private mutating func checkNumber(_ value: borrowing ValueView, _ node: SchemaNode) {
    guard
      node.minimum != nil || node.maximum != nil || node.exclusiveMinimum != nil
        || node.exclusiveMaximum != nil
    else { return }
    // A number that no decimal holds cannot be shown to be within bounds.
    guard let number = Self.number(value) else {
      let hasLower = node.minimum != nil || node.exclusiveMinimum != nil
      return fail(hasLower ? "minimum" : "maximum")
    }
    if let bound = node.minimum, number < bound { fail("minimum") }
    if let bound = node.maximum, number > bound { fail("maximum") }
    if let bound = node.exclusiveMinimum, number <= bound { fail("exclusiveMinimum") }
    if let bound = node.exclusiveMaximum, number >= bound { fail("exclusiveMaximum") }
  }

  private mutating func checkText(
    _ value: borrowing ValueView, _ node: SchemaNode
  ) throws(DecodeError) {
    guard node.minLength != nil || node.maxLength != nil || node.isInstant else { return }
    let (count, isInstant) =
      try value.withText { text in
        var count = 0
        // Every byte but those that continue a character begins one.
        for index in 0..<text.byteCount where text[index] & 0xC0 != 0x80 { count += 1 }
        return (count, node.isInstant ? Timestamp(text) != nil : true)
      } ?? (0, true)
    if let bound = node.minLength, count < bound { fail("minLength") }
    if let bound = node.maxLength, count > bound { fail("maxLength") }
    if !isInstant { fail("format") }
  }

  private mutating func checkObject(
    _ value: borrowing ValueView, _ node: SchemaNode, _ notesUnplanned: Bool, _ depth: Int
  ) throws(DecodeError) {
    for key in node.required where try value.value(for: key) == nil {
      path.append(.symbol(key))
      fail("required")
      path.removeLast()
    }
    guard !node.properties.isEmpty || node.additional != .unsaid || notesUnplanned else { return }
    try value.forEachMember { (key, text, member) throws(DecodeError) in
      path.append(key.map { .symbol($0) } ?? .text(text.toArray()))
      if let known = node.properties.first(where: { $0.key == key }) {
        try check(member, known.node, notesUnplanned: false, depth: depth + 1)
      } else {
        switch node.additional {
        case .node(let other): try check(member, other, notesUnplanned: false, depth: depth + 1)
        case .forbidden: fail("additionalProperties")
        case .allowed: break
        case .unsaid:
          let isNamed = key.map { node.required.contains($0) } ?? false
          if notesUnplanned, !isNamed { unplanned.append(path) }
        }
      }
      path.removeLast()
    }
  }

  private mutating func checkArray(
    _ value: borrowing ValueView, _ node: SchemaNode, _ depth: Int
  ) throws(DecodeError) {
    guard node.items != nil || node.minItems != nil || node.maxItems != nil else { return }
    var count = 0
    path.append(.element)
    try value.forEachElement { (element) throws(DecodeError) in
      count += 1
      if let items = node.items {
        try check(element, items, notesUnplanned: false, depth: depth + 1)
      }
    }
    path.removeLast()
    if let bound = node.minItems, count < bound { fail("minItems") }
    if let bound = node.maxItems, count > bound { fail("maxItems") }
  }
}
