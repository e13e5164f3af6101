// The memory that a request's input takes while it arrives and waits, out of what all may take together.

import Synchronization

/// A request's part of the room for input, which it gives back when it ends.
public final class InputRoom: Sendable {
  private let board: LiveBoard
  private let bytesMax: Int
  private let held = Mutex(0)

  init(_ board: LiveBoard, bytesMax: Int) {
    self.board = board
    self.bytesMax = bytesMax
  }

  deinit { leave() }

  /// Takes room, if less is held, until that many bytes are.
  ///
  /// - Throws: `.overloaded` if others have it; what was held stays held.
  public func take(upTo byteCount: Int) throws(LiveError) {
    let isTaken = held.withLock { held in
      guard byteCount > held else { return true }
      guard board.reserve(byteCount - held, holding: held, max: bytesMax) else { return false }
      held = byteCount
      return true
    }
    guard isTaken else { throw .overloaded(retryAfterSeconds: 1) }
  }

  /// Gives everything back.
  func leave() {
    held.withLock { held in
      board.release(held)
      held = 0
    }
  }
}

extension LiveStore {
  /// Room for the input of one request, of which nothing is taken yet.
  public func makeRoom() -> InputRoom { InputRoom(board, bytesMax: options.queuedBytesMax) }
}
