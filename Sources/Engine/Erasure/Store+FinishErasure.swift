// The physical half of an erasure: the remaining data of erased people is removed from the log, and
// the receipt is recorded. It can be interrupted anywhere and started again.

import Bytes
import Events
import Storage

extension Store {
  /// Finishes the erasure of which something may be left.
  ///
  /// Until that is done there is nothing to be read: a failure closes the store to everything until it is
  /// opened again, or there is space.
  @discardableResult
  func finishErasureOrClose(
    _ onProgress: (ErasureProgress) -> Void = { _ in }
  ) throws(StoreError) -> ErasureReceipt? {
    do throws(StoreError) { return try finishErasure(onProgress) } catch {
      let unfinished = error.ofUnfinishedErasure
      if failure == nil { condition = .failed(unfinished) }
      throw unfinished
    }
  }

  /// Finishes the erasure of which something may be left, rebuilding derived files if one is damaged; nil if
  /// there is none.
  private func finishErasure(
    _ onProgress: (ErasureProgress) -> Void
  ) throws(StoreError) -> ErasureReceipt? {
    do throws(StoreError) { return try finish(onProgress) } catch {
      guard error.code == .damagedIndex else { throw error }
      try rebuild(because: error.description)
      return try finish(onProgress)
    }
  }

  private func finish(
    _ onProgress: (ErasureProgress) -> Void
  ) throws(StoreError) -> ErasureReceipt? {
    guard let erasure = fold.state.scalars.unfinishedErasure else { return nil }
    try directory.removeUnlistedRuns(keeping: Set(pendingRuns.files))
    var manifest = SubjectManifest(ofErased: fold.erased)
    let extent =
      if let known = erasure.extent {
        known
      } else {
        try manifest.extent(of: directory.log.view(), through: lastSequence)
      }
    let report = try blankErased(through: erasure.sequence, onProgress)
    try waitForReaders(onProgress)
    let before = fold.state.scalars.erasures.compactMap(\.receipt).reduce(0) { $0 + $1.records }
    let receipt = ErasureReceipt(
      sequence: erasure.sequence, requested: erasure.requested,
      finished: options.environment.now(), persons: erasure.persons,
      identifiers: erasure.identifiers, records: try blankRecords() - before,
      horizon: directory.manifest.horizon, segments: UInt32(report.segmentsRewritten),
      logBytes: UInt64(directory.log.byteCount), extent: extent)
    try record(.erased(receipt))
    return receipt
  }

  /// Waits until nobody has files open that have been replaced, but not forever: another process that reads for long
  /// opens the store again by itself, and this one's long answers end.
  private func waitForReaders(_ onProgress: (ErasureProgress) -> Void) throws(StoreError) {
    let generation = directory.generation
    directory.ownReaders?.awaitReaders(before: generation)
    onAwaitingReaders?()
    let step = 20
    var waited = 0
    while waited < options.readersWaitMilliseconds, try directory.hasReaders(before: generation) {
      onProgress(.waiting(waited))
      options.environment.wait(step)
      whileAwaitingReaders?()
      // What came in meanwhile may have failed.
      if let refusal { throw refusal }
      waited += step
    }
  }

  /// Blanks the remaining records of erased people in the log, and removes their values from the records of others.
  private func blankErased(
    through last: SequenceNumber, _ onProgress: (ErasureProgress) -> Void
  ) throws(StoreError) -> BlankReport {
    var manifest = SubjectManifest(ofErased: fold.erased)
    return try directory.log.blank(
      through: last, kind: RecordKind.blank.rawValue,
      isErased: { (record) throws(StoreError) in try manifest.judge(record) != .untouched },
      remainder: { (record) throws(StoreError) in
        guard case .reduced(let payload) = try manifest.judge(record) else { return nil }
        return payload
      },
      symbols: { (record, body) throws(StoreError) in try Self.visitSymbols(of: record, body) },
      onProgress: { onProgress(.blanking($0)) })
  }

  private static func visitSymbols(
    of record: borrowing RecordView, _ body: (Symbol) -> Void
  ) throws(StoreError) {
    guard record.kind == RecordKind.event.rawValue else { return }
    do throws(DecodeError) { try EventView(record.payload).visitSymbols(body) } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
  }

  /// Whether no record names an erased person.
  func isNothingLeft() throws(StoreError) -> Bool {
    guard lastSequence.value > 0 else { return true }
    var manifest = SubjectManifest(ofErased: fold.erased)
    var isFound = false
    try directory.log.view().scan(from: SequenceNumber(1), through: lastSequence) {
      (record) throws(StoreError) in
      if !isFound, try manifest.judge(record) != .untouched { isFound = true }
    }
    return !isFound
  }

  /// How many records of the log are blank; reads all of it, so that every block is known to be whole.
  private func blankRecords() throws(StoreError) -> UInt64 {
    var count: UInt64 = 0
    guard lastSequence.value > 0 else { return 0 }
    try directory.log.view().scan(from: SequenceNumber(1), through: lastSequence) { record in
      if record.kind == RecordKind.blank.rawValue { count += 1 }
    }
    return count
  }
}

extension StoreError {
  /// The error for a store that cannot be used because an erasure cannot be finished.
  var ofUnfinishedErasure: StoreError {
    StoreError(
      code, "an erasure has to be finished before anything else: \(message)", file: file,
      offset: offset)
  }
}
