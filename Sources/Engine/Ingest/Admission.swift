// What may come in. One place judges each row that ingest, redrive and preview look at: whether it is in the log
// already, whether it satisfies the tracking plan, and what remains of it without erased people.

import Bytes
import Events
import Profiles
import Storage

/// Judges rows before they become records.
package final class Admission {
  /// The decision on a row.
  package enum Ruling {
    /// Nothing is recorded of it.
    case refused(Verdict)
    /// The event comes in as the row has it.
    case event
    /// The event comes in as the only row of the batch that the tracking plan produced.
    case replaced(PlanGate)
    /// The event comes in as this payload, which is left of it.
    case rest([UInt8])
    /// The line is kept in quarantine.
    case line(QuarantinedLine)
  }

  /// What its verdict says of a row besides.
  package struct Remarks {
    /// What a problem is about, by name.
    package var detail = ""
    /// The members that the event comes in without.
    package var omitted: [String] = []
    /// Whether the line has lost values of somebody who has been erased.
    package var isWithoutErased = false
  }

  private let store: Store
  private let duplicates: DuplicateCheck
  private let sourceName: String
  private let plan: TrackingPlan?
  @exclusivity(unchecked) private var gate: (source: SourceID, clock: IngestClock, gate: PlanGate)?
  /// The rows of the batch in hand that name somebody who has been erased.
  @exclusivity(unchecked) private var erasure = ErasedRows()
  /// Notes for the verdict of the row that was judged last.
  @exclusivity(unchecked) package private(set) var remarks = Remarks() {
    didSet {
      hasNothingToSay =
        remarks.detail.isEmpty && remarks.omitted.isEmpty && !remarks.isWithoutErased
    }
  }

  /// Whether there is nothing to be said of the row that was judged last besides its verdict.
  @exclusivity(unchecked) private(set) var hasNothingToSay = true

  /// - Parameters:
  ///   - plan: The store's tracking plan; nil if it has none.
  ///   - sourceName: The source's name, if it is not recorded yet.
  package init(
    _ store: Store, plan: TrackingPlan?, duplicates: DuplicateCheck, sourceName: String = ""
  ) {
    self.store = store
    self.duplicates = duplicates
    self.sourceName = sourceName
    self.plan = plan
  }

  /// Whether any row of the batch in hand names somebody who has been erased.
  var isAnyoneErased: Bool { !erasure.isEmpty }

  /// Begins with a batch, whose rows are judged after this.
  package func takeInHand(_ parsed: borrowing EventBatch) throws(StoreError) {
    try erasure.judge(parsed, by: store.fold)
  }

  /// Judges a row of the batch in hand.
  ///
  /// - Parameters:
  ///   - index: Where the row is in its batch.
  ///   - source: Where it comes from.
  ///   - clock: What moves logical time where it comes from.
  ///   - kept: The record that has it in quarantine, if it is tried again: it stays there if it is not
  ///     acceptable.
  /// - Complexity: As `DuplicateCheck.find`, and a lookup in the tracking plan if there is one.
  package func judge(
    _ row: EventRow, at index: Int, of parsed: borrowing EventBatch, from source: SourceID,
    _ clock: IngestClock, keptAs kept: SequenceNumber? = nil
  ) throws(StoreError) -> Ruling {
    if !hasNothingToSay { remarks = Remarks() }
    if !parsed.details.isEmpty { remarks.detail = parsed.details[index] ?? "" }
    switch row.outcome {
    case .event:
      if let known = try duplicates.find(row, of: parsed, source: source) {
        return .refused(known)
      }
      // The plan first: it judged what is in the log already as it was sent.
      guard let gate = gate(source, clock), try gate.replaces(row, of: parsed) else {
        return admitted(erasure[index], as: .event)
      }
      return try judge(replacedBy: gate, from: source, keptAs: kept)
    case .quarantined(let problem):
      return try judge(row, problem, of: parsed, erasure[index], from: source, keptAs: kept)
    case .rejected(let problem):
      return .refused(kept.map { .quarantined($0, problem) } ?? .rejected(problem))
    }
  }

  /// Judges what the tracking plan made of an event.
  private func judge(
    replacedBy gate: PlanGate, from source: SourceID, keptAs kept: SequenceNumber?
  ) throws(StoreError) -> Ruling {
    let replaced = gate.replaced
    let row = replaced.rows[0]
    remarks.detail = replaced.details[0] ?? ""
    remarks.omitted = gate.omitted
    let judgement = try store.fold.judge(row, of: replaced)
    switch row.outcome {
    case .event: return admitted(judgement, as: .replaced(gate))
    case .quarantined(let problem), .rejected(let problem):
      return try judge(row, problem, of: replaced, judgement, from: source, keptAs: kept)
    }
  }

  private static var erased: Ruling { .refused(.rejected(EventProblem(.erasedIdentifier, at: 0))) }

  /// Lets an event in as far as what has been erased allows.
  private func admitted(_ judgement: ErasureJudgement, as whole: Ruling) -> Ruling {
    switch judgement {
    case .untouched: return whole
    case .erased: return Self.erased
    case .reduced(let payload):
      remarks.isWithoutErased = true
      return .rest(payload)
    }
  }

  /// Judges a line that is not an acceptable event: it is kept as far as what has been erased allows.
  private func judge(
    _ row: EventRow, _ problem: EventProblem, of parsed: borrowing EventBatch,
    _ judgement: ErasureJudgement, from source: SourceID, keptAs kept: SequenceNumber?
  ) throws(StoreError) -> Ruling {
    if let kept { return .refused(.quarantined(kept, problem)) }
    switch judgement {
    case .erased: return Self.erased
    case .untouched:
      if let known = try duplicates.find(row, of: parsed, source: source) {
        return .refused(known)
      }
      return .line(
        QuarantinedLine(
          problem, detail: remarks.detail, occurrence: row.occurrence,
          hasDerivedID: row.hasDerivedID, line: parsed.payload(of: row).toArray()))
    case .reduced(let line):
      remarks.isWithoutErased = true
      let problem = problem.inReducedLine
      let rest = EventBatch(
        quarantined: line.span.bytes, insteadOf: row, problem, detail: remarks.detail,
        source: source, seed: store.fold.seed)
      return try judge(rest.rows[0], problem, of: rest, .untouched, from: source, keptAs: kept)
    }
  }

  /// The store's plan for a source.
  private func gate(_ source: SourceID, _ clock: IngestClock) -> PlanGate? {
    guard let plan else { return nil }
    if gate?.source != source || gate?.clock != clock {
      let made = PlanGate(plan, of: store, source: source, name: sourceName, clock: clock)
      gate = (source, clock, made)
    }
    return gate?.gate
  }
}
