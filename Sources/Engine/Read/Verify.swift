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
  /// Changes nothing; a replay writes temporary files and removes them.
  ///
  /// - Parameter replay: Whether to fold the whole log again and compare states.
  /// - Complexity: O(store); a replay takes about as long as the ingest did.
  public func verify(replay: Bool = false) -> VerifyReport {
    var report = VerifyReport()
    let snapshot: Snapshot
    do throws(StoreError) { snapshot = try self.snapshot() } catch {
      report.problems.append("\(error)")
      return report
    }
    var copied = EventSum()
    verifyLog(snapshot, &report, &copied)
    verifyDerived(snapshot, copied, &report)
    guard replay, report.isSound else { return report }
    do { try verifyReplay(snapshot, &report) } catch { report.problems.append("\(error)") }
    return report
  }

  /// - Parameter copied: Takes in the events of which the history by home should have copies.
  private func verifyLog(
    _ snapshot: Snapshot, _ report: inout VerifyReport, _ copied: inout EventSum
  ) {
    var next = SequenceNumber(1)
    var firstErased: SequenceNumber?
    var found = FoundIdentifiers()
    do {
      guard snapshot.lastSequence.value > 0 else { return }
      try snapshot.log.scan(from: next, through: snapshot.lastSequence) {
        (record) throws(StoreError) in
        if record.sequence != next, !explainsGap(from: next, to: record.sequence) {
          report.problems.append(
            "the log skips from record \(next.value) to \(record.sequence.value), and the manifest "
              + "gives no reason")
        }
        next = SequenceNumber(record.sequence.value + 1)
        report.records += 1
        if firstErased == nil, try fold.erased?.judge(record) ?? .untouched != .untouched {
          firstErased = record.sequence
        }
        do throws(DecodeError) {
          try Decision.visitAll(record.decisions) { (_, _) throws(DecodeError) in }
          if record.kind == RecordKind.event.rawValue {
            report.events += 1
            let event = try EventView(record.payload)
            try snapshot.identifierReader.read(event, into: &found)
            // One that by the rules in force has no identifier belongs to nobody.
            if record.sequence <= snapshot.scalars.historyThrough, found.hasOwner {
              copied.add(
                record.sequence, receivedAt: record.receivedAt, source: record.source,
                record.payload)
            }
          }
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
    } catch {
      report.problems.append("\(error)")
    }
    if let firstErased {
      report.problems.append(
        "record \(firstErased.value) names a person who has been erased; erase the same identifier again"
      )
    }
    if next.value != snapshot.lastSequence.value + 1, report.isSound {
      report.problems.append("the log ends at record \(next.value - 1), before its last")
    }
  }

  private func explainsGap(from: SequenceNumber, to: SequenceNumber) -> Bool {
    directory.manifest.gaps.contains { $0.from <= from && $0.through.value + 1 >= to.value }
  }

  private func verifyDerived(
    _ snapshot: Snapshot, _ copied: EventSum, _ report: inout VerifyReport
  ) {
    do {
      for table in fold.state.tables {
        try table.verify()
        try table.forEachValue { (_) throws(StoreError) in report.derivedEntries += 1 }
      }
      var flagged: [AudienceNumber: Bitmap] = [:]
      try snapshot.memberships.visitRows { (profile, audience, row) throws(StoreError) in
        guard row.isMember else { return }
        flagged[audience, default: Bitmap()].add(profile.value)
      }
      for audience in snapshot.plan.audiences
      where try snapshot.memberships.members(of: audience.number) != flagged[audience.number]
        ?? Bitmap()
      {
        report.problems.append(
          "the members of audience \(audience.name) differ between bitmap and rows; rebuild with "
            + "`cairn rebuild`")
      }
      try verifyTimers(snapshot, &report)
      if let problem = try snapshot.problemOfHistory(copied) { report.problems.append(problem) }
      report.stateHash = try snapshot.stateHash()
    } catch {
      report.problems.append("\(error)")
    }
  }

  /// Checks that each row's timer waits in the queue: a lost one would let a membership live forever.
  private func verifyTimers(
    _ snapshot: Snapshot, _ report: inout VerifyReport
  ) throws(StoreError) {
    var expected: UInt64 = 0
    try snapshot.memberships.visitRows { (_, _, row) throws(StoreError) in
      if row.due != nil { expected += 1 }
    }
    var waiting: UInt64 = 0
    try snapshot.memberships.visitTimers { (timer) throws(StoreError) in
      report.derivedEntries += 1
      let row = try snapshot.memberships.row(
        ProfileOrdinal(timer.ordinal), AudienceNumber(timer.condition))
      if row?.due == timer.due { waiting += 1 }
    }
    if waiting != expected {
      report.problems.append(
        "there should be \(expected) timers and there are \(waiting); rebuild with `cairn rebuild`")
    }
  }

  private func verifyReplay(
    _ snapshot: Snapshot, _ report: inout VerifyReport
  ) throws(StoreError) {
    let replay = try foldAside(FoldBasis(of: fold.state))
    report.differingDecisions = replay.differingDecisions
    let again = try Snapshot(self, replayed: replay.fold).stateHash()
    report.replayHash = again
    if again != report.stateHash {
      report.problems.append(
        "folding the log again gives a different state (\(again)); rebuild with `cairn rebuild`")
    }
    if let problem = try snapshot.problemOfMembershipHistory() { report.problems.append(problem) }
    if let first = replay.firstDifference {
      report.problems.append(
        "\(replay.differingDecisions) records have other decisions than folding them again gives; "
          + "the first is \(first.value)")
    }
  }
}
