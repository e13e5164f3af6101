// Reading the active segment after any kind of end: where the last whole batch ends, and whether what
// lies after it is reserved space, a torn tail, or damage to what was once durable.

import Bytes

/// What opening found at the end of the log and cut off.
public struct RecoveryReport: Equatable, Sendable {
  /// The active segment's file.
  public var file: String
  /// Where the last whole batch ends, in bytes from the start of the file.
  public var offset: Int
  /// How many bytes of an unfinished batch were cut off; reserved space does not count.
  public var tornByteCount: Int
}

/// Finds the end of the active segment.
struct Recovery {
  private let segment: SegmentBytes
  private let options: StorageOptions
  private var reader: BlockReader
  private var plain: [UInt8] = []
  /// The end of the last whole batch.
  private var committed: LogTip
  /// The first position that holds no block that continues the log.
  private var brokenAt: Int
  private var damage: StaticString = "the segment ends"
  /// The highest sequence that a block shows to be durable.
  private var proven = SequenceNumber(0)

  /// Starts with a segment whose header has been checked.
  ///
  /// - Parameter known: Where the log ended once; what lies before it is not read, except for its end.
  init(_ segment: SegmentBytes, from known: LogTip, _ options: StorageOptions) {
    self.segment = segment
    self.options = options
    reader = BlockReader(trusting: options.planted(.noChecksum))
    committed = known
    brokenAt = known.offset
  }

  /// Finds the last whole batch.
  ///
  /// - Parameter durable: The highest sequence that the manifest knows to be durable.
  /// - Returns: The log's tip, and how many bytes after it are neither zeros nor a footer.
  /// - Throws: `corrupt` if records are missing that were durable once; then nothing may be cut.
  mutating func run(
    durable: SequenceNumber
  ) throws(StoreError) -> (tip: LogTip, tornByteCount: Int) {
    try checkStart()
    try readBlocks()
    let torn = try tailByteCount()
    if torn > 0, !options.planted(.noEvidenceSearch) { try refuseIfDurableBeyond() }
    try checkHolds(durable)
    return (committed, torn)
  }

  /// Finds the last whole batch where a writer may be at work: what comes after it can be a batch on its way.
  ///
  /// What was read is synced unless a later block shows that it was, so that nothing is served that a power failure
  /// can still take away.
  ///
  /// - Parameter durable: The highest sequence that is known to be durable.
  /// - Throws: `corrupt` if records are missing that were durable once; `io` if the sync fails.
  mutating func runForReader(durable: SequenceNumber) throws(StoreError) -> LogTip {
    try checkStart()
    let known = committed.last
    try readBlocks()
    while try tailByteCount() > 0 {
      let before = committed.offset
      do throws(StoreError) {
        try refuseIfDurableBeyond()
        break
      } catch {
        // The batch may have been finished, and others written, since it was read.
        reader = BlockReader(trusting: options.planted(.noChecksum))
        try readBlocks()
        guard committed.offset > before else { throw error }
      }
    }
    try checkHolds(durable)
    if committed.last > max(known, durable, proven), !options.planted(.noSyncAtOpen),
      case .file(let file) = segment.storage
    {
      do { try file.syncData() } catch { throw StoreError(error) }
    }
    return committed
  }

  /// Checks that the log holds what the manifest knows to be durable.
  private func checkHolds(_ durable: SequenceNumber) throws(StoreError) {
    guard committed.next > durable else {
      throw .corrupt(
        "\(damage), before sequence \(durable.value) that was durable", segment.name, at: brokenAt)
    }
  }

  /// Checks that the file reaches the known tip, and that the blocks from the last mark to there end as it
  /// says: an older copy of the segment does not.
  ///
  /// What is wrong here is damage to what was durable, never a torn write.
  ///
  /// - Complexity: about 64 KiB of blocks, and one of any size.
  private mutating func checkStart() throws(StoreError) {
    guard segment.end >= committed.offset || options.planted(.tipNotChecked) else {
      throw .corrupt(
        "the segment has \(segment.end) bytes, the manifest records \(committed.offset)",
        segment.name,
        at: segment.end)
    }
    guard let mark = committed.marks.marks.last, !options.planted(.tipNotChecked) else { return }
    var known = segment
    known.end = committed.offset
    var (offset, chain, next) = (Int(mark.offset), UInt64(0), SequenceNumber(0))
    while offset < known.end {
      switch try reader.load(known, at: offset) {
      case .damaged(let what): throw .corrupt("\(what)", segment.name, at: offset)
      case .unknown(let what, let value): throw .unknown(what, value, segment.name, at: offset)
      case .valid(let header):
        offset += header.blockByteCount
        (chain, next) = (header.checksum, header.nextSequence)
      }
    }
    guard chain == committed.chain, next == committed.next else {
      throw .corrupt(
        "the last block is not the one that the manifest records", segment.name,
        at: Int(mark.offset))
    }
  }

