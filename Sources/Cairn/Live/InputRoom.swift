// The memory that a request's input takes while it arrives and waits, out of what all may take together.

import Bytes
import Synchronization

/// A request's part of the room for input, which it gives back when it ends.
///
/// One source takes at most half of the room, so that others find some while it floods; so do all requests together
/// whose source is not known before their body has been read.
public final class InputRoom: Sendable {
  private let board: LiveBoard
  private let source: SourceID?
  private let bytesMax: Int
  private let held = Mutex(0)

  init(_ board: LiveBoard, for source: SourceID?, bytesMax: Int) {
    self.board = board
    self.source = source
    self.bytesMax = bytesMax
  }

  deinit { leave() }

  /// Takes room, if less is held, until that many bytes are.
  ///
  /// - Throws: `.overloaded` if others have it; what was held stays held.
  public func take(upTo byteCount: Int) throws(LiveError) {
    let isTaken = held.withLock { held in
      guard byteCount > held else { return true }
      guard board.reserve(byteCount - held, holding: held, for: source, max: bytesMax) else {
        return false
      }
      held = byteCount
      return true
    }
    guard isTaken else { throw .overloaded(retryAfterSeconds: 1) }
  }

  /// Gives everything back.
  func leave() {
    held.withLock { held in
      board.release(held, of: source)
      held = 0
    }
  }
}

extension LiveStore {
  /// Room for the input of one request, of which nothing is taken yet.
  ///
  /// - Parameter source: Where the input is from, if that is known.
  public func makeRoom(for source: SourceID? = nil) -> InputRoom {
    InputRoom(board, for: source, bytesMax: options.queuedBytesMax)
  }
}
