// Instants, in the engine's one unit, and RFC 3339 text. Calendar arithmetic is the proleptic
// Gregorian one, written out so that nothing below the library face needs Foundation.

/// A duration in milliseconds.
public struct Milliseconds: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number of milliseconds.
  public var value: Int64
  /// Wraps a number of milliseconds.
  @inlinable public init(_ value: Int64) { self.value = value }
  /// A number of days of exactly 24 hours.
  @inlinable public static func days(_ count: Int64) -> Self { Self(count * 86_400_000) }
  /// Whether `a` is shorter.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// An instant: milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// Milliseconds since 1970-01-01T00:00:00Z.
  public var milliseconds: Int64

  /// Wraps milliseconds since 1970-01-01T00:00:00Z.
  @inlinable public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  /// 0001-01-01T00:00:00.000Z, the earliest instant that has a text.
  public static let earliest = Timestamp(milliseconds: -62_135_596_800_000)
  /// 9999-12-31T23:59:59.999Z, the latest instant that has a text.
  public static let latest = Timestamp(milliseconds: 253_402_300_799_999)

  /// Whether `a` is earlier.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.milliseconds < b.milliseconds }

  /// The instant `span` later.
  ///
  /// Both sides are within `earliest ... latest` and a window of at most 10,000 years, so the sum
  /// is far from overflow; beyond, it saturates.
  @inlinable public static func + (instant: Self, span: Milliseconds) -> Self {
    let (sum, overflow) = instant.milliseconds.addingReportingOverflow(span.value)
    return Self(milliseconds: overflow ? (span.value > 0 ? .max : .min) : sum)
  }

  /// The instant `span` earlier; saturates like `+`.
  @inlinable public static func - (instant: Self, span: Milliseconds) -> Self {
    let (difference, overflow) = instant.milliseconds.subtractingReportingOverflow(span.value)
    return Self(milliseconds: overflow ? (span.value > 0 ? .min : .max) : difference)
  }
}
