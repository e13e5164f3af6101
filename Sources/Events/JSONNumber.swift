// Numbers, kept exactly: in a compact form if that gives back the same text, else as their text.

import Bytes

/// The stored form of a JSON number.
enum JSONNumber: Equatable {
  /// A whole number.
  case integer(Int64)
  /// A mantissa and the digits after the point.
  case decimal(Int64, scale: UInt8)
  /// A number of any other kind; its text must be kept.
  case text

  /// The most digits that surely fit the accumulator.
  private static let digitsMax = 19

  /// Reads a number by the grammar of RFC 8259; nil if `text` is none.
  ///
  /// Complexity: O(n), no allocation.
  init?(_ text: RawSpan, _ range: Range<Int>) {
    let number = text.extracting(range).withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { JSONNumber($0, bytes.count) }
    }
    guard let number else { return nil }
    self = number
  }

  /// As above, of `end` bytes.
  @inline(__always)
  init?(_ text: UnsafeRawPointer, _ end: Int) {
    var index = 0
    let isNegative = end > 0 && Self.byte(text, 0) == UInt8(ascii: "-")
    if isNegative { index = 1 }
    var magnitude: UInt64 = 0
    let whole = index
    Self.digits(text, &index, end, &magnitude)
    let wholeCount = index &- whole
    guard wholeCount > 0, wholeCount == 1 || Self.byte(text, whole) != UInt8(ascii: "0") else {
      return nil
    }
    var fractionCount = 0
    if index < end, Self.byte(text, index) == UInt8(ascii: ".") {
      index &+= 1
      let fraction = index
      Self.digits(text, &index, end, &magnitude)
      fractionCount = index &- fraction
      guard fractionCount > 0 else { return nil }
    }
    if index < end {
      guard Self.isExponent(text, &index, end) else { return nil }
      self = .text
      return
    }
    // Up to 19 digits cannot have wrapped around; more of them, or a negative zero, stay text.
    guard wholeCount &+ fractionCount <= Self.digitsMax, magnitude <= UInt64(Int64.max),
      !(isNegative && magnitude == 0)
    else {
      self = .text
      return
    }
    let value = Int64(bitPattern: magnitude)
    let signed = isNegative ? 0 &- value : value
    self =
      fractionCount == 0
      ? .integer(signed) : .decimal(signed, scale: UInt8(truncatingIfNeeded: fractionCount))
  }

  @inline(__always)
  private static func byte(_ text: UnsafeRawPointer, _ index: Int) -> UInt8 {
    text.load(fromByteOffset: index, as: UInt8.self)
  }

  @inline(__always)
  private static func digits(
    _ text: UnsafeRawPointer, _ index: inout Int, _ end: Int, _ magnitude: inout UInt64
  ) {
    while index < end {
      let digit = byte(text, index) &- 0x30
      guard digit < 10 else { return }
      magnitude = magnitude &* 10 &+ UInt64(digit)
      index &+= 1
    }
  }

  @inline(never)
  private static func isExponent(
    _ text: UnsafeRawPointer, _ index: inout Int, _ end: Int
  ) -> Bool {
    guard byte(text, index) | 0x20 == UInt8(ascii: "e") else { return false }
    index += 1
    if index < end, byte(text, index) == UInt8(ascii: "+") || byte(text, index) == UInt8(ascii: "-")
    {
      index += 1
    }
    let start = index
    var ignored: UInt64 = 0
    digits(text, &index, end, &ignored)
    return index > start && index == end
  }
}
