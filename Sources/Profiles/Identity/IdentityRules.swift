// How many identifiers of each type one profile may have, and which of them two people never share.
// What counts as an identifier at all is `IdentifierRules`.

import Bytes
import Events

/// The rules by which identifiers are joined into profiles.
public struct IdentityRules: Equatable, Sendable {
  /// The length of time that a limit counts over.
  public enum Period: UInt8, Sendable, CaseIterable {
    case ever = 0
    case year = 1
    case month = 2
    case week = 3
    case day = 4

    /// In milliseconds: 365, 30, 7 days or 1; nil for `ever`.
    public var milliseconds: Int64? {
      switch self {
      case .ever: nil
      case .year: 365 * 86_400_000
      case .month: 30 * 86_400_000
      case .week: 7 * 86_400_000
      case .day: 86_400_000
      }
    }

    /// The word in rules files.
    public var name: String {
      switch self {
      case .ever: "ever"
      case .year: "year"
      case .month: "month"
      case .week: "week"
      case .day: "day"
      }
    }
  }

  /// The most identifiers of a type that come to a profile in event time (t − period, t].
  public struct Limit: Equatable, Sendable {
    /// At least 1.
    public var count: UInt32
    /// The length of time.
    public var period: Period

    /// Makes a limit.
    public init(_ count: UInt32, _ period: Period) {
      self.count = count
      self.period = period
    }
  }

  /// What holds for the identifiers of one type.
  public struct Constraint: Equatable, Sendable {
    /// The type.
    public var type: IdentifierType
    /// How many of them a profile may have; nil for any number.
    public var limit: Limit?
    /// Whether two profiles that each have one are never merged by an event.
    public var isProtected: Bool

    /// Makes a constraint.
    public init(_ type: IdentifierType, limit: Limit? = nil, isProtected: Bool = false) {
      self.type = type
      self.limit = limit
      self.isProtected = isProtected
    }
  }

  /// What is an identifier, in order of priority.
  public var identifiers: IdentifierRules
  /// One for each type in use, in the same order.
  public var constraints: [Constraint]

  /// Makes rules.
  public init(identifiers: IdentifierRules, constraints: [Constraint]) {
    self.identifiers = identifiers
    self.constraints = constraints
  }

  /// Those of a store that has none of its own: one user id forever, which is protected; five e-mail
  /// addresses a year; five anonymous ids a week.
  public static let standard = IdentityRules(
    identifiers: .standard,
    constraints: [
      Constraint(.userID, limit: Limit(1, .ever), isProtected: true),
      Constraint(.email, limit: Limit(5, .year)),
      Constraint(.anonymousID, limit: Limit(5, .week)),
    ])
}

extension IdentityRules {
  /// The encoded rules: version u8 (2; 1 without what alias calls say), the identifier rules, then a counted list of
  /// constraints: type u16, protected u8, limit as varint (0 for none), period u8.
  public func encode() -> [UInt8] {
    var writer = ByteWriter()
    writer.u8(2)
    identifiers.encode(into: &writer)
    writer.varint(UInt64(constraints.count))
    for constraint in constraints {
      writer.u16(constraint.type.rawValue)
      writer.u8(constraint.isProtected ? 1 : 0)
      writer.varint(UInt64(constraint.limit?.count ?? 0))
      writer.u8(constraint.limit?.period.rawValue ?? 0)
    }
    return writer.bytes
  }

  /// Decodes what `encode` wrote.
  public init(decoding bytes: RawSpan) throws(DecodeError) {
    var reader = ByteReader(bytes)
    let version = try reader.u8()
    guard (1...2).contains(version) else { throw reader.invalid() }
    identifiers = try IdentifierRules(&reader, hasAlias: version > 1)
    constraints = []
    for _ in 0..<(try reader.count()) {
      let type = IdentifierType(rawValue: try reader.u16())
      let flag = try reader.u8()
      guard flag <= 1 else { throw reader.invalid() }
      let count = try reader.varint32()
      guard let period = Period(rawValue: try reader.u8()) else { throw reader.invalid() }
      constraints.append(
        Constraint(
          type, limit: count == 0 ? nil : Limit(count, period), isProtected: flag == 1))
    }
    try reader.expectEnd()
  }
}
