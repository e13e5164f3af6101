// The form of instants that nearly all events have, read eight bytes at a time: every character has its place.

extension Timestamp {
  /// Reads `YYYY-MM-DDThh:mm:ss.mmmZ` (24 bytes) or `YYYY-MM-DDThh:mm:ssZ` (20 bytes), so that it gives back the
  /// text; nil for any other text.
  ///
  /// As `init(_:)`, which reads other forms too, and takes a leap second for the last millisecond of its minute.
  ///
  /// - Complexity: O(1).
  @inlinable
  public init?(canonical text: UnsafeRawPointer, _ byteCount: Int) {
    var reader = CanonicalInstants()
    guard let instant = reader.read(text, byteCount) else { return nil }
    self = instant
  }
}

/// Reads instants of which many are of one day.
public struct CanonicalInstants: BitwiseCopyable, Sendable {
  /// The text of the last date, `YYYY-MM-` and `DD`, and its days since 1970-01-01.
  @usableFromInline var month: UInt64 = 0
  @usableFromInline var day: UInt64 = .max
  @usableFromInline var days: Int64 = 0

  /// Knows no date yet.
  @inlinable public init() {}

  /// Reads an instant as `Timestamp.init(canonical:_:)`.
  @inlinable @inline(__always)
  public mutating func read(_ text: UnsafeRawPointer, _ byteCount: Int) -> Timestamp? {
    guard byteCount == 24 || byteCount == 20 else { return nil }
    // Marks become 0 and digits their value, anything else something larger.
    let month = CanonicalInstant.word(text)
    let time = CanonicalInstant.word(text + 8) ^ 0x3030_3A30_3054_3030
    let rest =
      byteCount == 24
      ? CanonicalInstant.word(text + 16) ^ 0x5A30_3030_2E30_303A
      : UInt64(CanonicalInstant.word(text + 12) >> 32) ^ 0x5A30_303A
    let marks =
      time & 0x0000_FF00_00FF_0000
      | rest & (byteCount == 24 ? 0xFF00_0000_FF00_00FF : 0xFF00_00FF)
    guard marks == 0, CanonicalInstant.areDigits(time), CanonicalInstant.areDigits(rest) else {
      return nil
    }
    let hour = CanonicalInstant.pair(time, 3)
    let minute = CanonicalInstant.pair(time, 6)
    let second = CanonicalInstant.pair(rest, 1)
    guard hour < 24, minute < 60, second < 60 else { return nil }
    if month != self.month || time & 0xFFFF != day {
      guard let known = CanonicalInstants(month: month, day: time & 0xFFFF) else { return nil }
      self = known
    }
    let fraction =
      byteCount == 24 ? CanonicalInstant.pair(rest, 4) * 10 + Int64(rest >> 48 & 0xFF) : 0
    return Timestamp(
      milliseconds: days * 86_400_000 + (hour * 3600 + minute * 60 + second) * 1000 + fraction)
  }

  /// Knows a date; nil if there is none.
  @usableFromInline
  init?(month: UInt64, day: UInt64) {
    let date = month ^ 0x2D30_302D_3030_3030
    guard date & 0xFF00_00FF_0000_0000 == 0, CanonicalInstant.areDigits(date) else { return nil }
    let year = CanonicalInstant.pair(date, 0) * 100 + CanonicalInstant.pair(date, 2)
    guard
      let days = Timestamp.days(
        year, CanonicalInstant.pair(date, 5), CanonicalInstant.pair(day, 0))
    else { return nil }
    self.days = days
    self.month = month
    self.day = day
  }
}

/// The bytes of a canonical instant, eight at a time.
@usableFromInline
enum CanonicalInstant {
  @inlinable @inline(__always)
  static func word(_ text: UnsafeRawPointer) -> UInt64 {
    UInt64(littleEndian: text.loadUnaligned(as: UInt64.self))
  }

  /// Whether no byte is greater than 9.
  @inlinable @inline(__always)
  static func areDigits(_ word: UInt64) -> Bool {
    ((word &+ 0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080 == 0
  }

  /// The number of two digits that begins at a byte.
  @inlinable @inline(__always)
  static func pair(_ word: UInt64, _ place: UInt64) -> Int64 {
    Int64(word &>> (8 &* place) & 0xFF) &* 10 &+ Int64(word &>> (8 &* place &+ 8) & 0xFF)
  }
}
