// Compiles conditions: comparisons, lists, existence, and questions about members.

import Bytes
import Profiles

extension ProgramCompiler {
  mutating func comparison(
    _ operation: ComparisonOperator, _ a: Expression, _ b: Expression, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let (left, right) = (try part(a), try part(b))
    let node = try compare(operation, left, right, at: position)
    let isMoving = left.variation != .flat || right.variation != .flat
    guard isMoving else { return condition(node, at: position) }
    guard operation != .equal, operation != .notEqual else {
      throw LanguageError(
        "a value that changes with time is equal to another only for an instant; use >= or <",
        at: position)
    }
    guard left.variation.added(to: right.variation.turned) != nil else {
      throw Self.unpredictable(at: position)
    }
    return condition(try emit(.moving(node), at: position), at: position)
  }

  private mutating func compare(
    _ operation: ComparisonOperator, _ a: CompiledPart, _ b: CompiledPart,
    at position: SourcePosition
  ) throws(LanguageError) -> NodeIndex {
    if operation == .contains { return try containment(a, b, at: position) }
    switch (a.type, b.type) {
    case (.truth, .truth) where operation == .equal || operation == .notEqual:
      return try emit(.compareTruths(operation, a.node, b.node), at: position)
    case (.money, .money): return try compareAmounts(operation, a, b, at: position)
    case (.money, .number):
      let example = b.constant?.description ?? "100"
      throw LanguageError(
        "a sum with currencies is compared with an amount of money, as in \(example) USD",
        at: b.position)
    case (.number, .money), (.score, .money):
      throw LanguageError(
        "this \(a.noun) has no currency; compare it with a plain number or give the sum "
          + "'currency: …'", at: b.position)
    case (.value, .money):
      throw LanguageError(
        "a value of an event has no currency; use a plain number", at: b.position)
    case (.moment, _), (_, .moment):
      let (left, right) = (try moment(a), try moment(b))
      guard left.type == right.type else { throw incomparable(operation, a, b) }
      return try emit(.compareTimes(operation, left.node, right.node), at: position)
    case (.duration, .duration):
      return try emit(.compareTimes(operation, a.node, b.node), at: position)
    case (.value, _) where a.constant == nil, (_, .value) where b.constant == nil:
      return try compareValues(operation, a, b, at: position)
    case (.number, .number):
      if let node = try threshold(operation, a, b, at: position) { return node }
      return try emit(.compareNumbers(operation, a.node, b.node), at: position)
    case (.score, .number), (.number, .score), (.score, .score):
      let (left, right) = (try score(a), try score(b))
      return try emit(.compareScores(operation, left.node, right.node), at: position)
    default: throw incomparable(operation, a, b)
    }
  }

  /// A count compared with a whole number: whether it is at least so much, or not.
  ///
  /// Separate, because the instant at which it flips is known in advance, and many rules are decided by it alone.
  private mutating func threshold(
    _ operation: ComparisonOperator, _ a: CompiledPart, _ b: CompiledPart,
    at position: SourcePosition
  ) throws(LanguageError) -> NodeIndex? {
    guard case .operand(let operand) = program.nodes[Int(a.node)],
      program.operands[Int(operand)].aggregate.kind == .count,
      case .number(let constant)? = b.constant,
      let number = Int32(exactly: constant.mantissa / FixedDecimal(1).mantissa),
      number >= 0, number < .max, FixedDecimal(Int64(number)) == constant
    else { return nil }
    let (least, isAtLeast): (Int32, Bool)
    switch operation {
    case .greaterOrEqual: (least, isAtLeast) = (number, true)
    case .greater: (least, isAtLeast) = (number + 1, true)
    case .less: (least, isAtLeast) = (number, false)
    case .lessOrEqual: (least, isAtLeast) = (number + 1, false)
    case .equal where number == 0: (least, isAtLeast) = (1, false)
    case .notEqual where number == 0: (least, isAtLeast) = (1, true)
    default: return nil
    }
    guard least > 0 else { return nil }
    let node = try emit(.reaches(operand, least), at: position)
    return isAtLeast ? node : try emit(.not(node), at: position)
  }

  private mutating func compareAmounts(
    _ operation: ComparisonOperator, _ a: CompiledPart, _ b: CompiledPart,
    at position: SourcePosition
  ) throws(LanguageError) -> NodeIndex {
    guard let currency = a.currency ?? b.currency else {
      throw LanguageError(
        "two sums with currencies are compared in one of them: write amount(…, \"USD\") on both "
          + "sides", at: position)
    }
    guard (b.currency ?? currency) == currency else {
      throw LanguageError("amounts of different currencies cannot be compared", at: b.position)
    }
    let left = try emit(.amountIn(currency, a.node), at: position)
    let right = try emit(.amountIn(currency, b.node), at: position)
    return try emit(.compareNumbers(operation, left, right), at: position)
  }

