// Events as parts of an aggregate: which ones, and in which order. `Aggregate` itself has one pattern;
// sequences, scores and unmatched events have several.

import Bytes

/// Which events are meant: by name, and by what they hold.
public struct EventPattern: Hashable, Sendable {
  /// Which names.
  public let events: EventSelector
  /// What else an event must satisfy.
  public let condition: EventCondition?

  /// Makes a pattern; names are sorted and each is kept once.
  public init(_ events: EventSelector, where condition: EventCondition? = nil) {
    self.events = events.canonical
    self.condition = condition
  }
}

extension EventPattern: CustomStringConvertible {
  /// The pattern as the language writes it.
  public var description: String {
    condition.map { "\(events) where \($0)" } ?? events.description
  }
}

/// Events in an order.
public struct EventSequence: Hashable, Sendable {
  /// One step of the order.
  public struct Step: Hashable, Sendable {
    /// Which event takes the step.
    public let pattern: EventPattern
    /// What must not happen between the step before and this one; nothing for the first step.
    public let exclusions: [EventPattern]

    /// Makes a step.
    public init(_ pattern: EventPattern, without exclusions: [EventPattern] = []) {
      self.pattern = pattern
      self.exclusions = exclusions
    }
  }

  /// The steps: at least two.
  public let steps: [Step]
  /// The most time between the first step and the last; nil for any.
  public let within: Milliseconds?

  /// Makes a sequence.
  public init(_ steps: [Step], within: Milliseconds? = nil) {
    precondition(steps.count >= 2, "a sequence has two steps")
    self.steps = steps
    self.within = within
  }

  /// The most steps and exclusions together: each is a bit of an entry.
  public static let patternsMax = 32

  /// All steps, then all exclusions in the order of their steps.
  var patterns: [EventPattern] { steps.map(\.pattern) + steps.flatMap(\.exclusions) }
}

extension EventSequence: CustomStringConvertible {
  /// What stands between the parentheses, without a window.
  public var description: String {
    var parts = steps.map { step in
      ([step.pattern.description] + step.exclusions.map { "without \($0)" })
        .joined(separator: " ")
    }
    if let within { parts.append("within \(within.durationText)") }
    return parts.joined(separator: ", ")
  }
}

/// What one kind of event adds to a score.
public struct ScoreWeight: Hashable, Sendable {
  /// Which events.
  public let pattern: EventPattern
  /// What each adds at its own time; may be negative.
  public let weight: FixedDecimal

  /// The largest weight in size, so that sums of them stay far below what an accumulator holds.
  public static let weightMax = FixedDecimal(1_000_000)
  /// The most weights of a score.
  public static let weightsMax = 1000

  /// Makes a weight.
  public init(_ pattern: EventPattern, _ weight: FixedDecimal) {
    self.pattern = pattern
    self.weight = weight
  }
}

extension ScoreWeight: CustomStringConvertible {
  /// The weight as the language writes it.
  public var description: String { "\(pattern): \(weight)" }
}
