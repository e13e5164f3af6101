// Instants in the two texts that are stored as numbers.

import Bytes

/// The texts `YYYY-MM-DDThh:mm:ss.mmmZ` and `YYYY-MM-DDThh:mm:ssZ`.
enum InstantText {
  static let millisecondsByteCount = 24
  static let secondsByteCount = 20

  /// The instant of a text in one of the two forms, so that it gives back the text; nil for other texts.
  static func read(_ text: RawSpan) -> Timestamp? {
    isCanonical(text) ? Timestamp(text) : nil
  }

  /// Whether a text that `Timestamp` reads is spelled in one of the two forms.
  private static func isCanonical(_ text: RawSpan) -> Bool {
    let count = text.byteCount
    guard count == millisecondsByteCount || count == secondsByteCount else { return false }
    // With these marks in place only digits can be in between; a leap second would not come back.
    return text[count - 1] == UInt8(ascii: "Z") && text[10] == UInt8(ascii: "T")
      && text[4] == UInt8(ascii: "-") && text[7] == UInt8(ascii: "-")
      && text[13] == UInt8(ascii: ":") && text[16] == UInt8(ascii: ":")
      && text[17] != UInt8(ascii: "6")
      && (count == secondsByteCount || text[19] == UInt8(ascii: "."))
  }
}
