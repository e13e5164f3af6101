// All definitions of a store, with their names resolved and a slot of state for each aggregate.
// A value: to apply several definitions at once or not at all, change a copy and keep it.

import Bytes
import Profiles

/// The traits and audiences of a store.
///
/// The same definitions in the same order always give the same slots and numbers, so a store gets
/// them back by repeating its definitions from the log. A slot that is no longer used is retired
/// and never reused; if its aggregate comes back, it gets a new one. So a slot beyond the former
/// `slotCount` is one whose cells must be filled from history.
public struct DefinitionSet: Sendable {
  /// The traits in the order of their first definition.
  public private(set) var traits: [TraitDefinition] = []
  /// The audiences in the order of their first definition.
  public private(set) var audiences: [AudienceDefinition] = []
  private(set) var slots: [Operand?] = []
  /// By the operand's key.
  private var slotOfOperand: [[UInt8]: Int] = [:]
  private var nextAudience: UInt32 = 0
  /// Where the definitions that are read from now on get their time zones from.
  public var zones = TimeZones.utcOnly

  /// Makes a set without definitions.
  public init() {}

  // MARK: - Changes

  /// Makes several changes together: the constraints are checked after the last of them.
  ///
  /// So a trait and the audiences that use it can change together, in any order.
  /// - Throws: what is wrong with a name or text, or with a definition that then uses another in a way
  ///   it does not allow; nothing has changed then.
  public mutating func apply(_ changes: [DefinitionChange]) throws(InvalidDefinition) {
    var next = self
    for change in changes { try next.take(change) }
    try next.compile()
    next.assignSlots()
    self = next
  }

  /// Defines a trait of persons, or defines it again; on an error nothing has changed.
  ///
  /// - Parameter text: An expression, such as `count("Order Completed", last 90d)`.
  /// - Throws: what is wrong with the name or the text, or with a definition that uses the trait.
  public mutating func define(trait name: String, _ text: String) throws(InvalidDefinition) {
    try apply([.defineTrait(name, text)])
  }

  /// Defines an audience of persons, or defines it again; on an error nothing has changed.
  ///
  /// - Parameter text: A rule, such as `count("Order Completed", last 90d) >= 1 and ltv > 100 USD`.
  /// - Throws: what is wrong with the name or the text; a trait must be defined before its use.
  public mutating func define(audience name: String, _ text: String) throws(InvalidDefinition) {
    try apply([.defineAudience(name, text)])
  }

  /// Removes a trait.
  ///
  /// - Throws: if there is none of this name, or another definition uses it; nothing has changed then.
  public mutating func remove(trait name: String) throws(InvalidDefinition) {
    if trait(named: name) != nil, let user = user(ofTrait: name) {
      let error = LanguageError("\(user) uses it; remove that first", at: .start)
      throw InvalidDefinition(kind: .trait, name: name, error: error)
    }
    try apply([.removeTrait(name)])
  }

  /// Removes an audience.
  ///
  /// - Throws: if there is none of this name, or another definition uses it; nothing has changed then.
  public mutating func remove(audience name: String) throws(InvalidDefinition) {
    try apply([.removeAudience(name)])
  }

  /// Makes one change without checking what depends on it.
  private mutating func take(_ change: DefinitionChange) throws(InvalidDefinition) {
    switch change {
    case .defineTrait(let name, let text, let entity): try take(trait: name, text, of: entity)
    case .defineAudience(let name, let text, let entity):
      try take(audience: name, text, of: entity)
    case .removeTrait(let name):
      guard let index = traits.firstIndex(where: { $0.name == name }) else {
        throw unknown(.trait, name, among: traits.map(\.name))
      }
      traits.remove(at: index)
    case .removeAudience(let name):
      guard let index = audiences.firstIndex(where: { $0.name == name }) else {
        throw unknown(.audience, name, among: audiences.map(\.name))
      }
      audiences.remove(at: index)
    }
  }

  private mutating func take(
    trait name: String, _ text: String, of entity: EntityKind
  ) throws(InvalidDefinition) {
    let expression = try read(.trait, name, text)
    let definition = TraitDefinition(
      name: name, entity: entity, expression: expression, program: Program())
    if let index = traits.firstIndex(where: { $0.name == name }) {
      try refuse(traits[index].entity, unless: entity, .trait, name)
      traits[index] = definition
    } else {
      traits.append(definition)
    }
  }

