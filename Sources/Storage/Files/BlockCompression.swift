// LZ4 on whole blocks. Here, next to the other code that passes memory to C, so that the log itself
// needs no pointers.

import Bytes
import CLZ4
import Glibc

/// Compression of one block by LZ4's block format, without frame.
///
/// Source: https://github.com/lz4/lz4, doc/lz4_Block_format.md.
package enum BlockCompression {
  /// Compresses `plain` into the front of `scratch`, which grows as needed.
  ///
  /// - Returns: The compressed length, or nil if that would not be smaller than `plain`.
  package static func compress(_ plain: RawSpan, into scratch: inout [UInt8]) -> Int? {
    // One byte less than the plain size: LZ4 gives up as soon as it cannot gain.
    let limit = plain.byteCount - 1
    guard limit > 0, let limit32 = Int32(exactly: limit) else { return nil }
    scratch.makeRoom(for: limit)
    let length = plain.withUnsafeBytes { source in
      scratch.withUnsafeMutableBytes { target in
        LZ4_compress_default(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          target.baseAddress?.assumingMemoryBound(to: CChar.self), limit32 + 1, limit32)
      }
    }
    return length > 0 ? Int(length) : nil
  }

  /// Appends the compressed form of `plain`.
  ///
  /// - Returns: The compressed length, or nil, with nothing appended, if that would not be smaller than `plain`.
  static func compress(_ plain: RawSpan, to out: inout ByteWriter) -> Int? {
    let limit = plain.byteCount - 1
    guard limit > 0, let limit32 = Int32(exactly: limit) else { return nil }
    let start = out.count
    plain.withUnsafeBytes { source in
      out.append(upTo: limit) { target in
        let length = LZ4_compress_default(
          source.baseAddress?.assumingMemoryBound(to: CChar.self),
          target.baseAddress?.assumingMemoryBound(to: CChar.self), limit32 + 1, limit32)
        return max(Int(length), 0)
      }
    }
    return out.count > start ? out.count - start : nil
  }

  /// Decompresses hostile bytes into the front of `plain`, which grows as needed.
  ///
  /// - Returns: Whether they are a block of exactly `count` plain bytes.
  package static func decompress(_ stored: RawSpan, count: Int, into plain: inout [UInt8]) -> Bool {
    guard (0...countMax).contains(count) else { return false }
    plain.makeRoom(for: count)
    return plain.withUnsafeMutableBytes { decompress(stored, count: count, to: $0) }
  }

  /// Decompresses hostile bytes into memory of their own, which is not cleared first.
  ///
  /// - Returns: Nil if they are not a block of exactly `count` plain bytes.
  package static func decompress(_ stored: RawSpan, count: Int) -> [UInt8]? {
    guard (0...countMax).contains(count) else { return nil }
    var isSound = false
    let plain = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
      isSound = decompress(stored, count: count, to: UnsafeMutableRawBufferPointer(target))
      // All of it was written then.
      filled = isSound ? count : 0
    }
    return isSound ? plain : nil
  }

  /// LZ4 counts in 32 bits.
  private static let countMax = Int(Int32.max)

  /// - Parameter target: At least `count` bytes.
  private static func decompress(
    _ stored: RawSpan, count: Int, to target: UnsafeMutableRawBufferPointer
  ) -> Bool {
    guard let stored32 = Int32(exactly: stored.byteCount), let count32 = Int32(exactly: count)
    else { return false }
    let length = stored.withUnsafeBytes { source in
      LZ4_decompress_safe(
        source.baseAddress?.assumingMemoryBound(to: CChar.self),
        target.baseAddress?.assumingMemoryBound(to: CChar.self), stored32, count32)
    }
    return length == count32
  }
}

extension RawSpan {
  /// Whether every byte is zero.
  ///
  /// Complexity: O(n) at memory speed.
  var isAllZero: Bool {
    withUnsafeBytes { bytes in
      guard let first = bytes.first, let base = bytes.baseAddress else { return true }
      // All bytes equal their successor, and the first is zero.
      return first == 0 && memcmp(base, base + 1, bytes.count - 1) == 0
    }
  }
}

extension Array where Element == UInt8 {
  /// Makes the array at least `room` long; its content is lost if it has to grow.
  mutating func makeRoom(for room: Int) {
    if count < room { self = [UInt8](repeating: 0, count: Swift.max(room, 2 * count)) }
  }

  /// Replaces the front of the array by the bytes of `span`; the array grows as needed.
  mutating func replaceFront(with span: RawSpan) {
    makeRoom(for: span.byteCount)
    span.withUnsafeBytes { source in
      withUnsafeMutableBytes { $0.copyMemory(from: source) }
    }
  }
}
