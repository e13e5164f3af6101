// Reads windows and lengths of time.

import Bytes

extension DefinitionParser {
  /// The words that a window begins with.
  static let windowWords = ["last", "this", "between", "before", "after", "latest"]

  /// The units of durations with their lengths in milliseconds, largest first.
  package static let durationUnits: [(unit: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// Reads a window if one comes next.
  mutating func window() throws(LanguageError) -> Window? {
    switch token.kind {
    case .name("last"):
      advance()
      return try lastWindow()
    case .name("this"):
      advance()
      let unit = try calendarUnit(isPlural: false)
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
    default: return nil
    }
  }

  /// Reads what follows `last`: a length of time, or units of the calendar.
  private mutating func lastWindow() throws(LanguageError) -> Window {
    switch token.kind {
    case .name:
      let unit = try calendarUnit(isPlural: false)
      return .calendar(CalendarWindow(unit, count: 1, in: try zone()))
    case .number(let text):
      guard case .name = following.kind else { return .last(try duration()) }
      guard let count = Int64(text), (1...CalendarWindow.countMax).contains(count) else {
        throw LanguageError(
          "expected a whole number of units from 1 to \(CalendarWindow.countMax)",
          at: token.position)
      }
      advance()
      let unit = try calendarUnit(isPlural: true)
      return .calendar(CalendarWindow(unit, count: count, in: try zone()))
    default: return .last(try duration())
    }
  }

  private mutating func calendarUnit(isPlural: Bool) throws(LanguageError) -> CalendarUnit {
    let names = CalendarUnit.allCases.map { isPlural ? $0.rawValue + "s" : $0.rawValue }
    guard case .name(let name) = token.kind else {
      throw unexpected("expected one of \(names.joined(separator: ", "))", among: names)
    }
    let unit = CalendarUnit.allCases.first {
      $0.rawValue == name || isPlural && $0.rawValue + "s" == name
    }
    guard let unit else {
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

  /// The instant that a text means: of a date alone, its first in the zone.
  private func instant(
    _ text: String, at position: SourcePosition, in zone: TimeZoneRules
  ) throws(LanguageError) -> Timestamp {
    guard let instant = Timestamp(text) else {
      throw LanguageError(
        "expected a date such as \"2026-01-31\" or a time such as \"2026-01-31T12:00:00Z\"",
        at: position)
    }
    guard text.utf8.count == 10 else { return instant }
    return zone.start(ofDays: instant.milliseconds.floorDivided(by: 86_400_000))
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

  /// Reads a length of time: a whole number with the unit d, h, m or s.
  package mutating func duration() throws(LanguageError) -> Milliseconds {
    let position = token.position
    guard case .quantity(let number, let unit) = token.kind,
      let length = Self.durationUnits.first(where: { $0.unit == unit })?.milliseconds,
      let count = Int64(number), count > 0
    else {
      throw LanguageError(
        "expected a time such as 90d, 12h, 30m or 45s, found \(token.text)", at: position)
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard !overflow, Milliseconds(product) <= Window.lengthMax else {
      throw LanguageError("a window is at most 36,525 days", at: position)
    }
    advance()
    return Milliseconds(product)
  }
}
