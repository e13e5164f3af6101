// Why a rule holds or does not, and what a trait consists of: each part of an expression as it is
// written, with its value for one profile.

import Bytes
import Profiles
import Storage

/// A part of a definition and its value.
public struct Explanation: Sendable {
  /// The part, as the language writes it.
  public var text: String
  /// Its value; true or false for a part of a rule.
  public var result: TraitResult
  /// The parts that it follows from: of a comparison its two sides, of a name what it stands for.
  public var parts: [Explanation] = []
  /// The members of the account that the part asks about.
  public var members: [Other] = []
  /// The accounts of the person that the part asks about.
  public var accounts: [Other] = []

  /// The value for a member of an account, or for an account of a person.
  public struct Other: Sendable {
    /// The person or account.
    public var profile: ProfileOrdinal
    /// What the question asks of it.
    public var explanation: Explanation
  }

  /// Whether the part holds; nil if it is not a condition.
  public var holds: Bool? {
    switch result {
    case .truth(let holds): holds
    case .aggregate(let value) where [.exists, .sequence, .consent].contains(value.function):
      value.truth
    default: nil
    }
  }
}

/// An aggregate that a definition is made of.
public struct ExplainedAggregate: Sendable {
  /// The aggregate, as the language writes it.
  public var text: String
  /// Its slot.
  public var slot: Int
  /// Whose events it is over.
  public var scope: OperandScope
}

extension DefinitionSet {
  /// The value of the rule of an audience or the expression of a trait for one profile, part by part.
  ///
  /// - Parameters:
  ///   - expression: That of a definition of this set.
  ///   - plan: The plan of this set.
  public func explain<State: ProfileState>(
    _ expression: Expression, _ subject: ProfileSubject, in state: State, plan: EvaluationPlan,
    now: Timestamp
  ) throws(StoreError) -> Explanation {
    let explainer = Explainer(set: self, state: state, plan: plan, now: now)
    return try explainer.explain(expression, .init(subject: subject, account: nil), depth: 0)
  }

  /// The aggregates that an expression of this set is made of, names replaced by what they stand for.
  public func aggregates(
    of expression: Expression, _ entity: EntityKind
  ) -> [ExplainedAggregate] {
    guard let program = compiled(expression, entity.scope) else { return [] }
    return program.allOperands.compactMap { operand in
      slot(of: operand).map {
        ExplainedAggregate(
          text: operand.aggregate.description, slot: $0, scope: operand.scope)
      }
    }
  }

  /// The program of a part of a checked definition.
  func compiled(_ expression: Expression, _ scope: OperandScope) -> Program? {
    var compiler = ProgramCompiler(names: names, scope: scope, defining: "")
    return try? compiler.value(expression)
  }
}

/// Explains expressions for the profiles of one state.
private struct Explainer<State: ProfileState> {
  let set: DefinitionSet
  let state: State
  let plan: EvaluationPlan
  let now: Timestamp

  /// Whom a part is about.
  struct Subject {
    var subject: ProfileSubject
    /// The account, if the part asks about one of its members.
    var account: ProfileOrdinal?

    var scope: OperandScope {
      account != nil ? .member : subject.kind == .account ? .account : .person
    }
  }

  func explain(
    _ expression: Expression, _ about: Subject, depth: Int
  ) throws(StoreError) -> Explanation {
    var explanation = Explanation(
      text: expression.description, result: try result(of: expression, about))
    // Names lead to other definitions, which name others.
    guard depth < 64 else { return explanation }
    for part in parts(of: expression) {
      var about = about
      // A name inside a question about a member is that of the whole person.
      if part.isNamed { about.account = nil }
      explanation.parts.append(try explain(part.expression, about, depth: depth + 1))
    }
    if case .members(_, let body) = expression.kind, about.subject.kind == .account {
      for profile in try state.persons(ofAccount: about.subject.profile) {
        let member = Subject(subject: try state.subject(profile), account: about.subject.profile)
        explanation.members.append(
          .init(profile: profile, explanation: try explain(body, member, depth: depth + 1)))
      }
    }
    if case .accounts(_, let body) = expression.kind, about.scope == .person {
      for account in try state.accounts(ofProfile: about.subject.profile) {
        let other = Subject(subject: try state.subject(account), account: nil)
        explanation.accounts.append(
          .init(profile: account, explanation: try explain(body, other, depth: depth + 1)))
      }
    }
    return explanation
  }

  private func result(of expression: Expression, _ about: Subject) throws(StoreError)
    -> TraitResult
  {
    guard let program = set.compiled(expression, about.scope) else { return .value(nil) }
    let bound = set.bound(program)
    let operands = try ProfileOperands(
      about.subject, in: about.account, for: [bound], from: state, plan: plan,
      now: now)
    var evaluation = Evaluation(bound, operands, now: now)
    return try evaluation.result()
  }

  /// The parts that are worth a separate line.
  private func parts(
    of expression: Expression
  ) -> [(expression: Expression, isNamed: Bool)] {
    switch expression.kind {
    case .trait(let name):
      set.trait(named: name).map { [($0.expression, true)] } ?? []
    case .member(let name): set.audience(named: name).map { [($0.rule, true)] } ?? []
    case .members, .accounts: []
    default: expression.parts.filter { !$0.isConstant }.map { ($0, false) }
    }
  }
}

extension Expression {
  fileprivate var isConstant: Bool {
    switch kind {
    case .constant, .duration: true
    default: false
    }
  }
}
