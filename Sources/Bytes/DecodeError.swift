// The one error of all decoders. It holds integers only, so that throwing it allocates nothing and
// can never carry customer data.

/// Bytes that do not follow the format they were read as.
public struct DecodeError: Error, Equatable, Sendable {
  /// What is wrong with the bytes.
  public enum Reason: UInt8, Sendable {
    /// The bytes end before the value does.
    case truncated
    /// A varint longer than ten bytes, or one whose value does not fit in 64 bits.
    case overlongVarint
    /// A value outside the range that the format allows.
    case invalidValue
    /// Bytes follow where the value should have ended.
    case trailingBytes
    /// The checksum stored with the bytes is not the one computed from them.
    case checksumMismatch
  }

  /// What is wrong with the bytes.
  public var reason: Reason
  /// Where, in bytes from the start of the span that was being read.
  public var offset: Int

  /// Makes an error that points at `offset`.
  public init(_ reason: Reason, at offset: Int) {
    self.reason = reason
    self.offset = offset
  }
}
