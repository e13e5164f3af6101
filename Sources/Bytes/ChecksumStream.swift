// The checksum of bytes that are not all in one place: what is written to a file is then not gathered first.

import CXXHash

/// A checksum that is computed a piece at a time.
public struct ChecksumStream: ~Copyable {
  private let state: OpaquePointer

  /// Begins with no bytes.
  public init() {
    guard let state = XXH3_createState() else { preconditionFailure("out of memory") }
    XXH3_64bits_reset(state)
    self.state = state
  }

  deinit { XXH3_freeState(state) }

  /// Adds bytes after those before.
  public mutating func add(_ span: RawSpan) {
    span.withUnsafeBytes { cairn_checksum_update(state, $0.baseAddress, $0.count) }
  }

  /// The checksum of all bytes so far, that of `Checksum.of`.
  public var value: UInt64 { XXH3_64bits_digest(state) }
}
