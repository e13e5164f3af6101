// Compiles what calculates: which types go together, and how the result moves in time.

import Bytes
import Profiles

extension ProgramCompiler {
  mutating func calculation(_ expression: Expression) throws(LanguageError) -> CompiledPart {
    let position = expression.position
    switch expression.kind {
    case .negative(let inner):
      let part = try numeric(part(inner), "'-'")
      var result = part
      result.node = try emit(.negate(part.node), at: position)
      result.variation = part.variation.turned
      result.sign = part.sign.turned
      result.position = position
      return result
    case .arithmetic(let operation, let a, let b):
      let (left, right) = (try part(a), try part(b))
      var result: CompiledPart
      switch operation {
      case .plus, .minus: result = try sum(operation, left, right, at: position)
      case .times: result = try product(left, right, at: position)
      case .over: result = try quotient(left, right, at: position)
      }
      result.constant = nil
      result.noun = result.type.noun
      result.position = position
      return result
    default: preconditionFailure("not a calculation")
    }
  }

  // MARK: - Conversions

  /// The part as something that can be calculated with: a value of an event becomes the number that
  /// it spells.
  mutating func numeric(
    _ part: CompiledPart, _ what: String
  ) throws(LanguageError) -> CompiledPart {
    switch part.type {
    case .number, .score, .money, .duration: return part
    case .value:
      guard part.constant == nil else { break }
      var result = part
      result.node = try emit(.numberOfValue(part.node), at: part.position)
      result.type = .number
      return result
    default: break
    }
    throw LanguageError("\(what) cannot be used with this \(part.noun)", at: part.position)
  }

  /// The part as a score.
  mutating func score(_ part: CompiledPart) throws(LanguageError) -> CompiledPart {
    guard part.type != .score else { return part }
    guard part.type == .number else {
      throw LanguageError("this \(part.noun) is not a number", at: part.position)
    }
    var result = part
    result.node = try emit(.scoreOfNumber(part.node), at: part.position)
    result.type = .score
    return result
  }

  /// A text constant as the instant that it spells; anything else as it is.
  mutating func moment(_ part: CompiledPart) throws(LanguageError) -> CompiledPart {
    guard case .string(let text)? = part.constant else { return part }
    guard let instant = Timestamp(definition: text) else {
      throw LanguageError(
        "this is not a date; write \"2026-01-31\" or \"2026-01-31T12:00:00Z\"", at: part.position)
    }
    return CompiledPart(
      node: try emit(.time(instant.milliseconds), at: part.position), type: .moment,
      noun: "moment", position: part.position)
  }

  // MARK: - Operators

  private mutating func sum(
    _ operation: ArithmeticOperator, _ a: CompiledPart, _ b: CompiledPart,
    at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var (left, right) = (a, b)
    var type: ExpressionType
    if left.type == .moment || right.type == .moment {
      (left, right) = (try moment(left), try moment(right))
      switch (operation, left.type, right.type) {
      case (.plus, .moment, .duration), (.plus, .duration, .moment), (.minus, .moment, .duration):
        type = .moment
      case (.minus, .moment, .moment): type = .duration
      default: throw mismatch(operation, left, right, at: position)
      }
    } else {
      let sign = "'\(operation.rawValue)'"
      (left, right) = (try numeric(left, sign), try numeric(right, sign))
      if left.type == .score || right.type == .score {
        (left, right) = (try score(left), try score(right))
      }
      guard left.type == right.type else { throw mismatch(operation, left, right, at: position) }
      type = left.type
    }
    let isPlus = operation == .plus
    let other = isPlus ? right.variation : right.variation.turned
    guard let variation = left.variation.added(to: other) else {
      throw Self.unpredictable(at: position)
    }
    let node = try emit(
      isPlus ? .add(left.node, right.node) : .subtract(left.node, right.node), at: position)
    let sign = left.sign == (isPlus ? right.sign : right.sign.turned) ? left.sign : .unknown
    return CompiledPart(
      node: node, type: type, variation: variation, sign: sign,
      currency: left.currency == right.currency ? left.currency : nil, noun: type.noun,
      position: position)
  }

