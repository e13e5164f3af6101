// The layout of a cell, defined here and nowhere else, and the checked reading of its parts.

import Bytes

/// The layout of a cell, format 2; no bytes at all are a cell that no event went into.
///
///     offset  field     type   meaning
///     ------  --------  -----  ---------------------------------------------------------------
///     0       format    u8     2
///     1       kind      u8     `CellKind`; bit 7: a timeline follows; bit 6: its entries are in chunks
///     2       totals    u16    number of totals
///     4       state     u32    bytes of the state
///     8       matched   u64    count, sum: events in the window; of a state: records, runs, epochs
///                              in it; sequence: 1 if it has happened permanently; others: 0
///     16      start     u32    only with a timeline: where the window begins, from its first entry
///     20      end       u32    only with a timeline: where the future begins
///     …       totals           32 bytes each: currency u32, count u64, sum u128 and its upper i32;
///                              of min, max over all time 48: count 1 (skipped: how many), the
///                              number as a sum, then its rest u128
///     …       state            tally, unmatched: `CellTable`; sessions, score: see below
///     …       entries          sorted; those before `start` are dead; many are in chunks (`CellChunk`)
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
///     tally       records of 16 + key: count u64, latest time i64; the key is the encoded value; in
///                 a window that moves, of the events inside it, some of them with a count of 0
///     unmatched   records of 32 + key: asked (time i64, sequence u64), answered (the same); a time of
///                 the smallest i64 is never
///     sessions    16 each, ascending: first time i64, last time i64; in a window that moves only
///                 the number of runs in it, as `matched`
///     score       24 each, ascending: epoch i64, sum i128
///     sequence    `SequenceRun`: where the entries up to `end` have led to
///     others      in windows that are a session: i64, the first time of the newest run; the totals are
///                 over its events
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
  static let format: UInt8 = 2
  static let timelineFlag: UInt8 = 0x80
  static let chunksFlag: UInt8 = 0x40
  static let headerBytes = 16
  static let cursorBytes = 8
  static let stepEntryBytes = 20
  static let countEntryBytes = 8
  static let sumEntryBytes = 28
  static let extremeEntryBytes = 44
  static let sumTotalBytes = 32
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
  /// Where the window begins.
  var start = CellCursor()
  /// Where the future begins.
  var end = CellCursor()
  /// Whether the entries are in chunks; the rest is about these.
  var isChunked = false
  var chunkCount = 1
  /// The bytes of all entries, of those in chunks.
  var chunkedBytes = 0
  var heapBytes = 0
  var deadBytes = 0
  /// The bytes of a chunk.
  let chunkBytes: Int
  /// What is kept of the entries.
  let digest: CellDigest
  /// What the records of its table are ordered by.
  let order: CellTableOrder

  /// The bytes of one total.
  var totalBytes: Int { kind.isExtreme ? 48 : Self.sumTotalBytes }
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
    chunkBytes = spec.chunkBytes
    digest = spec.digest
    order = spec.tableOrder
  }

  /// Reads and checks the header of a cell that is not empty.
  init(_ bytes: RawSpan, _ spec: CellSpec) throws(DecodeError) {
    guard bytes.byteCount >= Self.headerBytes else { throw DecodeError(.truncated, at: 0) }
    guard bytes.byteCount <= Self.bytesMax, bytes[0] == Self.format,
      bytes[1] & ~(Self.timelineFlag | Self.chunksFlag) == spec.kind.rawValue
    else { throw DecodeError(.invalidValue, at: 0) }
    kind = spec.kind
    keepsTotals = spec.keepsTotals
    hasTimeline = bytes[1] & Self.timelineFlag != 0
    totalCount = Int(bytes.load(at: 2, as: UInt16.self))
    stateBytes = Int(bytes.load(at: 4, as: UInt32.self))
    guard
      stateBytes == 0 || spec.hasState || stateBytes == spec.digest.stateBytes
        || spec.digest == .tallies
    else {
      throw DecodeError(.invalidValue, at: 4)
    }
    matched = bytes.load(at: 8, as: UInt64.self)
    chunkBytes = spec.chunkBytes
    digest = spec.digest
    order = spec.tableOrder
    guard hasTimeline else {
      guard bytes.byteCount == entriesOffset else { throw DecodeError(.invalidValue, at: 2) }
      return
    }
    guard bytes.byteCount >= entriesOffset else { throw DecodeError(.truncated, at: 2) }
    start.offset = Int(bytes.load(at: 16, as: UInt32.self))
    end.offset = Int(bytes.load(at: 20, as: UInt32.self))
    isChunked = bytes[1] & Self.chunksFlag != 0
    if isChunked {
      try readChunks(bytes)
    } else {
      start.inside = start.offset
      end.inside = end.offset
    }
    let size = entryByteCount(bytes)
    guard start <= end, start.offset <= end.offset, end.offset <= size,
      !isChunked || spec.canHaveChunks
    else { throw DecodeError(.invalidValue, at: 16) }
    if let fixed = fixedEntryBytes {
      guard start.offset % fixed == 0, end.offset % fixed == 0, size % fixed == 0 else {
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
  func entryByteCount(_ bytes: RawSpan) -> Int {
    isChunked ? chunkedBytes : bytes.byteCount - entriesOffset
  }

  /// The entry that begins at a place.
  func entry(at place: CellCursor, in bytes: RawSpan) throws(DecodeError) -> CellEntry {
    let bounds = try bounds(at: place, in: bytes)
    let position = bounds.lowerBound + place.inside
    if let size = fixedEntryBytes { return try entry(place, position, size, bounds, in: bytes) }
    guard bounds.upperBound - position >= Self.selectionOverheadBytes else {
      throw DecodeError(.truncated, at: position)
    }
    return try entry(
      place, position, Int(bytes.load(at: position, as: UInt32.self)), bounds, in: bytes)
  }

  /// The entry that ends at a place.
  func entry(before place: CellCursor, in bytes: RawSpan) throws(DecodeError) -> CellEntry {
    var place = place
    if isChunked, place.inside == 0 {
      place.chunk -= 1
      place.inside = try chunk(place.chunk, in: bytes).used
    }
    let bounds = try bounds(at: place, in: bytes)
    let position = bounds.lowerBound + place.inside
    guard position <= bounds.upperBound else { throw DecodeError(.invalidValue, at: position) }
    let size: Int
    if let fixed = fixedEntryBytes {
      size = fixed
    } else {
      guard place.inside >= Self.selectionOverheadBytes else {
        throw DecodeError(.truncated, at: position)
      }
      size = Int(bytes.load(at: position - 4, as: UInt32.self))
    }
    place.offset -= size
    place.inside -= size
    return try entry(place, position - size, size, bounds, in: bytes)
  }

  private func entry(
    _ place: CellCursor, _ position: Int, _ size: Int, _ bounds: Range<Int>, in bytes: RawSpan
  ) throws(DecodeError) -> CellEntry {
    guard position >= bounds.lowerBound, size <= bounds.upperBound - position
    else { throw DecodeError(.truncated, at: max(0, position)) }
    if fixedEntryBytes != nil {
      let time = bytes.load(at: position, as: Int64.self)
      return CellEntry(
        place: place, position: position, byteCount: size, time: Timestamp(milliseconds: time))
    }
    guard size > Self.selectionOverheadBytes,
      bytes.load(at: position, as: UInt32.self) == UInt32(size),
      bytes.load(at: position + size - 4, as: UInt32.self) == UInt32(size)
    else { throw DecodeError(.invalidValue, at: position) }
    let time = bytes.load(at: position + 4, as: Int64.self)
    return CellEntry(
      place: place, position: position, byteCount: size, time: Timestamp(milliseconds: time))
  }
}

extension CellLayout {
  /// The amount of a `sum` entry.
  func term(of entry: CellEntry, in bytes: RawSpan) -> CellTerm {
    let position = entry.position
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
    return SequenceNumber(bytes.load(at: entry.position + place, as: UInt64.self))
  }

  /// Whether an entry with a value stands for an event that has none.
  func isAbsent(_ entry: CellEntry, in bytes: RawSpan) -> Bool {
    bytes[entry.position + 20] == 0
  }

  /// The whole of a `first` or `last` entry.
  func selection(
    of entry: CellEntry, in bytes: RawSpan
  ) throws(DecodeError) -> AggregateValue.Selection {
    let position = entry.position
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
