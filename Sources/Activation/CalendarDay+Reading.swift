// Days of birth as senders write them. A form that could mean two days is not read: a wrong day never
// matches, and no day at all leaves the other fields to match by.

import Bytes

extension CalendarDay {
  /// Reads a day.
  ///
  /// - `1990-05-07`, `1990/5/7`, `1990.5.7` and `19900507`, perhaps with a time after it, which is
  ///   skipped: the day is the one that is written;
  /// - `7.5.1990`, the day first;
  /// - `25/12/1990`, `12/25/1990` and the same with hyphens, if only one reading is a day;
  /// - `7 May 1990`, `May 7, 1990`, `Mon, 07 May 1990 00:00:00 GMT`, with English names of months;
  /// - `--05-07`, without year;
  /// - milliseconds since 1970, from twelve digits on, and seconds, from nine, of either sign.
  ///
  /// Returns nil for other texts, for days that do not exist, and for 0001-01-01, which means that
  /// there is no date in .NET.
  public static func reading(_ text: String) -> CalendarDay? {
    var text = Array(text.trimmed.unicodeScalars.lazy.map(plain))[...]
    guard text.count <= 64 else { return nil }
    let isYearless = text.starts(with: ["-", "-"])
    let found: CalendarDay?
    if isYearless {
      text = text.dropFirst(2)
      found = yearless(text)
    } else {
      found = compact(text) ?? separated(text) ?? named(text)
    }
    return found == CalendarDay(year: 1, month: 1, day: 1) ? nil : found
  }

  /// Typographic hyphens as plain ones.
  private static func plain(_ scalar: Unicode.Scalar) -> Unicode.Scalar {
    (0x2010...0x2015).contains(scalar.value) || scalar == "\u{2212}" ? "-" : scalar
  }

  private typealias Text = ArraySlice<Unicode.Scalar>

  /// `05-07` or `0507`, after two hyphens.
  private static func yearless(_ text: Text) -> CalendarDay? {
    var rest = text
    guard let month = digits(&rest, 2...2) else { return nil }
    if rest.first == "-" { rest = rest.dropFirst() }
    guard let day = digits(&rest, 2...2), rest.isEmpty else { return nil }
    return CalendarDay(year: nil, month: month, day: day)
  }

  /// Digits alone: `yyyymmdd`, or a time since 1970.
  private static func compact(_ text: Text) -> CalendarDay? {
    let isNegative = text.first == "-"
    var rest = isNegative ? text.dropFirst() : text
    let count = rest.prefix(while: isDigit).count
    if count == 8, !isNegative {
      guard let year = digits(&rest, 4...4), let month = digits(&rest, 2...2),
        let day = digits(&rest, 2...2), isTime(rest)
      else { return nil }
      return CalendarDay(year: year, month: month, day: day)
    }
    guard (9...14).contains(count), let number = digits(&rest, 9...14), rest.isEmpty else {
      return nil
    }
    let milliseconds = Int64(number) * (count < 12 ? 1000 : 1)
    return CalendarDay(Timestamp(milliseconds: isNegative ? -milliseconds : milliseconds))
  }

  /// Three numbers with the same sign between them.
  private static func separated(_ text: Text) -> CalendarDay? {
    var rest = text
    guard let first = number(&rest), let sign = rest.first, "-/.".unicodeScalars.contains(sign),
      let second = next(after: sign, &rest), let third = next(after: sign, &rest)
    else { return nil }
    if sign == ".", rest.first == "." { rest = rest.dropFirst() }
    guard isTime(rest), second.length <= 2 else { return nil }
    if first.length == 4, third.length <= 2 {
      return CalendarDay(year: first.value, month: second.value, day: third.value)
    }
    guard first.length <= 2, third.length == 4 else { return nil }
    let dayFirst = CalendarDay(year: third.value, month: second.value, day: first.value)
    if sign == "." { return dayFirst }
    let monthFirst = CalendarDay(year: third.value, month: first.value, day: second.value)
    guard let dayFirst, let monthFirst else { return dayFirst ?? monthFirst }
    return dayFirst == monthFirst ? dayFirst : nil
  }

