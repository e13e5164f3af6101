// A commit as a value of its own, so that it can be handed to another thread while the writer goes on
// with the next batch: all that takes long is in it, the compressing, the writing and the waiting.

import Bytes

/// One batch on its way into the log.
public struct BatchWrite: Sendable {
  let batch: RecordBatch
  /// The symbols that are new to the segment.
  let symbols: [NewSymbol]
  /// Where it goes.
  let tip: LogTip
  /// The highest sequence that was durable when the write began.
  let durable: SequenceNumber
  let active: ActiveSegment
  let encoder: BatchEncoder

  /// Encodes, writes and syncs, on any thread and once; the result belongs to `Log.finish`.
  ///
  /// - Complexity: O(bytes), one write and one sync.
  public func perform() -> BatchOutcome {
    guard batch.count > 0 else { return BatchOutcome(result: .success(tip)) }
    var encoder = self.encoder
    let (bytes, after) = encoder.encode(batch, symbols, after: tip, durable: durable)
    do {
      try active.file.writeAll(bytes, at: tip.offset)
      try active.file.syncData()
      return BatchOutcome(result: .success(after))
    } catch {
      return BatchOutcome(result: .failure(error))
    }
  }
}

/// What became of a write.
public struct BatchOutcome: Sendable {
  /// The log's tip after the batch.
  let result: Result<LogTip, IOError>
}
