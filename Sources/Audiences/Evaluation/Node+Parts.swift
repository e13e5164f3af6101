// The structure of a program, for those who look at one without evaluating it.

extension Program {
  /// The nodes that a node uses directly; of a question about others, none.
  func parts(of node: Node) -> [NodeIndex] {
    switch node {
    case .truth, .number, .amount, .time, .text, .bucket, .operand, .since, .reaches, .isUsed,
      .quantifier:
      []
    case .not(let a), .moving(let a), .negate(let a), .absolute(let a), .round(let a),
      .exponential(let a), .logarithm(let a), .scoreOfNumber(let a), .numberOfValue(let a),
      .lowercase(let a), .uppercase(let a), .amountIn(_, let a):
      [a]
    case .test(let a, _), .testAny(let a, _), .listContains(let a, _), .match(let a, _): [a]
    case .isThere(let a, _), .constantValue(let a, _), .length(let a, _): [a]
    case .compareNumbers(_, let a, let b), .compareScores(_, let a, let b),
      .compareTimes(_, let a, let b), .compareValues(_, let a, let b),
      .compareTruths(_, let a, let b):
      [a, b]
    case .add(let a, let b), .subtract(let a, let b), .multiply(let a, let b),
      .divide(let a, let b), .ratioOfTimes(let a, let b):
      [a, b]
    case .choose(let test, let a, let b): [test, a, b]
    case .all(let list), .any(let list), .least(let list), .greatest(let list),
      .coalesce(let list), .stage(let list):
      Array(children[Int(list.start)..<Int(list.start + list.count)])
    }
  }
}

extension Node {
  /// The operand that the node itself reads.
  var operand: Int32? {
    switch self {
    case .operand(let operand), .since(let operand), .isUsed(let operand): operand
    case .reaches(let operand, _): operand
    default: nil
    }
  }
}
