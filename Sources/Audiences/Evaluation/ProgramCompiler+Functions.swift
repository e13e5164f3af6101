// Compiles functions of values and stages.

import Bytes
import Profiles

extension ProgramCompiler {
  mutating func call(
    _ function: ExpressionFunction, _ arguments: [Expression], at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    switch function {
    case .min, .max: return try extreme(function, arguments, at: position)
    case .if:
      let test = try truth(arguments[0])
      let (parts, type) = try unified(try compiled(arguments.dropFirst()), at: position)
      let node = try emit(.choose(test.node, parts[0].node, parts[1].node), at: position)
      return joined(parts, type, node, at: position)
    case .coalesce:
      let (parts, type) = try unified(try compiled(arguments[...]), at: position)
      return joined(
        parts, type, try emit(.coalesce(list(parts.map(\.node))), at: position),
        at: position)
    case .amount: return try amount(arguments, at: position)
    case .match: return try match(arguments, at: position)
    case .date: return try moment(constantText(part(arguments[0]), "date"))
    case .abs, .round, .exp, .ln: return try calculated(function, part(arguments[0]), at: position)
    case .length, .lowercase, .uppercase:
      return try textFunction(function, part(arguments[0]), at: position)
    }
  }

  mutating func stage(
    _ stages: [Expression.Stage], at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var nodes: [NodeIndex] = []
    for stage in stages {
      nodes.append(try truth(stage.rule).node)
      nodes.append(try emit(.text(text(Array(stage.name.utf8))), at: stage.rule.position))
    }
    return CompiledPart(
      node: try emit(.stage(list(nodes)), at: position), type: .value, noun: "stage",
      position: position)
  }

  // MARK: - Several values

  private mutating func compiled(
    _ expressions: ArraySlice<Expression>
  ) throws(LanguageError) -> [CompiledPart] {
    var parts: [CompiledPart] = []
    for expression in expressions { parts.append(try part(expression)) }
    return parts
  }

  /// The parts as values of one type.
  private mutating func unified(
    _ given: [CompiledPart], at position: SourcePosition
  ) throws(LanguageError) -> ([CompiledPart], ExpressionType) {
    let types = Set(given.map(\.type))
    guard types.count > 1 else { return (given, given[0].type) }
    var parts = given
    if types == [.number, .score] {
      for index in parts.indices { parts[index] = try score(parts[index]) }
      return (parts, .score)
    }
    if types == [.moment, .value] {
      for index in parts.indices { parts[index] = try moment(parts[index]) }
      if parts.allSatisfy({ $0.type == .moment }) { return (parts, .moment) }
    }
    if types.isSubset(of: [.value, .number, .truth]),
      parts.allSatisfy({ $0.type == .value || $0.constant != nil })
    {
      // Constants next to values of events are treated as if they came from an event.
      for index in parts.indices where parts[index].type != .value {
        let node = try emit(.constantValue(parts[index].node, parts[index].type), at: position)
        parts[index].node = node
        parts[index].type = .value
      }
      return (parts, .value)
    }
    if types == [.value, .number], parts.allSatisfy({ $0.type == .number || $0.constant == nil }) {
      for index in parts.indices { parts[index] = try numeric(parts[index], "a number") }
      return (parts, .number)
    }
    let first = parts[0]
    let other = parts.first { $0.type != first.type } ?? first
    throw LanguageError(
      "the values are of different types: this \(other.noun) and a \(first.type.noun)",
      at: other.position)
  }

  private func joined(
    _ parts: [CompiledPart], _ type: ExpressionType, _ node: NodeIndex,
    at position: SourcePosition
  ) -> CompiledPart {
    var result = CompiledPart(
      node: node, type: type, variation: parts[0].variation, sign: parts[0].sign,
      currency: parts[0].currency, noun: type.noun, position: position)
    for part in parts.dropFirst() {
      result.variation = result.variation.joined(with: part.variation)
      if part.sign != result.sign { result.sign = .unknown }
      if part.currency != result.currency { result.currency = nil }
    }
    return result
  }

