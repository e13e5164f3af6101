// What most aggregates ask of an event, in a few bytes: the parsing thread asks it of every event, and a plan is an
// object, with references to count.

import Events

/// Whether an event that has one of an aggregate's names matters to it, and what it brings, where that takes no more
/// than its type and one field.
public struct MatchStep: Sendable, BitwiseCopyable {
  /// What an event brings.
  public enum Kind: UInt8, Sendable, BitwiseCopyable {
    /// Its plan has to be asked.
    case plan
    /// Nothing but itself.
    case count
    /// That it is there, as a value.
    case presence
    /// A value of a field; nothing if it does not have it.
    case value
    /// A value of a field; the plan has to be asked if it does not have it.
    case valueOrPlan
    /// Nothing if it does not have a field; if it has, the plan has to be asked.
    case planIfPresent
  }

  /// What an event brings.
  public let kind: Kind
  /// A bit for each type of event that can matter.
  @usableFromInline let types: UInt8
  /// The number of the field.
  public let field: Int

  /// A step that always asks the plan.
  public static let plan = MatchStep(.plan)

  init(_ kind: Kind, types: UInt8 = .max, field: Int = .max) {
    self.kind = kind
    self.types = types
    self.field = field
  }

  /// Whether events of a type can matter.
  @inlinable @inline(__always)
  public func canMatter(_ type: EventType) -> Bool { types & 1 &<< type.rawValue != 0 }
}

extension AggregatePlan {
  /// What can be said without the plan.
  public var step: MatchStep {
    guard !hasPatterns, let types = predicate == nil ? .max : predicate?.types else { return .plan }
    switch spec.function {
    case .count, .exists, .sessions: return MatchStep(.count, types: types)
    case .first, .last:
      guard case .path(let path)? = field else { return MatchStep(.plan, types: types) }
      return MatchStep(whole == nil ? .value : .valueOrPlan, types: types, field: path.number)
    case .mostFrequent, .leastFrequent, .uniqueList, .uniqueCount, .categoryCount:
      guard case .path(let path)? = field else { return MatchStep(.plan, types: types) }
      return MatchStep(.value, types: types, field: path.number)
    case .firstAt where field == nil, .lastAt where field == nil:
      return MatchStep(.presence, types: types)
    case .consent:
      guard case .path(let path)? = whole else { return .plan }
      return MatchStep(.planIfPresent, types: types, field: path.number)
    case .firstAt, .lastAt, .sum, .average, .minimum, .maximum, .unmatched, .sequence, .score:
      return MatchStep(.plan, types: types)
    }
  }
}
