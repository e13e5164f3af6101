// Definitions as the reference has them: a text in Cairn's language for the store, and beside it plain
// Swift that says the same. The two have nothing in common but their author.

/// A trait.
public struct TraitDefinition: Sendable {
  /// Its name.
  public let name: String
  /// The definition in Cairn's language.
  public let text: String
  /// What it comes to.
  public let answer: @Sendable (Subject) -> Answer

  init(_ name: String, _ text: String, _ answer: @escaping @Sendable (Subject) -> Answer) {
    self.name = name
    self.text = text
    self.answer = answer
  }
}

/// An audience.
public struct AudienceDefinition: Sendable {
  /// Its name.
  public let name: String
  /// The rule in Cairn's language.
  public let text: String
  /// Whether somebody is in.
  public let holds: @Sendable (Subject) -> Bool

  init(_ name: String, _ text: String, _ holds: @escaping @Sendable (Subject) -> Bool) {
    self.name = name
    self.text = text
    self.holds = holds
  }
}

/// All definitions of a comparison.
public struct Catalogue: Sendable {
  /// Of persons.
  public var traits: [TraitDefinition] = []
  /// Of persons.
  public var audiences: [AudienceDefinition] = []
  /// Of accounts.
  public var accountTraits: [TraitDefinition] = []
  /// Of accounts.
  public var accountAudiences: [AudienceDefinition] = []
  /// How many of the first traits no other definition names.
  public private(set) var freeCount = 0

  /// - Parameter isWhole: Whether every kind comes with every window; with some of them if not.
  public init(isWhole: Bool) {
    traits = Kind.all.enumerated().flatMap { place, kind in
      kind.traits(isWhole ? Span.all : [Span.always, Span.all[1 + place % (Span.all.count - 1)]])
    }
    freeCount = traits.count
    traits += Self.conditions + Self.timeless + Self.formulas
    audiences = Self.rules
    accountTraits = Kind.all.enumerated().flatMap { place, kind in
      kind.traits([Span.all[place % 3]], prefix: "account_")
    }
    accountTraits += Self.accountFormulas
    accountAudiences = Self.accountRules
  }
}

extension Span {
  /// Every form of window.
  static let all: [Span] = [
    always, days(45), ago(30, 90), between("2024-03-10", "2024-08-01"),
    calendar("month", last: 2, in: "Europe/Berlin"), session(days: 6), last("36h", 36 * 3_600_000),
    calendar("quarter"), calendar("month", in: "America/New_York"), before("2024-06-15"),
    after("2024-06-15"), calendar("week", last: 3), calendar("year"), calendar("month", last: 1),
    between("2024-02-01", "2024-11-03", in: "America/New_York"),
    calendar("day", in: "Asia/Kolkata"),
    calendar("week", in: "Europe/Berlin"), calendar("quarter", last: 1),
  ]
}
