// Instants in the cells of tables.

import Bytes

/// How an instant is written in a cell.
public enum CSVDate: Sendable, Equatable {
  /// RFC 3339 and the other forms that are read in events; how far a time is from UTC that does not say so,
  /// in milliseconds.
  case sent(offset: Milliseconds)
  /// Seconds since 1970, perhaps with a fraction; 0 and -1, which programs write for none, are none.
  case seconds
  /// Milliseconds since 1970, likewise.
  case milliseconds
  /// By a pattern, at an offset from UTC in milliseconds.
  case pattern(CSVDatePattern, offset: Milliseconds)

  /// Reads a cell; nil if it is not written so.
  func read(_ text: RawSpan) -> Timestamp? {
    let text = text.extracting(TextEdges.trimmed(text))
    let instant: Timestamp? =
      switch self {
      case .sent(let offset): Timestamp(sent: text, offset: offset)
      case .seconds: Timestamp(number: text, unit: .seconds)
      case .milliseconds: Timestamp(number: text, unit: .milliseconds)
      case .pattern(let pattern, let offset): pattern.read(text).map { $0 - offset }
      }
    guard let instant, instant >= .earliest, instant <= .latest else { return nil }
    return instant
  }
}
