// Instants in the two texts that are stored as numbers.

import Bytes

/// The texts `YYYY-MM-DDThh:mm:ss.mmmZ` and `YYYY-MM-DDThh:mm:ssZ`.
enum InstantText {
  static let millisecondsByteCount = 24
  static let secondsByteCount = 20

  /// Whether a text of so many bytes may be one of them.
  @inline(__always)
  static func hasLength(_ count: Int) -> Bool {
    count == millisecondsByteCount || count == secondsByteCount
  }

  /// The instant of a text in one of the two forms, so that it gives back the text; nil for other texts.
  static func read(_ text: RawSpan) -> Timestamp? {
    text.withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { Timestamp(canonical: $0, bytes.count) }
    }
  }

  /// As above.
  static func read(_ text: UnsafeRawPointer, _ byteCount: Int) -> Timestamp? {
    Timestamp(canonical: text, byteCount)
  }
}
