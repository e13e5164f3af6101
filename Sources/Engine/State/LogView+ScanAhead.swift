// Reading the log on one core and folding it on another.

import Bytes
import Storage

extension LogView {
  /// Below this many bytes of blocks a thread is not worth its start.
  private static let aheadBytesMin = 1 << 20
  /// How many bytes of payloads and decisions are handed over at a time, about.
  private static let chunkBytes = 512 << 10
  /// How many chunks may wait.
  private static let chunksMax = 3

  /// As `scan`, but blocks are read, decompressed and unpacked by another thread, ahead of `body`.
  ///
  /// At most five chunks of half a MiB, or of one record if that is larger, are in memory.
  ///
  /// - Parameter background: Whether there may be another thread; a short part of the log is read by this one.
  func scanAhead(
    from first: SequenceNumber, through last: SequenceNumber, _ background: BackgroundMode,
    _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    let chunks = BoundedQueue<Result<RecordChunk, StoreError>>(capacity: Self.chunksMax)
    guard case .threads = background, byteCount(from: first) >= Self.aheadBytesMin,
      let thread = WorkerThread({ self.read(from: first, through: last, into: chunks) })
    else { return try scan(from: first, through: last, body) }
    defer {
      chunks.close()
      thread.join()
    }
    while let chunk = chunks.pop() { try chunk.get().forEach(body) }
  }

  /// Reads records into chunks until nobody takes them any more.
  private func read(
    from first: SequenceNumber, through last: SequenceNumber,
    into chunks: BoundedQueue<Result<RecordChunk, StoreError>>
  ) {
    defer { chunks.close() }
    var chunk = RecordChunk(reserving: Self.chunkBytes)
    var failure: StoreError?
    do throws(StoreError) {
      try scan(from: first, through: last) { (record) throws(StoreError) in
        chunk.append(record)
        guard chunk.byteCount >= Self.chunkBytes else { return }
        guard chunks.push(.success(chunk)) else {
          throw StoreError(.outOfOrder, "nobody takes what is read")
        }
        chunk = RecordChunk(reserving: Self.chunkBytes)
      }
    } catch {
      failure = error
    }
    if !chunk.isEmpty { _ = chunks.push(.success(chunk)) }
    if let failure { _ = chunks.push(.failure(failure)) }
  }
}
