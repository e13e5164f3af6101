// A checked cursor over bytes that may be hostile. Every read is bounds-checked before it happens
// and throws instead of trapping. The reader borrows its bytes and cannot outlive them.

/// Reads little-endian integers, varints and byte ranges from a span, front to back.
///
/// Reads never trap whatever the bytes are. Complexity: O(1) a read.
public struct ByteReader: ~Escapable {
  /// The bytes being read.
  public let span: RawSpan
  @usableFromInline var position: Int

  /// The position of the next read, in bytes from the start of the span.
  @inlinable public var offset: Int { position }

  /// Starts reading at the first byte of `span`, or `offset` bytes into it, which must be in it or its end.
  @_lifetime(copy span)
  @inlinable
  public init(_ span: RawSpan, at offset: Int = 0) {
    precondition(offset >= 0 && offset <= span.byteCount, "outside of the bytes")
    self.span = span
    position = offset
  }

  /// The number of bytes not yet read.
  @inlinable
  public var remaining: Int { span.byteCount - offset }

  /// Whether every byte has been read.
  @inlinable
  public var isAtEnd: Bool { offset == span.byteCount }

  /// Throws `trailingBytes` unless every byte has been read.
  @inlinable
  public func expectEnd() throws(DecodeError) {
    guard isAtEnd else { throw DecodeError(.trailingBytes, at: offset) }
  }

  /// Makes the error for a value that was read but is not allowed, pointing at the present position.
  @inlinable
  public func invalid() -> DecodeError { DecodeError(.invalidValue, at: offset) }

  @_lifetime(self: copy self)
  @inlinable
  mutating func load<T: BitwiseCopyable>(_ type: T.Type) throws(DecodeError) -> T {
    let size = MemoryLayout<T>.size
    guard size <= remaining else { throw DecodeError(.truncated, at: offset) }
    // Checked above: offset + size <= byteCount.
    let value = span.unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type)
    position &+= size
    return value
  }

  /// Reads one byte.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func u8() throws(DecodeError) -> UInt8 { try load(UInt8.self) }
  /// Reads a 2-byte little-endian integer.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func u16() throws(DecodeError) -> UInt16 {
    UInt16(littleEndian: try load(UInt16.self))
  }
  /// Reads a 4-byte little-endian integer.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func u32() throws(DecodeError) -> UInt32 {
    UInt32(littleEndian: try load(UInt32.self))
  }
  /// Reads an 8-byte little-endian integer.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func u64() throws(DecodeError) -> UInt64 {
    UInt64(littleEndian: try load(UInt64.self))
  }
  /// Reads an 8-byte little-endian signed integer.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func i64() throws(DecodeError) -> Int64 {
    Int64(bitPattern: try u64())
  }
  /// Reads a 16-byte little-endian signed integer.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func i128() throws(DecodeError) -> Int128 {
    let low = try u64()
    let high = try i64()
    return Int128(high) << 64 | Int128(low)
  }

  /// Reads a LEB128 varint of at most ten bytes.
  @_lifetime(self: copy self)
  @inlinable @inline(__always)
  public mutating func varint() throws(DecodeError) -> UInt64 {
    // Most are one byte: lengths, keys, small differences.
    if position < span.byteCount {
      // Checked above.
      let byte = span.unsafeLoad(fromUncheckedByteOffset: position, as: UInt8.self)
      if byte < 0x80 {
        position &+= 1
        return UInt64(byte)
      }
    }
    return try longVarint()
  }

  @_lifetime(self: copy self)
  @inlinable @inline(never)
  mutating func longVarint() throws(DecodeError) -> UInt64 {
    if remaining >= 8 {
      // Checked above: offset + 8 <= byteCount.
      let word = span.unsafeLoadUnaligned(fromUncheckedByteOffset: position, as: UInt64.self)
      // The top bits of the bytes that may be the last.
      let ends = ~UInt64(littleEndian: word) & 0x8080_8080_8080_8080
      if ends != 0 {
        position &+= (ends.trailingZeroBitCount &>> 3) &+ 1
        return Self.packed(UInt64(littleEndian: word) & (ends ^ (ends &- 1)))
      }
    }
    return try bytewiseVarint()
  }

  /// The number whose groups of seven bits are in the bytes of `word`, their top bits aside.
  ///
  /// Joins neighbours to 14, 28 and 56 bits, all of a size at once.
  @inlinable
  static func packed(_ word: UInt64) -> UInt64 {
    let pairs = (word & 0x007F_007F_007F_007F) | (word & 0x7F00_7F00_7F00_7F00) &>> 1
    let fours = (pairs & 0x0000_3FFF_0000_3FFF) | (pairs & 0x3FFF_0000_3FFF_0000) &>> 2
    return (fours & 0x0FFF_FFFF) | (fours & 0x0FFF_FFFF_0000_0000) &>> 4
  }

  @_lifetime(self: copy self)
  @inlinable
  mutating func bytewiseVarint() throws(DecodeError) -> UInt64 {
    let start = offset
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let byte = try load(UInt8.self)
      if shift == 63, byte > 1 { throw DecodeError(.overlongVarint, at: start) }
      value |= UInt64(byte & 0x7F) &<< shift
      if byte < 0x80 { return value }
      shift &+= 7
    }
  }

  /// Reads a varint that must fit a `UInt32`.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func varint32() throws(DecodeError) -> UInt32 {
    let start = offset
    guard let value = UInt32(exactly: try varint()) else {
      throw DecodeError(.invalidValue, at: start)
    }
    return value
  }

  /// Reads a zigzag varint.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func zigzag() throws(DecodeError) -> Int64 {
    let raw = try varint()
    return Int64(bitPattern: raw >> 1) ^ -Int64(bitPattern: raw & 1)
  }

  /// Reads a varint that counts bytes which must follow, so never more than `remaining`.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func count() throws(DecodeError) -> Int {
    let start = offset
    let value = try varint()
    guard value <= UInt64(remaining) else { throw DecodeError(.truncated, at: start) }
    return Int(value)
  }

  /// Takes the next `count` bytes.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  @inlinable
  public mutating func bytes(_ count: Int) throws(DecodeError) -> RawSpan {
    guard count >= 0, count <= remaining else { throw DecodeError(.truncated, at: offset) }
    // Checked above.
    let result = span.extracting(unchecked: Range(uncheckedBounds: (position, position &+ count)))
    position &+= count
    return result
  }

  /// Takes the bytes that follow a varint count.
  @_lifetime(copy self)
  @_lifetime(self: copy self)
  @inlinable
  public mutating func lengthPrefixed() throws(DecodeError) -> RawSpan {
    let end = try count() &+ position
    // Checked by `count`.
    let result = span.extracting(unchecked: Range(uncheckedBounds: (position, end)))
    position = end
    return result
  }

  /// What was read since the reader was at `offset`.
  ///
  /// - Precondition: `offset` does not lie ahead.
  /// - Complexity: O(1).
  @_lifetime(copy self)
  @inlinable
  public func bytes(from offset: Int) -> RawSpan { span.extracting(offset..<position) }

  /// Skips the next `count` bytes.
  @_lifetime(self: copy self)
  @inlinable
  public mutating func skip(_ count: Int) throws(DecodeError) {
    guard count >= 0, count <= remaining else { throw DecodeError(.truncated, at: offset) }
    position &+= count
  }
}
