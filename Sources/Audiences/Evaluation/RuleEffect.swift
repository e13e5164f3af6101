// In which direction events can change a rule, determined when it is compiled: an order can only
// make "has ordered" true, so for members of that audience orders need not be evaluated.

import Profiles

/// The ways in which an event can change whether a rule holds, by what it brings to one slot.
///
/// About the event's own instant and all later ones: without `raises`, the rule holds at none at which it
/// did not hold before; without `lowers`, it fails at none at which it held. So the rule of a member
/// needs no evaluation without `lowers`, that of another none without `raises`, and a timer that was
/// armed before still comes early enough.
public struct RuleEffect: OptionSet, Hashable, Sendable, BitwiseCopyable {
  /// The bits.
  public let rawValue: UInt8

  /// Makes an effect of its bits.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// It can begin to hold.
  public static let raises = RuleEffect(rawValue: 1)
  /// It can cease to hold.
  public static let lowers = RuleEffect(rawValue: 2)
  /// Both, if the slot had no value before: what is compared with nothing is false either way.
  public static let turnsFromNothing = RuleEffect(rawValue: 4)

  static let either: RuleEffect = [.raises, .lowers]

  /// The same effect on the opposite rule.
  var negated: RuleEffect {
    var negated = intersection(.turnsFromNothing)
    if contains(.raises) { negated.insert(.lowers) }
    if contains(.lowers) { negated.insert(.raises) }
    return negated
  }

  /// The effect of an event that may be the first to give the slot a value.
  func onEvent(beginning isFirst: Bool) -> RuleEffect {
    isFirst && contains(.turnsFromNothing) ? .either : self
  }
}

extension BoundProgram {
  /// How events of each slot can change whether the rule holds.
  var effects: [Int: RuleEffect] {
    var effects: [Int: RuleEffect] = [:]
    addEffects(of: program.root, isNegated: false, to: &effects)
    return effects
  }

  private func addEffects(
    of index: NodeIndex, isNegated: Bool, to effects: inout [Int: RuleEffect]
  ) {
    func add(_ effect: RuleEffect, _ operand: Int32) {
      effects[slots[Int(operand)], default: []].formUnion(isNegated ? effect.negated : effect)
    }
    let node = program.nodes[Int(index)]
    switch node {
    case .all, .any, .moving:
      for part in program.parts(of: node) {
        addEffects(of: part, isNegated: isNegated, to: &effects)
      }
    case .not(let part): addEffects(of: part, isNegated: !isNegated, to: &effects)
    case .reaches(let operand, _), .isUsed(let operand), .operand(let operand):
      add(isCount(operand) ? .raises : .either, operand)
    case .compareNumbers(let operation, let a, let b):
      guard case .operand(let operand) = program.nodes[Int(a)], isCount(operand),
        case .number = program.nodes[Int(b)], let effect = operation.effectOfRising
      else { return addAll(of: index, to: &effects) }
      add(effect, operand)
    case .compareTimes(let operation, let a, let b):
      guard case .since(let operand) = program.nodes[Int(a)],
        case .time = program.nodes[Int(b)], let effect = effect(operation, ofTimeSince: operand)
      else { return addAll(of: index, to: &effects) }
      add(effect, operand)
    default: addAll(of: index, to: &effects)
    }
  }

  /// Marks everything that a node reads as able to change the rule either way.
  private func addAll(of index: NodeIndex, to effects: inout [Int: RuleEffect]) {
    let node = program.nodes[Int(index)]
    if let operand = node.operand { effects[slots[Int(operand)]] = .either }
    if case .quantifier(let quantifier) = node {
      for slot in quantifiers[Int(quantifier)].allSlots { effects[slot] = .either }
    }
    for part in program.parts(of: node) { addAll(of: part, to: &effects) }
  }

  /// Whether an operand is the number of its events, or whether there is one.
  ///
  /// More events never make that less, at any instant; of the newest session they can.
  private func isCount(_ operand: Int32) -> Bool {
    let aggregate = program.operands[Int(operand)].aggregate
    return (aggregate.kind == .count || aggregate.kind == .exists) && !aggregate.isOfLatestSession
  }

  /// What an event does to a comparison of the time since the first or last of its kind.
  ///
  /// The last is never an earlier one for it, the first never a later one. Where events leave a window,
  /// what is first or last can be so for longer, too.
  private func effect(
    _ operation: ComparisonOperator, ofTimeSince operand: Int32
  ) -> RuleEffect? {
    let aggregate = program.operands[Int(operand)].aggregate
    guard aggregate.window == .allTime else { return nil }
    let isLast: Bool
    switch aggregate.kind {
    case .lastAt: isLast = true
    case .firstAt: isLast = false
    default: return nil
    }
    guard let effect = operation.effectOfRising.map({ isLast ? $0.negated : $0 }) else {
      return nil
    }
    return effect == .lowers ? [.lowers, .turnsFromNothing] : effect
  }
}

extension Aggregate {
  fileprivate var isOfLatestSession: Bool {
    if case .latestSession = window { true } else { false }
  }
}

extension ComparisonOperator {
  /// What it does to a comparison that its left side becomes greater; nil if that depends.
  fileprivate var effectOfRising: RuleEffect? {
    switch self {
    case .greater, .greaterOrEqual: .raises
    case .less, .lessOrEqual: .lowers
    case .equal, .notEqual, .contains: nil
    }
  }
}
