// The type of an expression, and how its value moves in time while no event arrives: what has to be known
// to refuse an expression whose next change of truth could not be found exactly.

/// The type of an expression's value.
public enum ExpressionType: Sendable, Hashable {
  /// An exact decimal.
  case number
  /// A binary fraction: a decaying score, and what is calculated from one or from durations.
  case score
  /// One exact amount per currency.
  case money
  /// An instant.
  case moment
  /// A duration.
  case duration
  /// A value of an event as it was sent, or a text.
  case value
  /// Several values of events.
  case list
  /// How often each value occurred.
  case categories
  /// True or false.
  case truth

  /// The type as an error message calls it.
  public var name: String { noun }

  var noun: String {
    switch self {
    case .number: "number"
    case .score: "score"
    case .money: "amount of money"
    case .moment: "moment"
    case .duration: "duration"
    case .value: "value"
    case .list: "list"
    case .categories: "table of counts"
    case .truth: "condition"
    }
  }
}

/// How a value moves between two events that change what it is made of.
enum Variation: Equatable {
  /// It stands still.
  case flat
  /// It never falls.
  case rising
  /// It never rises.
  case falling
  /// It moves in one direction, which is known only when there is a value.
  case either

  var turned: Variation {
    switch self {
    case .rising: .falling
    case .falling: .rising
    case .flat, .either: self
    }
  }

  /// How the sum of two moves; nil if nothing is known of it.
  func added(to other: Variation) -> Variation? {
    if self == .flat { return other }
    if other == .flat || self == other && self != .either { return self }
    return nil
  }

  /// How a value that is sometimes one and sometimes the other moves, changing over only at a known instant.
  func joined(with other: Variation) -> Variation {
    self == .flat || self == other ? other : other == .flat ? self : .either
  }
}

/// What is known of the sign of a value.
enum Sign: Equatable {
  case notNegative
  case notPositive
  case unknown

  var turned: Sign {
    switch self {
    case .notNegative: .notPositive
    case .notPositive: .notNegative
    case .unknown: .unknown
    }
  }

  func times(_ other: Sign) -> Sign {
    guard self != .unknown, other != .unknown else { return .unknown }
    return self == other ? .notNegative : .notPositive
  }
}
