// `ipv4` and `ipv6`.

import Bytes

/// Addresses of the internet protocol.
enum AddressFormat {
  /// Four decimal numbers without leading zeros.
  ///
  /// Source: RFC 2673, 3.2.
  static func isIPv4(_ text: RawSpan) -> Bool {
    var parts = 0
    var index = 0
    while true {
      let start = index
      var value = 0
      while index < text.byteCount, index - start < 3, ASCII.isDigit(text[index]) {
        value = value * 10 + Int(text[index] - 0x30)
        index += 1
      }
      guard index > start, value <= 255, index - start == 1 || text[start] != 0x30 else {
        return false
      }
      parts += 1
      if index == text.byteCount { return parts == 4 }
      guard text[index] == UInt8(ascii: "."), parts < 4 else { return false }
      index += 1
    }
  }

  /// Eight groups, the last two perhaps as an IPv4 address.
  ///
  /// `::` stands for one or more that are zero.
  ///
  /// Source: RFC 4291, 2.2.
  static func isIPv6(_ text: RawSpan) -> Bool {
    var groups = 0
    var hasGap = false
    var index = 0
    if text.byteCount >= 2, text[0] == UInt8(ascii: ":") {
      guard text[1] == UInt8(ascii: ":") else { return false }
      hasGap = true
      index = 2
      if index == text.byteCount { return true }
    }
    while true {
      let start = index
      while index < text.byteCount, ASCII.isHexadecimal(text[index]) { index += 1 }
      if index < text.byteCount, text[index] == UInt8(ascii: ".") {
        guard isIPv4(text.extracting(start..<text.byteCount)) else { return false }
        groups += 2
        break
      }
      guard (1...4).contains(index - start) else { return false }
      groups += 1
      if index == text.byteCount { break }
      guard text[index] == UInt8(ascii: ":") else { return false }
      index += 1
      if index < text.byteCount, text[index] == UInt8(ascii: ":") {
        guard !hasGap else { return false }
        hasGap = true
        index += 1
        if index == text.byteCount { break }
      }
    }
    return hasGap ? groups <= 7 : groups == 8
  }
}
