// The layout of a cell, defined here and nowhere else, and the checked reading of its parts.

import Bytes

/// The layout of a cell, format 1; no bytes at all are a cell that no event went into.
///
///     offset  field     type   meaning
///     ------  --------  -----  ---------------------------------------------------------------
///     0       format    u8     1
///     1       kind      u8     `CellKind`; bit 7: a timeline follows
///     2       totals    u16    number of totals
///     4       state     u32    bytes of the state
///     8       matched   u64    count, sum: events in the window; of a state: records, runs, epochs
///                              in it; sequence: 1 if it has happened for good; others: 0
///     16      start     u32    only with a timeline: where the window begins, from its first entry
///     20      end       u32    only with a timeline: where the future begins
///     …       totals           32 bytes each: currency u32, count u64, sum u128 and its upper i32;
///                              of min, max over all time 48: count 1 (skipped: how many), the
///                              number as a sum, then its rest u128
///     …       state            tally, unmatched: `CellTable`; sessions, score: see below
///     …       entries          sorted; those before `start` are dead
///
///     entry of    bytes
///     ----------  -----------------------------------------------------------------------------
///     count,      8: time i64
///     sessions
///     sum, score  28: time i64, currency u32, mantissa i128
///     min, max    44: the same, then rest u128
///     sequence    20: time i64, sequence u64, mask u32
///     first,      24 + n: length u32 (of the whole entry), time i64, sequence u64, value, length u32
///     last, tally
///     unmatched   24 + n: the same with role u8 and key for the value
///
///     state of    bytes
///     ----------  -----------------------------------------------------------------------------
///     tally       records of 16 + key: count u64, latest time i64; the key is the encoded value
///     unmatched   records of 32 + key: asked (time i64, sequence u64), answered (the same); a time of
///                 the smallest i64 is never
///     sessions    16 each, ascending: first time i64, last time i64
///     score       24 each, ascending: epoch i64, sum i128
///
/// Currencies of three letters take 24 bits. Above them stand the keys of what has none: of values that
/// were skipped, of the count of those that were rounded, and of events without a value, which have
/// entries in sessions only. Bit 24 marks an amount that was rounded. A value of no bytes but a 0 stands
/// for an event without one, in sessions too.
///
/// An entry is kept while it may still matter: in a windowed cell all in (now − N, ∞), in an
/// all-time one only the future ones; `last` keeps the newest of the past only, and `first` over
/// all time keeps one entry in all. Totals hold what lies between `start` and `end`.
struct CellLayout {
  static let format: UInt8 = 1
  static let timelineFlag: UInt8 = 0x80
  static let headerBytes = 16
  static let cursorBytes = 8
  static let stepEntryBytes = 20
  static let countEntryBytes = 8
  static let sumEntryBytes = 28
  static let extremeEntryBytes = 44
  static let selectionOverheadBytes = 24
  /// The most bytes of a cell, so that cursors fit their fields.
  static let bytesMax = 256 << 20

  let kind: CellKind
  /// Whether what has been counted in stands in totals.
  let keepsTotals: Bool
  var hasTimeline: Bool
  var totalCount: Int
  var matched: UInt64
  var stateBytes: Int
  /// From the first entry, in bytes.
  var start: Int
  /// From the first entry, in bytes.
  var end: Int

  /// The bytes of one total.
  var totalBytes: Int { kind.isExtreme ? 48 : 32 }
  var totalsOffset: Int { Self.headerBytes + (hasTimeline ? Self.cursorBytes : 0) }
  var stateOffset: Int { totalsOffset + totalCount * totalBytes }
  var entriesOffset: Int { stateOffset + stateBytes }

  /// The layout of a cell that no event has gone into yet.
  init(emptyOf spec: CellSpec) {
    kind = spec.kind
    keepsTotals = spec.keepsTotals
    hasTimeline = !spec.isTotalOnly
    totalCount = 0
    matched = 0
    stateBytes = 0
    start = 0
    end = 0
  }

  /// Reads and checks the header of a cell that is not empty.
  init(_ bytes: RawSpan, _ spec: CellSpec) throws(DecodeError) {
    guard bytes.byteCount >= Self.headerBytes else { throw DecodeError(.truncated, at: 0) }
    guard bytes.byteCount <= Self.bytesMax, bytes[0] == Self.format,
      bytes[1] & ~Self.timelineFlag == spec.kind.rawValue
    else { throw DecodeError(.invalidValue, at: 0) }
    kind = spec.kind
    keepsTotals = spec.keepsTotals
    hasTimeline = bytes[1] & Self.timelineFlag != 0
    totalCount = Int(bytes.load(at: 2, as: UInt16.self))
    stateBytes = Int(bytes.load(at: 4, as: UInt32.self))
    guard stateBytes == 0 || spec.hasState else { throw DecodeError(.invalidValue, at: 4) }
    matched = bytes.load(at: 8, as: UInt64.self)
    start = 0
    end = 0
    guard hasTimeline else {
      guard bytes.byteCount == entriesOffset else { throw DecodeError(.invalidValue, at: 2) }
      return
    }
    guard bytes.byteCount >= entriesOffset else { throw DecodeError(.truncated, at: 2) }
    start = Int(bytes.load(at: 16, as: UInt32.self))
    end = Int(bytes.load(at: 20, as: UInt32.self))
    guard start <= end, end <= bytes.byteCount - entriesOffset else {
      throw DecodeError(.invalidValue, at: 16)
    }
    if let size = fixedEntryBytes {
      guard start % size == 0, end % size == 0, (bytes.byteCount - entriesOffset) % size == 0 else {
        throw DecodeError(.invalidValue, at: 16)
      }
    }
  }

