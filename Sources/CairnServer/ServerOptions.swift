// How a server listens, and what it allows.

/// Settings of a server.
public struct ServerOptions: Sendable {
  /// The path of the Unix socket.
  public var socketPath: String
  /// A Unix socket that listens already and that its owner removes; nil to make one at the path.
  public var listeningSocket: Int32?
  /// The group whose members may connect and need a key; nil if only the owner and root may.
  public var group: UInt32?
  /// The loopback port on which events are collected over TCP; nil for none.
  public var loopbackPort: Int?
  /// The address that the port is bound to.
  public var loopbackHost = "127.0.0.1"
  /// Limits on requests.
  public var limits = RequestLimits()
  /// Limits on the time that clients take.
  public var times = ConnectionTimes()
  /// The version that `/version` reports.
  public var version: String
  /// Reads commands of the program itself that are to be run here; nil if none are.
  package var commands: CommandReader?
  /// What serves webhooks, which its owner starts and stops; nil if nothing does.
  public var webhooks: WebhookDeliveries?

  /// Makes settings with defaults.
  public init(socketPath: String, version: String) {
    self.socketPath = socketPath
    self.version = version
  }
}

/// Limits on what a client may send.
public struct RequestLimits: Sendable {
  /// The largest body in bytes, as it comes and after decompression.
  ///
  /// Default 4 MiB. A stream of lines has no limit.
  public var bodyBytesMax = 4 << 20
  /// How many times larger a body may become by decompression.
  ///
  /// Default 200; gzip reaches about 1,030 with nothing but zeros.
  public var compressionRatioMax = 200
  /// The most bytes of all header fields of a request.
  ///
  /// Default 16 KiB.
  public var headerBytesMax = 16 << 10
  /// The most header fields.
  ///
  /// Default 64.
  public var headerFieldsMax = 64
  /// The longest target of a request in bytes.
  ///
  /// Default 8 KiB.
  public var targetBytesMax = 8 << 10
  /// The most connections.
  ///
  /// Default 256; further ones are closed at once. Those who need a key have three quarters of them, and each of them
  /// at most half.
  public var connectionsMax = 256

  /// The defaults.
  public init() {}
}
