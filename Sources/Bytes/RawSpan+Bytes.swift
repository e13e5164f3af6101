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
        guard let a = a.baseAddress, let b = b.baseAddress else { return true }
        return memcmp(a, b, byteCount) == 0
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
  public subscript(offset: Int) -> UInt8 {
    precondition(offset >= 0 && offset < byteCount, "byte offset outside the span")
    return unsafeLoad(fromUncheckedByteOffset: offset, as: UInt8.self)
  }

  /// Makes a `String`, replacing invalid UTF-8.
  ///
  /// For what a person reads; not for hot paths.
  public func toString() -> String { withUnsafeBytes { String(decoding: $0, as: UTF8.self) } }
}
