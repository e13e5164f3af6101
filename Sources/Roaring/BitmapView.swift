// A bitmap read straight from serialised bytes, as in a mapped file, without building anything.

import Bytes

/// A set of `UInt32` in the portable roaring format, read where it lies.
///
/// The bytes are checked once, completely, so that no later call can fail; they must not change while
/// the view lives.
public struct BitmapView: ~Escapable {
  /// The serialised bytes.
  public let bytes: RawSpan
  private let layout: PortableLayout

  /// Makes a view after checking that `bytes` are exactly one serialised bitmap.
  ///
  /// - Throws: `truncated`, `trailingBytes` or `invalidValue` with the offset.
  /// - Complexity: O(bytes), no allocation.
  @_lifetime(copy bytes)
  public init(validating bytes: RawSpan) throws(DecodeError) {
    layout = try PortableLayout(validating: bytes)
    self.bytes = bytes
  }

  /// The number of values.
  ///
  /// Complexity: O(1).
  public var count: Int { layout.count }

  /// Whether there is no value.
  ///
  /// Complexity: O(1).
  public var isEmpty: Bool { layout.count == 0 }

  /// Whether `value` is in the set.
  ///
  /// Complexity: O(log containers + log values of one container).
  public func contains(_ value: UInt32) -> Bool {
    guard let index = layout.find(bytes, Int(value >> 16)) else { return false }
    let low = Int(value & 0xFFFF)
    let offset = layout.offset(bytes, index)
    switch layout.kind(bytes, index) {
    case .array:
      let count = layout.cardinality(bytes, index)
      let place = firstNotBelow(low, at: offset, stride: 2, count: count)
      return place < count && PortableLayout.u16(bytes, offset + 2 * place) == low
    case .bitset:
      return PortableLayout.u64(bytes, offset + low / 64 * 8) >> UInt64(low % 64) & 1 == 1
    case .runs:
      let count = PortableLayout.u16(bytes, offset)
      // The last run that begins at or before the value.
      let run = firstNotBelow(low + 1, at: offset + 2, stride: 4, count: count) - 1
      guard run >= 0 else { return false }
      let place = offset + 2 + 4 * run
      return low <= PortableLayout.u16(bytes, place) + PortableLayout.u16(bytes, place + 2)
    }
  }

  /// Calls `body` with every value, ascending.
  ///
  /// Complexity: O(values).
  public func forEach<E: Error>(_ body: (UInt32) throws(E) -> Void) throws(E) {
    for index in 0..<layout.containerCount {
      let high = UInt32(layout.key(bytes, index)) << 16
      let offset = layout.offset(bytes, index)
      switch layout.kind(bytes, index) {
      case .array:
        for place in 0..<layout.cardinality(bytes, index) {
          try body(high | UInt32(PortableLayout.u16(bytes, offset + 2 * place)))
        }
      case .bitset:
        for word in 0..<(PortableLayout.bitsetBytes / 8) {
          var bits = PortableLayout.u64(bytes, offset + 8 * word)
          while bits != 0 {
            try body(high | UInt32(64 * word + bits.trailingZeroBitCount))
            bits &= bits - 1
          }
        }
      case .runs:
        for run in 0..<PortableLayout.u16(bytes, offset) {
          let first = PortableLayout.u16(bytes, offset + 2 + 4 * run)
          let length = PortableLayout.u16(bytes, offset + 4 + 4 * run)
          for low in first...(first + length) { try body(high | UInt32(low)) }
        }
      }
    }
  }

  /// The index of the first of `count` ascending u16 that is not below `value`.
  private func firstNotBelow(_ value: Int, at offset: Int, stride: Int, count: Int) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if PortableLayout.u16(bytes, offset + stride * middle) < value {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }
}