  private mutating func take(
    audience name: String, _ text: String, of entity: EntityKind
  ) throws(InvalidDefinition) {
    let rule = try read(.audience, name, text)
    if entity != .person, DefinitionName.isConsent(name) {
      throw InvalidDefinition(
        kind: .audience, name: name,
        error: LanguageError(
          "consent is that of persons; define the category under 'audiences' or 'consent'",
          at: .start))
    }
    let index = audiences.firstIndex { $0.name == name }
    if let index { try refuse(audiences[index].entity, unless: entity, .audience, name) }
    let definition = AudienceDefinition(
      name: name, number: index.map { audiences[$0].number } ?? AudienceNumber(nextAudience),
      entity: entity, rule: rule, program: Program())
    if let index {
      audiences[index] = definition
    } else {
      audiences.append(definition)
      nextAudience += 1
    }
  }

  private func refuse(
    _ present: EntityKind, unless entity: EntityKind, _ kind: InvalidDefinition.Kind, _ name: String
  ) throws(InvalidDefinition) {
    guard present != entity else { return }
    let whose = present == .account ? "accounts" : "persons"
    throw InvalidDefinition(
      kind: kind, name: name,
      error: LanguageError(
        "there is already one of this name for \(whose); choose another name", at: .start))
  }

  private func read(
    _ kind: InvalidDefinition.Kind, _ name: String, _ text: String
  ) throws(InvalidDefinition) -> Expression {
    do throws(LanguageError) {
      guard DefinitionName.isValid(name) || kind == .audience && DefinitionName.isConsent(name)
      else {
        throw LanguageError("the name is not allowed: \(DefinitionName.requirement)", at: .start)
      }
      return try Expression(parsing: text, zones: zones)
    } catch {
      throw InvalidDefinition(kind: kind, name: name, error: error)
    }
  }

  // MARK: - Lookups

  /// The number of slots ever assigned; slots are 0 ..< slotCount.
  public var slotCount: Int { slots.count }

  /// The aggregate of a slot; nil once the slot is retired.
  public func aggregate(ofSlot slot: Int) -> Aggregate? { slots[slot]?.aggregate }

  /// The slot of an aggregate over all events of a person, if some definition uses it.
  public func slot(of aggregate: Aggregate) -> Int? {
    slotOfOperand[Operand(aggregate: aggregate, scope: .person).key]
  }

  /// The slot of an operand, if some definition uses it.
  func slot(of operand: Operand) -> Int? { slotOfOperand[operand.key] }

  /// The trait of this name.
  public func trait(named name: String) -> TraitDefinition? { traits.first { $0.name == name } }

  /// The audience of this name.
  public func audience(named name: String) -> AudienceDefinition? {
    audiences.first { $0.name == name }
  }

  /// Each audience's rule with names replaced by what they stand for, and whose events each aggregate
  /// is over, which the text alone does not say: two that are equal are true of the same profiles.
  public func rulesByAggregate() -> [AudienceNumber: [UInt8]] {
    var result: [AudienceNumber: [UInt8]] = [:]
    for audience in audiences {
      var writer = ByteWriter()
      writer.lengthPrefixed(audience.rule.inlined(by: self).key)
      for operand in audience.program.allOperands { writer.lengthPrefixed(operand.key) }
      result[audience.number] = writer.bytes
    }
    return result
  }

  /// What in the set uses a trait, in words; nil if nothing does.
  private func user(ofTrait name: String) -> String? {
    func uses(_ expression: Expression) -> Bool {
      var found = false
      expression.visit { if $0.kind == .trait(name) { found = true } }
      return found
    }
    if let audience = audiences.first(where: { uses($0.rule) }) {
      return "the audience '\(audience.name)'"
    }
    return traits.first { uses($0.expression) }.map { "the trait '\($0.name)'" }
  }

  // MARK: - Names and slots

