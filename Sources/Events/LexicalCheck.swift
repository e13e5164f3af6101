// What simdjson's first stage checks, once more and byte by byte, for lines that are refused anyway.
// Its kernels for different processors refuse the same lines, but a line with two faults for one or
// the other; a verdict must not depend on the processor.

import Bytes

/// Finds faults in the characters and strings of a line.
enum LexicalCheck {
  /// The first fault: bytes that are not UTF-8 anywhere, else a backslash outside of strings, a
  /// wrong escape or a control character in one, one without an end, or one that begins right after another value;
  /// nil if there is none.
  ///
  /// Complexity: O(n).
  static func problem(in line: RawSpan) -> EventProblem? {
    guard line.isUTF8 else { return EventProblem(.invalidUTF8, at: 0) }
    var isInString = false
    var index = 0
    while index < line.byteCount {
      switch line[index] {
      case UInt8(ascii: "\""):
        guard isInString || index == 0 || mayPrecedeString(line[index - 1]) else {
          return EventProblem(.invalidJSON, at: index)
        }
        isInString.toggle()
      case UInt8(ascii: "\\"):
        guard isInString else { return EventProblem(.invalidJSON, at: index) }
        index += 1  // the next byte is escaped, a quote for instance
        if index < line.byteCount, !JSONEscapes.isEscape(line[index]) {
          return EventProblem(.invalidJSON, at: index)
        }
      case 0..<0x20 where isInString:
        return EventProblem(.invalidJSON, at: index)
      default: break
      }
      index += 1
    }
    return isInString ? EventProblem(.invalidJSON, at: line.byteCount) : nil
  }

  private static func mayPrecedeString(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D, UInt8(ascii: "{"), UInt8(ascii: "["), UInt8(ascii: ","),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }
}
