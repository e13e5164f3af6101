// Compiles expressions and, on the way, judges them: whether names are known, whether types fit
// together, whether the next change of truth can be found. Every error names the place.

import Bytes
import Profiles

/// What the names in an expression stand for.
struct ExpressionNames {
  var traits: [(name: String, entity: EntityKind, expression: Expression)] = []
  var audiences: [(name: String, entity: EntityKind, expression: Expression)] = []
}

/// A part of an expression as the compiler knows it.
struct CompiledPart {
  var node: NodeIndex
  var type: ExpressionType
  var variation = Variation.flat
  var sign = Sign.unknown
  /// The currency of money, if the definition says it.
  var currency: CurrencyCode?
  /// The constant that it is, if it is one.
  var constant: Literal?
  /// What an error message calls it.
  var noun: String
  var position: SourcePosition
}

/// Compiles one expression.
struct ProgramCompiler {
  /// The most steps of a program once names are replaced by what they stand for.
  static let nodesMax = 20_000

  let names: ExpressionNames
  let scope: OperandScope
  var program = Program()
  /// The definitions being read, outermost first.
  var open: [String]
  /// Whether it is read inside a question about members.
  private var isAskingMembers = false

  /// - Parameter name: What is being defined, which it must not use itself.
  init(names: ExpressionNames, scope: OperandScope, defining name: String) {
    self.names = names
    self.scope = scope
    open = [name]
  }

  /// Compiles the rule of an audience.
  mutating func rule(_ expression: Expression) throws(LanguageError) -> Program {
    program.root = try truth(expression).node
    return program
  }

  /// Compiles the expression of a trait.
  mutating func value(_ expression: Expression) throws(LanguageError) -> Program {
    let part = try part(expression)
    program.root = part.node
    program.type = part.type
    program.currency = part.currency
    return program
  }

  // MARK: - Building

  mutating func emit(_ node: Node, at position: SourcePosition) throws(LanguageError) -> NodeIndex {
    guard program.nodes.count < Self.nodesMax else {
      throw LanguageError(
        "the definition has more than \(Self.nodesMax) parts once the names in it are replaced by "
          + "what they stand for; simplify it", at: position)
    }
    program.nodes.append(node)
    return NodeIndex(program.nodes.count - 1)
  }

  mutating func list(_ nodes: [NodeIndex]) -> NodeList {
    let start = Int32(program.children.count)
    program.children.append(contentsOf: nodes)
    return NodeList(start: start, count: Int32(nodes.count))
  }

  mutating func text(_ bytes: [UInt8]) -> Int32 {
    program.texts.append(bytes)
    return Int32(program.texts.count - 1)
  }

  mutating func comparison(_ operation: ComparisonOperator, _ literal: Literal) -> Int32 {
    program.comparisons.append(CompiledComparison(operation, literal))
    return Int32(program.comparisons.count - 1)
  }

  mutating func operand(_ aggregate: Aggregate, _ scope: OperandScope? = nil) -> Int32 {
    let operand = Operand(aggregate: aggregate, scope: scope ?? self.scope)
    let key = operand.key
    if let index = program.operands.firstIndex(where: { $0.key == key }) { return Int32(index) }
    program.operands.append(operand)
    return Int32(program.operands.count - 1)
  }

  // MARK: - Parts

  /// Compiles what must be true or false.
  mutating func truth(_ expression: Expression) throws(LanguageError) -> CompiledPart {
    let part = try part(expression)
    guard part.type == .truth else {
      throw LanguageError(
        "this \(part.noun) is neither true nor false; compare it, as in \(expression.hint)",
        at: expression.position)
    }
    return part
  }

