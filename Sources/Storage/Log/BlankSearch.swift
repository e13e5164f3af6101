// Finding what has to go before anything is touched: the records to blank, and the names that would
// be left behind in segments that hold none of them.

import Bytes
import Roaring

/// What has to go from one segment.
struct BlankFind {
  let firstSequence: SequenceNumber
  /// The records to blank, counted from the segment's first.
  private var records = Bitmap()
  /// The highest of them; 0 if there is none.
  private(set) var highest = SequenceNumber(0)

  init(firstSequence: SequenceNumber) { self.firstSequence = firstSequence }

  /// How many records there are to blank; none if only names have to go.
  var count: Int { records.count }

  func contains(_ sequence: SequenceNumber) -> Bool {
    guard let place = place(of: sequence) else { return false }
    return records.contains(place)
  }

  /// Adds a record; false if it is too far from the segment's first to be one of it.
  mutating func add(_ sequence: SequenceNumber) -> Bool {
    guard let place = place(of: sequence) else { return false }
    records.add(place)
    highest = max(highest, sequence)
    return true
  }

  private func place(of sequence: SequenceNumber) -> UInt32? {
    guard sequence >= firstSequence else { return nil }
    return UInt32(exactly: sequence.value - firstSequence.value)
  }
}

/// The search through all segments, and what it has found.
struct BlankSearch {
  /// The records that are looked through at once for names that are in use.
  private static let stride: UInt64 = 4096

  /// The kind of blank records.
  let kind: UInt8
  /// The last sequence that may be blanked.
  let last: SequenceNumber
  /// By the segment's number.
  private(set) var finds: [UInt64: BlankFind] = [:]
  /// The names that records to blank use: each must go from where no other record uses it.
  private(set) var suspects: Set<Symbol> = []
  private var scanner = Scanner()

  init(kind: UInt8, through last: SequenceNumber) {
    self.kind = kind
    self.last = last
  }

  /// Looks through a segment for records to blank.
  ///
  /// - Complexity: O(bytes of the segment).
  mutating func addRecords(
    of part: LogPart, isErased: (borrowing RecordView) throws(StoreError) -> Bool,
    symbols: (borrowing RecordView, (Symbol) -> Void) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard part.firstSequence <= last else { return }
    var find = BlankFind(firstSequence: part.firstSequence)
    var suspects = self.suspects
    try scanner.scan(part, from: part.firstSequence, through: last) {
      (record) throws(StoreError) in
      guard record.kind != kind, try isErased(record) else { return }
      guard find.add(record.sequence) else {
        throw .corrupt("the segment has too many records", part.bytes.name, at: 0)
      }
      try symbols(record) { suspects.insert($0) }
    }
    self.suspects = suspects
    if find.count > 0 { finds[part.bytes.number] = find }
  }

  /// Looks through a segment without records to blank for names that only those use.
  ///
  /// A batch may carry names that records of the batch before use, so they can be one segment away.
  ///
  /// - Parameter names: Those of the segment's dictionary that are suspect.
  /// - Complexity: O(bytes up to where the last of the names is in use).
  mutating func addNames(
    _ names: Set<Symbol>, of part: LogPart,
    symbols: (borrowing RecordView, (Symbol) -> Void) throws(StoreError) -> Void
  ) throws(StoreError) {
    var unused = names
    var from = part.firstSequence
    while !unused.isEmpty, from <= part.lastSequence {
      let through = SequenceNumber(
        from.value + min(Self.stride - 1, part.lastSequence.value - from.value))
      var isThere = false
      try scanner.scan(part, from: from, through: through) { (record) throws(StoreError) in
        isThere = true
        guard record.kind != kind else { return }
        try symbols(record) { unused.remove($0) }
      }
      // A footer can claim any number of records.
      guard isThere else {
        throw .corrupt(
          "record \(from.value) is missing", part.bytes.name, at: SegmentHeader.byteCount)
      }
      from = SequenceNumber(through.value + 1)
    }
    guard !unused.isEmpty else { return }
    finds[part.bytes.number] = BlankFind(firstSequence: part.firstSequence)
  }
}
