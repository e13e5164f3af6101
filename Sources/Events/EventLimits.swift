// The limits on input. Everything has one, so that no line can cost memory or time without bound.

/// The limits on one line of input.
public struct EventLimits: Sendable, Equatable {
  /// The longest event in bytes of JSON.
  ///
  /// A longer line is quarantined unread. Default 32 KiB.
  public var eventBytesMax = 32_768
  /// The longest line that is kept at all, in bytes.
  ///
  /// Default 1 MiB.
  public var lineBytesMax = 1_048_576
  /// How deep objects and arrays may nest.
  ///
  /// The event itself is level 1. Default 32.
  public var depthMax = 32
  /// The most members of one object.
  ///
  /// Default 512.
  public var propertiesMax = 512
  /// The longest message id in bytes.
  ///
  /// Default 256.
  public var messageIDBytesMax = 256
  /// The longest identifier in bytes, after normalising.
  ///
  /// Default 512.
  public var identifierBytesMax = 512

  /// Makes the default limits.
  public init() {}
}
