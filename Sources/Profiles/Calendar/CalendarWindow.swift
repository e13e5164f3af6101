// Windows that follow the calendar of a time zone.

import Bytes

/// A unit of the calendar.
public enum CalendarUnit: String, CaseIterable, Sendable {
  case day
  /// From Monday.
  case week
  case month
  case quarter
  case year
}

/// Whole units of the calendar of one time zone.
public struct CalendarWindow: Hashable, Sendable {
  /// The unit.
  public let unit: CalendarUnit
  /// How many whole units before the present one; 0 for the present one up to now.
  public let count: Int64
  /// Whose calendar.
  public let zone: TimeZoneRules

  /// The most units of a window.
  public static let countMax: Int64 = 36_525

  /// Makes a window.
  public init(_ unit: CalendarUnit, count: Int64, in zone: TimeZoneRules = .utc) {
    self.unit = unit
    self.count = count
    self.zone = zone
  }

  /// What lies inside at `now`: (after, through].
  func bounds(at now: Timestamp) -> (after: Timestamp, through: Timestamp) {
    let period = period(at: now)
    let start = start(of: period - count)
    let before = Timestamp(milliseconds: start.milliseconds - 1)
    guard count > 0 else { return (before, now) }
    let through = self.start(of: period).milliseconds - 1
    return (before, Timestamp(milliseconds: through))
  }

  /// The first instant at which an event of this time is inside.
  func enters(_ time: Timestamp) -> Timestamp {
    count > 0 ? start(of: period(at: time) + 1) : time
  }

  /// The first instant at which an event of this time is no longer inside.
  func leaves(_ time: Timestamp) -> Timestamp { start(of: period(at: time) + count + 1) }

  /// The number of the unit that an instant is in; the units of all instants are in order.
  private func period(at instant: Timestamp) -> Int64 {
    let instant = min(max(instant, .earliest), .latest)
    var period = Self.period(unit, ofDays: zone.localDays(at: instant))
    // Where the clock goes back over midnight, a date comes twice: its first instant counts.
    while start(of: period + 1) <= instant { period += 1 }
    while start(of: period) > instant { period -= 1 }
    return period
  }

  private func start(of period: Int64) -> Timestamp {
    zone.start(ofDays: Self.startDays(unit, of: period))
  }

  private static func period(_ unit: CalendarUnit, ofDays days: Int64) -> Int64 {
    let date = Timestamp.civilFromDays(days)
    return switch unit {
    case .day: days
    // The 1st of January 1970 was a Thursday.
    case .week: (days + 3).floorDivided(by: 7)
    case .month: date.year * 12 + date.month - 1
    case .quarter: date.year * 4 + (date.month - 1) / 3
    case .year: date.year
    }
  }

  private static func startDays(_ unit: CalendarUnit, of period: Int64) -> Int64 {
    switch unit {
    case .day: return period
    case .week: return period * 7 - 3
    case .month: return firstOfMonth(period)
    case .quarter: return firstOfMonth(period * 3)
    case .year: return firstOfMonth(period * 12)
    }
  }

  private static func firstOfMonth(_ month: Int64) -> Int64 {
    let year = month.floorDivided(by: 12)
    return Timestamp.daysFromCivil(year, month - year * 12 + 1, 1)
  }
}
