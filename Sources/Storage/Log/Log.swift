// The writer's handle on the log: batches go in at the end, durable when `append` returns.

import Bytes

/// The log of one open store, for its one writer.
///
/// After a failed write or sync every later call throws the same `poisoned` error; views stay
/// readable. A call that throws `noSpace` changed nothing and may be repeated.
public final class Log {
  private let manifests: ManifestStore
  private var active: ActiveSegment
  /// The end of what is durable.
  private var committed: LogTip
  /// The end of what is encoded: `committed`, or ahead of it.
  private var encoded: LogTip
  private var sealed: [SealedSegment]
  private var encoder: BatchEncoder

  private var options: StorageOptions { manifests.options }
  private var health: WriterHealth { manifests.health }

  init(
    _ manifests: ManifestStore, sealed: [SealedSegment], active: ActiveSegment, tip: LogTip
  ) {
    self.manifests = manifests
    self.sealed = sealed
    self.active = active
    committed = tip
    encoded = tip
    encoder = BatchEncoder(blockBytes: manifests.options.blockBytes)
  }

  /// The sequence that the next record to be encoded gets.
  public var nextSequence: SequenceNumber { encoded.next }

  /// The highest durable sequence; 0 if the log is empty.
  public var durableSequence: SequenceNumber { committed.last }

  /// Makes sure that a batch of `byteCount` record bytes will find space.
  ///
  /// - Throws: `noSpace`; then nothing changed and the log goes on once there is space.
  /// - Complexity: No I/O unless the reserve is used up.
  public func reserve(_ byteCount: Int) throws(StoreError) {
    try health.check()
    if isFull(committed), committed.isSamePlace(as: encoded) {
      try roll(to: nextSegment(after: committed))
      encoded = committed
    }
    // Twice: blocks and their headers on one side, names and marks that the footer repeats on the
    // other. `write` reserves what the encoded batch really needs.
    try reserveSpace(
      upTo: committed.offset + 2 * byteCount, footer: committed.footerByteCount + 4096)
  }

  /// Writes a batch; when it returns all records are durable.
  ///
  /// - Parameters:
  ///   - batch: Starts at `nextSequence`. An empty one does nothing.
  ///   - names: The name of each symbol that the batch uses and the segment does not have yet.
  /// - Throws: `outOfOrder`, `tooLarge` or `noSpace` with nothing changed; `poisoned`.
  /// - Complexity: O(bytes), one write and one sync; more when a segment is full.
  public func append(
    _ batch: borrowing RecordBatch, names: (Symbol) -> [UInt8]
  ) throws(StoreError) {
    try write(try encode(batch, names: names))
  }

  /// Makes the bytes of a batch; no I/O.
  ///
  /// May run ahead of `write` by any number of batches.
  ///
  /// - Throws: `outOfOrder` if the batch does not follow on the one encoded last; `tooLarge`.
  public func encode(
    _ batch: borrowing RecordBatch, names: (Symbol) -> [UInt8]
  ) throws(StoreError) -> EncodedBatch {
    try health.check()
    guard batch.count > 0 else {
      return EncodedBatch(bytes: [], before: encoded, rolls: false, after: encoded)
    }
    guard batch.firstSequence == encoded.next else {
      throw StoreError(
        .outOfOrder,
        "the batch starts at sequence \(batch.firstSequence.value), the log goes on at "
          + "\(encoded.next.value); build it again from there")
    }
    let rolls = isFull(encoded)
    let start = rolls ? LogTip(empty: nextSegment(after: encoded)) : encoded
    let (bytes, tip) = try encoder.encode(
      batch, after: start, durable: committed.last, names: names)
    let result = EncodedBatch(bytes: bytes, before: encoded, rolls: rolls, after: tip)
    encoded = tip
    return result
  }

  /// Writes and syncs an encoded batch; when it returns its records are durable.
  ///
  /// - Throws: `noSpace`; then this and every batch encoded after it must be encoded again.
  ///   `outOfOrder` for such a batch. `poisoned`.
  public func write(_ batch: EncodedBatch) throws(StoreError) {
    let write = try begin(batch)
    try finish(write, write.perform())
  }

