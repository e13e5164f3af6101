// Checking a store against itself: every checksum, every derived answer, and on request the whole log
// folded again.

import Audiences
import Bytes
import Events
import Profiles
import Roaring
import Storage

/// What verification found.
public struct VerifyReport: Sendable {
  /// Records read, with every checksum checked.
  public var records: UInt64 = 0
  /// Events among them.
  public var events: UInt64 = 0
  /// Entries of derived tables read.
  public var derivedEntries: UInt64 = 0
  /// The hash of the present state.
  public var stateHash = StateHash()
  /// The hash of the state folded again from the log; nil if that was not asked for.
  public var replayHash: StateHash?
  /// Records whose decisions came out differently when folded again.
  public var differingDecisions: UInt64 = 0
  /// What is wrong, each with file and offset where known; empty if all is well.
  public var problems: [String] = []

  /// Whether nothing is wrong.
  public var isSound: Bool { problems.isEmpty }
}

extension Store {
  /// Reads every byte of the store and checks it.
  ///
  /// Never changes anything but temporary files of the replay.
  ///
  /// - Parameter replay: Whether to fold the whole log again and compare states.
  /// - Complexity: O(store); a replay takes about as long as the ingest did.
  public func verify(replay: Bool = false) -> VerifyReport {
    var report = VerifyReport()
    let snapshot = snapshot()
    verifyLog(snapshot, &report)
    verifyDerived(snapshot, &report)
    guard replay, report.isSound else { return report }
    do { try verifyReplay(snapshot, &report) } catch { report.problems.append("\(error)") }
    return report
  }

  private func verifyLog(_ snapshot: Snapshot, _ report: inout VerifyReport) {
    var next = SequenceNumber(1)
    do {
      guard snapshot.lastSequence.value > 0 else { return }
      try snapshot.log.scan(from: next, through: snapshot.lastSequence) {
        (record) throws(StoreError) in
        if record.sequence != next, !explainsGap(from: next, to: record.sequence) {
          report.problems.append(
            "the log skips from record \(next.value) to \(record.sequence.value) and the manifest "
              + "does not say why")
        }
        next = SequenceNumber(record.sequence.value + 1)
        report.records += 1
        do throws(DecodeError) {
          try Decision.visitAll(record.decisions) { (_, _) throws(DecodeError) in }
          if record.kind == RecordKind.event.rawValue {
            report.events += 1
            _ = try EventView(record.payload)
          }
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
    } catch {
      report.problems.append("\(error)")
    }
    if next.value != snapshot.lastSequence.value + 1, report.isSound {
      report.problems.append("the log ends at record \(next.value - 1), before its last")
    }
  }

  private func explainsGap(from: SequenceNumber, to: SequenceNumber) -> Bool {
    directory.manifest.gaps.contains { $0.from <= from && $0.through.value + 1 >= to.value }
  }

  private func verifyDerived(_ snapshot: Snapshot, _ report: inout VerifyReport) {
    do {
      for table in fold.state.tables {
        try table.verify()
        try table.forEach { (_, _) throws(StoreError) in report.derivedEntries += 1 }
      }
      var flagged: [AudienceNumber: Bitmap] = [:]
      try snapshot.memberships.rows.forEach { (key, bytes) throws(StoreError) in
        guard try MembershipRow(checking: bytes).isMember else { return }
        flagged[AudienceNumber(UInt32(truncatingIfNeeded: key.low)), default: Bitmap()]
          .add(UInt32(truncatingIfNeeded: key.high))
      }
      for audience in snapshot.plan.audiences
      where try snapshot.memberships.members(of: audience.number) != flagged[audience.number]
        ?? Bitmap()
      {
        report.problems.append(
          "the members of audience \(audience.name) differ between bitmap and rows; rebuild with "
            + "`cairn rebuild`")
      }
      report.stateHash = try snapshot.stateHash()
    } catch {
      report.problems.append("\(error)")
    }
  }

  private func verifyReplay(
    _ snapshot: Snapshot, _ report: inout VerifyReport
  ) throws(StoreError) {
    let source = RunSource(fileSystem: options.fileSystem, directory: directory.path)
    let fresh = try Fold(
      state: State(scalars: Scalars(), runs: source), symbols: symbols,
      seed: directory.manifest.seed)
    var replay = Replay(fold: fresh, log: snapshot.log)
    if snapshot.lastSequence.value > 0 {
      try snapshot.log.scan(from: SequenceNumber(1), through: snapshot.lastSequence) {
        (record) throws(StoreError) in try replay.apply(record)
      }
    }
    try replay.finish()
    report.differingDecisions = replay.differingDecisions
    let again = try Snapshot(self, replayed: fresh).stateHash()
    report.replayHash = again
    if again != report.stateHash {
      report.problems.append(
        "folding the log again gives another state (\(again)); rebuild with `cairn rebuild`")
    }
    if let first = replay.firstDifference {
      report.problems.append(
        "\(replay.differingDecisions) records carry other decisions than folding them again gives, "
          + "the first is \(first.value)")
    }
  }
}
