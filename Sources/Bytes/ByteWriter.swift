// The counterpart of `ByteReader`: builds encoded bytes front to back in one growing array.

/// Appends little-endian integers, varints and byte ranges to an array.
///
/// Complexity: O(1) amortised a byte. Reuse one writer with `removeAll()` to keep its memory.
public struct ByteWriter: Sendable {
  /// The bytes written so far.
  public private(set) var bytes: [UInt8]

  /// Starts with no bytes and room for `capacity` of them.
  public init(capacity: Int = 0) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// The number of bytes written so far.
  public var count: Int { bytes.count }

  /// Forgets what was written; keeps the memory.
  public mutating func removeAll() {
    // Hot: most are empty, and an array asks a great deal before it finds that there is nothing to do.
    if !bytes.isEmpty { bytes.removeAll(keepingCapacity: true) }
  }

  /// Forgets what was written after the first `count` bytes.
  public mutating func truncate(to count: Int) { bytes.removeSubrange(count...) }

  @inline(__always)
  private mutating func appendRaw<T: BitwiseCopyable>(_ value: T) {
    let size = MemoryLayout<T>.size
    bytes.append(addingCapacity: size) { output in
      output.withUnsafeMutableBufferPointer { buffer, count in
        guard let start = buffer.baseAddress else { return }
        UnsafeMutableRawPointer(start + count).storeBytes(of: value, as: T.self)
        count += size
      }
    }
  }

  /// Writes one byte.
  public mutating func u8(_ value: UInt8) { bytes.append(value) }
  /// Writes a 2-byte little-endian integer.
  public mutating func u16(_ value: UInt16) { appendRaw(value.littleEndian) }
  /// Writes a 4-byte little-endian integer.
  public mutating func u32(_ value: UInt32) { appendRaw(value.littleEndian) }
  /// Writes an 8-byte little-endian integer.
  public mutating func u64(_ value: UInt64) { appendRaw(value.littleEndian) }
  /// Writes an 8-byte little-endian signed integer.
  public mutating func i64(_ value: Int64) { appendRaw(value.littleEndian) }
  /// Writes a 16-byte little-endian signed integer.
  public mutating func i128(_ value: Int128) {
    u64(UInt64(truncatingIfNeeded: value))
    i64(Int64(truncatingIfNeeded: value >> 64))
  }

  /// Writes a LEB128 varint.
  public mutating func varint(_ value: UInt64) {
    guard value >= 0x80 else { return bytes.append(UInt8(truncatingIfNeeded: value)) }
    // At once, for each byte that is appended by itself asks for room and whether the array is shared.
    bytes.append(addingCapacity: 10) { output in
      output.withUnsafeMutableBufferPointer { buffer, count in
        guard let start = buffer.baseAddress else { return }
        var rest = value
        while rest >= 0x80 {
          start[count] = UInt8(truncatingIfNeeded: rest) | 0x80
          count &+= 1
          rest >>= 7
        }
        start[count] = UInt8(truncatingIfNeeded: rest)
        count &+= 1
      }
    }
  }

  /// Writes a zigzag varint.
  public mutating func zigzag(_ value: Int64) {
    varint(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
  }

  /// Writes the bytes of `span`.
  public mutating func append(_ span: RawSpan) {
    span.withUnsafeBytes { bytes.append(contentsOf: $0) }
  }

  /// Writes up to `byteCount` bytes at once: those that `fill` says it has written to the memory that it is given.
  public mutating func append(
    upTo byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Int
  ) {
    bytes.append(addingCapacity: byteCount) { output in
      output.withUnsafeMutableBufferPointer { buffer, count in
        let free = UnsafeMutableRawBufferPointer(
          rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
        let filled = fill(free)
        precondition(filled >= 0 && filled <= byteCount, "more than there is room for")
        count += filled
      }
    }
  }

  /// Writes the bytes of `array`.
  public mutating func append(_ array: [UInt8]) { bytes.append(contentsOf: array) }

  /// Writes the UTF-8 of a literal.
  public mutating func append(_ text: StaticString) {
    text.withUTF8Buffer { bytes.append(contentsOf: $0) }
  }

  /// Writes the UTF-8 of `text`.
  public mutating func append(utf8 text: String) { bytes.append(contentsOf: text.utf8) }

  /// Writes a varint count, then the bytes of `span`.
  public mutating func lengthPrefixed(_ span: RawSpan) {
    varint(UInt64(span.byteCount))
    append(span)
  }

  /// Writes a varint count, then the bytes of `array`.
  public mutating func lengthPrefixed(_ array: [UInt8]) { lengthPrefixed(array.span.bytes) }

  /// Writes a varint count, then the text's UTF-8.
  public mutating func lengthPrefixed(_ text: String) {
    varint(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Overwrites four bytes written earlier, as when a length or checksum is known only at the end.
  ///
  /// - Parameter offset: The first byte to replace; `offset + 4` beyond what was written traps.
  public mutating func replaceU32(_ value: UInt32, at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) {
      bytes.replaceSubrange(offset..<(offset + 4), with: $0)
    }
  }

  /// Overwrites bytes written earlier with those of another writer.
  public mutating func replace(at offset: Int, with other: borrowing ByteWriter) {
    bytes.replaceSubrange(offset..<(offset + other.count), with: other.bytes)
  }

  /// Overwrites eight bytes written earlier.
  ///
  /// - Parameter offset: The first byte to replace; `offset + 8` beyond what was written traps.
  public mutating func replaceU64(_ value: UInt64, at offset: Int) {
    withUnsafeBytes(of: value.littleEndian) {
      bytes.replaceSubrange(offset..<(offset + 8), with: $0)
    }
  }

  /// Appends zeros up to the next multiple of `alignment` bytes.
  public mutating func pad(to alignment: Int) {
    let excess = bytes.count % alignment
    guard excess > 0 else { return }
    bytes.append(contentsOf: repeatElement(0, count: alignment - excess))
  }
}
