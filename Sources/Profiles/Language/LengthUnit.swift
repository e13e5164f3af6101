// The units of lengths of time, in the spellings that people use.

import Bytes

/// A unit of a length of time.
enum LengthUnit: String, CaseIterable {
  // Raw values are the letters that lengths are printed with.
  case second = "s"
  case minute = "m"
  case hour = "h"
  case day = "d"
  case week = "w"

  /// The units in which lengths are printed, largest first.
  static let printed: [LengthUnit] = [.day, .hour, .minute, .second]

  /// Reads any spelling of a unit; nil for all other words.
  init?(_ text: String) {
    let unit = Self.allCases.first { $0.rawValue == text || $0.words.contains(text) }
    guard let unit else { return nil }
    self = unit
  }

  /// The length in milliseconds.
  var milliseconds: Int64 {
    switch self {
    case .second: 1000
    case .minute: 60_000
    case .hour: 3_600_000
    case .day: 86_400_000
    case .week: 7 * 86_400_000
    }
  }

  /// The words for the unit, its full name last.
  var words: [String] {
    switch self {
    case .second: ["sec", "secs", "second", "seconds"]
    case .minute: ["min", "mins", "minute", "minutes"]
    case .hour: ["hr", "hrs", "hour", "hours"]
    case .day: ["day", "days"]
    case .week: ["wk", "wks", "week", "weeks"]
    }
  }

  /// Words for units that have no fixed length.
  static let unfixed: Set = [
    "mo", "mos", "mth", "mths", "month", "months", "qtr", "qtrs", "quarter", "quarters", "y", "yr",
    "yrs", "year", "years",
  ]

  /// What can be written, for error messages.
  static let choices = "s, m, h, d, w, seconds, minutes, hours, days or weeks"

  /// What can be written after `last`, where units of the calendar can stand too.
  static let windowChoices =
    "s, m, h, d, w, seconds, minutes, hours, days, weeks, months, quarters or years"

  /// Whether a word names a unit of time, of a fixed length or not.
  static func names(_ word: String) -> Bool {
    LengthUnit(word) != nil || unfixed.contains(word)
  }

  /// The word for a unit that was probably meant.
  static func suggestion(for word: String) -> String? {
    let words = allCases.flatMap(\.words) + unfixed.sorted()
    return NearName.of(word, among: words.filter { $0.count > 1 })
  }
}

extension CalendarUnit {
  /// Reads a word for one or several units; nil for all other words, single letters included, for these mean
  /// lengths of time.
  init?(word: String) {
    let unit = Self.allCases.first { $0.rawValue == word || $0.rawValue + "s" == word }
    if let unit {
      self = unit
    } else if LengthUnit.week.words.contains(word) {
      self = .week
    } else {
      return nil
    }
  }
}
