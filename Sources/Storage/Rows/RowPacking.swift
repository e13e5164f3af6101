// How rows are stored in files: without most of their zeros, which are half of what fields of fixed width hold.

import Bytes

/// Packed rows.
///
/// Encoding: the size of the row as a varint, then tokens. A token is a byte with the number of literal bytes (the
/// upper four bits) and of zeros after them (the lower four bits), followed by the literals. A row is packed only where
/// that makes it smaller by an eighth.
///
/// A packed row is read without memory of its own: unpacking moves sixteen bytes a token, some 650 instructions for the
/// cells of a home, 330 bytes, and 100 for the row of a profile.
enum RowPacking {
  /// The most bytes of a row that a byte of its packed form stands for.
  private static let ratioMax = 15
  /// The bytes beyond a row's end that unpacking may write to.
  static let slackBytes = 32
  /// Rows below this are left as they are.
  private static let rowBytesMin = 24
  /// Runs of literals and zeros that a token can have.
  private static let runMax = 15

  // MARK: Packing

  /// Packs `count` bytes.
  ///
  /// - Parameter target: Has room for `count` bytes and for `slackBytes`.
  /// - Returns: The size; nil if it is not worth it.
  /// - Complexity: O(bytes).
  static func pack(
    _ source: UnsafeRawPointer, _ count: Int, to target: UnsafeMutableRawPointer
  ) -> Int? {
    guard count >= rowBytesMin else { return nil }
    let limit = count - count / 8
    var size = putVarint(UInt64(count), at: target)
    var position = 0
    while position < count {
      let zeros = endOfLiterals(source, from: position, count)
      let next = endOfZeros(source, from: zeros, count)
      var (literals, rest) = (zeros - position, next - zeros)
      // What these tokens take at most.
      guard size + literals + literals / runMax + rest / runMax + 2 <= limit else { return nil }
      while literals > runMax {
        size = put(source + position, runMax, 0, at: size, in: target)
        position += runMax
        literals -= runMax
      }
      size = put(source + position, literals, min(rest, runMax), at: size, in: target)
      while rest > runMax {
        rest -= runMax
        target.storeBytes(of: UInt8(min(rest, runMax)), toByteOffset: size, as: UInt8.self)
        size += 1
      }
      position = next
    }
    return size
  }

  @inline(__always)
  private static func put(
    _ literals: UnsafeRawPointer, _ count: Int, _ zeros: Int, at size: Int,
    in target: UnsafeMutableRawPointer
  ) -> Int {
    target.storeBytes(of: UInt8(count << 4 | zeros), toByteOffset: size, as: UInt8.self)
    (target + size + 1).copyMemory(from: literals, byteCount: count)
    return size + 1 + count
  }

  private static let lowBits: UInt64 = 0x7F7F_7F7F_7F7F_7F7F

