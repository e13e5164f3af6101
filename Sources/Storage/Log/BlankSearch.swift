// Finding what has to go before anything is touched: the records to blank, and the names that no other
// record uses.

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
  /// The kind of blank records.
  let kind: UInt8
  /// The last sequence that may be blanked.
  let last: SequenceNumber
  /// By the segment's number.
  private(set) var finds: [UInt64: BlankFind] = [:]
  private var scanner: Scanner

  /// - Parameter form: How payloads may be packed.
  init(kind: UInt8, through last: SequenceNumber, _ form: (any PayloadForm)?) {
    scanner = Scanner(form)
    self.kind = kind
    self.last = last
  }

  /// Looks through a segment for records to blank, and for names that none of the others uses.
  ///
  /// A batch carries the names of all lines that it was made of, also of those that became no record, and
  /// of the batch before; so a name can be where no record tells of it.
  ///
  /// - Parameter names: The segment's dictionary.
  /// - Complexity: O(bytes of the segment).
  mutating func add(
    _ part: LogPart, names: Set<Symbol>,
    isErased: (borrowing RecordView) throws(StoreError) -> Bool,
    symbols: (borrowing RecordView, (Symbol) -> Void) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard part.firstSequence <= part.lastSequence else { return }
    var find = BlankFind(firstSequence: part.firstSequence)
    var unused = names
    let (kind, last) = (kind, last)
    try scanner.scan(part, from: part.firstSequence, through: part.lastSequence) {
      (record) throws(StoreError) in
      guard record.kind != kind else { return }
      guard record.sequence <= last, try isErased(record) else {
        if !unused.isEmpty { try symbols(record) { unused.remove($0) } }
        return
      }
      guard find.add(record.sequence) else {
        throw .corrupt("the segment has too many records", part.bytes.name, at: 0)
      }
    }
    if find.count > 0 || !unused.isEmpty { finds[part.bytes.number] = find }
  }
}
