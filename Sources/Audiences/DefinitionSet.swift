// All definitions of a store, with their names resolved and a slot of state for each aggregate.
// A value: to apply several definitions at once or not at all, change a copy and keep it.

import Bytes
import Profiles

/// The traits and audiences of a store.
///
/// The same definitions in the same order always give the same slots and numbers, so a store gets
/// them back by repeating its definitions from the log. A slot that nothing uses any more is retired
/// and never used again; its aggregate gets a new one if it comes back. So a slot beyond the former
/// `slotCount` is one whose cells must be filled from history.
public struct DefinitionSet: Sendable {
  /// The traits in the order of their first definition.
  public private(set) var traits: [TraitDefinition] = []
  /// The audiences in the order of their first definition.
  public private(set) var audiences: [AudienceDefinition] = []
  private var slots: [Aggregate?] = []
  /// By the aggregate's key.
  private var slotOfAggregate: [[UInt8]: Int] = [:]
  private var nextAudience: UInt32 = 0

  /// Makes a set without definitions.
  public init() {}

  // MARK: - Changes

  /// Makes several changes together: what must hold, holds after the last of them.
  ///
  /// So a trait and the audiences that use it can change in one go, in any order.
  /// - Throws: what is wrong with a name or text, or with an audience that then uses a trait in a way
  ///   it does not allow; nothing has changed then.
  public mutating func apply(_ changes: [DefinitionChange]) throws(DefinitionError) {
    var next = self
    for change in changes { try next.take(change) }
    for audience in next.audiences { try next.check(audience) }
    next.assignSlots()
    self = next
  }

  /// Defines a trait, or defines it anew; on an error nothing has changed.
  ///
  /// - Parameter text: One aggregate, such as `count("Order Completed", last 90d)`.
  /// - Throws: what is wrong with the name or the text, or with an audience that uses the trait.
  public mutating func define(trait name: String, _ text: String) throws(DefinitionError) {
    try apply([.defineTrait(name, text)])
  }

  /// Defines an audience, or defines it anew; on an error nothing has changed.
  ///
  /// - Parameter text: A rule, such as `count("Order Completed", last 90d) >= 1 and ltv > 100 USD`.
  /// - Throws: what is wrong with the name or the text; a trait must be defined before its use.
  public mutating func define(audience name: String, _ text: String) throws(DefinitionError) {
    try apply([.defineAudience(name, text)])
  }

  /// Takes a trait out.
  ///
  /// - Throws: if there is none of this name, or an audience uses it; nothing has changed then.
  public mutating func remove(trait name: String) throws(DefinitionError) {
    if let user = audiences.first(where: { $0.references.contains { $0.name == name } }),
      trait(named: name) != nil
    {
      let error = LanguageError(
        "the audience '\(user.name)' uses it; remove that first", at: .start)
      throw DefinitionError(kind: .trait, name: name, error: error)
    }
    try apply([.removeTrait(name)])
  }

  /// Takes an audience out.
  ///
  /// - Throws: if there is none of this name.
  public mutating func remove(audience name: String) throws(DefinitionError) {
    try apply([.removeAudience(name)])
  }