  mutating func part(_ expression: Expression) throws(LanguageError) -> CompiledPart {
    let position = expression.position
    switch expression.kind {
    case .constant(let literal): return try constant(literal, at: position)
    case .duration(let length):
      return CompiledPart(
        node: try emit(.time(length.value), at: position), type: .duration, sign: .notNegative,
        noun: "duration", position: position)
    case .aggregate(let aggregate):
      return CompiledPart(
        node: try emit(.operand(operand(aggregate)), at: position), type: aggregate.expressionType,
        variation: aggregate.variation, sign: aggregate.sign, currency: aggregate.onlyCurrency,
        noun: aggregate.kind.function.name, position: position)
    case .timeSince(let aggregate):
      return CompiledPart(
        node: try emit(.since(operand(aggregate)), at: position), type: .duration,
        variation: .rising, sign: .notNegative, noun: "duration", position: position)
    case .known(let path):
      return CompiledPart(
        // What is known of a person holds in every account.
        node: try emit(
          .operand(
            operand(
              .known(path, ofAccount: scope == .account), scope == .member ? .person : scope)),
          at: position), type: .value,
        noun: "known trait", position: position)
    case .trait(let name): return try trait(name, at: position)
    case .member(let name): return try member(name, at: position)
    case .bucket(let salt):
      return CompiledPart(
        node: try emit(.bucket(text(Array(salt.utf8))), at: position), type: .number,
        sign: .notNegative, noun: "bucket", position: position)
    case .negative, .arithmetic: return try calculation(expression)
    case .call(let function, let arguments):
      return try call(function, arguments, at: position)
    case .stage(let stages): return try stage(stages, at: position)
    case .comparison(let operation, let a, let b):
      return try comparison(operation, a, b, at: position)
    case .isIn(let part, let list): return try membership(part, in: list, at: position)
    case .exists(let part): return try existence(part, at: position)
    case .and(let parts):
      let nodes = try truths(parts)
      return condition(try emit(.all(list(nodes)), at: position), at: position)
    case .or(let parts):
      let nodes = try truths(parts)
      return condition(try emit(.any(list(nodes)), at: position), at: position)
    case .not(let part):
      return condition(try emit(.not(truth(part).node), at: position), at: position)
    case .members(let quantity, let body): return try members(quantity, body, at: position)
    case .accounts(let quantity, let body): return try accounts(quantity, body, at: position)
    }
  }

  private mutating func truths(_ parts: [Expression]) throws(LanguageError) -> [NodeIndex] {
    var nodes: [NodeIndex] = []
    for part in parts { nodes.append(try truth(part).node) }
    return nodes
  }

  func condition(_ node: NodeIndex, at position: SourcePosition) -> CompiledPart {
    CompiledPart(node: node, type: .truth, noun: "condition", position: position)
  }

  private mutating func constant(
    _ literal: Literal, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var part = CompiledPart(
      node: 0, type: .value, constant: literal, noun: "constant", position: position)
    switch literal {
    case .number(let number):
      part.node = try emit(.number(number), at: position)
      part.type = .number
      part.sign = number >= .zero ? .notNegative : .notPositive
    case .money(let amount, let currency):
      part.node = try emit(.amount(amount, currency), at: position)
      part.type = .money
      part.currency = currency
      part.sign = amount >= .zero ? .notNegative : .notPositive
    case .bool(let value):
      part.node = try emit(.truth(value), at: position)
      part.type = .truth
    case .string(let value): part.node = try emit(.text(text(Array(value.utf8))), at: position)
    case .null: throw LanguageError("null is compared with = or != only", at: position)
    }
    return part
  }

  // MARK: - Names

  private var entity: EntityKind { scope == .account ? .account : .person }

  private mutating func trait(
    _ name: String, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    guard let found = names.traits.first(where: { $0.name == name }) else {
      guard !names.audiences.contains(where: { $0.name == name }) else {
        throw LanguageError(
          "'\(name)' is an audience, not a trait; write member(\(name.quoted))", at: position)
      }
      throw LanguageError(
        "there is no trait '\(name)'", at: position,
        suggestion: NearName.of(name, among: names.traits.map(\.name)))
    }
    try check(found.entity, "trait", name, at: position)
    // Inside a question about members, a person's trait is that of the whole person.
    var part = try opened("trait \(name)", at: position) { compiler throws(LanguageError) in
      try compiler.part(found.expression)
    }
    part.position = position
    return part
  }

