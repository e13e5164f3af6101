// Definitions as the reference has them: a text in Cairn's language for the store, and next to it plain
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

  /// How much of everything there is.
  public enum Scope: String, Sendable {
    /// Every kind of trait once, with one window or another, and every shape of audience.
    case core
    /// Every kind with no window and with one, all conditions, all audiences.
    case wide
    /// Every kind with every window.
    case whole
  }

  /// Makes the definitions of a scope.
  public init(_ scope: Scope) {
    let spans = Span.all
    for (place, kind) in Kind.all.enumerated() {
      let one = spans[(place + 1) % spans.count]
      switch scope {
      case .core: traits += kind.traits([kind.allows(one) ? one : .always])
      case .wide: traits += kind.traits(one.text.isEmpty ? [one] : [.always, one])
      case .whole: traits += kind.traits(spans)
      }
      accountTraits += kind.traits([spans[place % 3]], prefix: "account_")
    }
    freeCount = traits.count
    traits += Self.timeless + Self.formulas
    accountTraits += Self.accountFormulas
    accountAudiences = Self.accountRules
    if scope == .core {
      audiences = Self.rules.filter { Self.coreRules.contains($0.name) }
    } else {
      traits += Self.conditions
      audiences = Self.rules
    }
  }

  private static let coreRules: Set<String> = [
    "valuable", "undecided_patients", "at_risk", "never_ordered", "few_orders", "gardeners",
    "mean_order_high", "big_ticket", "money_lately", "plans", "lapsed", "quiet_for_long",
    "newcomers", "engaged", "ready_to_grow", "last_months", "view_cart_buy", "current_customers",
    "prospects", "tenth",
  ]
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
