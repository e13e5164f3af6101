// A sealed segment rewritten without some of its records and names, as a file of its own: blocks
// hold the segment's number and a chain of checksums, so nothing can be cut out in place.

import Bytes

/// The new file of a segment, until the manifest lists it.
struct SegmentRewrite {
  private let old: SealedSegment
  private let manifests: ManifestStore
  /// The highest sequence that is durable.
  private let durable: SequenceNumber
  /// All names of the old segment.
  private let names: [Symbol: [UInt8]]
  private var encoder: BatchEncoder
  private var file: ActiveSegment
  private var tip: LogTip
  private var batch: RecordBatch
  /// How many records have kept a remainder.
  private(set) var remainderCount = 0

  /// Makes the file, with a header only.
  ///
  /// - Throws: `noSpace` with nothing left behind; `corrupt`; any other failure poisons.
  init(
    of old: SealedSegment, durable: SequenceNumber, _ manifests: ManifestStore
  ) throws(StoreError) {
    self.old = old
    self.manifests = manifests
    self.durable = durable
    var names: [Symbol: [UInt8]] = [:]
    let map = old.map
    try old.footer.symbols(in: map.bytes, file: old.bytes.name) { names[$0] = $1.toArray() }
    self.names = names
    let header = SegmentHeader(
      number: manifests.allocateFileNumber(), firstSequence: old.footer.firstSequence,
      storeID: manifests.manifest.storeID)
    encoder = BatchEncoder(manifests.options)
    tip = LogTip(empty: header)
    batch = RecordBatch(firstSequence: header.firstSequence)
    file = try ActiveSegment.create(header, manifests)
  }

  /// The plain bytes that are encoded and written at once: some blocks, whatever the segment's size.
  private var batchBytes: Int { 16 * manifests.options.blockBytes }

  /// Writes all records, blank ones or what is left in the place of those found, and seals the file.
  ///
  /// - Returns: What the manifest will say of it.
  /// - Throws: `noSpace`, `corrupt`, what `symbols` throws: the file is of no use then; any other
  ///   failure poisons.
  mutating func write(
    without find: BlankFind, kind: UInt8,
    remainder: (borrowing RecordView) throws(StoreError) -> [UInt8]?,
    symbols: (borrowing RecordView, (Symbol) -> Void) throws(StoreError) -> Void
  ) throws(StoreError) -> Manifest.Segment {
    let part = LogPart(old)
    var scanner = Scanner(manifests.options.payloadForm)
    try scanner.scan(part, from: part.firstSequence, through: part.lastSequence) {
      (record) throws(StoreError) in
      guard record.sequence == batch.nextSequence else {
        throw .corrupt(
          "record \(batch.nextSequence.value) is missing", part.bytes.name,
          at: SegmentHeader.byteCount)
      }
      if record.kind == kind {
        addBlank(kind, record.receivedAt)
      } else if !find.contains(record.sequence) {
        add(record)
        try symbols(record) { batch.use($0) }
      } else if let rest = try remainder(record) {
        remainderCount += 1
        let bytes = rest + record.decisions.toArray()
        let left = RecordView(record, payloadCount: rest.count, bytes: bytes.span.bytes)
        add(left)
        try symbols(left) { batch.use($0) }
      } else {
        addBlank(kind, record.receivedAt)
      }
      if batch.byteCount >= batchBytes { try flush() }
    }
    try flush()
    return try seal()
  }

  /// Removes the file after a failure that did not end writing.
  func discard() {
    if manifests.health.failure == nil { try? manifests.fileSystem.remove(file.file.path) }
  }

  private mutating func add(_ record: borrowing RecordView) {
    batch.begin(
      kind: record.kind, receivedAt: record.receivedAt, source: record.source,
      payload: record.payload)
    batch.decide(record.decisions)
  }

  private mutating func addBlank(_ kind: UInt8, _ receivedAt: Timestamp) {
    let nothing: [UInt8] = []
    batch.begin(
      kind: kind, receivedAt: receivedAt, source: SourceID(0), payload: nothing.span.bytes)
  }

  /// Encodes and writes the records gathered; the file is synced only once, when it is sealed.
  private mutating func flush() throws(StoreError) {
    guard batch.count > 0 else { return }
    var symbols: [NewSymbol] = []
    for symbol in batch.symbols where !tip.dictionary.contains(symbol) {
      guard let name = names[symbol] else {
        throw .corrupt(
          "a record uses symbol \(symbol.value), whose name the segment does not have",
          old.bytes.name, at: old.footer.offset)
      }
      symbols.append(NewSymbol(symbol: symbol, name: name))
    }
    try BatchEncoder.check(batch, symbols)
    let (bytes, after) = encoder.encode(batch, symbols, after: tip, durable: durable)
    try file.reserve(
      upTo: after.offset + after.footerByteCount, step: manifests.options.reserveBytes,
      manifests.health)
    do {
      try file.file.writeAll(bytes, at: tip.offset)
    } catch {
      throw failed(error)
    }
    tip = after
    batch.reset(firstSequence: batch.nextSequence)
  }

  private func seal() throws(StoreError) -> Manifest.Segment {
    let footer = tip.footer
    guard footer.lastSequence == old.footer.lastSequence else {
      throw .corrupt(
        "the segment ends with record \(footer.lastSequence.value), its footer says "
          + "\(old.footer.lastSequence.value)", old.bytes.name, at: old.footer.offset)
    }
    let bytes = footer.encode()
    let end = footer.offset + bytes.count
    do {
      try file.file.writeAll(bytes, at: footer.offset)
      try file.file.truncate(to: end)
      try file.file.syncData()
    } catch {
      throw failed(error)
    }
    return Manifest.Segment(
      number: footer.number, firstSequence: footer.firstSequence,
      lastSequence: footer.lastSequence, byteCount: end, isSealed: true)
  }

  /// Lack of space costs only this file, which nobody lists yet; after anything else nobody knows
  /// what the disk holds.
  private func failed(_ error: IOError) -> StoreError {
    guard error.isNoSpace, error.operation != .syncData else {
      return manifests.health.poison(error)
    }
    return StoreError(error)
  }
}
