// A day of birth that exists. Ad platforms hash its parts separately, so a person with one wrong
// digit cannot be matched, and one with an impossible day never matches anyone.

import Bytes

/// A day of the Gregorian calendar, or of some year if the year is not known.
public struct CalendarDay: Equatable, Sendable {
  /// The year, 1 to 9999; nil if it is not known.
  public let year: Int?
  /// The month, 1 to 12.
  public let month: Int
  /// The day of the month, from 1.
  public let day: Int

  /// A day; nil if it does not exist in the calendar.
  public init?(year: Int?, month: Int, day: Int) {
    guard (1...9999).contains(year ?? 1), (1...12).contains(month),
      (1...Self.length(ofMonth: month, year: year)).contains(day)
    else { return nil }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The day on which an instant lies in UTC.
  public init?(_ instant: Timestamp) {
    // Rounded towards the past.
    let (days, rest) = instant.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
    let date = Timestamp.civilFromDays(rest < 0 ? days - 1 : days)
    self.init(year: Int(date.year), month: Int(date.month), day: Int(date.day))
  }

  /// Whether the day is after another one; a day without year is not.
  func isAfter(_ other: CalendarDay) -> Bool {
    guard let year, let otherYear = other.year else { return false }
    return (year, month, day) > (otherYear, other.month, other.day)
  }

  private static func length(ofMonth month: Int, year: Int?) -> Int {
    switch month {
    case 2:
      guard let year else { return 29 }
      return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: return 30
    default: return 31
    }
  }
}
