// The rule at the end of a zone file, which holds for all years after its last transition.
//
// Source: POSIX.1-2017, base definitions 8.3, TZ; with the wider hours of RFC 8536 3.3.1.

import Bytes

/// A standard offset, and perhaps a summer one between two days of each year.
struct PosixTimeRule: Hashable, Sendable {
  private enum Day: Hashable, Sendable {
    /// 1 to 365, where the 29th of February has no number.
    case julian(Int64)
    /// 0 to 365.
    case ordinal(Int64)
    /// The week (5 is the last), the day of the week (0 is Sunday).
    case weekday(month: Int64, week: Int64, day: Int64)
  }

  private struct Switch: Hashable, Sendable {
    var day: Day
    /// The time on the clock before the switch, in milliseconds from midnight.
    var time: Int64
  }

  /// In milliseconds east of UTC.
  private let standard: Int64
  private let summer: (offset: Int64, start: Switch, end: Switch)?

  /// Reads the text of a rule; nil if it is none.
  init?(_ text: [UInt8]) {
    var cursor = RuleCursor(text)
    guard cursor.name(), let standard = cursor.offset() else { return nil }
    self.standard = -standard
    guard !cursor.isAtEnd else {
      summer = nil
      return
    }
    guard cursor.name() else { return nil }
    var offset = self.standard + 3_600_000
    if cursor.peek != UInt8(ascii: ",") {
      guard let written = cursor.offset() else { return nil }
      offset = -written
    }
    guard let start = Self.takeSwitch(&cursor), let end = Self.takeSwitch(&cursor), cursor.isAtEnd
    else { return nil }
    summer = (offset, start, end)
  }

  private static func takeSwitch(_ cursor: inout RuleCursor) -> Switch? {
    guard cursor.take(","), let day = takeDay(&cursor) else { return nil }
    guard cursor.take("/") else { return Switch(day: day, time: 7_200_000) }
    return cursor.offset().map { Switch(day: day, time: $0) }
  }

  private static func takeDay(_ cursor: inout RuleCursor) -> Day? {
    if cursor.take("J") { return cursor.number(1...365).map { .julian($0) } }
    guard cursor.take("M") else { return cursor.number(0...365).map { .ordinal($0) } }
    guard let month = cursor.number(1...12), cursor.take("."), let week = cursor.number(1...5),
      cursor.take("."), let day = cursor.number(0...6)
    else { return nil }
    return .weekday(month: month, week: week, day: day)
  }

  /// The offset at an instant after the last transition, and where it ends.
  func offset(
    at instant: Int64, after last: Int64?, before offset: Int64
  ) -> (offset: Int64, end: Int64?) {
    guard let summer else { return (standard, nil) }
    let year = Timestamp.civilFromDays((instant + standard).floorDivided(by: 86_400_000)).year
    var switches: [(instant: Int64, offset: Int64)] = []
    for year in (year - 1)...(year + 1) {
      let end = Self.midnight(summer.end.day, year) + summer.end.time - summer.offset
      let start = Self.midnight(summer.start.day, year) + summer.start.time - standard
      // Where summer lasts all year, its start undoes the end of the same instant.
      switches.append((end, standard))
      switches.append((start, summer.offset))
    }
    switches.sort {
      ($0.instant, $0.offset == standard ? 0 : 1) < ($1.instant, $1.offset == standard ? 0 : 1)
    }
    var present = offset
    for entry in switches where entry.instant > last ?? .min {
      if entry.instant > instant { return (present, entry.instant) }
      present = entry.offset
    }
    return (present, nil)
  }

  private static func midnight(_ day: Day, _ year: Int64) -> Int64 {
    let first = Timestamp.daysFromCivil(year, 1, 1)
    let isLeap = Timestamp.daysFromCivil(year + 1, 1, 1) - first == 366
    let days: Int64
    switch day {
    case .julian(let number): days = first + number - 1 + (isLeap && number > 59 ? 1 : 0)
    case .ordinal(let number): days = first + number
    case .weekday(let month, let week, let day):
      let start = Timestamp.daysFromCivil(year, month, 1)
      let next =
        month == 12
        ? Timestamp.daysFromCivil(year + 1, 1, 1) : Timestamp.daysFromCivil(year, month + 1, 1)
      // The 1st of January 1970 was a Thursday.
      let weekday = ((start + 4) % 7 + 7) % 7
      var candidate = start + (day - weekday + 7) % 7 + (week - 1) * 7
      if candidate >= next { candidate -= 7 }
      days = candidate
    }
    return days * 86_400_000
  }

  static func == (a: Self, b: Self) -> Bool {
    a.standard == b.standard && a.summer?.offset == b.summer?.offset
      && a.summer?.start == b.summer?.start && a.summer?.end == b.summer?.end
  }

  func hash(into hasher: inout Hasher) { hasher.combine(standard) }
}

/// Reads the parts of a rule.
private struct RuleCursor {
  private let text: [UInt8]
  private var index = 0

  init(_ text: [UInt8]) { self.text = text }

  var isAtEnd: Bool { index == text.count }
  var peek: UInt8? { index < text.count ? text[index] : nil }

  mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard peek == UInt8(ascii: character) else { return false }
    index += 1
    return true
  }

  /// Skips the name of a time: at least three letters, or anything between `<` and `>`.
  mutating func name() -> Bool {
    let start = index
    if take("<") {
      while let byte = peek, byte != UInt8(ascii: ">") { index += 1 }
      return take(">") && index - start > 2
    }
    while let byte = peek, (0x41...0x5A).contains(byte & 0xDF) { index += 1 }
    return index - start >= 3
  }

  mutating func number(_ range: ClosedRange<Int64>) -> Int64? {
    var value: Int64 = 0
    let start = index
    while let byte = peek, (0x30...0x39).contains(byte), index - start < 4 {
      value = value * 10 + Int64(byte - 0x30)
      index += 1
    }
    return index > start && range.contains(value) ? value : nil
  }

  /// Reads `[+-]hh[:mm[:ss]]` as milliseconds.
  mutating func offset() -> Int64? {
    let isNegative = take("-")
    if !isNegative { _ = take("+") }
    guard let hours = number(0...167) else { return nil }
    var seconds = hours * 3600
    if take(":") {
      guard let minutes = number(0...59) else { return nil }
      seconds += minutes * 60
      if take(":") {
        guard let rest = number(0...59) else { return nil }
        seconds += rest
      }
    }
    return (isNegative ? -seconds : seconds) * 1000
  }
}
