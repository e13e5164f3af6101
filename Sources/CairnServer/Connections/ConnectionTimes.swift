// How long a connection may take for what.

/// Limits on the time that a client takes.
///
/// The time during which the server does not ask for bytes, because it is busy with earlier ones, does not count.
public struct ConnectionTimes: Sendable {
  /// From the first byte of a request to the end of its header.
  ///
  /// Default 10 seconds.
  public var header = Duration.seconds(10)
  /// From the end of the header to the end of a body whose size is limited.
  ///
  /// Default 30 seconds.
  public var body = Duration.seconds(30)
  /// For how long a stream of lines may be slower than `streamBytesPerSecondMin`.
  ///
  /// Default 10 minutes.
  public var stream = Duration.seconds(600)
  /// The speed that counts as progress of a stream, on average over `streamWindow`.
  ///
  /// Default 1 KiB per second.
  public var streamBytesPerSecondMin = 1024
  /// Over which time the speed of a stream is taken.
  ///
  /// Default 30 seconds.
  public var streamWindow = Duration.seconds(30)
  /// For how long a client may read nothing of an answer that waits for it.
  ///
  /// Default 30 seconds; noticed up to a quarter later.
  public var unread = Duration.seconds(30)
  /// For how long a connection may be without a request.
  ///
  /// Default 60 seconds.
  public var idle = Duration.seconds(60)
  /// How long the server waits for the other end to close after the last answer.
  ///
  /// Default 2 seconds.
  public var linger = Duration.seconds(2)
  /// How long requests in hand may take once the server is shutting down.
  ///
  /// Default 5 seconds.
  public var drain = Duration.seconds(5)

  /// The defaults.
  public init() {}
}