  /// A month by its name, between or before day and year.
  private static func named(_ text: Text) -> CalendarDay? {
    var words = text.split { " ,-./".unicodeScalars.contains($0) || $0.isBlank }[...]
    if let first = words.first, weekdays.contains(where: { isName($0, first) }) {
      words = words.dropFirst()
    }
    words = words.filter { !isName("of", $0) }[...]
    guard words.count >= 3 else { return nil }
    let parts = Array(words.prefix(3))
    // What follows is a time of day: `02:00:00 GMT+0200`.
    if words.count > 3, !words[words.startIndex + 3].contains(":") { return nil }
    guard let place = parts.firstIndex(where: { month($0) != nil }), place < 2,
      let month = month(parts[place])
    else { return nil }
    let (first, last) = (place == 0 ? parts[1] : parts[0], parts[2])
    if place == 1, first.count == 4 {
      return date(year: first, month: month, day: last)
    }
    return date(year: last, month: month, day: first)
  }

  private static func date(year: Text, month: Int, day: Text) -> CalendarDay? {
    var (year, day) = (year, day)
    guard let yearNumber = digits(&year, 4...4), year.isEmpty, let dayNumber = number(&day),
      dayNumber.length <= 2, day.isEmpty || ordinals.contains(where: { isName($0, day) })
    else { return nil }
    return CalendarDay(year: yearNumber, month: month, day: dayNumber.value)
  }

  /// The number of a month that is written out, or as its first three letters.
  private static func month(_ word: Text) -> Int? {
    if isName("sept", word) { return 9 }
    return months.firstIndex { isName($0, word) }.map { $0 + 1 }
  }

  /// Whether a word is a name or its first three letters, in either case.
  private static func isName(_ name: String, _ word: Text) -> Bool {
    let lower = String(String.UnicodeScalarView(word)).lowercased()
    return lower == name || lower.count == 3 && name.hasPrefix(lower)
  }

  private static let months = [
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
  ]
  private static let weekdays = [
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
  ]
  private static let ordinals = ["st", "nd", "rd", "th"]
}

extension CalendarDay {
  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

  /// Takes digits off the front; nil unless there are as many as asked for.
  private static func digits(_ text: inout Text, _ counts: ClosedRange<Int>) -> Int? {
    let found = text.prefix(counts.upperBound).prefix(while: isDigit)
    guard counts.contains(found.count) else { return nil }
    text = text.dropFirst(found.count)
    return found.reduce(0) { $0 * 10 + Int($1.value - 0x30) }
  }

  /// Takes a number of one to four digits off the front.
  private static func number(_ text: inout Text) -> (value: Int, length: Int)? {
    let length = text.prefix(while: isDigit).count
    return digits(&text, 1...4).flatMap { length <= 4 ? ($0, length) : nil }
  }

  /// Takes a sign and the number after it off the front; after a dot there may be spaces.
  private static func next(
    after sign: Unicode.Scalar, _ text: inout Text
  ) -> (value: Int, length: Int)? {
    guard text.first == sign else { return nil }
    text = text.dropFirst()
    if sign == "." { text = text.drop { $0.isBlank } }
    return number(&text)
  }

  /// Whether what follows a day is nothing, a time of day, or a zone.
  private static func isTime(_ text: Text) -> Bool {
    guard let first = text.first else { return true }
    if text.elementsEqual("Z".unicodeScalars) { return true }
    let rest = text.dropFirst()
    switch first {
    case "T", "t": return rest.first.map(isDigit) ?? false
    case "+", "-": return isOffset(rest)
    default:
      let time = text.drop { $0.isBlank || $0 == "," }
      guard time.count < text.count, time.first.map(isDigit) ?? false else { return false }
      return time.contains(":")
    }
  }

  /// Whether this is what an offset from UTC has after its sign: `02`, `0200`, `02:00`.
  private static func isOffset(_ text: Text) -> Bool {
    var rest = text
    guard let hours = digits(&rest, 2...2), hours <= 14 else { return false }
    if rest.first == ":" { rest = rest.dropFirst() }
    return rest.isEmpty || digits(&rest, 2...2).map { $0 < 60 } == true && rest.isEmpty
  }
}
