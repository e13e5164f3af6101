// An expression in the form in which it is evaluated: nodes in one array, each after those that it
// uses, over a list of operands that are read from fold state.

import Bytes
import Profiles

/// Whose events an aggregate is over.
public enum OperandScope: UInt8, Hashable, Sendable {
  /// All events of the person.
  case person
  /// All events in the account.
  case account
  /// The person's events in the account.
  case member
}

/// An aggregate that is read from fold state, and whose events it is over.
struct Operand: Hashable, Sendable {
  var aggregate: Aggregate
  var scope: OperandScope

  /// What tells operands apart, letter by letter as sent.
  var key: [UInt8] { [scope.rawValue] + aggregate.key }
}

/// The place of a node in its program.
typealias NodeIndex = Int32

/// One step of a program.
///
/// Children stand before their parents.
/// `add` and its like serve every type that can be added: a caller that asks for a number, a score or a time
/// gets one.
enum Node: Sendable {
  // Truth.
  case truth(Bool)
  case not(NodeIndex)
  case all(NodeList)
  case any(NodeList)
  /// A comparison of which a side moves in time.
  case moving(NodeIndex)
  case compareNumbers(ComparisonOperator, NodeIndex, NodeIndex)
  /// Whether the operand, a count, is at least so much.
  case reaches(Int32, Int32)
  case compareScores(ComparisonOperator, NodeIndex, NodeIndex)
  case compareTimes(ComparisonOperator, NodeIndex, NodeIndex)
  case compareValues(ComparisonOperator, NodeIndex, NodeIndex)
  case compareTruths(ComparisonOperator, NodeIndex, NodeIndex)
  /// A value and the place of its `CompiledComparison`.
  case test(NodeIndex, Int32)
  case testAny(NodeIndex, NodeList)
  case listContains(NodeIndex, Int32)
  case match(NodeIndex, Int32)
  case isThere(NodeIndex, ExpressionType)
  /// Whether an event went into a count or a sum.
  case isUsed(Int32)
  case quantifier(Int32)

  // Constants, of all types.
  case number(FixedDecimal)
  case amount(FixedDecimal, CurrencyCode)
  case time(Int64)
  case text(Int32)

  // Operands, as their type.
  case operand(Int32)
  /// How long ago the operand's moment was.
  case since(Int32)
  case bucket(Int32)

  // Calculation.
  case add(NodeIndex, NodeIndex)
  case subtract(NodeIndex, NodeIndex)
  /// The left side in the type asked for, the right side a number or, for a score, a score.
  case multiply(NodeIndex, NodeIndex)
  case divide(NodeIndex, NodeIndex)
  case ratioOfTimes(NodeIndex, NodeIndex)
  case negate(NodeIndex)
  case absolute(NodeIndex)
  case round(NodeIndex)
  case exponential(NodeIndex)
  case logarithm(NodeIndex)
  case least(NodeList)
  case greatest(NodeList)
  case choose(NodeIndex, NodeIndex, NodeIndex)
  case coalesce(NodeList)
  case stage(NodeList)

  // Conversions.
  case scoreOfNumber(NodeIndex)
  case numberOfValue(NodeIndex)
  case constantValue(NodeIndex, ExpressionType)
  case amountIn(CurrencyCode, NodeIndex)
  case length(NodeIndex, ExpressionType)
  case lowercase(NodeIndex)
  case uppercase(NodeIndex)
}

/// A run of `Program.children`.
struct NodeList: Sendable {
  var start: Int32
  var count: Int32
}

/// A compiled expression.
struct Program: Sendable {
  var nodes: [Node] = []
  var children: [NodeIndex] = []
  var comparisons: [CompiledComparison] = []
  var texts: [[UInt8]] = []
  var patterns: [GlobPattern] = []
  var operands: [Operand] = []
  /// What is asked about the members of an account or the accounts of a person.
  var quantifiers: [Quantifier] = []
  var root: NodeIndex = 0
  var type = ExpressionType.truth
  /// The currency of the value, if the definition says it.
  var currency: CurrencyCode?

  /// A question about the members of an account or the accounts of a person.
  struct Quantifier: Sendable {
    var quantity: MemberQuantity
    /// Who is asked: persons or accounts.
    var asked: EntityKind
    var body: Program
  }

  /// All operands, those of questions about others included.
  var allOperands: [Operand] { operands + quantifiers.flatMap(\.body.allOperands) }

}

/// A program over the slots of a plan.
final class BoundProgram: Sendable {
  let program: Program
  /// Where the fold state of each operand is.
  let slots: [Int]
  /// The bodies of the program's questions about others.
  let quantifiers: [BoundProgram]

  /// - Parameter slot: Gives the slot of an operand.
  init?(_ program: Program, _ slot: (Operand) -> Int?) {
    self.program = program
    slots = program.operands.compactMap(slot)
    quantifiers = program.quantifiers.compactMap { BoundProgram($0.body, slot) }
    guard slots.count == program.operands.count, quantifiers.count == program.quantifiers.count
    else { return nil }
  }

  /// All slots, those of questions about others included, ascending, each once.
  var allSlots: [Int] { Set(slots + quantifiers.flatMap(\.allSlots)).sorted() }

  /// The bodies of questions about the accounts of a person, and what is asked of each.
  var questionsAboutAccounts: [(quantity: MemberQuantity, body: BoundProgram)] {
    zip(program.quantifiers, quantifiers).filter { $0.0.asked == .account }.map {
      ($0.0.quantity, $0.1)
    }
  }

  /// The slots over events of persons that it asks about others.
  func slotsOfPersonsAsked(_ scopes: [OperandScope]) -> Set<Int> {
    Set(quantifiers.flatMap(\.allSlots)).filter { scopes[$0] == .person }
  }
}
