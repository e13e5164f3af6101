// The server: listeners, routes, and the order in which it ends.

import Cairn
import Engine
import Glibc
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import Storage
import Synchronization
import UnixSignals

/// Serves a live store over HTTP on a Unix socket, and on a loopback port if asked to.
public struct CairnServer: Sendable {
  private let store: LiveStore
  private let options: ServerOptions
  private let logger: Logger

  /// - Parameter store: Stays the caller's, who closes it when `run` has returned.
  public init(_ store: LiveStore, options: ServerOptions, logger: Logger) {
    self.store = store
    self.options = options
    self.logger = logger
  }

  /// Serves until SIGTERM or SIGINT: then no new requests are taken, those in hand are finished, and it returns.
  ///
  /// - Parameters:
  ///   - signals: The signals that end it.
  ///   - onListening: Called once all sockets accept connections, with what ends the server as a signal would.
  /// - Throws: `StoreError` if a socket cannot be made.
  public func run(
    endingOn signals: [UnixSignal] = [.sigterm, .sigint],
    onListening: @escaping @Sendable (_ stop: @escaping @Sendable () async -> Void) -> Void
  ) async throws {
    let socket = try SocketPath(options.socketPath)
    try socket.clear()
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))
    let connections = ConnectionCount(limit: options.limits.connectionsMax)
    let responder = makeRouter().buildResponder()
    let handler = ConnectionHandler(limits: options.limits, logger: logger) {
      request, peer, channel in
      await answer(request, peer, channel, responder)
    }
    let ports = options.loopbackPort == nil ? 1 : 2
    let (listening, announce) = AsyncStream<Void>.makeStream()
    let ready = ReadyCount(ports) { announce.finish() }
    let groupID = options.group
    var listeners = [
      Listener(
        place: .path(socket.path, isOpenToGroup: groupID != nil), handler: handler, group: group,
        connections: connections
      ) { _ in
        if let groupID { try? socket.open(to: groupID) }
        ready.countDown()
      }
    ]
    if let port = options.loopbackPort {
      listeners.append(
        Listener(
          place: .port(host: options.loopbackHost, port), handler: handler, group: group,
          connections: connections
        ) { _ in ready.countDown() })
    }
    var configuration = ServiceGroupConfiguration(
      services: listeners.map { .init(service: $0) }, gracefulShutdownSignals: signals,
      logger: logger)
    configuration.maximumGracefulShutdownDuration = .seconds(8)
    let services = ServiceGroup(configuration: configuration)
    let announcing = Task {
      for await _ in listening {}
      // A store that has been closed meanwhile is reached by nobody.
      try? await store.withStore { (store) throws(StoreError) in store.announce(socket.path) }
      onListening { await services.triggerGracefulShutdown() }
    }
    defer { announcing.cancel() }
    let result: Result<Void, any Error>
    do { result = .success(try await services.run()) } catch { result = .failure(error) }
    socket.remove()
    try await group.shutdownGracefully()
    try result.get()
  }

  private func makeRouter() -> Router<ServerContext> {
    let router = Router(context: ServerContext.self)
    HealthRoutes(store: store, version: options.version).add(to: router)
    CollectRoutes(store: store, limits: options.limits).add(to: router)
    ProfileRoutes(store: store).add(to: router)
    LookupRoute(store: store, limits: options.limits).add(to: router)
    AudienceRoutes(store: store).add(to: router)
    ChangesRoute(store: store).add(to: router)
    PreviewRoute(store: store, limits: options.limits).add(to: router)
    AdminRoutes(store: store, limits: options.limits).add(to: router)
    return router
  }

  /// Answers a request; whatever goes wrong has the one shape of an error.
  private func answer(
    _ request: Request, _ peer: Peer, _ channel: any Channel,
    _ responder: RouterResponder<ServerContext>
  ) async -> Response {
    var context = ServerContext(source: .init(channel: channel, logger: logger))
    context.peer = peer
    do {
      guard request.uri.string.utf8.count <= options.limits.targetBytesMax else {
        throw ServerError(
          .uriTooLong, "target_too_long",
          "the address of the request is longer than \(options.limits.targetBytesMax) bytes; shorten it"
        )
      }
      let response = try await responder.respond(to: request, context: context)
      // The router answers by itself where it has no route.
      guard response.status == .notFound, response.body.contentLength == 0 else { return response }
      throw ServerError(
        .notFound, "no_such_route",
        "there is nothing at this address for this method; see docs/api.md")
    } catch let error as ServerError {
      return error.response
    } catch let error as LiveError {
      return ServerError(error).response
    } catch let error as StoreError {
      return ServerError(error).response
    } catch {
      var failure = ServerError(
        .badRequest, "bad_request", "the request cannot be read; check how it is sent")
      failure.closesConnection = true
      return failure.response
    }
  }
}

/// Calls back when all of several things have happened.
private final class ReadyCount: Sendable {
  private let remaining: Atomic<Int>
  private let body: @Sendable () -> Void

  init(_ count: Int, _ body: @escaping @Sendable () -> Void) {
    remaining = Atomic(count)
    self.body = body
  }

  func countDown() {
    if remaining.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { body() }
  }
}