  /// Prepares the writing of an encoded batch, so that another thread can do the waiting.
  ///
  /// Until `finish`, this thread may encode further batches; it begins none.
  ///
  /// - Throws: As `write`.
  /// - Complexity: No I/O unless the reserve is used up or the segment is full.
  public func begin(_ batch: EncodedBatch) throws(StoreError) -> BatchWrite {
    try health.check()
    guard batch.before.isSamePlace(as: committed) else {
      throw StoreError(
        .outOfOrder, "the batch was encoded for another place of the log; encode it again")
    }
    guard !batch.bytes.isEmpty else { return BatchWrite(batch: batch, active: active) }
    do {
      if batch.rolls { try roll(to: batch.after.segment) }
      try reserveSpace(
        upTo: batch.offset + batch.bytes.count, footer: batch.after.footerByteCount)
    } catch {
      encoded = committed
      throw error
    }
    return BatchWrite(batch: batch, active: active)
  }

  /// Takes note of what became of a write; when it returns the batch's records are durable.
  ///
  /// - Throws: `poisoned`.
  public func finish(_ write: BatchWrite, _ result: Result<Void, IOError>) throws(StoreError) {
    try health.check()
    if case .failure(let error) = result { throw health.poison(error) }
    if !write.batch.bytes.isEmpty { committed = write.batch.after }
  }

  /// A snapshot of what is durable now.
  ///
  /// - Complexity: O(1); arrays are shared until the log next changes them.
  public func view() -> LogView {
    LogView(
      sealed: sealed,
      active: SegmentBytes(
        name: active.name, number: committed.segment.number, storage: .file(active.file),
        end: committed.offset),
      tip: committed)
  }

  /// Gives back reserved space; the log is not written to any more.
  func close() {
    if health.failure == nil { active.release(downTo: committed.offset) }
  }

  private func isFull(_ tip: LogTip) -> Bool {
    tip.offset >= options.segmentBytesMax && !tip.isEmpty
  }

  private func nextSegment(after tip: LogTip) -> SegmentHeader {
    SegmentHeader(
      number: manifests.allocateFileNumber(), firstSequence: tip.next,
      storeID: tip.segment.storeID)
  }

  /// Reserves space for blocks up to `end` and the footer behind them, so that sealing needs none.
  private func reserveSpace(upTo end: Int, footer: Int) throws(StoreError) {
    try active.reserve(upTo: end + footer, step: options.reserveBytes, health)
  }

  /// Seals the active segment and begins the next.
  ///
  /// All that can want for space comes first and can be taken back: the new file and the new
  /// manifest beside the old. The footer has its space. Only then the manifest is put in place.
  private func roll(to header: SegmentHeader) throws(StoreError) {
    let footer = committed.footer
    let next = try ActiveSegment.create(header, manifests)
    var sealedSegment: SealedSegment?
    do {
      try manifests.commit { manifest in
        let last = manifest.segments.count - 1
        manifest.segments[last].lastSequence = footer.lastSequence
        manifest.segments[last].byteCount = footer.offset + footer.encodedByteCount
        manifest.segments[last].isSealed = true
        manifest.segments.append(
          Manifest.Segment(
            number: header.number, firstSequence: header.firstSequence,
            lastSequence: SequenceNumber(0), byteCount: 0, isSealed: false))
      } beforePublishing: { () throws(StoreError) in
        sealedSegment = try seal(footer)
      }
    } catch {
      if error.code == .noSpace { try? manifests.fileSystem.remove(manifests.path(next.name)) }
      throw error
    }
    if let sealedSegment { sealed.append(sealedSegment) }
    active = next
    committed = LogTip(empty: header)
  }

  private func seal(_ footer: SegmentFooter) throws(StoreError) -> SealedSegment {
    try active.seal(footer.encode(), at: footer.offset, health)
    let entry = Manifest.Segment(
      number: footer.number, firstSequence: footer.firstSequence,
      lastSequence: footer.lastSequence, byteCount: footer.offset + footer.encodedByteCount,
      isSealed: true)
    do {
      return try SealedSegment(
        entry, storeID: manifests.manifest.storeID, in: manifests.directory,
        manifests.fileSystem)
    } catch {
      throw health.poison(error)
    }
  }
}
