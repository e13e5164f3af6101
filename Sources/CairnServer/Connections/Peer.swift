// Who is at the other end of a connection, as the kernel says.

import Glibc
import NIOCore

/// The other end of a connection.
enum Peer: Equatable, Sendable {
  /// The user that the server runs as, or root: needs no key.
  case owner
  /// Another user, whom the socket's group lets in: needs a key.
  case member
  /// A program on the same machine, over TCP: needs a key, and may only collect.
  case network
}

/// The credentials that a peer had when it connected, `struct ucred` of Linux.
struct PeerCredentials: Equatable, Sendable {
  var process: Int32 = 0
  var user: UInt32 = .max
  var group: UInt32 = .max

  /// The option of a socket that reads them.
  private static let option = NIOBSDSocket.Option(rawValue: 17)

  /// Reads the credentials of the peer of a connection over a Unix socket.
  ///
  /// To be called on the event loop of the channel.
  static func read(from channel: any Channel) -> EventLoopFuture<PeerCredentials> {
    guard let provider = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeSucceededFuture(PeerCredentials())
    }
    return provider.unsafeGetSocketOption(level: .socket, name: option)
  }

  /// Who that is for a server that runs as `owner`; nil for somebody who may not connect.
  ///
  /// - Parameter isOpenToGroup: Whether the socket lets in a group.
  func peer(ofServerOf owner: UInt32, isOpenToGroup: Bool) -> Peer? {
    if user == owner || user == 0 { return .owner }
    return isOpenToGroup ? .member : nil
  }
}
