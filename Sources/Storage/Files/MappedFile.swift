// The bytes of a sealed file, mapped read-only. A class of its own because the mapping must outlive
// every span that was borrowed from it.

import Glibc

/// A read-only view of a whole file that never changes.
///
/// The length is fixed at the time of mapping. The engine never writes to nor truncates a file that
/// it has mapped; it only unlinks it, which leaves the mapping valid.
public final class MappedFile: @unchecked Sendable {
  // Safe because the memory is never written after init and is released only in deinit.
  private let base: UnsafeRawPointer
  private let isMapping: Bool

  /// The number of bytes.
  public let count: Int

  /// Takes over a mapping made with `mmap`, which is unmapped at the end.
  package init(mapping base: UnsafeRawPointer, count: Int) {
    self.base = base
    self.count = count
    isMapping = true
  }

  /// Makes a view of a copy of `bytes`, for file systems that live in memory.
  public init(copying bytes: [UInt8]) {
    let memory = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(bytes.count, 1), alignment: 16)
    memory.copyBytes(from: bytes)
    // The buffer is not empty, so it has an address.
    base = UnsafeRawPointer(memory.baseAddress.unsafelyUnwrapped)
    count = bytes.count
    isMapping = false
  }

  deinit {
    if isMapping {
      munmap(UnsafeMutableRawPointer(mutating: base), count)
    } else {
      base.deallocate()
    }
  }

  /// The file's bytes.
  public var bytes: RawSpan {
    @_lifetime(borrow self)
    borrowing get {
      let span = RawSpan(_unsafeStart: base, byteCount: count)
      return _overrideLifetime(span, borrowing: self)
    }
  }
}
