// Windows by their definition: two bounds, worked out again for every instant. Calendars are Foundation's.

import Foundation

/// A window: how it is written, and what is inside at an instant.
public struct Span: Sendable {
  /// The end of a name that tells what the window is.
  public let name: String
  /// The text after an aggregate's comma; empty for all time.
  public let text: String
  /// Of a session: the longest pause inside, in milliseconds.
  public let gap: Int64?
  private let bounds: @Sendable (Int64) -> (after: Int64, through: Int64)

  init(
    _ name: String, _ text: String, gap: Int64? = nil,
    bounds: @escaping @Sendable (Int64) -> (after: Int64, through: Int64)
  ) {
    self.name = name
    self.text = text
    self.gap = gap
    self.bounds = bounds
  }

  /// What is inside at `now`: times later than the first bound and not later than the second.
  public func bounds(at now: Int64) -> (after: Int64, through: Int64) {
    let (after, through) = bounds(now)
    return (after, min(through, now))
  }

  static let day: Int64 = 86_400_000

  static let always = Span("ever", "") { (.min, $0) }

  static func last(_ text: String, _ length: Int64) -> Span {
    Span("last_\(text)", "last \(text)") { ($0 - length, $0) }
  }

  static func days(_ count: Int64) -> Span { last("\(count)d", count * day) }

  static func ago(_ newest: Int64, _ oldest: Int64) -> Span {
    Span("\(newest)d_to_\(oldest)d_ago", "\(newest)d to \(oldest)d ago") {
      ($0 - oldest * day, $0 - newest * day)
    }
  }

  static func between(_ from: String, _ to: String, in zone: String? = nil) -> Span {
    let (first, end) = (start(from, zone), start(to, zone))
    let place = zone.map { #" in "\#($0)""# } ?? ""
    return Span(
      "between\(zone == nil ? "" : "_there")", #"between "\#(from)" and "\#(to)"\#(place)"#
    ) {
      _ in (first - 1, end - 1)
    }
  }

  static func before(_ date: String) -> Span {
    let end = start(date, nil)
    return Span("before", #"before "\#(date)""#) { _ in (.min, end - 1) }
  }

  static func after(_ date: String) -> Span {
    let first = start(date, nil)
    return Span("after", #"after "\#(date)""#) { _ in (first - 1, .max) }
  }

  /// `this month`, or, with a count, as many whole ones before it.
  static func calendar(_ unit: String, last count: Int? = nil, in zone: String? = nil) -> Span {
    let place = zone.map { #" in "\#($0)""# } ?? ""
    let text = count.map { $0 == 1 ? "last \(unit)" : "last \($0) \(unit)s" } ?? "this \(unit)"
    let calendar = calendar(zone)
    return Span(
      text.replacing(" ", with: "_") + (zone == nil ? "" : "_there"), text + place
    ) { now in
      let present = begin(of: unit, around: now, calendar)
      guard let count else { return (milliseconds(present) - 1, .max) }
      let (component, size) = step(unit)
      let first = calendar.date(byAdding: component, value: -count * size, to: present) ?? present
      return (milliseconds(first) - 1, milliseconds(present) - 1)
    }
  }

  static func session(days: Int64) -> Span {
    Span("session", "latest session gap \(days)d", gap: days * day) { (.min, $0) }
  }

  private static func calendar(_ zone: String?) -> Calendar {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: zone ?? "UTC") ?? .gmt
    return calendar
  }

  private static func milliseconds(_ date: Date) -> Int64 {
    Int64((date.timeIntervalSince1970 * 1000).rounded())
  }

  /// The first instant of a date in a zone.
  private static func start(_ date: String, _ zone: String?) -> Int64 {
    let parts = date.split(separator: "-").compactMap { Int($0) }
    let day = DateComponents(year: parts[0], month: parts[1], day: parts[2])
    return milliseconds(calendar(zone).date(from: day) ?? .distantPast)
  }

  private static func step(_ unit: String) -> (Calendar.Component, Int) {
    switch unit {
    case "day": (.day, 1)
    case "week": (.day, 7)
    case "month": (.month, 1)
    case "quarter": (.month, 3)
    default: (.year, 1)
    }
  }

  /// The first instant of the unit that an instant is in; weeks begin on Monday.
  private static func begin(of unit: String, around now: Int64, _ calendar: Calendar) -> Date {
    let date = Date(timeIntervalSince1970: Double(now) / 1000)
    let today = calendar.startOfDay(for: date)
    var parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
    switch unit {
    case "day": return today
    case "week":
      // Sunday is 1.
      let passed = ((parts.weekday ?? 2) + 5) % 7
      return calendar.date(byAdding: .day, value: -passed, to: today) ?? today
    default: break
    }
    let month = parts.month ?? 1
    parts.day = 1
    parts.weekday = nil
    if unit == "quarter" { parts.month = month - (month - 1) % 3 }
    if unit == "year" { parts.month = 1 }
    return calendar.date(from: parts) ?? today
  }
}
