// Texts that are passed on by the million: a category, a source, a plan. An array of each would be made, counted and
// freed.

/// A text of at most 16 bytes, in place.
public struct ShortText: Hashable, Sendable, BitwiseCopyable {
  /// The longest.
  public static let byteCountMax = 16

  /// Zeros after those of a shorter one.
  private let words: (low: UInt64, high: UInt64)
  /// The number of bytes.
  public let count: Int

  /// Copies a text; nil for one that is longer.
  @inline(__always)
  public init?(_ text: RawSpan) {
    count = text.byteCount
    guard count <= Self.byteCountMax else { return nil }
    if count >= 8 {
      // Both may overlap; what the first has already leaves the second.
      let tail = text.load(at: count - 8, as: UInt64.self)
      words = (
        text.load(at: 0, as: UInt64.self), count == 8 ? 0 : tail >> UInt64(8 * (16 - count))
      )
    } else if count >= 4 {
      let tail = UInt64(text.load(at: count - 4, as: UInt32.self))
      words = (UInt64(text.load(at: 0, as: UInt32.self)) | tail << UInt64(8 * (count - 4)), 0)
    } else {
      var word: UInt64 = 0
      for index in 0..<count { word |= UInt64(text[index]) << UInt64(8 * index) }
      words = (word, 0)
    }
  }

  /// Calls `body` with the bytes.
  @inline(__always)
  public func withBytes<R, E: Error>(_ body: (RawSpan) throws(E) -> R) throws(E) -> R {
    let stored: [2 of UInt64] = [words.low.littleEndian, words.high.littleEndian]
    return try body(stored.span.bytes.extracting(0..<count))
  }

  /// A copy of the bytes.
  public var array: [UInt8] { withBytes { $0.toArray() } }

  /// Whether both are the same bytes.
  public static func == (a: ShortText, b: ShortText) -> Bool {
    a.words == b.words && a.count == b.count
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(words.low)
    hasher.combine(words.high)
    hasher.combine(count)
  }
}
