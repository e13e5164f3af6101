// How much a live store takes on at once.

/// Limits of a live store.
public struct LiveOptions: Sendable {
  /// The bytes of input that may wait for the thread that writes, parsed or not; more are refused for the moment.
  ///
  /// Default 64 MiB. Half of them may be of one source.
  public var queuedBytesMax = 64 << 20
  /// The most events of one request whose size is limited.
  ///
  /// Default 2,500.
  public var eventsPerRequestMax = 2_500
  /// The most records in one commit.
  ///
  /// Default 10,000.
  public var batchRecords = 10_000

  /// The defaults.
  public init() {}
}
