// Evaluating conditions.

import Bytes
import Profiles
import Storage

extension Evaluation {
  mutating func truth(_ index: NodeIndex) throws(StoreError) -> Bool {
    switch program.nodes[Int(index)] {
    case .truth(let value): return value
    case .not(let part): return try !truth(part)
    case .all(let parts):
      for place in parts.start..<(parts.start + parts.count)
      where try !truth(program.children[Int(place)]) {
        return false
      }
      return true
    case .any(let parts):
      for place in parts.start..<(parts.start + parts.count)
      where try truth(program.children[Int(place)]) {
        return true
      }
      return false
    case .moving(let comparison): return try moving(comparison)
    case .compareNumbers(let operation, let a, let b):
      guard let left = try exact(a), let right = try exact(b) else { return false }
      return operation.holds(left, right)
    case .reaches(let operand, let least): return reaches(operand, Int(least))
    case .compareScores(let operation, let a, let b):
      guard let left = try score(a), let right = try score(b), !left.isNaN, !right.isNaN else {
        return false
      }
      return operation.holds(left, right)
    case .compareTimes(let operation, let a, let b):
      guard let left = try time(a), let right = try time(b) else { return false }
      return operation.holds(left, right)
    case .compareValues(let operation, let a, let b):
      guard let left = try value(a), let right = try value(b) else { return false }
      return left.compares(operation, right)
    case .compareTruths(let operation, let a, let b):
      return try (truth(a) == truth(b)) == (operation == .equal)
    case .test(let part, let comparison):
      guard let value = try value(part) else { return false }
      return program.comparisons[Int(comparison)].matches(value)
    case .testAny(let part, let list):
      guard let value = try value(part) else { return false }
      for place in list.start..<(list.start + list.count)
      where program.comparisons[Int(program.children[Int(place)])].matches(value) {
        return true
      }
      return false
    case .listContains(let part, let comparison):
      return try list(part).contains { program.comparisons[Int(comparison)].matches($0) }
    case .match(let part, let pattern):
      guard case .string(let text)? = try value(part) else { return false }
      return program.patterns[Int(pattern)].matches(text.span.bytes)
    case .isThere(let part, let type): return try isThere(part, type)
    case .isUsed(let operand): return holds(operand) { $0.isUsed }
    case .operand(let operand): return holds(operand) { $0.truth }
    case .choose(let test, let a, let b): return try truth(test) ? truth(a) : truth(b)
    case .coalesce(let parts): return try truth(program.children[Int(parts.start)])
    case .quantifier(let quantifier): return try quantified(quantifier)
    default: return false
    }
  }

  private mutating func isThere(
    _ index: NodeIndex, _ type: ExpressionType
  ) throws(StoreError) -> Bool {
    switch type {
    case .number: try number(index) != nil
    case .score: try score(index)?.isFinite ?? false
    case .moment, .duration: try time(index) != nil
    case .value: try value(index) != nil
    case .list: try !list(index).isEmpty
    case .money: try !currencies(index).isEmpty
    case .categories, .truth: try truth(index)
    }
  }

  private mutating func quantified(_ index: Int32) throws(StoreError) -> Bool {
    switch program.quantifiers[Int(index)].quantity {
    case .any: return try count(index, upTo: 1) == 1
    case .none: return try count(index, upTo: 1) == 0
    case .atLeast(let least): return try count(index, upTo: least) >= least
    case .all:
      if let known = try memberCount(index) { return known.holding == known.all }
      var holds = true
      try eachMember(index) { (member) throws(StoreError) in
        holds = try member.holdsWhenAsked()
        return holds
      }
      return holds
    case .count, .sum, .average, .maximum, .minimum: return false
    }
  }

  /// For how many members or accounts the rule holds; stops at `limit`.
  mutating func count(_ index: Int32, upTo limit: Int) throws(StoreError) -> Int {
    if let known = try memberCount(index) { return min(known.holding, limit) }
    var count = 0
    try eachMember(index) { (member) throws(StoreError) in
      if try member.holdsWhenAsked() { count += 1 }
      return count < limit
    }
    return count
  }
}

extension ComparisonOperator {
  /// Whether the comparison holds for two values in an order.
  func holds<T: Comparable>(_ a: T, _ b: T) -> Bool {
    switch self {
    case .equal: a == b
    case .notEqual: a != b
    case .greater: a > b
    case .greaterOrEqual: a >= b
    case .less: a < b
    case .lessOrEqual: a <= b
    case .contains: false
    }
  }
}
