// A webhook as a destination's target: where messages are posted, by what limits, and where its secret is. The secret
// itself never enters the store.

import Bytes

/// An address that messages are posted to.
public struct Webhook: Equatable, Sendable {
  /// Where the secret is that requests are signed with; it is read again for each of them.
  public enum Secret: Equatable, Sendable {
    /// A file that only its owner may read.
    case file(String)
    /// A variable of the environment of the process that delivers.
    case environment(String)
  }

  /// The most messages of a request that may be set.
  public static let batchLimit: UInt32 = 500

  /// The address, `https://…`.
  public var url: String
  /// Where the secret is.
  public var secret: Secret
  /// The most messages of one request.
  ///
  /// Default 100. The messages of one change stay together even if they are more.
  public var batchMax: UInt32 = 100
  /// The most requests in a second; nil for no limit.
  public var requestsPerSecondMax: UInt32?
  /// How long a request may take.
  ///
  /// Default 10 s.
  public var timeout = Milliseconds(10_000)

  /// A webhook with defaults.
  public init(url: String, secret: Secret) {
    self.url = url
    self.secret = secret
  }
}

/// Encoding: length-prefixed URL; secret u8 (1 a file, 2 the environment), then the length-prefixed path or name; as
/// varints the most messages, the most requests in a second (0 for no limit) and the timeout.
extension Webhook {
  private static let secretFile: UInt8 = 1
  private static let secretEnvironment: UInt8 = 2

  init(_ reader: inout ByteReader) throws(DecodeError) {
    url = try reader.lengthPrefixed().toString()
    let kind = try reader.u8()
    let place = try reader.lengthPrefixed().toString()
    switch kind {
    case Self.secretFile: secret = .file(place)
    case Self.secretEnvironment: secret = .environment(place)
    default: throw reader.invalid()
    }
    batchMax = try reader.varint32()
    let rate = try reader.varint32()
    requestsPerSecondMax = rate == 0 ? nil : rate
    timeout = Milliseconds(Int64(try reader.varint32()))
  }

  func encode(into writer: inout ByteWriter) {
    writer.lengthPrefixed(url)
    switch secret {
    case .file(let path):
      writer.u8(Self.secretFile)
      writer.lengthPrefixed(path)
    case .environment(let name):
      writer.u8(Self.secretEnvironment)
      writer.lengthPrefixed(name)
    }
    writer.varint(UInt64(batchMax))
    writer.varint(UInt64(requestsPerSecondMax ?? 0))
    writer.varint(UInt64(clamping: timeout.value))
  }
}
