// `json-pointer` and `relative-json-pointer`.

import Bytes

/// Pointers into JSON.
enum PointerFormat {
  /// Source: RFC 6901, 3.
  static func fits(_ text: RawSpan) -> Bool {
    guard text.byteCount > 0 else { return true }
    guard text[0] == UInt8(ascii: "/") else { return false }
    for index in 0..<text.byteCount where text[index] == UInt8(ascii: "~") {
      guard index + 1 < text.byteCount, ASCII.isOne(text[index + 1], of: "01") else { return false }
    }
    return true
  }

  /// A number of levels up, then a pointer or `#`.
  ///
  /// Source: draft-handrews-relative-json-pointer-01.
  static func fitsRelative(_ text: RawSpan) -> Bool {
    var index = 0
    while index < text.byteCount, ASCII.isDigit(text[index]) { index += 1 }
    guard index > 0, index == 1 || text[0] != 0x30 else { return false }
    let rest = text.extracting(index..<text.byteCount)
    return rest.equals("#") || fits(rest)
  }
}
