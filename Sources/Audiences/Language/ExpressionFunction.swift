// The functions of values, by name. Their types are checked by `ProgramCompiler`.

/// A function of values.
public enum ExpressionFunction: String, CaseIterable, Sendable {
  /// The least of several values, ignoring missing ones.
  case min
  /// The greatest of several values, ignoring missing ones.
  case max
  /// The value without its sign.
  case abs
  /// The nearest whole number, the even one of two.
  case round
  /// e to the power of a number.
  case exp
  /// The natural logarithm of a number.
  case ln
  /// One of two values, by a condition.
  case `if`
  /// The first value that is not missing.
  case coalesce
  /// The amount of money in one currency, as a number.
  case amount
  /// The number of a text's characters, or of a list's elements.
  case length
  /// A text in lower case.
  case lowercase
  /// A text in capital letters.
  case uppercase
  /// Whether a text fits a pattern in which `*` stands for any characters and `?` for one.
  case match
  /// The instant of a date or of a date and time.
  case date

  /// How many arguments it takes.
  var arity: ClosedRange<Int> {
    switch self {
    case .min, .max, .coalesce: 1...16
    case .abs, .round, .exp, .ln, .length, .lowercase, .uppercase, .date: 1...1
    case .amount, .match: 2...2
    case .if: 3...3
    }
  }
}
