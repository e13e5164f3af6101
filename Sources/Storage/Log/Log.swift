// The writer's handle on the log: batches go in at the end, durable when `append` returns.

import Bytes

/// The log of one open store, for its one writer.
///
/// After a failed write or sync every later call throws the same `poisoned` error; views stay
/// readable. A call that throws `noSpace` changed nothing and may be repeated.
public final class Log {
  let manifests: ManifestStore
  private(set) var active: ActiveSegment
  /// The end of what is durable.
  private(set) var committed: LogTip
  /// Replaced one by one when records are blanked: see `Log+Blank.swift`.
  var sealed: [SealedSegment]
  /// The most bytes that a batch begun and not finished can take; nil if there is none.
  private(set) var writing: Int?
  /// The last record that a reader has a state for, where that is before the end of what is durable.
  private var last: SequenceNumber?

  private var options: StorageOptions { manifests.options }
  var health: WriterHealth { manifests.health }

  init(
    _ manifests: ManifestStore, sealed: [SealedSegment], active: ActiveSegment, tip: LogTip
  ) {
    self.manifests = manifests
    self.sealed = sealed
    self.active = active
    committed = tip
  }

  /// The sequence after the last durable one: that of the next batch's first record.
  public var nextSequence: SequenceNumber { committed.next }

  /// The highest durable sequence; 0 if the log is empty.
  public var durableSequence: SequenceNumber { last ?? committed.last }

  /// The size of all segments up to the end of what is durable, in bytes.
  public var byteCount: Int {
    sealed.reduce(committed.offset) { $0 + $1.bytes.end }
  }

  /// Makes sure that a batch of `byteCount` record bytes will find space, after the one being written.
  ///
  /// - Throws: `noSpace`; then nothing changed and the log goes on once there is space.
  /// - Complexity: No I/O unless the reserve is used up.
  public func reserve(_ byteCount: Int) throws(StoreError) {
    try health.check()
    if writing == nil, isFull { try roll() }
    // Twice: blocks and their headers on one side, names and marks that the footer repeats on the
    // other. `begin` reserves what the batch can need at most.
    try reserveSpace(
      upTo: committed.offset + (writing ?? 0) + 2 * byteCount,
      footer: committed.footerByteCount + 4096)
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
    let write = try begin(batch, names: names)
    try finish(write.perform())
  }

  /// Prepares the writing of a batch, so that another thread can do the work.
  ///
  /// One write at a time: until `finish` no other begins. What is reserved meanwhile is after it.
  ///
  /// - Throws: As `append`, with nothing changed.
  /// - Complexity: O(records); no I/O unless the reserve is used up or the segment is full.
  public func begin(
    _ batch: borrowing RecordBatch, names: (Symbol) -> [UInt8]
  ) throws(StoreError) -> BatchWrite {
    try health.check()
    guard writing == nil, batch.count == 0 || batch.firstSequence == committed.next else {
      throw StoreError(
        .outOfOrder,
        "the batch starts at sequence \(batch.firstSequence.value), the log continues at "
          + "\(committed.next.value)\(writing == nil ? "" : " once the write begun is finished"); "
          + "build it again from there")
    }
    if batch.count > 0, isFull {
      try BatchEncoder.check(batch, [])
      try roll()
    }
    var symbols: [NewSymbol] = []
    for symbol in batch.symbols where !committed.dictionary.contains(symbol) {
      symbols.append(NewSymbol(symbol: symbol, name: names(symbol)))
    }
    try BatchEncoder.check(batch, symbols)
    let encoder = BatchEncoder(options)
    let byteCount = encoder.byteCountMax(batch, symbols)
    let footer = SegmentFooter.byteCount(
      marks: committed.marks.count + byteCount / BlockMarks.strideBytes + 2,
      dictionary: symbols.reduce(committed.dictionary.byteCount) { $0 + $1.name.count + 10 })
    if batch.count > 0 { try reserveSpace(upTo: committed.offset + byteCount, footer: footer) }
    writing = byteCount + footer
    return BatchWrite(
      batch: copy batch, symbols: symbols, tip: committed, durable: committed.last, active: active,
      encoder: encoder)
  }

