// Reads windows and lengths of time.

import Bytes

extension DefinitionParser {
  /// The words that a window begins with.
  static let windowWords = ["last", "this", "between", "before", "after", "latest"]

  /// A number and the word after it, with or without a blank between them.
  private struct Quantity {
    var number: String
    var unit: String
    var unitPosition: SourcePosition
    var tokenCount: Int
  }

  /// The number and word that come next; nil if something else does.
  private var quantity: Quantity? {
    switch token.kind {
    case .quantity(let number, let unit):
      Quantity(number: number, unit: unit, unitPosition: token.position, tokenCount: 1)
    case .number(let number):
      if case .name(let word) = following.kind {
        Quantity(number: number, unit: word, unitPosition: following.position, tokenCount: 2)
      } else {
        nil
      }
    default: nil
    }
  }

  /// Whether a length of time comes next, or what was meant as one: a number and a unit.
  package var isAtDuration: Bool {
    quantity.map { LengthUnit.names($0.unit) } ?? false
  }

  /// Reads a window if one comes next.
  mutating func window() throws(LanguageError) -> Window? {
    switch token.kind {
    case .name("last"):
      advance()
      return try lastWindow()
    case .name("this"):
      advance()
      let unit = try calendarUnit()
      return .calendar(CalendarWindow(unit, count: 0, in: try zone()))
    case .name("latest"):
      advance()
      guard take(keyword: "session"), take(keyword: "gap") else {
        throw unexpected(
          "expected 'latest session gap 30m'", among: ["session", "gap"])
      }
      return .latestSession(gap: try duration())
    case .name("between"): return try betweenWindow()
    case .name("before"):
      advance()
      let (text, position) = try dateText()
      return .span(from: nil, to: try instant(text, at: position, in: try zone()))
    case .name("after"):
      advance()
      let (text, position) = try dateText()
      return .span(from: try instant(text, at: position, in: try zone()), to: nil)
    case .quantity: return try agoWindow()
    case .number where isAtDuration: return try agoWindow()
    default: return nil
    }
  }

  /// Reads what follows `last`: a length of time, or units of the calendar.
  private mutating func lastWindow() throws(LanguageError) -> Window {
    switch token.kind {
    case .name:
      let unit = try calendarUnit()
      return .calendar(CalendarWindow(unit, count: 1, in: try zone()))
    case .number, .quantity:
      // Words for days, weeks and longer units are those of the calendar; hours and shorter ones are not in it.
      guard let quantity, let unit = CalendarUnit(word: quantity.unit) else {
        return .last(try duration(choices: LengthUnit.windowChoices))
      }
      guard let count = Int64(quantity.number), (1...CalendarWindow.countMax).contains(count) else {
        throw LanguageError(
          "expected a whole number of units from 1 to \(CalendarWindow.countMax)",
          at: token.position)
      }
      for _ in 0..<quantity.tokenCount { advance() }
      return .calendar(CalendarWindow(unit, count: count, in: try zone()))
    default: return .last(try duration())
    }
  }

  private mutating func calendarUnit() throws(LanguageError) -> CalendarUnit {
    guard case .name(let name) = token.kind, let unit = CalendarUnit(rawValue: name) else {
      let names = CalendarUnit.allCases.map(\.rawValue)
      throw unexpected("expected one of \(names.joined(separator: ", "))", among: names)
    }
    advance()
    return unit
  }

  /// Reads `in "Europe/Berlin"` if it comes next.
  private mutating func zone() throws(LanguageError) -> TimeZoneRules {
    guard take(keyword: "in") else { return .utc }
    guard case .string(let name) = token.kind else {
      throw unexpected("expected a time zone such as \"Europe/Berlin\"", among: [])
    }
    guard TimeZones.isValid(name), let zone = zones.zone(named: name) else {
      throw LanguageError(
        "there is no time zone \(name.quoted) on this machine; write a name such as "
          + "\"Europe/Berlin\"", at: token.position)
    }
    advance()
    return zone
  }

