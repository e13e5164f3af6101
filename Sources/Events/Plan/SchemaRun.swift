// One check of one event.

import Bytes

/// Walks a value and a schema together.
struct SchemaRun {
  /// The most schemas that are applied in one check.
  ///
  /// Schemas that apply each other twice at every level would otherwise take time exponential in the
  /// depth of the event. An event has at most about 16,000 values.
  static let stepsMax = 500_000
  /// How deep schemas may apply each other in one check; events are at most 32 deep.
  static let depthMax = 256

  let schema: EventSchema
  let names: SymbolNames?
  private var path: [EventPathStep] = []
  private var violations: [SchemaViolation] = []
  private var steps = 0
  private var depth = 0
  /// Whether only the question is asked if the value fits; then the first violation ends it.
  private var isProbing = false
  private var hasFailed = false
  private var isExhausted = false

  init(schema: EventSchema, names: SymbolNames?) {
    self.schema = schema
    self.names = names
  }

  /// What was found.
  func finish() -> [SchemaViolation] {
    isExhausted ? [SchemaViolation(keyword: "too many checks", path: [])] : violations
  }

  /// Whether nothing that is still to be checked makes a difference.
  var isDecided: Bool { (isProbing && hasFailed) || isExhausted }

  mutating func fail(_ keyword: String) {
    hasFailed = true
    if !isProbing { violations.append(SchemaViolation(keyword: keyword, path: path)) }
  }

  mutating func fail(_ keyword: String, at step: EventPathStep) {
    hasFailed = true
    guard !isProbing else { return }
    violations.append(SchemaViolation(keyword: keyword, path: path + [step]))
  }

  /// Checks a value at a step below the present one.
  mutating func check(
    _ value: borrowing ValueView, _ node: Int, at step: EventPathStep
  ) throws(DecodeError) {
    path.append(step)
    try check(value, node)
    path.removeLast()
  }

  /// Whether a value fits a node; reports nothing.
  mutating func fits(_ value: borrowing ValueView, _ node: Int) throws(DecodeError) -> Bool {
    let (wasProbing, hadFailed) = (isProbing, hasFailed)
    (isProbing, hasFailed) = (true, false)
    try check(value, node)
    let fits = !hasFailed
    (isProbing, hasFailed) = (wasProbing, hadFailed)
    return fits
  }

  /// What a value at the present place breaks; reports nothing.
  mutating func trial(
    _ value: borrowing ValueView, _ node: Int
  ) throws(DecodeError) -> [SchemaViolation] {
    let (before, hadFailed) = (violations.count, hasFailed)
    try check(value, node)
    let found = Array(violations[before...])
    violations.removeSubrange(before...)
    hasFailed = hadFailed
    return found
  }

  /// Reports what a trial found.
  mutating func report(_ found: [SchemaViolation]) {
    hasFailed = true
    violations += found
  }

  /// Whether violations are reported, and not only counted.
  var isReporting: Bool { !isProbing }

  /// The number of steps to the present place.
  var pathCount: Int { path.count }

  /// Checks a value at the present place.
  mutating func check(_ value: borrowing ValueView, _ index: Int) throws(DecodeError) {
    guard !isDecided else { return }
    steps += 1
    depth += 1
    defer { depth -= 1 }
    guard steps <= Self.stepsMax, depth <= Self.depthMax else {
      isExhausted = true
      return
    }
    let node = schema.parts.nodes[index]
    if node.isNever { return fail("false") }
    if !node.types.isEmpty, node.types.isDisjoint(with: try Self.types(of: value)) {
      return fail("type")
    }
    if let values = node.values { try checkConstants(value, values) }
    if let constant = node.constant { try checkConstants(value, constant) }
    switch value.kind {
    case .number: if let rules = node.number { try checkNumber(value, rules) }
    case .string: if let rules = node.text { try checkText(value, rules) }
    case .object: if let rules = node.object { try checkObject(value, rules) }
    case .array: if let rules = node.array { try checkArray(value, rules) }
    case .null, .boolean: break
    }
    if let applied = node.applied { try checkApplied(value, applied) }
  }

  private mutating func checkConstants(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    guard try !schema.parts.constants[index].contains(value) else { return }
    fail(schema.parts.constants[index].keyword)
  }

  private static func types(of value: borrowing ValueView) throws(DecodeError) -> SchemaNode.Types {
    switch value.kind {
    case .null: return .null
    case .boolean: return .boolean
    case .string: return .string
    case .object: return .object
    case .array: return .array
    case .number:
      let isInteger: Bool
      switch value.decimal {
      case .exact(let exact): isInteger = exact.mantissa % FixedDecimal(1).mantissa == 0
      case .tooPrecise, .notANumber: isInteger = false
      case .overflow:
        isInteger = try value.withText { DecimalView($0)?.isInteger ?? false } ?? false
      }
      return isInteger ? [.number, .integer] : .number
    }
  }

  private mutating func checkNumber(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    let rules = schema.parts.numbers[index]
    if let bound = rules.minimum, try bound.compare(value) < 0 { fail("minimum") }
    if let bound = rules.maximum, try bound.compare(value) > 0 { fail("maximum") }
    if let bound = rules.exclusiveMinimum, try bound.compare(value) <= 0 {
      fail("exclusiveMinimum")
    }
    if let bound = rules.exclusiveMaximum, try bound.compare(value) >= 0 {
      fail("exclusiveMaximum")
    }
    if let divisor = rules.multipleOf, try !divisor.divides(value) { fail("multipleOf") }
  }

  private mutating func checkText(
    _ value: borrowing ValueView, _ index: Int
  ) throws(DecodeError) {
    let rules = schema.parts.texts[index]
    var broken: [String] = []
    _ = try value.withText { text in
      if rules.minLength != nil || rules.maxLength != nil {
        var count = 0
        // Every byte but those that continue a character begins one.
        for index in 0..<text.byteCount where text[index] & 0xC0 != 0x80 { count += 1 }
        if let bound = rules.minLength, count < bound { broken.append("minLength") }
        if let bound = rules.maxLength, count > bound { broken.append("maxLength") }
      }
      if let pattern = rules.pattern, !pattern.matches(text) { broken.append("pattern") }
      if let format = rules.format, !format.fits(text) { broken.append("format") }
    }
    for keyword in broken { fail(keyword) }
  }
}
