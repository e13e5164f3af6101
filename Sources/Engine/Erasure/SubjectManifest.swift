// What a store's log has of some persons, record by record. An erasure removes exactly this, and an export of what is
// known about them writes exactly this: both ask the same manifest, and there is no second judge.

import Bytes
import Profiles
import Storage

/// Decides for each record of a log whether it is that of some persons, only names them, or neither.
package struct SubjectManifest {
  /// Whom it is about; none for those who have been erased, whose names nobody knows.
  private(set) var subjects = ErasureSubjects()
  private var filter: ErasureFilter?

  /// What the log has of persons who are still there, and of identifiers that may be named without belonging to anyone.
  ///
  /// - Parameter alone: Whether only the identifiers themselves are meant; otherwise the persons that they belong to.
  /// - Throws: `.noSuchRecord` for a type that does not exist, `.outOfOrder` for an account's, `.tooLarge` for a value
  ///   that no event can have.
  package init(
    of identifiers: [Identifier], alone: Bool = false, in snapshot: Snapshot
  ) throws(StoreError) {
    subjects = try ErasureSubjects(identifiers, alone: alone, in: snapshot)
    filter = try ErasureFilter(
      snapshot.erased, asking: subjects.hashes, key: snapshot.origin.erasureKey,
      rules: snapshot.scalars.identityRules.identifiers, reader: snapshot.identifierReader,
      symbols: snapshot.origin.symbols, seed: snapshot.seed)
  }

  /// What a log still has of those who have been erased.
  init(ofErased filter: ErasureFilter?) { self.filter = filter }

  /// The identifiers of the persons, and those that were given and never seen.
  package var identifiers: [Identifier] { subjects.names }
  /// The persons, oldest profile first.
  package var profiles: [ProfileOrdinal] { subjects.profiles.sorted() }

  /// The subjects' identifiers in the record that was judged last, each once, in the order in which they were found; of
  /// a quarantined line those that the rules read.
  package var mentions: [SubjectMention] { filter?.mentions ?? [] }

  /// Judges one record.
  package mutating func judge(
    _ record: borrowing RecordView
  ) throws(StoreError) -> ErasureJudgement {
    try filter?.judge(record) ?? .untouched
  }

  /// Visits the records that are the subjects' or name them, in log order.
  ///
  /// - Parameters:
  ///   - onProgress: Called for each record.
  ///   - body: Given the record, the judgement, and `mentions`.
  /// - Complexity: O(log).
  package mutating func visit(
    _ log: LogView, through last: SequenceNumber, onProgress: (LogProgress) -> Void = { _ in },
    _ body: (borrowing RecordView, ErasureJudgement, [SubjectMention]) throws(StoreError) -> Void
  ) throws(StoreError) {
    guard filter != nil, last.value > 0 else { return }
    var progress = LogProgress(recordsTotal: last.value)
    try log.scan(from: SequenceNumber(1), through: last) { (record) throws(StoreError) in
      progress.records += 1
      onProgress(progress)
      let judgement = try judge(record)
      if judgement != .untouched { try body(record, judgement, mentions) }
    }
  }

  /// How much of a log it is.
  ///
  /// - Complexity: O(log).
  mutating func extent(
    of log: LogView, through last: SequenceNumber
  ) throws(StoreError) -> ErasureExtent {
    var extent = ErasureExtent()
    try visit(log, through: last) { (record, judgement, _) throws(StoreError) in
      guard let kind = RecordKind(rawValue: record.kind) else { return }
      extent.count(judgement, kind)
    }
    return extent
  }
}
