// Windows as cells need them: what is inside at an instant, and when an event comes in and goes out.

import Bytes

/// The part of time that a cell looks at.
///
/// At each instant it is (after, through], and both bounds only move on. So an event is first in the
/// future of the window, then inside, then after it, and the entries of a cell, sorted by time, need
/// two cursors and nothing else.
public enum CellWindow: Hashable, Sendable {
  /// Everything up to now.
  case allTime
  /// (now − N, now].
  case last(Milliseconds)
  /// (now − oldest, now − newest].
  case ago(newest: Milliseconds, oldest: Milliseconds)
  /// (after, through] up to now.
  case span(after: Timestamp, through: Timestamp)
  /// Units of the calendar.
  case calendar(CalendarWindow)
  /// The newest run of events between which no more than `gap` passes; all of them are kept.
  case latestSession(gap: Milliseconds)

  /// Whether what has come in stays forever, so that totals can take the place of entries.
  var isKept: Bool {
    switch self {
    case .allTime, .span: true
    case .last, .ago, .calendar, .latestSession: false
    }
  }

  /// The longest pause within the session, if the window is one.
  public var sessionGap: Milliseconds? {
    if case .latestSession(let gap) = self { gap } else { nil }
  }

  /// What is inside at `now`: event times in (after, through].
  func bounds(at now: Timestamp) -> (after: Timestamp, through: Timestamp) {
    switch self {
    case .allTime, .latestSession: (Timestamp(milliseconds: .min), now)
    case .last(let length): (now - length, now)
    case .ago(let newest, let oldest): (now - oldest, now - newest)
    case .span(let after, let through): (after, min(now, through))
    case .calendar(let window): window.bounds(at: now)
    }
  }

  /// The first instant at which an event of this time is inside, if it ever is.
  func enters(_ time: Timestamp) -> Timestamp {
    switch self {
    case .allTime, .last, .span, .latestSession: time
    case .ago(let newest, _): time + newest
    case .calendar(let window): window.enters(time)
    }
  }

  /// The first instant at which an event of this time is after the window; nil if it never is.
  func leaves(_ time: Timestamp) -> Timestamp? {
    switch self {
    case .allTime, .span, .latestSession: nil
    case .last(let length): time + length
    case .ago(_, let oldest): time + oldest
    case .calendar(let window): window.leaves(time)
    }
  }

  /// Whether an event of this time is never inside from `now` on.
  func isOver(_ time: Timestamp, at now: Timestamp) -> Bool {
    if case .span(_, let through) = self, time > through { return true }
    return time <= bounds(at: now).after
  }
}

extension Window {
  /// The window as cells need it.
  var cellWindow: CellWindow {
    switch self {
    case .allTime, .span(nil, nil): .allTime
    case .last(let length): .last(length)
    case .ago(let newest, let oldest): .ago(newest: newest, oldest: oldest)
    case .span(let from, let to):
      .span(
        after: from.map { $0 - Milliseconds(1) } ?? Timestamp(milliseconds: .min),
        through: to.map { $0 - Milliseconds(1) } ?? Timestamp(milliseconds: .max))
    case .calendar(let window): .calendar(window)
    case .latestSession(let gap): .latestSession(gap: gap)
    }
  }
}