  /// Where two zeros in a row begin, or the bytes end.
  private static func endOfLiterals(_ source: UnsafeRawPointer, from: Int, _ count: Int) -> Int {
    var position = from
    while position + 8 <= count {
      let word = UInt64(
        littleEndian: source.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      // The top bit of each byte that is zero.
      let zeros = ~((word & lowBits) &+ lowBits | word | lowBits)
      let pairs = zeros & zeros >> 8
      if pairs != 0 { return position + pairs.trailingZeroBitCount / 8 }
      // The last byte may be the first of two.
      position += 7
    }
    while position < count {
      let isZero = source.load(fromByteOffset: position, as: UInt8.self) == 0
      position += 1
      guard isZero else { continue }
      if position == count || source.load(fromByteOffset: position, as: UInt8.self) == 0 {
        return position - 1
      }
    }
    return count
  }

  private static func endOfZeros(_ source: UnsafeRawPointer, from: Int, _ count: Int) -> Int {
    var position = from
    while position + 8 <= count {
      let word = UInt64(
        littleEndian: source.loadUnaligned(fromByteOffset: position, as: UInt64.self))
      if word != 0 { return position + word.trailingZeroBitCount / 8 }
      position += 8
    }
    while position < count, source.load(fromByteOffset: position, as: UInt8.self) == 0 {
      position += 1
    }
    return position
  }

  private static func putVarint(_ value: UInt64, at target: UnsafeMutableRawPointer) -> Int {
    var (rest, size) = (value, 0)
    while rest >= 0x80 {
      target.storeBytes(
        of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: size, as: UInt8.self)
      rest >>= 7
      size += 1
    }
    target.storeBytes(of: UInt8(rest), toByteOffset: size, as: UInt8.self)
    return size + 1
  }

  // MARK: Unpacking

  /// The size of the row, and where its tokens begin; nil if the bytes are not those of a packed row.
  @inline(__always)
  static func size(_ packed: UnsafeRawBufferPointer) -> (row: Int, tokens: Int)? {
    var (value, shift, position) = (0, 0, 0)
    while position < packed.count, shift < 35 {
      let byte = packed[position]
      position += 1
      value |= Int(byte & 0x7F) << shift
      shift += 7
      guard byte < 0x80 else { continue }
      guard value <= (packed.count - position) * ratioMax * 2 else { return nil }
      return (value, position)
    }
    return nil
  }

  /// The four bytes at an offset of a row, without the rest; nil if it does not have them.
  ///
  /// - Complexity: O(offset).
  static func load(_ packed: UnsafeRawBufferPointer, at offset: Int) -> UInt32? {
    guard let (count, tokens) = size(packed), offset + 4 <= count else { return nil }
    var value: UInt32 = 0
    var (read, written) = (tokens, 0)
    while written < offset + 4 {
      guard read < packed.count else { return nil }
      let (literals, zeros) = (Int(packed[read] >> 4), Int(packed[read] & 15))
      read += 1
      guard literals <= packed.count - read else { return nil }
      for index in 0..<literals where (offset..<(offset + 4)).contains(written + index) {
        value |= UInt32(packed[read + index]) << UInt32(8 * (written + index - offset))
      }
      read += literals
      written += literals + zeros
    }
    return value
  }

  /// Unpacks a row.
  ///
  /// - Parameters:
  ///   - tokens: Where the tokens begin.
  ///   - target: Has room for `count` bytes and for `slackBytes`.
  /// - Returns: Whether the bytes are those of a row of `count` bytes.
  /// - Complexity: O(bytes).
  static func unpack(
    _ packed: UnsafeRawBufferPointer, from tokens: Int, to target: UnsafeMutableRawPointer,
    _ count: Int
  ) -> Bool {
    guard let source = packed.baseAddress else { return false }
    var (read, written) = (tokens, 0)
    // Hot: as long as 16 bytes follow a token, more than it can have literals.
    let last = packed.count - 17
    while read <= last, written < count {
      let token = Int(source.load(fromByteOffset: read, as: UInt8.self))
      let place = target + written
      let literals = token >> 4
      // What is too much is written over by the next token, or lies in the slack.
      place.storeBytes(
        of: source.loadUnaligned(fromByteOffset: read + 1, as: SIMD2<UInt64>.self),
        as: SIMD2<UInt64>.self)
      (place + literals).storeBytes(of: .zero, as: SIMD2<UInt64>.self)
      read &+= literals &+ 1
      written &+= literals &+ (token & 15)
    }
    // A token writes at most 31 bytes beyond what it stands for.
    guard written <= count else { return false }
    while written < count {
      guard read < packed.count else { return false }
      let token = source.load(fromByteOffset: read, as: UInt8.self)
      let (literals, zeros) = (Int(token >> 4), Int(token & 15))
      read += 1
      guard literals <= packed.count - read, literals + zeros <= count - written else {
        return false
      }
      let place = target + written
      if read + 16 <= packed.count {
        // What is too much is written over by the next token, or lies in the slack.
        let word = source.loadUnaligned(fromByteOffset: read, as: SIMD2<UInt64>.self)
        place.storeBytes(of: word, as: SIMD2<UInt64>.self)
      } else {
        place.copyMemory(from: source + read, byteCount: literals)
      }
      (place + literals).storeBytes(of: .zero, as: SIMD2<UInt64>.self)
      read += literals
      written += literals + zeros
    }
    return read == packed.count
  }
}

/// The bytes of a row as they are stored, which stay where they are as long as those of `RowReading.withRow`.
public struct StoredRow: BitwiseCopyable {
  @usableFromInline let bytes: UnsafeRawBufferPointer
  @usableFromInline let isPacked: Bool

  init(_ bytes: UnsafeRawBufferPointer, isPacked: Bool) {
    self.bytes = bytes
    self.isPacked = isPacked
  }

  /// The bytes; nil if they are packed.
  @inlinable
  public var plain: RawSpan? {
    @_lifetime(borrow self)
    get { isPacked ? nil : _overrideLifetime(RawSpan(_unsafeBytes: bytes), borrowing: self) }
  }

  /// Hands out a packed row for the time of a call.
  ///
  /// Not inlined: most rows that are looked at are in memory.
  ///
  /// - Returns: nil, without a call, if the bytes are not those of a packed row.
  @inline(never)
  public func withUnpacked<R>(
    _ body: (RawSpan) throws(StoreError) -> R
  ) throws(StoreError) -> R? {
    guard let (count, tokens) = RowPacking.size(bytes) else { return nil }
    let result: Result<R, StoreError>? = withUnsafeTemporaryAllocation(
      byteCount: count + RowPacking.slackBytes, alignment: 16
    ) { buffer in
      guard let target = buffer.baseAddress,
        RowPacking.unpack(bytes, from: tokens, to: target, count)
      else { return nil }
      do throws(StoreError) {
        return .success(try body(RawSpan(_unsafeStart: target, byteCount: count)))
      } catch {
        return .failure(error)
      }
    }
    return try result?.get()
  }
}
