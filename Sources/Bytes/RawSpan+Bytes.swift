// What the standard library's spans lack for our use: comparison, copies and single safe loads.

import Glibc

extension RawSpan {
  /// Copies the bytes into an array.
  public func toArray() -> [UInt8] { withUnsafeBytes { [UInt8]($0) } }

  /// Whether both spans hold the same bytes.
  public func elementsEqual(_ other: RawSpan) -> Bool {
    guard byteCount == other.byteCount else { return false }
    return withUnsafeBytes { a in
      other.withUnsafeBytes { b in
        guard let first = a.baseAddress, let second = b.baseAddress else { return true }
        return memcmp(first, second, a.count) == 0
      }
    }
  }

  /// Whether the span holds exactly the bytes of `text`.
  public func equals(_ text: StaticString) -> Bool {
    guard byteCount == text.utf8CodeUnitCount else { return false }
    return withUnsafeBytes { bytes in
      bytes.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
  }

  /// The byte at `offset`; an offset outside the span traps.
  @inlinable
  public subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "byte offset outside the span")
    return unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// Reads the little-endian integer at `offset`, which needs no alignment; an offset from which it
  /// does not fit traps.
  ///
  /// Inlinable: a generic load that is not specialised costs 20 ns.
  @inlinable
  public func load<T: FixedWidthInteger & BitwiseCopyable>(at offset: Int, as type: T.Type) -> T {
    precondition(
      offset >= 0 && MemoryLayout<T>.size <= byteCount
        && offset <= byteCount &- MemoryLayout<T>.size, "load outside the span")
    return T(littleEndian: unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type))
  }

  /// Makes a `String`, replacing invalid UTF-8.
  ///
  /// For what a person reads; not for hot paths.
  public func toString() -> String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }

  /// Whether the bytes are well-formed UTF-8.
  ///
  /// Complexity: O(n), and a copy; not for hot paths.
  public var isUTF8: Bool { withUnsafeBytes { String(validating: $0, as: UTF8.self) != nil } }
}

extension [UInt8] {
  /// Appends the bytes of `span`.
  @inlinable
  public mutating func append(_ span: RawSpan) {
    span.withUnsafeBytes { append(contentsOf: $0) }
  }
}
