// A tracking plan as an input: it holds for what comes in after it.

import Bytes

/// A tracking plan as it was applied.
///
/// Encoding: the text's UTF-8 to the end of the payload.
package struct TrackingPlanRecord: Equatable {
  /// The plan as it was written; empty for none.
  var text: String

  package init(text: String) { self.text = text }

  init(_ payload: RawSpan) throws(DecodeError) {
    var reader = ByteReader(payload)
    text = try reader.bytes(reader.remaining).toString()
  }

  func encode() -> [UInt8] { Array(text.utf8) }

  /// Whether both are the same bytes, as in the log.
  package static func == (a: Self, b: Self) -> Bool { a.text.hasSameBytes(as: b.text) }
}
