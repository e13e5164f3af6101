// `date-time`, `date` and `time`.

import Bytes

/// Dates and times by RFC 3339, 5.6.
enum DateFormat {
  /// `date-time`; `T` and `Z` may be lower case, as the document allows.
  static func isDateTime(_ text: RawSpan) -> Bool {
    guard text.byteCount > 11, text[10] | 0x20 == UInt8(ascii: "t") else { return false }
    return isDate(text.extracting(0..<10)) && isTime(text.extracting(11..<text.byteCount))
  }

  /// `full-date`.
  static func isDate(_ text: RawSpan) -> Bool {
    guard text.byteCount == 10, text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-"),
      let year = number(text, 0, 4), let month = number(text, 5, 2), let day = number(text, 8, 2),
      (1...12).contains(month)
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let days = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    return (1...days).contains(day)
  }

  /// `full-time`; a second 60 is one only where it is the last of a day of UTC.
  static func isTime(_ text: RawSpan) -> Bool {
    guard text.byteCount >= 9, text[2] == UInt8(ascii: ":"), text[5] == UInt8(ascii: ":"),
      let hour = number(text, 0, 2), let minute = number(text, 3, 2),
      let second = number(text, 6, 2), hour < 24, minute < 60, second <= 60
    else { return false }
    var index = 8
    if text[index] == UInt8(ascii: ".") {
      index += 1
      let start = index
      while index < text.byteCount, ASCII.isDigit(text[index]) { index += 1 }
      guard index > start else { return false }
    }
    guard let offset = offset(text, from: index) else { return false }
    guard second == 60 else { return true }
    let day = 24 * 60
    return (hour * 60 + minute - offset + day) % day == day - 1
  }

  /// The offset at the end, in minutes.
  private static func offset(_ text: RawSpan, from index: Int) -> Int? {
    guard index < text.byteCount else { return nil }
    if text[index] | 0x20 == UInt8(ascii: "z") { return index + 1 == text.byteCount ? 0 : nil }
    guard text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-"),
      index + 6 == text.byteCount, text[index + 3] == UInt8(ascii: ":"),
      let hour = number(text, index + 1, 2), let minute = number(text, index + 4, 2), hour < 24,
      minute < 60
    else { return nil }
    return (text[index] == UInt8(ascii: "-") ? -1 : 1) * (hour * 60 + minute)
  }

  private static func number(_ text: RawSpan, _ start: Int, _ count: Int) -> Int? {
    var value = 0
    for index in start..<start + count {
      guard ASCII.isDigit(text[index]) else { return nil }
      value = value * 10 + Int(text[index] - 0x30)
    }
    return value
  }
}