  /// What the names of this set stand for.
  var names: ExpressionNames {
    ExpressionNames(
      traits: traits.map { ($0.name, $0.entity, $0.expression) },
      audiences: audiences.map { ($0.name, $0.entity, $0.rule) })
  }

  /// Compiles every definition, which judges it: the definitions it names may have changed.
  private mutating func compile() throws(InvalidDefinition) {
    let names = names
    for index in traits.indices {
      do throws(LanguageError) {
        var compiler = ProgramCompiler(
          names: names, scope: traits[index].entity.scope, defining: "trait \(traits[index].name)")
        traits[index].program = try compiler.value(traits[index].expression)
      } catch {
        throw InvalidDefinition(kind: .trait, name: traits[index].name, error: error)
      }
    }
    for index in audiences.indices {
      do throws(LanguageError) {
        var compiler = ProgramCompiler(
          names: names, scope: audiences[index].entity.scope,
          defining: "audience \(audiences[index].name)")
        audiences[index].program = try compiler.rule(audiences[index].rule)
      } catch {
        throw InvalidDefinition(kind: .audience, name: audiences[index].name, error: error)
      }
    }
  }

  /// Retires the slots that nothing uses, and gives one to each operand that has none.
  private mutating func assignSlots() {
    let used =
      traits.flatMap(\.program.allOperands) + audiences.flatMap(\.program.allOperands)
    let isUsed = Set(used.map(\.key))
    for (slot, operand) in slots.enumerated() {
      guard let operand, !isUsed.contains(operand.key) else { continue }
      slots[slot] = nil
      slotOfOperand[operand.key] = nil
    }
    for operand in used where slotOfOperand[operand.key] == nil {
      slotOfOperand[operand.key] = slots.count
      slots.append(operand)
    }
  }

  /// One of this set's programs with the slots of its operands.
  func bound(_ program: Program) -> BoundProgram {
    guard let bound = BoundProgram(program, { slotOfOperand[$0.key] }) else {
      preconditionFailure("each operand of a definition has a slot: `assignSlots` has seen to it")
    }
    return bound
  }

  private func unknown(
    _ kind: InvalidDefinition.Kind, _ name: String, among names: [String]
  ) -> InvalidDefinition {
    InvalidDefinition(
      kind: kind, name: name,
      error: LanguageError(
        "there is none of this name", at: .start, suggestion: NearName.of(name, among: names)))
  }
}

extension EntityKind {
  /// Whose events the aggregates of a definition about such an entity are over.
  var scope: OperandScope { self == .account ? .account : .person }
}

extension Expression {
  /// The expression with names replaced by what they stand for in `set`, in which it has been checked.
  func inlined(by set: DefinitionSet) -> Expression {
    map { part in
      switch part.kind {
      case .trait(let name): set.trait(named: name)?.expression.inlined(by: set)
      case .member(let name): set.audience(named: name)?.rule.inlined(by: set)
      default: nil
      }
    }
  }

  /// The expression with the parts that `replace` gives something else for.
  func map(_ replace: (Expression) -> Expression?) -> Expression {
    if let other = replace(self) { return other }
    let kind: Kind =
      switch self.kind {
      case .constant, .duration, .aggregate, .timeSince, .trait, .known, .member, .bucket:
        self.kind
      case .negative(let part): .negative(part.map(replace))
      case .arithmetic(let operation, let a, let b):
        .arithmetic(operation, a.map(replace), b.map(replace))
      case .call(let function, let parts): .call(function, parts.map { $0.map(replace) })
      case .stage(let stages):
        .stage(stages.map { Stage(name: $0.name, rule: $0.rule.map(replace)) })
      case .comparison(let operation, let a, let b):
        .comparison(operation, a.map(replace), b.map(replace))
      case .isIn(let part, let list): .isIn(part.map(replace), list)
      case .exists(let part): .exists(part.map(replace))
      case .and(let parts): .and(parts.map { $0.map(replace) })
      case .or(let parts): .or(parts.map { $0.map(replace) })
      case .not(let part): .not(part.map(replace))
      case .members(let quantity, let part): .members(quantity, part.map(replace))
      case .accounts(let quantity, let part): .accounts(quantity, part.map(replace))
      }
    return Expression(kind, at: position)
  }
}
