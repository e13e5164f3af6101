// What is refused of a request by its header alone, and what its connection's deadlines know of it.

import HTTPTypes
import NIOCore
import NIOHTTP1

/// Checks headers between the decoder of HTTP and everything else.
///
/// What could be read in two ways, and so smuggle a request past whatever stands in between, is refused.
final class RequestHandler: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = HTTPServerResponsePart
  typealias OutboundOut = HTTPServerResponsePart

  private let limits: RequestLimits
  private let watch: ConnectionWatchHandler
  private let isOwner: Bool
  /// Set once a request has been refused: what follows is not a request.
  private var isRefused = false

  init(_ limits: RequestLimits, _ watch: ConnectionWatchHandler, isOwner: Bool) {
    self.limits = limits
    self.watch = watch
    self.isOwner = isOwner
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard !isRefused else { return }
    switch Self.unwrapInboundIn(data) {
    case .head(var head):
      if let error = refusal(of: head) {
        isRefused = true
        context.fireErrorCaught(error)
        return
      }
      watch.receivedHeader(
        isStream: Self.isStream(head), isUnhurried: isOwner && Self.path(head) == "/v1/commands")
      // What stands above does not see the version.
      if !head.isKeepAlive || Self.isUpgrade(head) {
        head.headers.replaceOrAdd(name: "connection", value: "close")
      }
      context.fireChannelRead(Self.wrapInboundOut(.head(head)))
    case .body: context.fireChannelRead(data)
    case .end:
      watch.receivedEnd()
      context.fireChannelRead(data)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    isRefused = true
    context.fireErrorCaught(error)
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    context.write(data, promise: promise)
    if case .end = Self.unwrapOutboundIn(data) { watch.answered() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if event is ChannelShouldQuiesceEvent { watch.drain() }
    context.fireUserInboundEventTriggered(event)
  }

  /// Whether the body may have any length: lines of events, or a whole input.
  private static func isStream(_ head: HTTPRequestHead) -> Bool {
    LineStream.isDeclared(head.headers.first(name: "content-type"))
      || path(head) == "/v1/ingest"
  }

  private static func path(_ head: HTTPRequestHead) -> Substring { head.uri.prefix { $0 != "?" } }

  /// After a request of another protocol the decoder stops.
  private static func isUpgrade(_ head: HTTPRequestHead) -> Bool {
    head.method == .CONNECT || head.headers.contains(name: "upgrade")
  }

  private func refusal(of head: HTTPRequestHead) -> ServerError? {
    guard head.uri.utf8.count <= limits.targetBytesMax else {
      return .closing(
        .uriTooLong, "target_too_long",
        "the address of the request is longer than \(limits.targetBytesMax) bytes; shorten it")
    }
    var byteCount = 0
    for (name, value) in head.headers { byteCount += name.utf8.count + value.utf8.count }
    guard byteCount <= limits.headerBytesMax else { return .headerTooLarge(limits) }
    let encodings = head.headers["transfer-encoding"]
    guard encodings.isEmpty || encodings.count == 1 && encodings[0].lowercased() == "chunked" else {
      return .closing(
        .notImplemented, "unsupported_transfer_encoding",
        "the only transfer encoding that is read is chunked; send the body with that or with a length"
      )
    }
    guard encodings.isEmpty || !head.headers.contains(name: "content-length"),
      encodings.isEmpty || head.version != .http1_0,
      head.headers["content-length"].count <= 1
    else {
      return .closing(
        .badRequest, "ambiguous_length",
        "the length of the body is given in two ways; send either Content-Length or Transfer-Encoding"
      )
    }
    let hosts = head.headers["host"].count
    guard hosts == 1 || hosts == 0 && head.version == .http1_0 else {
      return .closing(
        .badRequest, "bad_host", "the request has \(hosts) Host fields; send exactly one")
    }
    return nil
  }
}
