// Reads windows and lengths of time.

import Bytes

extension DefinitionParser {
  /// The words that a window begins with.
  static let windowWords = ["last", "this", "between", "before", "after", "latest"]

  /// The units in which durations are written, with their lengths in milliseconds, largest first.
  package static let durationUnits: [(unit: String, milliseconds: Int64)] = [
    ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
  ]

  /// The length in milliseconds of a unit right after its number, as in `2w`; nil for any other word.
  private static func length(ofSuffix unit: String) -> Int64? {
    unit == "w" ? 7 * 86_400_000 : durationUnits.first { $0.unit == unit }?.milliseconds
  }

  /// The length in milliseconds of a unit in words, as in `36 hours`; nil for any other word.
  private static func length(ofWord word: String) -> Int64? {
    switch word {
    case "week", "weeks": 7 * 86_400_000
    case "day", "days": 86_400_000
    case "hour", "hours": 3_600_000
    case "minute", "minutes": 60_000
    case "second", "seconds": 1000
    default: nil
    }
  }

  /// Whether a length of time comes next, or what was meant as one: a number and a unit.
  package var isAtDuration: Bool {
    switch token.kind {
    case .quantity(_, let unit): Self.length(ofSuffix: unit) != nil || Self.isUnitOfTime(unit)
    case .number:
      if case .name(let word) = following.kind { Self.isUnitOfTime(word) } else { false }
    default: false
    }
  }

  /// Whether a word names a unit of time, of a fixed length or not.
  private static func isUnitOfTime(_ word: String) -> Bool {
    length(ofWord: word) != nil || unfixedUnits.contains(word)
  }

  /// Units that have no fixed length, and how people shorten them.
  private static let unfixedUnits = [
    "month", "months", "mo", "quarter", "quarters", "year", "years", "y",
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
    case .number where isAtDuration: return try agoWindow()
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
      // Days, weeks and longer units are those of the calendar; hours and shorter ones are not in it.
      guard case .name(let word) = following.kind,
        Self.length(ofWord: word) ?? .max >= 86_400_000
      else { return .last(try duration()) }
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

  /// Reads a length of time: a whole number with the unit w, d, h, m or s, or followed by `weeks`, `days`,
  /// `hours`, `minutes`, `seconds` or one of them.
  package mutating func duration() throws(LanguageError) -> Milliseconds {
    let position = token.position
    var number = ""
    var length: Int64?
    var words = 1
    switch token.kind {
    case .quantity(let digits, let unit):
      guard !Self.unfixedUnits.contains(unit) else { throw unfixedLength(digits, unit) }
      number = digits
      length = Self.length(ofSuffix: unit)
    case .number(let digits):
      guard case .name(let word) = following.kind else { break }
      guard !Self.unfixedUnits.contains(word) else { throw unfixedLength(digits, word) }
      number = digits
      length = Self.length(ofWord: word)
      words = 2
    default: break
    }
    guard let length, let count = Int64(number), count > 0 else {
      throw LanguageError(
        "expected a time such as 90d, 12h, 30m, 45s, 2w or 36 hours, found \(token.text)",
        at: position)
    }
    let (product, overflow) = count.multipliedReportingOverflow(by: length)
    guard !overflow, Milliseconds(product) <= Window.lengthMax else {
      throw LanguageError("a window is at most 36,525 days", at: position)
    }
    for _ in 0..<words { advance() }
    return Milliseconds(product)
  }

  /// The error for a length in months or longer units.
  private func unfixedLength(_ number: String, _ unit: String) -> LanguageError {
    let calendar = unit.hasPrefix("q") ? "quarter" : unit.hasPrefix("y") ? "year" : "month"
    let days = ["month": 30, "quarter": 91, "year": 365][calendar] ?? 30
    let count = Int64(number).flatMap { (1...1000).contains($0) ? $0 : nil } ?? 1
    let window = count == 1 ? "last \(calendar)" : "last \(count) \(calendar)s"
    return LanguageError(
      "a \(calendar) has no fixed length; write \(count * Int64(days))d for a length of time, or "
        + "'\(window)' for a window of whole units of the calendar", at: token.position)
  }
}
