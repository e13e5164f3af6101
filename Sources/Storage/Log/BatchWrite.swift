// The waiting part of a commit as a value of its own, so that it can be handed to another thread
// while the writer goes on with the next batch.

/// One write and one sync, about to be made.
public struct BatchWrite: Sendable {
  let batch: EncodedBatch
  let active: ActiveSegment

  /// Writes and syncs, on any thread and once; the result belongs to `Log.finish`.
  public func perform() -> Result<Void, IOError> {
    guard !batch.bytes.isEmpty else { return .success(()) }
    do {
      try active.file.writeAll(batch.bytes, at: batch.offset)
      try active.file.syncData()
      return .success(())
    } catch {
      return .failure(error)
    }
  }
}