  /// Makes one change without checking what depends on it.
  private mutating func take(_ change: DefinitionChange) throws(DefinitionError) {
    switch change {
    case .defineTrait(let name, let text): try take(trait: name, text)
    case .defineAudience(let name, let text): try take(audience: name, text)
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

  private mutating func take(trait name: String, _ text: String) throws(DefinitionError) {
    let aggregate: Aggregate
    do throws(LanguageError) {
      try Self.check(name)
      aggregate = try Aggregate(parsing: text)
    } catch {
      throw DefinitionError(kind: .trait, name: name, error: error)
    }
    let definition = TraitDefinition(name: name, aggregate: aggregate)
    if let index = traits.firstIndex(where: { $0.name == name }) {
      traits[index] = definition
    } else {
      traits.append(definition)
    }
  }

  private mutating func take(audience name: String, _ text: String) throws(DefinitionError) {
    let parsed: ParsedRule
    do throws(LanguageError) {
      try Self.check(name)
      parsed = try ParsedRule(text)
    } catch {
      throw DefinitionError(kind: .audience, name: name, error: error)
    }
    let index = audiences.firstIndex { $0.name == name }
    let definition = AudienceDefinition(
      name: name, number: index.map { audiences[$0].number } ?? AudienceNumber(nextAudience),
      rule: parsed.rule, references: parsed.references)
    if let index {
      audiences[index] = definition
    } else {
      audiences.append(definition)
      nextAudience += 1
    }
  }

  // MARK: - Look-ups

  /// The number of slots ever given out; slots are 0 ..< slotCount.
  public var slotCount: Int { slots.count }

  /// The aggregate of a slot; nil once the slot is retired.
  public func aggregate(ofSlot slot: Int) -> Aggregate? { slots[slot] }

  /// The slot of an aggregate that some definition uses.
  public func slot(of aggregate: Aggregate) -> Int? { slotOfAggregate[aggregate.key] }

  /// The slot of a trait; nil if there is none of this name.
  public func slot(ofTrait name: String) -> Int? {
    traits.first { $0.name == name }.flatMap { slotOfAggregate[$0.aggregate.key] }
  }

  /// The trait of this name.
  public func trait(named name: String) -> TraitDefinition? { traits.first { $0.name == name } }

  /// The audience of this name.
  public func audience(named name: String) -> AudienceDefinition? {
    audiences.first { $0.name == name }
  }

  /// The rule of one of this set's audiences, compiled over slots.
  public func compile(_ audience: AudienceDefinition) -> CompiledRule {
    // Each operand of a defined audience has a slot: `check` found its trait, `assignSlots` both.
    CompiledRule(audience.rule) { operand in
      guard let aggregate = aggregate(of: operand), let slot = slotOfAggregate[aggregate.key] else {
        preconditionFailure("an audience of another set")
      }
      return (slot, aggregate)
    }
  }

  /// Each audience's rule with traits replaced by what they compute: two that are equal are true of
  /// the same profiles.
  public func rulesByAggregate() -> [AudienceNumber: Rule] {
    var result: [AudienceNumber: Rule] = [:]
    for audience in audiences {
      result[audience.number] = audience.rule.map { test in
        test.mapOperand { aggregate(of: $0).map(Operand.aggregate) ?? $0 }
      }
    }
    return result
  }

  // MARK: - Names and slots

  private func aggregate(of operand: Operand) -> Aggregate? {
    switch operand {
    case .aggregate(let aggregate): aggregate
    case .trait(let name): trait(named: name)?.aggregate
    }
  }

  private static func check(_ name: String) throws(LanguageError) {
    guard DefinitionName.isValid(name) else {
      throw LanguageError("the name is not allowed: \(DefinitionName.requirement)", at: .start)
    }
  }

  /// Checks that the traits a rule names exist and can be compared in its way.
  private func check(_ audience: AudienceDefinition) throws(DefinitionError) {
    for reference in audience.references {
      do throws(LanguageError) {
        guard let trait = trait(named: reference.name) else {
          throw LanguageError(
            "there is no trait '\(reference.name)'", at: reference.position,
            suggestion: NearName.of(reference.name, among: traits.map(\.name)))
        }
        try reference.test.check(against: trait.aggregate, at: reference.literalPosition)
      } catch {
        throw DefinitionError(kind: .audience, name: audience.name, error: error)
      }
    }
  }

  /// Retires the slots that nothing uses, and gives one to each aggregate that has none.
  private mutating func assignSlots() {
    var used: [Aggregate] = traits.map(\.aggregate)
    for audience in audiences {
      audience.rule.forEachTest { test in
        if let aggregate = aggregate(of: test.operand) { used.append(aggregate) }
      }
    }
    let isUsed = Set(used.map(\.key))
    for (slot, aggregate) in slots.enumerated() {
      guard let aggregate, !isUsed.contains(aggregate.key) else { continue }
      slots[slot] = nil
      slotOfAggregate[aggregate.key] = nil
    }
    for aggregate in used where slotOfAggregate[aggregate.key] == nil {
      slotOfAggregate[aggregate.key] = slots.count
      slots.append(aggregate)
    }
  }

  private func unknown(
    _ kind: DefinitionError.Kind, _ name: String, among names: [String]
  ) -> DefinitionError {
    DefinitionError(
      kind: kind, name: name,
      error: LanguageError(
        "there is none of this name", at: .start, suggestion: NearName.of(name, among: names)))
  }
}