  private mutating func product(
    _ a: CompiledPart, _ b: CompiledPart, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var (left, right) = (try numeric(a, "'*'"), try numeric(b, "'*'"))
    // The unit stands on the left, if there is one.
    if right.type == .money || right.type == .duration { swap(&left, &right) }
    if left.type == .score || right.type == .score {
      (left, right) = (try score(left), try score(right))
    }
    guard right.type == .number || right.type == .score else {
      throw mismatch(.times, a, b, at: position)
    }
    let variation = try Self.variation(ofProduct: left, right, at: position)
    return CompiledPart(
      node: try emit(.multiply(left.node, right.node), at: position), type: left.type,
      variation: variation, sign: left.sign.times(right.sign), currency: left.currency,
      noun: left.type.noun, position: position)
  }

  private mutating func quotient(
    _ a: CompiledPart, _ b: CompiledPart, at position: SourcePosition
  ) throws(LanguageError) -> CompiledPart {
    var (left, right) = (try numeric(a, "'/'"), try numeric(b, "'/'"))
    guard right.variation == .flat else {
      throw LanguageError(
        "the divisor changes with time, so the next change cannot be determined; "
          + "multiply the other side instead", at: right.position)
    }
    var type = left.type
    let node: NodeIndex
    switch (left.type, right.type) {
    case (.duration, .duration):
      type = .score
      node = try emit(.ratioOfTimes(left.node, right.node), at: position)
    case (.money, .money):
      guard let currency = left.currency, currency == right.currency else {
        throw LanguageError(
          "amounts are divided in one currency: write amount(…, \"USD\") / amount(…, \"USD\")",
          at: position)
      }
      type = .number
      let over = try emit(.amountIn(currency, left.node), at: position)
      let under = try emit(.amountIn(currency, right.node), at: position)
      node = try emit(.divide(over, under), at: position)
    case (_, .number) where left.type != .score:
      node = try emit(.divide(left.node, right.node), at: position)
    case (.number, .score), (.score, .number), (.score, .score):
      (left, right) = (try score(left), try score(right))
      type = .score
      node = try emit(.divide(left.node, right.node), at: position)
    default: throw mismatch(.over, a, b, at: position)
    }
    return CompiledPart(
      node: node, type: type, variation: try Self.variation(ofProduct: left, right, at: position),
      sign: left.sign.times(right.sign), currency: type == .money ? left.currency : nil,
      noun: type.noun, position: position)
  }

  private static func variation(
    ofProduct a: CompiledPart, _ b: CompiledPart, at position: SourcePosition
  ) throws(LanguageError) -> Variation {
    switch (a.variation, b.variation) {
    case (.flat, .flat): return .flat
    case (let moving, .flat): return scaled(moving, by: b.sign)
    case (.flat, let moving): return scaled(moving, by: a.sign)
    case (let first, let second)
    where first == second && first != .either && a.sign == .notNegative && b.sign == .notNegative:
      return first
    default: throw unpredictable(at: position)
    }
  }

  private static func scaled(_ variation: Variation, by sign: Sign) -> Variation {
    switch sign {
    case .notNegative: variation
    case .notPositive: variation.turned
    case .unknown: .either
    }
  }

  static func unpredictable(at position: SourcePosition) -> LanguageError {
    LanguageError(
      "both sides change with time, so the next change cannot be determined; compare "
        + "moments (first_at, last_at) instead, or compare each side separately",
      at: position)
  }

  private func mismatch(
    _ operation: ArithmeticOperator, _ a: CompiledPart, _ b: CompiledPart,
    at position: SourcePosition
  ) -> LanguageError {
    LanguageError(
      "'\(operation.rawValue)' cannot be applied to this \(a.noun) and this \(b.noun)",
      at: b.position)
  }
}

extension Timestamp {
  /// Reads a date or a date and time as definitions write them; a date is its first instant, UTC.
  init?(definition text: String) {
    let bytes = Array(text.utf8)
    guard let instant = TimeText(calendar: bytes.span.bytes)?.instant else { return nil }
    self = instant
  }
}