  /// Takes note of what became of the write begun; when it returns its records are durable.
  ///
  /// - Throws: `poisoned`.
  public func finish(_ outcome: BatchOutcome) throws(StoreError) {
    writing = nil
    try health.check()
    switch outcome.result {
    case .success(let tip): committed = tip
    case .failure(let error): throw health.poison(error)
    }
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
      tip: committed, form: options.payloadForm, through: last)
  }

  /// Makes a reader's log end with a record, though others follow.
  public func end(with last: SequenceNumber) { self.last = last }

  /// Takes note of what a writer has appended to the active segment since.
  ///
  /// - Parameter symbols: Receives the names of that segment if there is something new.
  /// - Returns: Whether there are new records.
  /// - Throws: As for opening.
  /// - Complexity: O(bytes of the new blocks), and about 64 KiB before.
  func follow(symbols: (Symbol, RawSpan) -> Void) throws(StoreError) -> Bool {
    // What follows can be read by its successor alone.
    guard last == nil else { return false }
    let end: Int
    do { end = try active.file.size() } catch { throw StoreError(error) }
    let bytes = SegmentBytes(
      name: active.name, number: committed.segment.number, storage: .file(active.file), end: end)
    var recovery = Recovery(bytes, from: committed, options)
    let before = committed.next
    committed = try recovery.runForReader(durable: committed.last)
    guard committed.next != before else { return false }
    do { try committed.dictionary.forEach(symbols) } catch {
      throw StoreError(error, in: active.name)
    }
    return true
  }

  /// Notes in the manifest where the log ends and gives back reserved space; the log is not written to any
  /// more.
  ///
  /// Failing costs nothing but the time that the next opening takes.
  func close() {
    guard health.failure == nil else { return }
    if manifests.manifest.tip?.offset != committed.offset { try? commit { _ in } }
    if health.failure == nil { active.release(downTo: committed.offset) }
  }

  private var isFull: Bool {
    committed.offset >= options.segmentBytesMax && !committed.isEmpty
      || committed.dictionary.byteCount >= SegmentDictionary.byteCountMax
  }

  /// Commits an edit of the manifest, which then also knows the log up to the end of what is durable:
  /// opening reads only the blocks after it.
  ///
  /// - Throws: As `StoreDirectory.commit`.
  func commit(_ edit: (inout Manifest) -> Void) throws(StoreError) {
    let tip = committed
    try manifests.commit { manifest in
      if tip.isSmall { manifest.tip = tip }
      edit(&manifest)
    }
  }

  /// Reserves space for blocks up to `end` and the footer after them, so that sealing needs none.
  private func reserveSpace(upTo end: Int, footer: Int) throws(StoreError) {
    try active.reserve(upTo: end + footer, step: options.reserveBytes, health)
  }

  /// Seals the active segment and begins the next.
  ///
  /// All that can want for space comes first and can be taken back: the new file and the new
  /// manifest next to the old. The footer has its space. Only then the manifest is put in place.
  func roll() throws(StoreError) {
    // No I/O after a batch, which reserves for the footer too; opening gives back what was reserved.
    try reserveSpace(upTo: committed.offset, footer: committed.footerByteCount)
    let header = SegmentHeader(
      number: manifests.allocateFileNumber(), firstSequence: committed.next,
      storeID: committed.segment.storeID)
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
        manifest.tip = LogTip(empty: header)
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
    return try open(
      Manifest.Segment(
        number: footer.number, firstSequence: footer.firstSequence,
        lastSequence: footer.lastSequence, byteCount: footer.offset + footer.encodedByteCount,
        isSealed: true))
  }

  /// Opens a segment that was just sealed; a failure poisons.
  func open(_ entry: Manifest.Segment) throws(StoreError) -> SealedSegment {
    do {
      return try SealedSegment(
        entry, storeID: manifests.manifest.storeID, in: manifests.directory,
        manifests.fileSystem)
    } catch {
      throw health.poison(error)
    }
  }
}
