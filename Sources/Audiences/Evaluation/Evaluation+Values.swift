// Evaluating values: one function per type, each evaluating its parts as the types it needs, so no
// value is ever wrapped. Nil means that there is no value.

import Bytes
import Glibc
import Profiles
import Storage

extension Evaluation {
  // MARK: - Numbers

  mutating func number(_ index: NodeIndex) throws(StoreError) -> FixedDecimal? {
    switch program.nodes[Int(index)] {
    case .number(let number): return number
    case .operand(let operand):
      return value(ofOperand: operand).number
    case .bucket(let salt):
      return FixedDecimal(Bucket.of(try source.profileID(), salt: program.texts[Int(salt)]))
    case .numberOfValue(let part): return try value(part)?.number
    case .amountIn(let currency, let part): return try amount(part, currency)
    case .length(let part, .list): return FixedDecimal(Int64(try list(part).count))
    case .length(let part, _):
      return try value(part)?.length.map { FixedDecimal(Int64($0)) }
    case .least(let parts): return try extreme(parts) { $0 < $1 }
    case .greatest(let parts): return try extreme(parts) { $0 > $1 }
    case .choose(let test, let a, let b): return try truth(test) ? number(a) : number(b)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        if let number = try number(program.children[Int(place)]) { return number }
      }
      return nil
    case .quantifier(let quantifier):
      if program.quantifiers[Int(quantifier)].quantity == .count {
        return FixedDecimal(Int64(try count(quantifier, upTo: .max)))
      }
      let known = try sumOverMembers(quantifier)
      if known.isKept { return known.number }
      return try overMembers(quantifier) { (member) throws(StoreError) in
        try member.number(member.program.root)
      }
    case let node:
      return try calculated(node) { (evaluation, part) throws(StoreError) in
        try evaluation.number(part)
      }
    }
  }

  /// The number as it is compared: what is the least or greatest, or a value of an event, with all its
  /// digits.
  mutating func exact(_ index: NodeIndex) throws(StoreError) -> ExactDecimal? {
    switch program.nodes[Int(index)] {
    case .operand(let operand):
      let value = value(ofOperand: operand)
      guard value.function == .minimum || value.function == .maximum else { break }
      return value.exactTotal(.none)
    case .amountIn(let currency, let part):
      guard case .operand(let operand) = program.nodes[Int(part)] else { break }
      return value(ofOperand: operand).exactTotal(currency)
    case .numberOfValue(let part):
      guard let text = try value(part)?.decimalText else { return nil }
      return text.exact ?? text.rounded.map { ExactDecimal($0) }
    default: break
    }
    return try number(index).map { ExactDecimal($0) }
  }

  private mutating func extreme(
    _ parts: NodeList, _ isBetter: (FixedDecimal, FixedDecimal) -> Bool
  ) throws(StoreError) -> FixedDecimal? {
    var best: FixedDecimal?
    for place in parts.start..<(parts.start + parts.count) {
      guard let number = try number(program.children[Int(place)]) else { continue }
      if let present = best, !isBetter(number, present) { continue }
      best = number
    }
    return best
  }

  /// Calculations that go alike for numbers and for amounts in one currency, whose right sides are
  /// numbers where they multiply.
  private mutating func calculated(
    _ node: Node,
    _ part: (inout Evaluation, NodeIndex) throws(StoreError) -> FixedDecimal?
  ) throws(StoreError) -> FixedDecimal? {
    switch node {
    case .add(let a, let b):
      guard let left = try part(&self, a), let right = try part(&self, b) else { return nil }
      return left.adding(right)
    case .subtract(let a, let b):
      guard let left = try part(&self, a), let right = try part(&self, b) else { return nil }
      return left.subtracting(right)
    case .multiply(let a, let b):
      guard let left = try part(&self, a), let right = try number(b) else { return nil }
      return left.multiplied(by: right)
    case .divide(let a, let b):
      guard let left = try part(&self, a), let right = try number(b) else { return nil }
      return left.divided(by: right)
    case .negate(let a): return try part(&self, a)?.negated
    case .absolute(let a):
      guard let number = try part(&self, a) else { return nil }
      return number < .zero ? number.negated : number
    case .round(let a): return try part(&self, a)?.rounded
    default: return nil
    }
  }

  // MARK: - Money

  mutating func amount(
    _ index: NodeIndex, _ currency: CurrencyCode
  ) throws(StoreError) -> FixedDecimal? {
    switch program.nodes[Int(index)] {
    case .amount(let amount, let code): return code == currency ? amount : .zero
    case .operand(let operand):
      return value(ofOperand: operand).total(currency)
    case .choose(let test, let a, let b):
      return try truth(test) ? amount(a, currency) : amount(b, currency)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        let child = program.children[Int(place)]
        let isLast = place == parts.start + parts.count - 1
        if isLast { return try amount(child, currency) }
        let isThere = try !currencies(child).isEmpty
        if isThere { return try amount(child, currency) }
      }
      return nil
    case .quantifier(let quantifier):
      return try overMembers(quantifier) { (member) throws(StoreError) in
        try member.amount(member.program.root, currency)
      }
    case let node:
      return try calculated(node) { (evaluation, part) throws(StoreError) in
        try evaluation.amount(part, currency)
      }
    }
  }

  /// The currencies in which there is an amount, in alphabetical order.
  mutating func currencies(_ index: NodeIndex) throws(StoreError) -> [CurrencyCode] {
    var found: Set<CurrencyCode> = []
    switch program.nodes[Int(index)] {
    case .amount(_, let code): return [code]
    case .operand(let operand):
      found.formUnion(value(ofOperand: operand).currencies)
    case .add(let a, let b), .subtract(let a, let b):
      found.formUnion(try currencies(a))
      found.formUnion(try currencies(b))
    case .multiply(let a, _), .divide(let a, _), .negate(let a), .absolute(let a), .round(let a):
      return try currencies(a)
    case .choose(let test, let a, let b): return try truth(test) ? currencies(a) : currencies(b)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        let there = try currencies(program.children[Int(place)])
        if !there.isEmpty { return there }
      }
    case .quantifier(let quantifier):
      try eachMember(quantifier) { (member) throws(StoreError) in
        found.formUnion(try member.currencies(member.program.root))
        return true
      }
    default: break
    }
    return found.sorted()
  }

  // MARK: - Time

  /// A moment or a duration in milliseconds; values that do not fit are clamped.
  mutating func time(_ index: NodeIndex) throws(StoreError) -> Int64? {
    switch program.nodes[Int(index)] {
    case .time(let milliseconds): return milliseconds
    case .operand(let operand):
      return moment(ofOperand: operand)
    case .since(let operand):
      guard let moment = moment(ofOperand: operand) else { return nil }
      return max(0, instant.milliseconds - moment)
    case .add(let a, let b):
      guard let left = try time(a), let right = try time(b) else { return nil }
      return left.addingSaturated(right)
    case .subtract(let a, let b):
      guard let left = try time(a), let right = try time(b) else { return nil }
      return left.addingSaturated(right == .min ? .max : -right)
    case .multiply(let a, let b):
      guard let left = try time(a), let right = try number(b) else { return nil }
      return FixedDecimal(mantissa: Int128(left)).multiplied(by: right)?.saturatedMantissa
    case .divide(let a, let b):
      guard let left = try time(a), let right = try number(b), right != .zero else { return nil }
      return FixedDecimal(mantissa: Int128(left)).divided(by: right)?.saturatedMantissa
    case .negate(let a): return try time(a).map { $0 == .min ? .max : -$0 }
    case .absolute(let a): return try time(a).map { $0 == .min ? .max : abs($0) }
    case .least(let parts): return try extremeTime(parts) { $0 < $1 }
    case .greatest(let parts): return try extremeTime(parts) { $0 > $1 }
    case .choose(let test, let a, let b): return try truth(test) ? time(a) : time(b)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        if let time = try time(program.children[Int(place)]) { return time }
      }
      return nil
    case .quantifier(let quantifier): return try timeOverMembers(quantifier)
    default: return nil
    }
  }

  /// The moment of an operand, in milliseconds.
  @inline(never)
  private mutating func moment(ofOperand operand: Int32) -> Int64? {
    value(ofOperand: operand).moment?.milliseconds
  }

  private mutating func extremeTime(
    _ parts: NodeList, _ isBetter: (Int64, Int64) -> Bool
  ) throws(StoreError) -> Int64? {
    var best: Int64?
    for place in parts.start..<(parts.start + parts.count) {
      guard let time = try time(program.children[Int(place)]) else { continue }
      if let present = best, !isBetter(time, present) { continue }
      best = time
    }
    return best
  }

  // MARK: - Scores

  mutating func score(_ index: NodeIndex) throws(StoreError) -> Double? {
    switch program.nodes[Int(index)] {
    case .scoreOfNumber(let part): return try number(part)?.double
    case .operand(let operand):
      return value(ofOperand: operand).score.value(at: instant)
    case .ratioOfTimes(let a, let b):
      guard let left = try time(a), let right = try time(b), right != 0 else { return nil }
      return Double(left) / Double(right)
    case .add(let a, let b): return try both(a, b) { $0 + $1 }
    case .subtract(let a, let b): return try both(a, b) { $0 - $1 }
    case .multiply(let a, let b): return try both(a, b) { $0 * $1 }
    case .divide(let a, let b): return try both(a, b) { $1 == 0 ? nil : $0 / $1 }
    case .negate(let a): return try score(a).map { -$0 }
    case .absolute(let a): return try score(a).map { abs($0) }
    case .round(let a): return try score(a).map { $0.rounded(.toNearestOrEven) }
    case .exponential(let a): return try score(a).map { Glibc.exp($0) }
    case .logarithm(let a): return try score(a).map { Glibc.log($0) }
    case .least(let parts): return try extremeScore(parts) { $0 < $1 }
    case .greatest(let parts): return try extremeScore(parts) { $0 > $1 }
    case .choose(let test, let a, let b): return try truth(test) ? score(a) : score(b)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        if let score = try score(program.children[Int(place)]) { return score }
      }
      return nil
    case .quantifier(let quantifier): return try scoreOverMembers(quantifier)
    default: return nil
    }
  }

  private mutating func both(
    _ a: NodeIndex, _ b: NodeIndex, _ body: (Double, Double) -> Double?
  ) throws(StoreError) -> Double? {
    guard let left = try score(a), let right = try score(b) else { return nil }
    return body(left, right)
  }

  private mutating func extremeScore(
    _ parts: NodeList, _ isBetter: (Double, Double) -> Bool
  ) throws(StoreError) -> Double? {
    var best: Double?
    for place in parts.start..<(parts.start + parts.count) {
      guard let score = try score(program.children[Int(place)]) else { continue }
      if let present = best, !isBetter(score, present) { continue }
      best = score
    }
    return best
  }
}

extension Int64 {
  fileprivate func addingSaturated(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? (other > 0 ? .max : .min) : sum
  }
}

extension FixedDecimal {
  fileprivate var saturatedMantissa: Int64 { Int64(clamping: mantissa) }
}
