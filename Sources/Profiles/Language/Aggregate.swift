// What is computed over a profile's events. Traits are named aggregates, and rules compare
// aggregates; equal ones share one slot of state, so an aggregate is a canonical, hashable value.

import Bytes

/// Which events an aggregate is about.
public enum EventSelector: Hashable, Sendable {
  /// Every event.
  case any
  /// The `track` events, pages, screens with one of these names: sorted, each once, at least one.
  case names([String])
}

/// The part of time that an aggregate looks at.
public enum Window: Hashable, Sendable {
  /// Everything up to now.
  case allTime
  /// Event time in (now − N, now].
  case last(Milliseconds)

  /// The length N, if there is one.
  public var length: Milliseconds? {
    if case .last(let length) = self { length } else { nil }
  }

  /// The longest window: a hundred years of 365.25 days.
  public static let lengthMax = Milliseconds.days(36_525)
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
    /// The exact sum of a number; one sum per currency if there is a source of currencies.
    case sum(PropertyPath, currency: CurrencySource?)
    /// The value of the earliest event that has one.
    case first(PropertyPath)
    /// The value of the latest event that has one.
    case last(PropertyPath)
  }

  /// What is computed.
  public let kind: Kind
  /// Which events it is about.
  public let events: EventSelector
  /// What else an event must satisfy.
  public let condition: EventCondition?
  /// The part of time that counts.
  public let window: Window

  /// Makes an aggregate.
  ///
  /// Names of events are sorted and each is kept once.
  public init(
    _ kind: Kind, of events: EventSelector, where condition: EventCondition? = nil,
    within window: Window = .allTime
  ) {
    self.kind = kind
    if case .names(let names) = events {
      precondition(!names.isEmpty, "an aggregate has an event name")
      // By bytes: Swift takes composed and decomposed letters for the same, events do not.
      let texts = Set(names.map { Array($0.utf8) }).sorted { $0.lexicographicallyPrecedes($1) }
      self.events = .names(texts.map { String(decoding: $0, as: UTF8.self) })
    } else {
      self.events = events
    }
    self.condition = condition
    self.window = window
  }

  /// Reads an aggregate.
  public init(parsing text: String) throws(LanguageError) {
    var parser = try DefinitionParser(text)
    self = try parser.aggregate()
    guard parser.token.kind == .end else {
      throw parser.unexpected("a trait is one aggregate; expected the end", among: [])
    }
  }

  /// The canonical text as bytes: what tells aggregates apart, letter by letter as sent.
  ///
  /// `==` takes composed and decomposed letters for the same, which in events they are not.
  public var key: [UInt8] { Array(description.utf8) }

  /// What values an aggregate has, as far as comparing them goes.
  public enum ValueType: Sendable {
    /// One exact number.
    case number
    /// One exact number per currency.
    case money
    /// A value of an event: a text, a number, true, false.
    case value
  }

  /// What values this aggregate has.
  public var valueType: ValueType {
    switch kind {
    case .count: .number
    case .sum(_, let currency): currency == nil ? .number : .money
    case .first, .last: .value
    }
  }
}

extension Aggregate: CustomStringConvertible {
  /// The aggregate as the language writes it; parsing this text gives an equal aggregate.
  public var description: String {
    switch kind {
    case .count: return "count(\(arguments()))"
    case .sum(let path, .none): return "sum(\(arguments(path.description)))"
    case .sum(let path, .path(let currency)?):
      return "sum(\(arguments(path.description, "currency: \(currency)")))"
    case .sum(let path, .constant(let currency)?):
      return "sum(\(arguments(path.description, "currency: \(currency.description.quoted)")))"
    case .first(let path): return "first(\(arguments(path.description)))"
    case .last(let path): return "last(\(arguments(path.description)))"
    }
  }

  /// What stands between the parentheses.
  package func arguments(_ own: String...) -> String {
    var parts = [events.description] + own
    if let condition { parts[0] += " where \(condition)" }
    if let length = window.length { parts.append("last \(length.durationText)") }
    return parts.joined(separator: ", ")
  }
}

extension EventSelector: CustomStringConvertible {
  /// The selector as the language writes it.
  public var description: String {
    switch self {
    case .any: "*"
    case .names(let names) where names.count == 1: names[0].quoted
    case .names(let names): "[\(names.map(\.quoted).joined(separator: ", "))]"
    }
  }
}

extension Milliseconds {
  /// A whole number of the largest unit that fits exactly; windows are whole seconds.
  package var durationText: String {
    for (unit, length) in DefinitionParser.durationUnits where value % length == 0 {
      return "\(value / length)\(unit)"
    }
    return "\(value / 1000)s"
  }
}
