// The part of time that an aggregate looks at, as the language says it.

import Bytes

/// The part of time that an aggregate looks at.
public enum Window: Hashable, Sendable {
  /// Everything up to now.
  case allTime
  /// Event time in (now − N, now].
  case last(Milliseconds)
  /// Event time in (now − oldest, now − newest].
  case ago(newest: Milliseconds, oldest: Milliseconds)
  /// Event time in [from, to), as far as it is not later than now; nil for no bound.
  case span(from: Timestamp?, to: Timestamp?)
  /// Units of the calendar.
  case calendar(CalendarWindow)
  /// The newest run of events between which no more than `gap` passes.
  case latestSession(gap: Milliseconds)

  /// The longest window: a hundred years of 365.25 days.
  public static let lengthMax = Milliseconds.days(36_525)

  /// The time zone that it depends on; nil if it means the same instants everywhere.
  public var zone: TimeZoneRules? {
    if case .calendar(let window) = self, window.zone != .utc { window.zone } else { nil }
  }

  /// The window as the language writes it; nil for all time.
  package var text: String? {
    switch self {
    case .allTime, .span(nil, nil): nil
    case .last(let length): "last \(length.durationText)"
    case .ago(let newest, let oldest): "\(newest.durationText) to \(oldest.durationText) ago"
    case .span(let from?, let to?):
      "between \(from.description.quoted) and \(to.description.quoted)"
    case .span(let from?, nil): "after \(from.description.quoted)"
    case .span(nil, let to?): "before \(to.description.quoted)"
    case .calendar(let window): window.text
    case .latestSession(let gap): "latest session gap \(gap.durationText)"
    }
  }
}

extension CalendarWindow {
  fileprivate var text: String {
    let units =
      switch count {
      case 0: "this \(unit.rawValue)"
      case 1: "last \(unit.rawValue)"
      default: "last \(count) \(unit.rawValue)s"
      }
    return zone == .utc ? units : "\(units) in \(zone.name.quoted)"
  }
}

extension Milliseconds {
  /// A whole number of the largest unit that fits exactly; windows are whole seconds.
  package var durationText: String {
    for unit in LengthUnit.printed where value % unit.milliseconds == 0 {
      return "\(value / unit.milliseconds)\(unit.rawValue)"
    }
    return "\(value / 1000)s"
  }
}
