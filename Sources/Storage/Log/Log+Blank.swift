// Taking records out of the log permanently. A sequence never goes missing: a blank record stands in
// the place of each, so that code that counts sequences keeps working.

import Bytes

extension Log {
  /// Blanks records: when it returns, nothing of them is in any file of the log, and that is durable.
  ///
  /// A blank record keeps its sequence and `receivedAt`; payload and decisions are empty, the source
  /// is 0. Segments that hold such a record, or a name that none of their other records uses, are
  /// rewritten, one after the other, each with only the names that its other records use; the
  /// others are not touched. If the active segment is among them it is sealed first, and what was
  /// reserved is given up. Views taken before go on reading what they saw.
  ///
  /// After an error or a crash each segment is as it was or done, and calling again finishes: what
  /// is blank already counts as done.
  ///
  /// - Parameters:
  ///   - last: The last sequence that may be blanked.
  ///   - kind: The kind of blank records; no other record may have it.
  ///   - isErased: Whether a record is to be blanked; asked once for each that is not blank.
  ///   - remainder: The payload that a record keeps instead of becoming blank, which is no longer than the
  ///     one before and not to be found again; nil to blank it. Everything else of the record stays.
  ///   - symbols: Passes on every symbol that a record uses, for any record that is not blank.
  ///   - onProgress: Called after each segment that was searched or rewritten.
  /// - Throws: `outOfOrder` while a write is begun and not finished; `noSpace` with the segments not
  ///   yet done as they were; `corrupt`; `io` if a file that has been replaced cannot be removed;
  ///   what the closures throw; `poisoned`.
  /// - Complexity: O(bytes of the log). Memory for some blocks, the names of one segment and two
  ///   bytes for each record to blank, at most. Space for one segment besides what is there.
  public func blank(
    through last: SequenceNumber, kind: UInt8,
    isErased: (borrowing RecordView) throws(StoreError) -> Bool,
    remainder: (borrowing RecordView) throws(StoreError) -> [UInt8]? = { _ in nil },
    symbols: (borrowing RecordView, (Symbol) -> Void) throws(StoreError) -> Void,
    onProgress: (BlankProgress) -> Void = { _ in }
  ) throws(StoreError) -> BlankReport {
    try health.check()
    guard writing == nil else {
      throw StoreError(
        .outOfOrder, "records cannot be blanked while a batch is being written; finish it first")
    }
    var progress = BlankProgress()
    var search = BlankSearch(
      kind: kind, through: last, manifests.options.payloadForm)
    let parts = parts
    progress.segments = parts.count
    for (index, part) in parts.enumerated() {
      try search.add(part, names: try names(of: index), isErased: isErased, symbols: symbols)
      progress.searched += 1
      onProgress(progress)
    }
    let finds = search.finds
    if finds[committed.segment.number] != nil { try roll() }
    progress.toRewrite = finds.count
    var report = BlankReport()
    for index in sealed.indices {
      guard let find = finds[sealed[index].bytes.number] else { continue }
      try rewrite(
        index, without: find, kind: kind, remainder: remainder, symbols: symbols, &report)
      progress.rewritten += 1
      onProgress(progress)
    }
    try manifests.removeUnlisted {
      if case .logSegment = $0 { true } else { false }
    }
    return report
  }

  private var parts: [LogPart] {
    let active = SegmentBytes(
      name: active.name, number: committed.segment.number, storage: .file(active.file),
      end: committed.offset)
    return sealed.map(LogPart.init) + [LogPart(active: active, committed)]
  }

  /// The symbols that a segment has names of; the active one comes after the sealed ones.
  private func names(of index: Int) throws(StoreError) -> Set<Symbol> {
    var names: Set<Symbol> = []
    if index < sealed.count {
      let map = sealed[index].map
      try sealed[index].footer.symbols(in: map.bytes, file: sealed[index].bytes.name) { symbol, _ in
        names.insert(symbol)
      }
    } else {
      do { try committed.dictionary.forEach { symbol, _ in names.insert(symbol) } } catch {
        throw StoreError(error, in: active.name)
      }
    }
    return names
  }

  /// Rewrites a sealed segment and puts it in the place of the old one, whose file is removed.
  private func rewrite(
    _ index: Int, without find: BlankFind, kind: UInt8,
    remainder: (borrowing RecordView) throws(StoreError) -> [UInt8]?,
    symbols: (borrowing RecordView, (Symbol) -> Void) throws(StoreError) -> Void,
    _ report: inout BlankReport
  ) throws(StoreError) {
    let old = sealed[index]
    var rewrite = try SegmentRewrite(of: old, durable: committed.last, manifests)
    do {
      let entry = try rewrite.write(
        without: find, kind: kind, remainder: remainder, symbols: symbols)
      let new = try open(entry)
      try commit { manifest in
        for place in manifest.segments.indices
        where manifest.segments[place].number == old.bytes.number {
          manifest.segments[place] = entry
        }
        manifest.horizon = max(manifest.horizon, find.highest)
      }
      sealed[index] = new
    } catch {
      rewrite.discard()
      throw error
    }
    report.recordsBlanked += find.count - rewrite.remainderCount
    report.recordsReduced += rewrite.remainderCount
    report.segmentsRewritten += 1
    report.highestBlanked = max(report.highestBlanked, find.highest)
    report.bytesBefore += old.map.count
    report.bytesAfter += sealed[index].map.count
  }
}