  private mutating func betweenWindow() throws(LanguageError) -> Window {
    let position = token.position
    advance()
    let (first, firstPosition) = try dateText()
    guard take(keyword: "and") else {
      throw unexpected("expected 'and' and the end of the time between", among: ["and"])
    }
    let (second, secondPosition) = try dateText()
    let zone = try zone()
    let from = try instant(first, at: firstPosition, in: zone)
    let to = try instant(second, at: secondPosition, in: zone)
    guard from < to else {
      throw LanguageError("the time between ends before it begins", at: position)
    }
    return .span(from: from, to: to)
  }

  private mutating func dateText() throws(LanguageError) -> (String, SourcePosition) {
    let position = token.position
    guard case .string(let text) = token.kind else {
      throw unexpected("expected a date in quotes such as \"2026-01-31\"", among: [])
    }
    advance()
    return (text, position)
  }

  /// The instant that a text means: without an offset, when the clock of the zone shows it, of a date alone
  /// its first.
  private func instant(
    _ text: String, at position: SourcePosition, in zone: TimeZoneRules
  ) throws(LanguageError) -> Timestamp {
    let bytes = Array(text.utf8)
    guard let time = TimeText(calendar: bytes.span.bytes), let instant = time.instant else {
      throw LanguageError(
        "expected a date such as \"2026-01-31\" or a time such as \"2026-01-31T12:00:00Z\"",
        at: position)
    }
    return time.offset == nil ? zone.instant(ofLocal: time.local) : instant
  }

  private mutating func agoWindow() throws(LanguageError) -> Window {
    let position = token.position
    let newest = try duration()
    guard take(keyword: "to") else {
      throw unexpected("expected 'to' as in 30d to 60d ago", among: ["to"])
    }
    let oldest = try duration()
    guard take(keyword: "ago") else {
      throw unexpected("expected 'ago' as in 30d to 60d ago", among: ["ago"])
    }
    guard newest < oldest else {
      throw LanguageError(
        "the nearer time comes first, as in \(oldest.durationText) to \(newest.durationText) ago",
        at: position)
    }
    return .ago(newest: newest, oldest: oldest)
  }

  /// Reads a length of time: a whole number and a unit, a letter or a word.
  package mutating func duration() throws(LanguageError) -> Milliseconds {
    try duration(choices: LengthUnit.choices)
  }

  /// Reads a length of time.
  ///
  /// - Parameter choices: The units that can stand here, for error messages.
  private mutating func duration(choices: String) throws(LanguageError) -> Milliseconds {
    let position = token.position
    guard let quantity else { throw noDuration }
    guard !LengthUnit.unfixed.contains(quantity.unit) else { throw unfixedLength(quantity) }
    guard let unit = LengthUnit(quantity.unit) else {
      throw LanguageError(
        "'\(quantity.unit)' is not a unit of time; write \(choices)",
        at: quantity.unitPosition, suggestion: LengthUnit.suggestion(for: quantity.unit))
    }
    guard let count = Int64(quantity.number), count > 0 else { throw noDuration }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit.milliseconds)
    guard !overflow, Milliseconds(product) <= Window.lengthMax else {
      throw LanguageError("a window is at most 36,525 days", at: position)
    }
    for _ in 0..<quantity.tokenCount { advance() }
    return Milliseconds(product)
  }

  private var noDuration: LanguageError {
    LanguageError(
      "expected a time such as 90d, 12h, 30m, 45s, 2w or 36 hours, found \(token.text)",
      at: token.position)
  }

  /// The error for a length in months or longer units.
  private func unfixedLength(_ quantity: Quantity) -> LanguageError {
    let unit = quantity.unit
    let calendar = unit.hasPrefix("q") ? "quarter" : unit.hasPrefix("y") ? "year" : "month"
    let days = ["month": 30, "quarter": 91, "year": 365][calendar] ?? 30
    let count = Int64(quantity.number).flatMap { (1...1000).contains($0) ? $0 : nil } ?? 1
    let window = count == 1 ? "last \(calendar)" : "last \(count) \(calendar)s"
    return LanguageError(
      "a \(calendar) has no fixed length; write \(count * Int64(days))d for a duration, or "
        + "'\(window)' for a window of whole calendar units", at: token.position)
  }
}