  private mutating func extreme(
    _ function: ExpressionFunction, _ arguments: [Expression], at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let (parts, type) = try unified(try compiled(arguments[...]), at: position)
    guard [.number, .score, .duration, .moment].contains(type) else {
      throw LanguageError(
        "'\(function.rawValue)' takes numbers, moments or durations", at: parts[0].position)
    }
    let nodes = list(parts.map(\.node))
    let node = try emit(function == .min ? .least(nodes) : .greatest(nodes), at: position)
    let result = joined(parts, type, node, at: position)
    // Of two that move against each other, now one and now the other is the greater.
    let moving = Set(parts.map(\.variation)).subtracting([.flat])
    guard moving.count <= 1, parts.count == 1 || !moving.contains(.either) else {
      throw Self.unpredictable(at: position)
    }
    return result
  }

  // MARK: - One value

  private mutating func calculated(
    _ function: ExpressionFunction, _ argument: CompiledPart, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var part = try numeric(argument, "'\(function.rawValue)'")
    let sign = part.sign
    switch function {
    case .abs:
      switch (part.variation, sign) {
      case (.flat, _), (_, .notNegative): break
      case (_, .notPositive): part.variation = part.variation.turned
      default: throw Self.unpredictable(at: position)
      }
      part.node = try emit(.absolute(part.node), at: position)
      part.sign = .notNegative
    case .round:
      guard part.type == .number || part.type == .score || part.type == .money else {
        throw LanguageError("'round' takes a number", at: part.position)
      }
      part.node = try emit(.round(part.node), at: position)
    case .exp:
      part = try score(part)
      part.node = try emit(.exponential(part.node), at: position)
      part.sign = .notNegative
    default:
      part = try score(part)
      guard part.variation == .flat || sign == .notNegative else {
        throw Self.unpredictable(at: position)
      }
      part.node = try emit(.logarithm(part.node), at: position)
      part.sign = .unknown
    }
    part.constant = nil
    part.noun = part.type.noun
    part.position = position
    return part
  }

  private mutating func amount(
    _ arguments: [Expression], at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let part = try part(arguments[0])
    guard part.type == .money else {
      throw LanguageError("'amount' takes a sum with currencies", at: part.position)
    }
    guard case .constant(.string(let text)) = arguments[1].kind, text == text.uppercased(),
      let currency = CurrencyCode(text)
    else {
      throw LanguageError(
        "a currency is three capital letters, as in \"USD\"", at: arguments[1].position)
    }
    return CompiledPart(
      node: try emit(.amountIn(currency, part.node), at: position), type: .number,
      sign: part.sign, noun: "number", position: position)
  }

  private mutating func match(
    _ arguments: [Expression], at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let part = try part(arguments[0])
    guard part.type == .value else {
      throw LanguageError("'match' takes a value of an event", at: part.position)
    }
    let pattern = try constantText(self.part(arguments[1]), "pattern")
    guard case .string(let text)? = pattern.constant else {
      preconditionFailure("constantText gives a text")
    }
    program.patterns.append(GlobPattern(Array(text.utf8)))
    let node = try emit(.match(part.node, Int32(program.patterns.count - 1)), at: position)
    return condition(node, at: position)
  }

  private func constantText(
    _ part: CompiledPart, _ what: String
  ) throws(LanguageError) -> CompiledPart {
    guard case .string? = part.constant else {
      throw LanguageError("a \(what) must be in quotes here", at: part.position)
    }
    return part
  }

  private mutating func textFunction(
    _ function: ExpressionFunction, _ argument: CompiledPart, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    if function == .length, argument.type == .value || argument.type == .list {
      return CompiledPart(
        node: try emit(.length(argument.node, argument.type), at: position), type: .number,
        sign: .notNegative, noun: "number", position: position)
    }
    guard argument.type == .value else {
      throw LanguageError(
        "'\(function.rawValue)' takes a text, and not this \(argument.noun)",
        at: argument.position)
    }
    return CompiledPart(
      node: try emit(
        function == .lowercase ? .lowercase(argument.node) : .uppercase(argument.node),
        at: position), type: .value, noun: "value", position: position)
  }
}
