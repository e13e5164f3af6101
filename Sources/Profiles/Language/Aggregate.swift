// What is computed over a profile's events. Traits are named aggregates, and rules compare
// aggregates; equal ones share one slot of state, so an aggregate is a canonical, hashable value.

import Bytes

/// Which events an aggregate is about.
public enum EventSelector: Hashable, Sendable {
  /// Every event.
  case any
  /// The `track` events, pages, screens with one of these names: sorted, each once, at least one.
  case names([String])

  /// The same selection with its names sorted and each once.
  var canonical: EventSelector {
    guard case .names(let names) = self else { return .any }
    precondition(!names.isEmpty, "an aggregate has an event name")
    // By bytes: Swift takes composed and decomposed letters for the same, events do not.
    let texts = Set(names.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
    return .names(texts.map { String(decoding: $0, as: UTF8.self) })
  }

  /// What either selects.
  func union(_ other: EventSelector) -> EventSelector {
    guard case .names(let first) = self, case .names(let second) = other else { return .any }
    return EventSelector.names(first + second).canonical
  }
}

/// Where the currency of an amount comes from.
public enum CurrencySource: Hashable, Sendable {
  /// A value of the event.
  case path(PropertyPath)
  /// The same for all events.
  case constant(CurrencyCode)
}

/// A number or value that is kept up to date over a profile's events.
public struct Aggregate: Hashable, Sendable {
  /// What is computed.
  public enum Kind: Hashable, Sendable {
    /// How many events.
    case count
    /// Whether there is an event.
    case exists
    /// The exact sum of a number; one sum per currency if there is a source of currencies.
    case sum(PropertyPath, currency: CurrencySource?)
    /// The mean of a number, half to even at nine digits; one per currency like `sum`.
    case average(PropertyPath, currency: CurrencySource?)
    /// The least number; one per currency like `sum`.
    case minimum(PropertyPath, currency: CurrencySource?)
    /// The greatest number; one per currency like `sum`.
    case maximum(PropertyPath, currency: CurrencySource?)
    /// The value of the earliest event that has one.
    case first(PropertyPath)
    /// The value of the latest event that has one.
    case last(PropertyPath)
    /// The time of the earliest event, or of the earliest that has a value at the path.
    case firstAt(PropertyPath?)
    /// The time of the latest event, or of the latest that has a value at the path.
    case lastAt(PropertyPath?)
    /// The value that most events have; of several, the one seen last.
    case mostFrequent(PropertyPath)
    /// The value that fewest events have; of several, the one seen last.
    case leastFrequent(PropertyPath)
    /// The different values, the one seen last first; `limit` bounds the answer, not what is counted.
    case uniqueList(PropertyPath, limit: Int)
    /// How many different values there are, exactly.
    case uniqueCount(PropertyPath)
    /// How many events have each value; `limit` bounds the answer, not what is counted.
    case categoryCount(PropertyPath, limit: Int)
    /// How many values at the path have a latest event after the latest one of `answer`.
    case unmatched(answer: EventPattern, by: PropertyPath)
    /// How many runs of events there are between which no more than `gap` passes.
    case sessions(gap: Milliseconds)
    /// Whether events happened in this order.
    case sequence(EventSequence)
    /// A sum of weights, each of which halves every `halfLife`.
    case score([ScoreWeight], halfLife: Milliseconds)
    /// Whether the person consents to a category.
    case consent(String, ConsentMerge)
  }

  /// What is computed.
  public let kind: Kind
  /// Which events it is about; of `sequence` and `score`, those of all parts together.
  public let events: EventSelector
  /// What else an event must satisfy.
  public let condition: EventCondition?
  /// The part of time that counts.
  public let window: Window
  /// Whether it keeps a known trait, which an explicit null takes away; see `known(_:ofAccount:)`.
  let isKnownTrait: Bool

  /// Makes an aggregate.
  ///
  /// Names of events are sorted and each is kept once.
  public init(
    _ kind: Kind, of events: EventSelector, where condition: EventCondition? = nil,
    within window: Window = .allTime
  ) {
    self.init(kind, of: events, where: condition, within: window, isKnownTrait: false)
  }

  init(
    _ kind: Kind, of events: EventSelector, where condition: EventCondition?, within window: Window,
    isKnownTrait: Bool
  ) {
    self.kind = kind
    self.events = events.canonical
    self.condition = condition
    self.window = window
    self.isKnownTrait = isKnownTrait
  }

  /// Makes a sequence or a score, whose events are those of its parts.
  public init(_ kind: Kind, within window: Window = .allTime) {
    let patterns: [EventPattern] =
      switch kind {
      case .sequence(let sequence): sequence.patterns
      case .score(let weights, _): weights.map(\.pattern)
      default: []
      }
    let events = patterns.dropFirst().reduce(patterns.first?.events ?? .any) {
      $0.union($1.events)
    }
    self.init(kind, of: events, within: window)
  }

  /// Reads an aggregate.
  public init(parsing text: String, zones: TimeZones = .utcOnly) throws(LanguageError) {
    var parser = try DefinitionParser(text, zones: zones)
    self = try parser.aggregate()
    guard parser.token.kind == .end else {
      throw parser.unexpected("a trait is one aggregate; expected the end", among: [])
    }
  }

  /// The canonical text as bytes: what tells aggregates apart, letter by letter as sent.
  ///
  /// `==` takes composed and decomposed letters for the same, which in events they are not. The same
  /// text with other rules of its time zone is another aggregate, and so is a known trait, which no text
  /// of an aggregate stands for.
  public var key: [UInt8] {
    Array(((isKnownTrait ? "known " : "") + description + (window.zone?.digest ?? "")).utf8)
  }
}
