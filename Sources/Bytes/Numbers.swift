// The integers that run through the whole engine. Two that could be swapped have distinct types.

/// The place of a record in the one total order; the first record has 1.
public struct SequenceNumber: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number.
  public var value: UInt64
  /// Wraps a number.
  @inlinable public init(_ value: UInt64) { self.value = value }
  /// Whether `a` comes before `b` in the log.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// The dense number of a profile, in the order of creation from 0; what bitmaps hold.
public struct ProfileOrdinal: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number.
  public var value: UInt32
  /// Wraps a number.
  @inlinable public init(_ value: UInt32) { self.value = value }
  /// Whether `a` was created before `b`.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// The dense number of an identifier, in the order of first sight from 0.
public struct IdentifierOrdinal: Hashable, Comparable, Sendable, BitwiseCopyable {
  /// The number.
  public var value: UInt32
  /// Wraps a number.
  @inlinable public init(_ value: UInt32) { self.value = value }
  /// Whether `a` was seen before `b`.
  @inlinable public static func < (a: Self, b: Self) -> Bool { a.value < b.value }
}

/// The number of an interned string (an event name or a property key) in one store; never reused.
public struct Symbol: Hashable, Sendable, BitwiseCopyable {
  /// The number; 0 is not a symbol.
  public var value: UInt32
  /// Wraps a number.
  @inlinable public init(_ value: UInt32) { self.value = value }
}

/// The number of a source within its store; judges duplicates.
public struct SourceID: Hashable, Sendable, BitwiseCopyable {
  /// The number, from 1.
  public var value: UInt32
  /// Wraps a number.
  @inlinable public init(_ value: UInt32) { self.value = value }
}

/// The stable name of a profile: 16 bytes that resolve forever, through every merge.
public struct ProfileID: Hashable, Sendable, BitwiseCopyable, CustomStringConvertible {
  /// The 128 bits.
  public var bits: Hash128
  /// Wraps 128 bits.
  public init(_ bits: Hash128) { self.bits = bits }

  /// Reads 32 hexadecimal digits; anything else is not a profile id.
  public init?(hex: String) {
    guard hex.utf8.count == 32, let high = UInt64(hex.prefix(16), radix: 16),
      let low = UInt64(hex.suffix(16), radix: 16)
    else { return nil }
    bits = Hash128(high: high, low: low)
  }

  /// 32 lowercase hexadecimal digits.
  public var description: String { Self.pad(bits.high) + Self.pad(bits.low) }

  private static func pad(_ value: UInt64) -> String {
    let hex = String(value, radix: 16)
    return String(repeating: "0", count: 16 - hex.count) + hex
  }
}