  /// The size of entries that all have the same one.
  var fixedEntryBytes: Int? {
    switch kind {
    case .count, .sessions: Self.countEntryBytes
    case .sum, .score: Self.sumEntryBytes
    case .minimum, .maximum: Self.extremeEntryBytes
    case .sequence: Self.stepEntryBytes
    case .first, .last, .tally, .unmatched: nil
    }
  }

  /// The bytes of all entries together.
  func entryByteCount(_ bytes: RawSpan) -> Int { bytes.byteCount - entriesOffset }

  /// The range inside the cell of the entry that begins at `offset` from the first one.
  func entry(at offset: Int, in bytes: RawSpan) throws(DecodeError) -> CellEntry {
    let position = entriesOffset + offset
    if let size = fixedEntryBytes { return try entry(position, size, in: bytes) }
    guard bytes.byteCount - position >= Self.selectionOverheadBytes else {
      throw DecodeError(.truncated, at: position)
    }
    return try entry(position, Int(bytes.load(at: position, as: UInt32.self)), in: bytes)
  }

  /// The entry that ends at `offset` from the first one.
  func entry(before offset: Int, in bytes: RawSpan) throws(DecodeError) -> CellEntry {
    let position = entriesOffset + offset
    if let size = fixedEntryBytes { return try entry(position - size, size, in: bytes) }
    guard offset >= Self.selectionOverheadBytes else {
      throw DecodeError(.truncated, at: position)
    }
    let size = Int(bytes.load(at: position - 4, as: UInt32.self))
    return try entry(position - size, size, in: bytes)
  }

  private func entry(
    _ position: Int, _ size: Int, in bytes: RawSpan
  ) throws(DecodeError) -> CellEntry {
    guard position >= entriesOffset, size <= bytes.byteCount - position else {
      throw DecodeError(.truncated, at: max(0, position))
    }
    if fixedEntryBytes != nil {
      let time = bytes.load(at: position, as: Int64.self)
      return CellEntry(
        offset: position - entriesOffset, byteCount: size, time: Timestamp(milliseconds: time))
    }
    guard size > Self.selectionOverheadBytes,
      bytes.load(at: position, as: UInt32.self) == UInt32(size),
      bytes.load(at: position + size - 4, as: UInt32.self) == UInt32(size)
    else { throw DecodeError(.invalidValue, at: position) }
    let time = bytes.load(at: position + 4, as: Int64.self)
    return CellEntry(
      offset: position - entriesOffset, byteCount: size, time: Timestamp(milliseconds: time))
  }
}

/// Where an entry lies and the time of its event.
struct CellEntry {
  /// From the first entry of the cell, in bytes.
  let offset: Int
  let byteCount: Int
  let time: Timestamp
  var end: Int { offset + byteCount }
}

extension CellLayout {
  /// The amount of a `sum` entry.
  func term(of entry: CellEntry, in bytes: RawSpan) -> CellTerm {
    let position = entriesOffset + entry.offset
    let low = bytes.load(at: position + 12, as: UInt64.self)
    let high = bytes.load(at: position + 20, as: Int64.self)
    return CellTerm(
      packed: bytes.load(at: position + 8, as: UInt32.self),
      amount: FixedDecimal(mantissa: Int128(high) << 64 | Int128(low)),
      rest: kind.isExtreme ? wide(at: position + 28, in: bytes) : 0)
  }

  private func wide(at position: Int, in bytes: RawSpan) -> UInt128 {
    UInt128(bytes.load(at: position + 8, as: UInt64.self)) << 64
      | UInt128(bytes.load(at: position, as: UInt64.self))
  }

  /// The sequence of an entry that has one.
  func sequence(of entry: CellEntry, in bytes: RawSpan) -> SequenceNumber {
    let place = kind == .sequence ? 8 : 12
    return SequenceNumber(bytes.load(at: entriesOffset + entry.offset + place, as: UInt64.self))
  }

  /// Whether an entry with a value stands for an event that has none.
  func isAbsent(_ entry: CellEntry, in bytes: RawSpan) -> Bool {
    bytes[entriesOffset + entry.offset + 20] == 0
  }

  /// The whole of a `first` or `last` entry.
  func selection(
    of entry: CellEntry, in bytes: RawSpan
  ) throws(DecodeError) -> AggregateValue.Selection {
    let position = entriesOffset + entry.offset
    let text = bytes.extracting((position + 20)..<(position + entry.byteCount - 4))
    return AggregateValue.Selection(
      time: entry.time, sequence: sequence(of: entry, in: bytes),
      value: try FieldValue(decoding: text))
  }

  /// The total with this index.
  func total(_ index: Int, in bytes: RawSpan) -> CellTotal {
    let position = totalsOffset + index * totalBytes
    return CellTotal(
      currency: CurrencyCode(packed: bytes.load(at: position, as: UInt32.self)),
      count: bytes.load(at: position + 4, as: UInt64.self),
      sum: WideSum(
        low: wide(at: position + 12, in: bytes),
        high: bytes.load(at: position + 28, as: Int32.self)),
      rest: kind.isExtreme ? wide(at: position + 32, in: bytes) : 0)
  }
}
