// Records on their way into the log. The writer fills one batch, commits it and uses it again, so
// a batch is a few flat arrays that keep their memory.

import Bytes

/// Records that are committed together: after a crash the log holds all of them or none.
///
/// Complexity: every operation O(bytes given), amortised.
public struct RecordBatch: Sendable {
  /// One record's fields and where its bytes start; they end after its decisions.
  struct Row: Sendable {
    var fields: RecordFields
    var start: Int
    /// How many bytes of a draft come before `start`.
    var draftCount: Int
  }

  /// The sequence of the first record.
  public private(set) var firstSequence: SequenceNumber
  private(set) var rows: [Row] = []
  private(set) var symbols: [Symbol] = []
  private var seen: Set<Symbol> = []
  private var bytes = FlatBuffer<UInt8>()
  /// How many of them are drafts.
  private var draftByteCount = 0

  /// Starts an empty batch.
  ///
  /// - Parameter firstSequence: The log's `nextSequence`, unless earlier batches are still to be
  ///   appended.
  public init(firstSequence: SequenceNumber) { self.firstSequence = firstSequence }

  /// The number of records.
  public var count: Int { rows.count }

  /// An upper bound of the record bytes, before compression and block headers.
  public var byteCount: Int {
    bytes.count - draftByteCount + rows.count * BlockFormat.recordOverheadMax
  }

  /// The sequence after the last record: that of the record begun next.
  public var nextSequence: SequenceNumber {
    SequenceNumber(firstSequence.value + UInt64(rows.count))
  }

  /// Empties the batch and keeps its memory.
  public mutating func reset(firstSequence: SequenceNumber) {
    self.firstSequence = firstSequence
    rows.removeAll(keepingCapacity: true)
    symbols.removeAll(keepingCapacity: true)
    seen.removeAll(keepingCapacity: true)
    bytes.removeAll()
    draftByteCount = 0
  }

  /// Makes room for as much as another batch holds, once and not while it grows.
  public mutating func reserve(_ other: borrowing RecordBatch) {
    reserve(records: other.rows.count, byteCount: other.bytes.count)
  }

  /// Makes room for so many records in all, with so many bytes, drafts and decisions included.
  public mutating func reserve(records: Int, byteCount: Int) {
    rows.reserveCapacity(records)
    bytes.reserveCapacity(byteCount)
  }

  /// Begins the next record, which has no decisions yet.
  public mutating func begin(
    kind: UInt8, receivedAt: Timestamp, source: SourceID, payload: RawSpan
  ) {
    begin(
      kind: kind, receivedAt: receivedAt, source: source, draftAndPayload: payload, draftCount: 0)
  }

  /// Begins the next record with what the layer above has prepared for the packer of its payloads, which does not get
  /// into the log.
  ///
  /// - Parameters:
  ///   - draftAndPayload: Both, one after the other.
  ///   - draftCount: How many bytes the draft takes.
  public mutating func begin(
    kind: UInt8, receivedAt: Timestamp, source: SourceID, draftAndPayload: RawSpan, draftCount: Int
  ) {
    let fields = RecordFields(
      kind: kind, receivedAt: receivedAt, source: source,
      payloadCount: draftAndPayload.byteCount - draftCount, decisionsCount: 0)
    precondition(draftCount >= 0 && fields.payloadCount >= 0, "a payload follows its draft")
    rows.append(Row(fields: fields, start: bytes.count + draftCount, draftCount: draftCount))
    bytes.append(draftAndPayload)
    draftByteCount += draftCount
  }

  /// Appends to the decisions of the record begun last; without one it traps.
  public mutating func decide(_ decisions: RawSpan) {
    precondition(!rows.isEmpty, "decisions belong to a record")
    guard decisions.byteCount > 0 else { return }
    rows[rows.count - 1].fields.decisionsCount += decisions.byteCount
    bytes.append(decisions)
  }

  /// Notes a symbol that some record of this batch uses, so that its name is in the log with it.
  public mutating func use(_ symbol: Symbol) {
    if seen.insert(symbol).inserted { symbols.append(symbol) }
  }

  /// The record at `index`, from 0; an index outside the batch traps.
  @_lifetime(borrow self)
  public func record(at index: Int) -> RecordView {
    let row = rows[index]
    let range = row.start..<(row.start + row.fields.byteCount)
    return RecordView(
      row.fields, sequence: SequenceNumber(firstSequence.value + UInt64(index)),
      bytes: bytes.span.bytes.extracting(range))
  }

  /// The payload of the record at `index`, from 0.
  @_lifetime(borrow self)
  func payload(at index: Int) -> RawSpan {
    let row = rows[index]
    return bytes.span.bytes.extracting(row.start..<(row.start + row.fields.payloadCount))
  }

  /// What was prepared for the packer of the record at `index`, from 0; empty for nothing.
  @_lifetime(borrow self)
  func draft(at index: Int) -> RawSpan {
    let row = rows[index]
    return bytes.span.bytes.extracting((row.start - row.draftCount)..<row.start)
  }

  /// The decisions on the record at `index`, from 0.
  @_lifetime(borrow self)
  func decisions(at index: Int) -> RawSpan {
    let row = rows[index]
    let start = row.start + row.fields.payloadCount
    return bytes.span.bytes.extracting(start..<(start + row.fields.decisionsCount))
  }
}
