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
  ///   - onDraining: Called once the server takes no new requests.
  ///   - onListening: Called once all sockets accept connections, with what ends the server as a signal would.
  /// - Throws: `StoreError` if a socket cannot be made.
  public func run(
    endingOn signals: [UnixSignal] = [.sigterm, .sigint],
    onDraining: @escaping @Sendable () -> Void = {},
    onListening: @escaping @Sendable (_ stop: @escaping @Sendable () async -> Void) -> Void
  ) async throws {
    let socket =
      options.listeningSocket == nil
      ? try SocketPath(options.socketPath).listen(openTo: options.group) : nil
    defer { socket?.remove() }
    guard let descriptor = options.listeningSocket ?? socket?.descriptor else { return }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, System.coreCount / 2))
    let connections = ConnectionCount(limit: options.limits.connectionsMax)
    let metrics = ServerMetrics()
    let log = LimitedLog(logger)
    let responder = makeRouter(metrics, connections).buildResponder()
    let handler = ConnectionHandler(
      limits: options.limits, times: options.times, logger: logger,
      drain: ServerDrain {
        logger.notice("shutting down")
        onDraining()
      }, metrics: metrics, log: log
    ) { request, connection, reader in
      var context = ServerContext(
        source: .init(channel: connection.channel.channel, logger: logger))
      context.peer = connection.peer
      context.reader = reader
      let response = await answer(request, context, responder, log)
      let route = context.endpointPath
      metrics.answered(route == "NotFound" ? nil : route, response.status.code)
      return response
    }
    let ports = options.loopbackPort == nil ? 1 : 2
    let (listening, announce) = AsyncStream<Void>.makeStream()
    let ready = ReadyCount(ports) { announce.finish() }
    var listeners = [
      Listener(
        place: .socket(
          descriptor: descriptor, isOpenToGroup: options.group != nil), handler: handler,
        group: group, connections: connections
      ) { _ in ready.countDown() }
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
      guard !Task.isCancelled else { return }
      // A store that has been closed meanwhile is reached by nobody.
      try? await store.withStore { (store) throws(StoreError) in store.announce(options.socketPath)
      }
      logger.notice("serving")
      onListening { await services.triggerGracefulShutdown() }
    }
    defer { announcing.cancel() }
    let result: Result<Void, any Error>
    do { result = .success(try await services.run()) } catch { result = .failure(error) }
    try await group.shutdownGracefully()
    logger.notice("stopped")
    try result.get()
  }

  func makeRouter(
    _ metrics: ServerMetrics = ServerMetrics(),
    _ connections: ConnectionCount = ConnectionCount(limit: 0)
  ) -> Router<ServerContext> {
    let router = Router(context: ServerContext.self)
    MetricRoutes(
      store: store, metrics: metrics, connections: connections, identity: IdentityWatch(store),
      webhooks: options.webhooks
    ).add(to: router)
    HealthRoutes(store: store, version: options.version).add(to: router)
    CollectRoutes(store: store, limits: options.limits).add(to: router)
    ProfileRoutes(store: store).add(to: router)
    LookupRoute(store: store, limits: options.limits).add(to: router)
    AudienceRoutes(store: store).add(to: router)
    ChangesRoute(store: store).add(to: router)
    TailRoute(store: store).add(to: router)
    PreviewRoute(store: store, limits: options.limits).add(to: router)
    SpaceRoutes(store: store).add(to: router)
    AdminRoutes(
      store: store, limits: options.limits, version: options.version, commands: options.commands,
      webhooks: options.webhooks
    ).add(to: router)
    return router
  }

  /// Answers a request; on the port also those of pages of other origins.
  private func answer(
    _ request: Request, _ context: ServerContext, _ responder: RouterResponder<ServerContext>,
    _ log: LimitedLog
  ) async -> Response {
    guard context.peer == .network else { return await route(request, context, responder, log) }
    if let answer = CrossOrigin.preflight(request) { return answer }
    return CrossOrigin.opened(await route(request, context, responder, log))
  }

  /// Answers a request by its route; whatever goes wrong has the one shape of an error.
  private func route(
    _ request: Request, _ context: ServerContext, _ responder: RouterResponder<ServerContext>,
    _ log: LimitedLog
  ) async -> Response {
    let failure: ServerError
    do {
      let response = try await responder.respond(to: request, context: context)
      // The router answers by itself where it has no route.
      guard response.status == .notFound, response.body.contentLength == 0 else { return response }
      throw ServerError.noSuchRoute
    } catch let error as ServerError {
      failure = error
    } catch let error as LiveError {
      failure = ServerError(error)
    } catch let error as StoreError {
      failure = ServerError(error)
    } catch is CancellationError {
      failure = .shuttingDown
    } catch {
      // Its text may hold what the request holds.
      log.log(.error, "request failed", ["type": "\(type(of: error))"])
      failure = ServerError(
        .internalServerError, "internal", "the server could not answer; see its log")
    }
    // Of the server's own errors the code says which it is; the message is for the client.
    if failure.status.code >= 500, failure.code != ServerError.shuttingDown.code {
      log.log(.error, "request failed", ["code": "\(failure.code)"])
    }
    return failure.response
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