  /// Follows the chain of blocks as far as it goes.
  private mutating func readBlocks() throws(StoreError) {
    var tip = committed
    while true {
      let header: BlockHeader
      switch try reader.load(segment, at: tip.offset) {
      case .damaged(let what):
        (brokenAt, damage) = (tip.offset, what)
        return
      case .unknown(let what, let value):
        throw .unknown(what, value, segment.name, at: tip.offset)
      case .valid(let found):
        header = found
      }
      guard header.firstSequence == tip.next,
        header.previous == tip.chain || options.planted(.noChain)
      else {
        (brokenAt, damage) = (tip.offset, "a block does not continue the one before")
        return
      }
      if header.symbolCount > 0 { try addSymbols(of: header, to: &tip) }
      tip.advance(past: header)
      proven = max(proven, header.durable)
      if header.isCommit || options.planted(.partialBatch) { committed = tip }
    }
  }

  private mutating func addSymbols(
    of header: BlockHeader, to tip: inout LogTip
  ) throws(StoreError) {
    try reader.decode(header, of: segment, into: &plain)
    var dictionary = tip.dictionary
    do {
      var walk = try BlockWalk(header, plain.span.bytes.extracting(0..<Int(header.plainCount)))
      try walk.symbols { dictionary.insert($0, $1) }
    } catch {
      throw StoreError(error, in: segment.name, at: tip.offset)
    }
    tip.dictionary = dictionary
  }

  /// How many bytes after the last whole batch mean something.
  ///
  /// Zeros are space that was reserved, and a whole footer is a seal whose manifest was never
  /// published; neither was torn.
  private func tailByteCount() throws(StoreError) -> Int {
    let start = committed.offset
    guard case .file(let file) = segment.storage, segment.end > start else { return 0 }
    do {
      var last = start
      var position = start
      while position < segment.end {
        let count = min(segment.end - position, BlockReader.windowBytes)
        let bytes = try file.readBytes(at: position, count: count)
        if !bytes.span.bytes.isAllZero {
          let used = bytes.lastIndex { $0 != 0 } ?? 0
          last = position + used + 1
        }
        position += count
      }
      guard last > start else { return 0 }
      let footer = committed.footer.encode()
      if brokenAt == start, segment.end - start >= footer.count {
        let found = try file.readBytes(at: start, count: footer.count)
        if found == footer, last == start + footer.count { return 0 }
      }
      return last - start
    } catch {
      throw StoreError(error)
    }
  }

  /// Looks for a block after the break that was written after something at or beyond the break
  /// was durable: then the break is damage, and cutting there would lose acknowledged records.
  private mutating func refuseIfDurableBeyond() throws(StoreError) {
    // Checking a candidate costs its length. Honest candidates do not overlap, so twice the
    // segment is plenty; hostile ones that nest must not make this quadratic.
    var budget = 2 * (segment.end - brokenAt)
    var offset = (brokenAt + 7) & ~7
    while segment.end - offset >= BlockHeader.byteCount {
      if let length = try reader.candidateByteCount(segment, at: offset),
        length <= segment.end - offset
      {
        budget -= length
        guard budget >= 0 else {
          throw .corrupt("\(damage), followed by overlapping blocks", segment.name, at: brokenAt)
        }
        if case .valid(let header) = try reader.load(segment, at: offset),
          header.durable >= committed.next
        {
          throw .corrupt(
            "\(damage), but a block at offset \(offset) proves that records were durable here",
            segment.name, at: brokenAt)
        }
      }
      offset += 8
    }
  }
}

extension StoreError {
  static func unknown(
    _ what: StaticString, _ value: UInt64, _ file: String, at offset: Int
  ) -> StoreError {
    StoreError(
      .newerFormat,
      "\(what) \(value) is not known to this program; use the version that wrote the store",
      file: file, offset: offset)
  }
}
