// Sums, means, minima and maxima over the members of an account that have a value.

import Bytes
import Profiles
import Storage

extension Evaluation {
  /// A sum or mean of numbers over members, where it is kept; `isKept` says whether it is.
  mutating func sumOverMembers(
    _ index: Int32
  ) throws(StoreError) -> (isKept: Bool, number: FixedDecimal?) {
    let quantifier = program.quantifiers[Int(index)]
    guard quantifier.asked == .person,
      quantifier.quantity == .sum || quantifier.quantity == .average,
      let sum = try memberSum(index)
    else { return (false, nil) }
    if quantifier.quantity == .sum { return (true, sum.total) }
    return (true, sum.count > 0 ? sum.total.divided(by: FixedDecimal(Int64(sum.count))) : nil)
  }

  /// Exact numbers: those, and amounts in one currency.
  mutating func overMembers(
    _ index: Int32, _ value: (inout Evaluation) throws(StoreError) -> FixedDecimal?
  ) throws(StoreError) -> FixedDecimal? {
    let quantity = program.quantifiers[Int(index)].quantity
    var total: FixedDecimal? = quantity == .sum ? .zero : nil
    var count: Int64 = 0
    var isTooLarge = false
    try eachMember(index) { (member) throws(StoreError) in
      guard let number = try value(&member) else { return true }
      count += 1
      guard let present = total else {
        total = number
        return true
      }
      switch quantity {
      case .sum, .average:
        total = present.adding(number)
        isTooLarge = total == nil
      case .maximum: total = max(present, number)
      default: total = min(present, number)
      }
      return !isTooLarge
    }
    guard !isTooLarge, quantity == .average else { return isTooLarge ? nil : total }
    return total?.divided(by: FixedDecimal(count))
  }

  /// Scores, in the order of the members, so that the sum is the same each time.
  mutating func scoreOverMembers(_ index: Int32) throws(StoreError) -> Double? {
    let quantity = program.quantifiers[Int(index)].quantity
    var total: Double? = quantity == .sum ? 0 : nil
    var count = 0
    try eachMember(index) { (member) throws(StoreError) in
      guard let score = try member.score(member.program.root) else { return true }
      count += 1
      guard let present = total else {
        total = score
        return true
      }
      switch quantity {
      case .sum, .average: total = present + score
      case .maximum: total = max(present, score)
      default: total = min(present, score)
      }
      return true
    }
    return quantity == .average ? total.map { $0 / Double(count) } : total
  }

  /// Durations, as decimals whose last digit is a millisecond; a mean is rounded half to even.
  mutating func timeOverMembers(_ index: Int32) throws(StoreError) -> Int64? {
    let total = try overMembers(index) { (member) throws(StoreError) in
      try member.time(member.program.root).map { FixedDecimal(mantissa: Int128($0)) }
    }
    return total.map { Int64(clamping: $0.mantissa) }
  }
}
