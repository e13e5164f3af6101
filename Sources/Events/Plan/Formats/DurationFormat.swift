// `duration`.

import Bytes

/// Durations by RFC 3339, appendix A: units in order and without a gap between the first and the last.
enum DurationFormat {
  /// Whether a text is a duration, `P3DT4H` for instance.
  static func fits(_ text: RawSpan) -> Bool {
    guard text.byteCount > 2, text[0] == UInt8(ascii: "P") else { return false }
    var index = 1
    if text[index] != UInt8(ascii: "T") {
      var end = index
      if units(text, &end, "W") != nil { return end == text.byteCount }
      guard units(text, &index, "YMD") != nil else { return false }
    }
    guard index < text.byteCount else { return true }
    guard text[index] == UInt8(ascii: "T") else { return false }
    index += 1
    return units(text, &index, "HMS") != nil && index == text.byteCount
  }

  /// Skips numbers with units of `order`, each the one after the last; nil if there is none.
  private static func units(_ text: RawSpan, _ index: inout Int, _ order: String) -> Int? {
    let order = Array(order.utf8)
    var last: Int?
    while index < text.byteCount, ASCII.isDigit(text[index]) {
      var end = index
      while end < text.byteCount, ASCII.isDigit(text[end]) { end += 1 }
      guard end < text.byteCount, let place = order.firstIndex(of: text[end]),
        last.map({ place == $0 + 1 }) ?? true
      else { return nil }
      last = place
      index = end + 1
    }
    return last
  }
}
