// Numbers, sizes and lengths of time as people read them.

import Bytes

/// Formats quantities.
///
/// Digits and units only, the same in every locale.
enum Quantity {
  /// `1234567` as `1,234,567`.
  static func count(_ value: some BinaryInteger) -> String { grouped(String(value)) }

  /// An exact decimal as people read it, its whole part grouped.
  ///
  /// Rounded half to even to two digits after the point, below one to three digits that are not zero:
  /// `1234567.125` is `1,234,567.12`, `0.0012345` is `0.00123`. JSON keeps every digit.
  static func decimal(_ text: String) -> String {
    guard let rounded = ShownDecimal(text)?.rounded else { return text }
    let parts = rounded.split(separator: ".", maxSplits: 1)
    guard let whole = parts.first else { return text }
    return parts.count == 2 ? "\(grouped(String(whole))).\(parts[1])" : grouped(String(whole))
  }

  /// An instant: `2026-03-01 10:00:00Z`, with milliseconds if there are any.
  ///
  /// Options that take a time read this form as well.
  static func instant(_ instant: Timestamp) -> String {
    let text = instant.description.replacing("T", with: " ")
    return text.hasSuffix(".000Z") ? text.dropLast(5) + "Z" : text
  }

  /// A size: `512B`, `1.5MiB`; one digit after the point, cut rather than rounded up.
  static func bytes(_ value: Int) -> String {
    let units = ["KiB", "MiB", "GiB", "TiB", "PiB"]
    guard value >= 1024 else { return "\(value)B" }
    var unit = 1024
    var index = 0
    while index + 1 < units.count, value / 1024 >= unit {
      unit *= 1024
      index += 1
    }
    let tenths = value % unit / (unit / 1024) * 10 / 1024
    return tenths == 0
      ? "\(value / unit)\(units[index])" : "\(value / unit).\(tenths)\(units[index])"
  }

  /// A duration: `850 ms`, `1.2 s`, `3 min 04 s`, `2 h 05 min`, `90 d`.
  static func duration(_ span: Milliseconds) -> String {
    let value = max(span.value, 0)
    switch value {
    case ..<1000: return "\(value) ms"
    case ..<60_000: return "\(value / 1000).\(value % 1000 / 100) s"
    case ..<3_600_000: return "\(value / 60_000) min \(twoDigits(value / 1000 % 60)) s"
    case ..<172_800_000: return "\(value / 3_600_000) h \(twoDigits(value / 60_000 % 60)) min"
    default: return "\(count(value / 86_400_000)) d"
    }
  }

  /// `one` or `many` after its number: `1 line`, `2,000 lines`.
  static func counted(_ value: Int, _ one: String, _ many: String) -> String {
    "\(count(value)) \(value == 1 ? one : many)"
  }

  private static func grouped(_ digits: String) -> String {
    var result = ""
    let sign = digits.hasPrefix("-") ? 1 : 0
    for (index, digit) in digits.enumerated() {
      let left = digits.count - index
      if index > sign, left % 3 == 0 { result.append(",") }
      result.append(digit)
    }
    return result
  }

  private static func twoDigits(_ value: Int64) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
