// A socket that accepts connections, as a service that ends when the server does.

import Glibc
import Hummingbird
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle

/// Listens on a Unix socket or a loopback port.
struct Listener: Service {
  /// Where it listens.
  enum Place: Sendable {
    /// A socket that is bound and listens already.
    case socket(descriptor: Int32)
    /// A Unix socket at a path.
    case path(String, isOpenToGroup: Bool)
    /// A port.
    case port(host: String, Int)
  }

  let place: Place
  let handler: ConnectionHandler
  let group: any EventLoopGroup
  let connections: ConnectionCount
  /// Called when connections are accepted, with the address.
  let onListening: @Sendable (SocketAddress?) -> Void

  /// How many connections may wait to be accepted.
  private static let backlog: Int32 = 256

  func run() async throws {
    let quiescing = ServerQuiescingHelper(group: group)
    let server = try await bind(quiescing)
    onListening(server.channel.localAddress)
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { tasks in
        do {
          try await server.executeThenClose { inbound in
            for try await connection in inbound {
              tasks.addTask {
                await handler.run(connection)
                connections.end()
              }
            }
          }
        } catch {
          handler.logger.error(
            "connections can no longer be accepted", metadata: ["error": "\(error)"])
        }
      }
    } onGracefulShutdown: {
      let promise = group.any().makePromise(of: Void.self)
      quiescing.initiateShutdown(promise: promise)
    }
  }

  private func bind(
    _ quiescing: ServerQuiescingHelper
  ) async throws -> NIOAsyncChannel<Connection, Never> {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: Self.backlog)
      .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(ChannelOptions.allowRemoteHalfClosure, value: true)
      .serverChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(
            quiescing.makeServerChannelHandler(channel: channel))
        }
      }
    let setUp: @Sendable (any Channel) -> EventLoopFuture<Connection> = { channel in
      handler.setUp(channel, admit)
    }
    switch place {
    case .socket(let descriptor):
      return try await bootstrap.bind(descriptor, childChannelInitializer: setUp)
    case .path(let path, _):
      return try await bootstrap.bind(
        unixDomainSocketPath: path, cleanupExistingSocketFile: false,
        childChannelInitializer: setUp)
    case .port(let host, let port):
      return try await bootstrap.bind(host: host, port: port, childChannelInitializer: setUp)
    }
  }

  /// Who connects; fails for somebody who may not, or if there are too many.
  private func admit(_ channel: any Channel) -> EventLoopFuture<Peer> {
    guard connections.begin() else {
      return channel.eventLoop.makeFailedFuture(ConnectionRefusal())
    }
    if case .port = place { return channel.eventLoop.makeSucceededFuture(.network) }
    var isOpenToGroup = false
    if case .path(_, let isOpen) = place { isOpenToGroup = isOpen }
    return PeerCredentials.read(from: channel).flatMapThrowing { credentials in
      guard
        let peer = credentials.peer(ofServerOf: geteuid(), isOpenToGroup: isOpenToGroup)
      else {
        connections.end()
        throw ConnectionRefusal()
      }
      return peer
    }
  }
}

/// A connection is closed before it begins.
struct ConnectionRefusal: Error {}