  /// Compares where at least one side is a value of an event.
  private mutating func compareValues(
    _ operation: ComparisonOperator, _ a: CompiledPart, _ b: CompiledPart,
    at position: SourcePosition
  ) throws(LanguageError) -> NodeIndex {
    if let constant = b.constant, a.constant == nil {
      try check(operation, constant, noun: a.noun, at: b.position)
      return try emit(.test(a.node, comparison(operation, constant)), at: position)
    }
    if let constant = a.constant {
      try check(operation.mirrored, constant, noun: b.noun, at: a.position)
      return try emit(.test(b.node, comparison(operation.mirrored, constant)), at: position)
    }
    if a.type == .value, b.type == .value {
      return try emit(.compareValues(operation, a.node, b.node), at: position)
    }
    guard a.type != .truth, b.type != .truth else { throw incomparable(operation, a, b) }
    return try compare(
      operation, numeric(a, operation.quoted), numeric(b, operation.quoted),
      at: position)
  }

  private func check(
    _ operation: ComparisonOperator, _ constant: Literal, noun: String,
    at position: SourcePosition
  ) throws(LanguageError) {
    guard case .bool = constant, ![.equal, .notEqual, .contains].contains(operation) else {
      return
    }
    throw LanguageError(
      "\(operation.quoted) cannot compare this \(noun) with \(constant)", at: position)
  }

  private mutating func containment(
    _ a: CompiledPart, _ b: CompiledPart, at position: SourcePosition
  ) throws(LanguageError) -> NodeIndex {
    guard let constant = b.constant else {
      throw LanguageError("'contains' takes a constant on its right side", at: b.position)
    }
    guard a.type == .value || a.type == .list else { throw incomparable(.contains, a, b) }
    if case .money = constant { throw incomparable(.contains, a, b) }
    if a.type == .list {
      return try emit(.listContains(a.node, comparison(.equal, constant)), at: position)
    }
    return try emit(.test(a.node, comparison(.contains, constant)), at: position)
  }

  private func incomparable(
    _ operation: ComparisonOperator, _ a: CompiledPart, _ b: CompiledPart
  ) -> LanguageError {
    LanguageError(
      "\(operation.quoted) cannot compare this \(a.noun) with "
        + (b.constant.map(\.description) ?? "this \(b.noun)"), at: b.position)
  }

  mutating func membership(
    _ expression: Expression, in list: [Literal], at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let part = try part(expression)
    var nodes: [NodeIndex] = []
    for literal in list {
      let constant = Expression(.constant(literal), at: position)
      if part.type == .value, part.constant == nil {
        if case .money = literal {
          _ = try compare(.equal, part, self.part(constant), at: position)
        }
        nodes.append(comparison(.equal, literal))
      } else {
        guard part.variation == .flat else {
          throw LanguageError(
            "a value that changes with time is equal to another only for an instant; use >= "
              + "or <", at: position)
        }
        nodes.append(try compare(.equal, part, self.part(constant), at: position))
      }
    }
    let children = self.list(nodes)
    let isValue = part.type == .value && part.constant == nil
    return condition(
      try emit(isValue ? .testAny(part.node, children) : .any(children), at: position),
      at: position)
  }

  mutating func existence(
    _ expression: Expression, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let part = try part(expression)
    if case .operand(let operand) = program.nodes[Int(part.node)],
      [.number, .money].contains(part.type)
        || program.operands[Int(operand)].aggregate.kind.function == .consent
    {
      return condition(try emit(.isUsed(operand), at: position), at: position)
    }
    return condition(try emit(.isThere(part.node, part.type), at: position), at: position)
  }

  mutating func quantifier(
    _ quantity: MemberQuantity, _ asked: EntityKind, _ part: CompiledPart,
    _ inner: ProgramCompiler, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var part = part
    var inner = inner
    if !quantity.takesRule {
      part = try inner.numeric(part, "'\(quantity.text(of: asked))'")
      inner.program.root = part.node
      inner.program.type = part.type
      guard part.variation != .either else {
        throw Self.unpredictable(at: part.position)
      }
    }
    inner.program.currency = part.currency
    program.quantifiers.append(.init(quantity: quantity, asked: asked, body: inner.program))
    let node = try emit(.quantifier(Int32(program.quantifiers.count - 1)), at: position)
    var result = part
    result.node = node
    result.position = position
    switch quantity {
    case .any, .all, .none, .atLeast: return condition(node, at: position)
    case .count:
      return CompiledPart(
        node: node, type: .number, sign: .notNegative, noun: "number", position: position)
    case .sum, .average, .maximum, .minimum:
      result.noun = part.type.noun
      result.constant = nil
      return result
    }
  }
}

extension ComparisonOperator {
  var quoted: String { "'\(rawValue)'" }

  /// The operator with its sides exchanged.
  var mirrored: ComparisonOperator {
    switch self {
    case .greater: .less
    case .greaterOrEqual: .lessOrEqual
    case .less: .greater
    case .lessOrEqual: .greaterOrEqual
    case .equal, .notEqual, .contains: self
    }
  }
}

extension Expression {
  /// How a comparison could be written, for an error message.
  var hint: String {
    let text = description
    return (text.count <= 40 ? text : "…") + " >= 1"
  }
}