  private mutating func member(
    _ name: String, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    guard let found = names.audiences.first(where: { $0.name == name }) else {
      guard !names.traits.contains(where: { $0.name == name }) else {
        throw LanguageError(
          "'\(name)' is a trait, not an audience; write its name alone, as in \(name) = …",
          at: position)
      }
      throw LanguageError(
        "there is no audience '\(name)'", at: position,
        suggestion: NearName.of(name, among: names.audiences.map(\.name)))
    }
    try check(found.entity, "audience", name, at: position)
    let part = try opened("audience \(name)", at: position) { compiler throws(LanguageError) in
      try compiler.truth(found.expression)
    }
    return condition(part.node, at: position)
  }

  private func check(
    _ entity: EntityKind, _ word: String, _ name: String, at position: SourcePosition
  ) throws(LanguageError) {
    guard entity != self.entity else { return }
    let use = word == "trait" ? name : "member(\(name.quoted))"
    throw LanguageError(
      entity == .account
        ? "the \(word) '\(name)' belongs to accounts; refer to accounts, as in any account(\(use) …)"
        : "the \(word) '\(name)' belongs to persons; refer to members, as in any member(\(use) …)",
      at: position)
  }

  /// Compiles another definition in the place of its name.
  private mutating func opened(
    _ name: String, at position: SourcePosition,
    _ body: (inout ProgramCompiler) throws(LanguageError) -> CompiledPart
  ) throws(LanguageError) -> CompiledPart {
    guard !open.contains(name) else {
      let way = (open.drop { $0 != name } + [name]).joined(separator: ", which uses the ")
      throw LanguageError("a definition cannot use itself: the \(way)", at: position)
    }
    guard open.count < 64 else {
      throw LanguageError("more than 64 definitions use one another; simplify them", at: position)
    }
    open.append(name)
    var copy = inner(scope == .member ? .person : scope)
    swap(&copy.program, &program)
    defer {
      swap(&copy.program, &program)
      open.removeLast()
    }
    // Errors inside have been reported where it is defined; here, the name is what matters.
    do { return try body(&copy) } catch {
      throw LanguageError(error.message, at: position, suggestion: error.suggestion)
    }
  }

  /// A compiler of a part that is about another profile.
  private func inner(_ scope: OperandScope) -> ProgramCompiler {
    var inner = ProgramCompiler(names: names, scope: scope, defining: "")
    inner.open = open
    inner.isAskingMembers = isAskingMembers || scope == .member
    return inner
  }

  /// Compiles a question about the members of an account.
  private mutating func members(
    _ quantity: MemberQuantity, _ body: Expression, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    guard scope == .account else {
      throw LanguageError(
        "'\(quantity.text(of: .person))' refers to the members of an account; use it under "
          + "'accounts:', or inside an expression about accounts such as any account(…)",
        at: position)
    }
    return try question(quantity, body, .person, inner(.member), at: position)
  }

  /// Compiles a question about the accounts of a person.
  private mutating func accounts(
    _ quantity: MemberQuantity, _ body: Expression, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    let text = "'\(quantity.text(of: .account))'"
    // The accounts of a member may depend on their members, and these on their accounts, without end.
    guard !isAskingMembers else {
      throw LanguageError(
        "\(text) inside an expression about members: the accounts of members cannot be referred to",
        at: position)
    }
    guard scope == .person else {
      throw LanguageError(
        "\(text) refers to the accounts of a person; use it in definitions for persons",
        at: position)
    }
    return try question(quantity, body, .account, inner(.account), at: position)
  }

  private mutating func question(
    _ quantity: MemberQuantity, _ body: Expression, _ asked: EntityKind,
    _ compiler: ProgramCompiler, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var inner = compiler
    let part = quantity.takesRule ? try inner.truth(body) : try inner.part(body)
    inner.program.root = part.node
    inner.program.type = part.type
    return try quantifier(quantity, asked, part, inner, at: position)
  }
}
