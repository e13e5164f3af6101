// From the thread that runs a command to the connection that its output goes to: the thread waits for a client that
// reads slowly, and stops for one that has gone.

import Engine
import NIOCore
import Storage

/// The frames of one answer on their way.
package final class CommandFrames: Sendable {
  /// The most frames that wait for the client, of `CommandFrame.bytesMax` each.
  private static let framesMax = 4

  /// What is to be sent, in order.
  let buffers: AsyncStream<ByteBuffer>
  private let continuation: AsyncStream<ByteBuffer>.Continuation
  /// An element for each frame that there is room for.
  private let room = BoundedQueue<Bool>(capacity: framesMax)
  /// Ends what the command reads.
  let cancellation = ReadCancellation()

  init() {
    (buffers, continuation) = AsyncStream<ByteBuffer>.makeStream()
    for _ in 0..<Self.framesMax { room.offer(true) }
  }

  // MARK: The thread of the command

  /// Whether nobody reads any more.
  package var isAbandoned: Bool { cancellation.isCancelled }

  /// Sends bytes once there is room, which may take as long as the client likes.
  ///
  /// - Returns: False if nobody reads any more.
  package func send(_ kind: CommandFrame.Kind, _ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    repeat {
      guard room.pop() != nil, !isAbandoned else { return false }
      let frame = CommandFrame(kind, Array(rest.prefix(CommandFrame.bytesMax)))
      var buffer = ByteBuffer(bytes: frame.head)
      buffer.writeBytes(frame.bytes)
      continuation.yield(buffer)
      rest = rest.dropFirst(frame.bytes.count)
    } while !rest.isEmpty
    return true
  }

  /// Sends the last frame.
  package func end(_ ending: CommandEnding) {
    if let bytes = try? AdminForm.encode(ending) { _ = send(.ending, bytes) }
    continuation.finish()
  }

  // MARK: The connection

  /// A frame has been sent.
  func took() { room.offer(true) }

  /// Nobody reads any more, or the server is shutting down; the command ends with what it reads or sends next.
  func abandon() {
    cancellation.cancel()
    room.close()
    continuation.finish()
  }
}
