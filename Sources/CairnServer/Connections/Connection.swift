// One connection: who is at its other end is known before a byte of it is parsed.

import HTTPTypes
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import Synchronization

/// A connection that has been accepted.
struct Connection: Sendable {
  let channel: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
  let peer: Peer
}

/// Whether the server is shutting down.
final class ServerDrain: Sendable {
  private let hasBegun = Atomic(false)
  private let onBegin: @Sendable () -> Void

  /// - Parameter onBegin: Called once, when it begins.
  init(onBegin: @escaping @Sendable () -> Void) { self.onBegin = onBegin }

  /// From now on requests are answered with 503, and connections closed.
  func begin() {
    if !hasBegun.exchange(true, ordering: .acquiringAndReleasing) { onBegin() }
  }

  /// Whether it is.
  var isDraining: Bool { hasBegun.load(ordering: .acquiring) }
}

/// Sets up connections and answers their requests.
struct ConnectionHandler: Sendable {
  typealias Answer = @Sendable (Request, Connection, RequestReader) async -> Response

  let limits: RequestLimits
  let times: ConnectionTimes
  let logger: Logger
  let drain: ServerDrain
  let metrics: ServerMetrics
  let log: LimitedLog
  let answer: Answer

  /// How many parts of requests are read ahead of those who want them, each of at most 64 KiB: with all connections
  /// busy that is 64 MiB.
  private static let partsMax = 4

  /// Sets up a connection; fails, and closes it, if its peer may not connect.
  func setUp(
    _ channel: any Channel, _ admit: @escaping @Sendable (any Channel) -> EventLoopFuture<Peer>
  ) -> EventLoopFuture<Connection> {
    let connection = admit(channel).flatMapThrowing { peer in
      Connection(channel: try addHandlers(to: channel, of: peer), peer: peer)
    }
    connection.whenFailure { error in
      if let reason = error as? ConnectionRefusal { note(reason) }
      channel.close(promise: nil)
    }
    return connection
  }

  private func addHandlers(
    to channel: any Channel, of peer: Peer
  ) throws -> NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart> {
    let pipeline = channel.pipeline.syncOperations
    let watch = ConnectionWatchHandler(times, now: channel.eventLoop.now) { note($0) }
    var decoding = NIOHTTPDecoderLimitConfiguration()
    // The target counts too there.
    decoding.maxHeaderFieldSize = limits.headerBytesMax + limits.targetBytesMax
    decoding.maxHeaderListSize = limits.headerBytesMax + limits.targetBytesMax
    decoding.maxHeaderFieldCount = limits.headerFieldsMax
    try pipeline.addHandler(watch)
    try pipeline.configureHTTPServerPipeline(
      withPipeliningAssistance: false, withErrorHandling: false,
      withOutboundHeaderValidation: false,
      withEncoderConfiguration: .init(), withDecoderLimitConfiguration: decoding)
    try pipeline.addHandler(RequestHandler(limits, watch, isOwner: peer == .owner))
    try pipeline.addHandler(HTTP1ToHTTPServerCodec(secure: false))
    return try NIOAsyncChannel(
      wrappingChannelSynchronously: channel,
      configuration: .init(
        backPressureStrategy: .init(lowWatermark: Self.partsMax / 2, highWatermark: Self.partsMax),
        isOutboundHalfClosureEnabled: true))
  }

  /// A connection has been refused, or ends because of a limit.
  private func note(_ reason: ConnectionRefusal) {
    metrics.refused(reason)
    log.log(.info, "connection refused", ["reason": "\(reason.rawValue)"])
  }

  /// Answers the requests of a connection until it ends.
  func run(_ connection: Connection) async {
    let channel = connection.channel.channel
    do {
      try await withTaskCancellationHandler {
        try await connection.channel.executeThenClose { inbound, outbound in
          let reader = RequestReader(inbound, limits)
          try await answerAll(reader, outbound, connection)
          // The other end reads the last answer before it sees the end; then it closes, or its time is over.
          outbound.finish()
          await reader.skipAll()
          try await channel.closeFuture.get()
        }
      } onCancel: {
        channel.close(promise: nil)
      }
    } catch {
      logger.debug("connection ended early")
    }
  }

  private func answerAll(
    _ reader: RequestReader, _ outbound: NIOAsyncChannelOutboundWriter<HTTPResponsePart>,
    _ connection: Connection
  ) async throws {
    while true {
      let request: Request
      do throws(ServerError) {
        guard let next = try await reader.nextRequest() else { return }
        request = next
      } catch {
        metrics.answered(nil, error.status.code)
        return try await ResponseWriter(outbound: outbound).write(error.response, toHead: false)
      }
      if request.headers[.expect]?.lowercased() == "100-continue" {
        try await outbound.write(.head(HTTPResponse(status: .continue)))
      }
      var response =
        drain.isDraining
        ? ServerError.shuttingDown.response
        : await answer(request, connection, reader)
      let closes =
        request.headers[.connection]?.lowercased() == "close"
        || response.headers[.connection] == "close"
      let isLast = closes || drain.isDraining || reader.hasFailed
      if isLast { response.headers[.connection] = "close" }
      try await ResponseWriter(outbound: outbound).write(response, toHead: request.method == .head)
      guard !isLast, (try? await reader.skipBody()) == true else { return }
    }
  }
}

extension ResponseWriter {
  /// Writes an answer; to HEAD without its body, whose length it states.
  fileprivate consuming func write(_ response: Response, toHead isHead: Bool) async throws {
    if isHead { return try await writeResponse(response.head) }
    try await write(response: response.head, body: response.body)
  }
}
