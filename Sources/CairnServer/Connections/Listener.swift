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
    /// A Unix socket that listens already.
    case socket(descriptor: Int32, isOpenToGroup: Bool)
    /// A port.
    case port(host: String, Int)
  }

  let place: Place
  let handler: ConnectionHandler
  let group: any EventLoopGroup
  let connections: ConnectionCount
  /// Called when connections are accepted, with the address.
  let onListening: @Sendable (SocketAddress?) -> Void

  func run() async throws {
    let quiescing = ServerQuiescingHelper(group: group)
    let server = try await bind(quiescing)
    onListening(server.channel.localAddress)
    await withGracefulShutdownHandler {
      await withDiscardingTaskGroup { tasks in
        do {
          try await server.executeThenClose { inbound in
            for try await connection in inbound {
              tasks.addTask { await handler.run(connection) }
            }
          }
        } catch {
          handler.logger.error(
            "connections can no longer be accepted", metadata: ["error": "\(error)"])
        }
      }
    } onGracefulShutdown: {
      handler.drain.begin()
      let promise = group.any().makePromise(of: Void.self)
      quiescing.initiateShutdown(promise: promise)
    }
  }

  private func bind(
    _ quiescing: ServerQuiescingHelper
  ) async throws -> NIOAsyncChannel<Connection, Never> {
    let bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(ChannelOptions.backlog, value: BoundSocket.backlog)
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
    case .socket(let descriptor, _):
      return try await bootstrap.bind(descriptor, childChannelInitializer: setUp)
    case .port(let host, let port):
      return try await bootstrap.bind(host: host, port: port, childChannelInitializer: setUp)
    }
  }

  /// Who connects; fails for somebody who may not, or if there are too many.
  private func admit(_ channel: any Channel) -> EventLoopFuture<Peer> {
    guard case .socket(_, let isOpenToGroup) = place else {
      return channel.eventLoop.makeCompletedFuture {
        try count(channel, .network)
        return .network
      }
    }
    return PeerCredentials.read(from: channel).flatMapThrowing { credentials in
      guard
        let peer = credentials.peer(ofServerOf: geteuid(), isOpenToGroup: isOpenToGroup)
      else { throw ConnectionRefusal.peer }
      try count(channel, peer == .owner ? .owner : .user(credentials.user))
      return peer
    }
  }

  private func count(_ channel: any Channel, _ client: ConnectionCount.Client) throws {
    guard connections.begin(client) else { throw ConnectionRefusal.connections }
    channel.closeFuture.whenComplete { _ in connections.end(client) }
  }
}
