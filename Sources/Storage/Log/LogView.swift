// What a reader sees of the log: the sealed segments and a prefix of the active one, as they were
// when the view was taken. Nothing in it changes, so any number of threads may share it.

import Bytes

/// A snapshot of the committed log.
public final class LogView: Sendable {
  private let sealed: [SealedSegment]
  private let active: SegmentBytes
  private let tip: LogTip
  private let form: (any PayloadForm)?
  private let cancellation: ReadCancellation?
  /// The sequence after the last record of the view.
  public let nextSequence: SequenceNumber

  /// - Parameters:
  ///   - form: How payloads may be packed.
  ///   - last: The last record of the view; nil for all before the tip.
  init(
    sealed: [SealedSegment], active: SegmentBytes, tip: LogTip, form: (any PayloadForm)?,
    through last: SequenceNumber? = nil
  ) {
    self.form = form
    cancellation = nil
    self.sealed = sealed
    self.active = active
    self.tip = tip
    nextSequence = last.map { SequenceNumber($0.value + 1) } ?? tip.next
  }

  /// The same view, of which reading ends once it is cancelled.
  public init(_ other: LogView, endingWith cancellation: ReadCancellation) {
    form = other.form
    sealed = other.sealed
    active = other.active
    tip = other.tip
    nextSequence = other.nextSequence
    self.cancellation = cancellation
  }

  /// The size of all segments up to the end of what is durable, in bytes.
  public var byteCount: Int { sealed.reduce(tip.offset) { $0 + $1.bytes.end } }

  /// Passes the records from `from` through `through` to `body`, in order.
  ///
  /// - Throws: `corrupt` naming file and offset at the first damaged block; what `body` throws.
  /// - Complexity: O(bytes of the blocks that hold the records), each read and decompressed once.
  public func scan(
    from: SequenceNumber, through: SequenceNumber,
    _ body: (borrowing RecordView) throws(StoreError) -> Void
  ) throws(StoreError) {
    var scanner = Scanner(form)
    let through = min(through, SequenceNumber(nextSequence.value - 1))
    for part in parts where part.lastSequence >= from && part.firstSequence <= through {
      guard let cancellation else {
        try scanner.scan(part, from: from, through: through, body)
        continue
      }
      try scanner.scan(part, from: from, through: through) { (record) throws(StoreError) in
        try cancellation.check()
        try body(record)
      }
    }
  }

  /// Passes the record with the given sequence to `body`.
  ///
  /// - Parameter cursor: Keeps the last few blocks decoded; for this store's views only.
  /// - Throws: `noSuchRecord`; `corrupt`; what `body` throws.
  /// - Complexity: O(1) for a block the cursor has; else a hop over at most 64 KiB of blocks and
  ///   the decoding of one.
  public func withRecord<R>(
    at sequence: SequenceNumber, _ cursor: LogCursor,
    _ body: (borrowing RecordView) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    try cancellation?.check()
    guard let part = part(holding: sequence) else {
      throw StoreError(.noSuchRecord, "the log has no record \(sequence.value)")
    }
    return try cursor.withRecord(at: sequence, in: part, form, body)
  }

  /// Passes every symbol of the log to `body`, with its name; one used in several segments comes
  /// as often.
  public func symbols(_ body: (Symbol, RawSpan) -> Void) throws(StoreError) {
    for segment in sealed {
      let map = segment.map
      try segment.footer.symbols(in: map.bytes, file: segment.bytes.name, body)
    }
    do {
      try tip.dictionary.forEach(body)
    } catch {
      throw StoreError(error, in: active.name)
    }
  }

  /// How many bytes of blocks have to be read for all records from one on.
  public func byteCount(from sequence: SequenceNumber) -> Int {
    var count = 0
    for part in parts where part.lastSequence >= sequence {
      count += part.bytes.end - part.offset(before: max(sequence, part.firstSequence))
    }
    return count
  }

  private var activePart: LogPart { LogPart(active: active, tip) }

  private var parts: [LogPart] { sealed.map(LogPart.init) + [activePart] }

  /// Complexity: O(log segments).
  private func part(holding sequence: SequenceNumber) -> LogPart? {
    guard sequence < nextSequence else { return nil }
    if sequence >= tip.segment.firstSequence { return activePart }
    var low = 0
    var high = sealed.count
    while low < high {
      let middle = (low + high) / 2
      if sealed[middle].footer.lastSequence < sequence { low = middle + 1 } else { high = middle }
    }
    guard low < sealed.count, sealed[low].footer.firstSequence <= sequence else { return nil }
    return LogPart(sealed[low])
  }
}

/// What a reader needs to know of one segment, sealed or active.
struct LogPart {
  private enum Index {
    case active(BlockMarks)
    case sealed(SealedFooter, MappedFile)
  }

  let bytes: SegmentBytes
  let firstSequence: SequenceNumber
  let lastSequence: SequenceNumber
  /// The checksum of the last block.
  let chain: UInt64
  private let index: Index

  init(_ segment: SealedSegment) {
    bytes = segment.bytes
    firstSequence = segment.footer.firstSequence
    lastSequence = segment.footer.lastSequence
    chain = segment.footer.chain
    index = .sealed(segment.footer, segment.map)
  }

  init(active bytes: SegmentBytes, _ tip: LogTip) {
    self.bytes = bytes
    firstSequence = tip.segment.firstSequence
    lastSequence = tip.last
    chain = tip.chain
    index = .active(tip.marks)
  }

  /// Where to start looking for `sequence`: a block at or before it.
  func offset(before sequence: SequenceNumber) -> Int {
    let found =
      switch index {
      case .active(let marks): marks.offset(before: sequence)
      case .sealed(let footer, let map): footer.offset(before: sequence, in: map.bytes)
      }
    return found ?? SegmentHeader.byteCount
  }
}
