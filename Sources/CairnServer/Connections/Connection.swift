// One connection: who is at its other end is known before a byte of it is parsed.

import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypes
import NIOPosix

/// A connection that has been accepted.
struct Connection: Sendable {
  let channel: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
  let peer: Peer
}

/// Sets up connections and answers their requests.
struct ConnectionHandler: Sendable {
  typealias Answer = @Sendable (Request, Peer, any Channel) async -> Response

  let limits: RequestLimits
  let logger: Logger
  let answer: Answer

  /// Sets up a connection; fails, and the connection is closed, if its peer may not connect.
  func setUp(
    _ channel: any Channel, _ admit: @escaping @Sendable (any Channel) -> EventLoopFuture<Peer>
  ) -> EventLoopFuture<Connection> {
    admit(channel).flatMap { peer in
      http(peer).setup(channel: channel, logger: logger).map {
        Connection(channel: $0, peer: peer)
      }
    }
  }

  /// Answers the requests of a connection until it ends.
  func run(_ connection: Connection) async {
    await http(connection.peer).handle(value: connection.channel, logger: logger)
  }

  private func http(_ peer: Peer) -> HTTP1Channel {
    let decoder = HTTP1Channel.Configuration.DecoderConfiguration(
      maxHeaderFieldSize: limits.headerBytesMax, maxHeaderListSize: limits.headerBytesMax,
      maxHeaderFieldCount: limits.headerFieldsMax)
    return HTTP1Channel(
      responder: { request, writer, channel in
        let response = await answer(request, peer, channel)
        try await writer.write(response: response.head, body: response.body)
      },
      configuration: .init(idleTimeout: .seconds(60), httpDecoderConfiguration: decoder))
  }
}
