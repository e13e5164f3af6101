// Definitions tried out on a snapshot: the history is folded for them into cells of their own, on any thread, and who
// satisfies them is counted without anything being changed.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// What it takes to try definitions out: a state that does not change meanwhile, and room for cells.
package struct Trial: Sendable {
  /// The state that they are tried on.
  let snapshot: Snapshot
  package let symbols: SymbolTable
  /// Judges what is of people who have been erased, which counts for nothing.
  private let erased: ErasureFilter?
  private let runs: NamelessRuns
  private let memoryMax: Int

  /// - Throws: `.corrupt` if the key of erased identifiers is not at hand.
  package init(_ snapshot: Snapshot) throws(StoreError) {
    let origin = snapshot.origin
    self.snapshot = snapshot
    symbols = origin.symbols
    erased = try ErasureFilter(
      snapshot.erased, key: origin.erasureKey, rules: snapshot.identityRules.identifiers,
      reader: snapshot.identifierReader, symbols: origin.symbols, seed: snapshot.seed)
    runs = NamelessRuns(files: origin.runFiles)
    memoryMax = origin.memoryBytesMax / 4
  }

  fileprivate func preview(
    _ rule: String, isAccount: Bool, sampleMax: Int, at instant: Timestamp?
  ) throws(ApplyError) -> AudiencePreview {
    let (set, plan, names) = try definitions(adding: [rule], isAccount: isAccount)
    do throws(StoreError) {
      let now = try snapshot.checked(instant)
      guard let name = names.first else {
        return AudiencePreview(memberCount: 0, profileCount: 0, asOf: now)
      }
      var preview = try preview(name, of: plan, sampleMax: sampleMax, at: now)
      if let audience = set.audience(named: name) {
        preview.warnings = try unknownNames([
          ("", audience.rule.mentionedNames(of: audience.entity))
        ])
      }
      return preview
    } catch {
      throw .store(error)
    }
  }

  private func preview(
    _ name: String, of plan: EvaluationPlan, sampleMax: Int, at now: Timestamp
  ) throws(StoreError) -> AudiencePreview {
    var result = AudiencePreview(memberCount: 0, profileCount: 0, asOf: now)
    guard let audience = plan.audiences.first(where: { $0.name == name }) else { return result }
    try visitEveryone(judgedBy: [audience], plan, at: now) {
      (subject, _, isTrue) throws(StoreError) in
      result.profileCount += 1
      guard isTrue else { return }
      result.memberCount += 1
      guard result.sample.count < sampleMax else { return }
      result.sample.append(
        .init(
          id: try snapshot.id(of: subject.profile),
          identifiers: try snapshot.identifiers(of: subject.profile)))
    }
    return result
  }

  /// The store's definitions and an audience of each of some rules, under names that no others have; compiled for a
  /// question, so that the store does not keep what names strangers make up.
  ///
  /// - Throws: `.definition` for a rule that is wrong by itself, with the place in it.
  package func definitions(
    adding rules: [String], isAccount: Bool
  ) throws(ApplyError) -> (set: DefinitionSet, plan: EvaluationPlan, names: [String]) {
    var set = snapshot.definitions
    set.zones = .system()
    let present = set
    var names: [String] = []
    var name = "preview"
    do throws(InvalidDefinition) {
      for rule in rules {
        // By the definitions there are first, so that no rule can name another.
        var alone = present
        while set.audience(named: name) != nil { name += "_" }
        let change = DefinitionChange.defineAudience(name, rule, of: isAccount ? .account : .person)
        try alone.apply([change])
        try set.apply([change])
        names.append(name)
      }
    } catch {
      throw .definition(error.error.inTheRule)
    }
    do throws(LanguageError) {
      return (set, try EvaluationPlan(set, names: symbols, for: .asking), names)
    } catch {
      throw .definition(error.inTheRule)
    }
  }

  /// What the events have nothing of, among names in definitions; a sentence for each.
  package func unknownNames(
    _ mentioned: [(prefix: String, names: MentionedNames)]
  ) throws(StoreError) -> [String] {
    try NameSurvey.warnings(mentioned, in: snapshot.log, symbols: symbols)
  }

  // MARK: Cells

  /// Folds the whole history for some slots of a plan, aside, and hands the profiles with that fold state to `body`.
  ///
  /// - Parameter onProgress: Called every few thousand records.
  /// - Complexity: one pass over the log; memory stays within a quarter of the budget.
  package func withCells<R>(
    of slots: [Int], _ plan: EvaluationPlan, onProgress: (LogProgress) -> Void = { _ in },
    _ body: (ProfileSnapshot) throws(StoreError) -> R
  ) throws(StoreError) -> R {
    let made = try ProfileTables(profileCount: 0, identifierCount: 0, from: EmptyTables())
    let backfill = SlotBackfill(slots, of: plan, snapshot.identifierReader, erased: erased)
    let last = snapshot.lastSequence
    var progress = LogProgress(records: 0, recordsTotal: last.value)
    var parts = EventInsertions()
    try backfill.scan(
      snapshot.log, from: SequenceNumber(1), through: last,
      pause: { (_) throws(StoreError) in
        progress.records = min(progress.records + SlotBackfill.reliefInterval, last.value)
        onProgress(progress)
        try spillIfFull(made)
      }
    ) { (found, insertions, address) throws(StoreError) in
      guard let owner = try snapshot.profiles.owners(of: found, seed: snapshot.seed) else { return }
      try parts.apply(
        insertions, of: plan, to: made, home: owner.home, account: owner.account, at: address,
        now: snapshot.logicalNow)
    }
    return try body(
      snapshot.profiles.with(homeCells: made.homeCells.snapshot(), cells: made.cells.snapshot()))
  }

  private func spillIfFull(_ made: ProfileTables) throws(StoreError) {
    let used: [any DerivedTable] = [made.homeCells, made.cells]
    guard used.reduce(0, { $0 + $1.memoryBytes }) > memoryMax else { return }
    for table in used { try runs.flush(table) }
  }

  /// Judges every profile by some audiences of a plan, whose cells are folded separately.
  func visitEveryone(
    judgedBy judged: [EvaluationPlan.Audience], _ plan: EvaluationPlan, at now: Timestamp,
    _ body: (ProfileSubject, EvaluationPlan.Audience, Bool) throws(StoreError) -> Void
  ) throws(StoreError) {
    let slots = Set(judged.flatMap { plan.slots(of: $0) }).sorted()
    try withCells(of: slots, plan) { (profiles) throws(StoreError) in
      let values = ProfileValues(profiles, plan: plan, answers: AccountAnswers())
      for ordinal in 0..<profiles.profileCount {
        let profile = ProfileOrdinal(ordinal)
        let isAbsorbed = try profiles.profileRow(profile) { (row) throws(DecodeError) in
          row.mergedInto != nil
        }
        guard !isAbsorbed else { continue }
        let subject = try profiles.subject(profile)
        for audience in judged where audience.entity == subject.kind {
          try body(subject, audience, try values.judge(audience, subject, now: now).isTrue)
        }
      }
    }
  }
}

extension Snapshot {
  /// The exact size of the audience that a rule would make, and some of its members; changes nothing.
  ///
  /// - Parameters:
  ///   - rule: The rule, which may name traits and audiences of the store.
  ///   - isAccount: Whether it is about accounts.
  ///   - sampleMax: The most members to name.
  ///   - instant: The instant to answer for, `logicalNow` or later; nil for `asOf`.
  /// - Throws: `.definition` for a rule that is wrong by itself.
  /// - Complexity: one pass over the log and one over the profiles.
  public func preview(
    _ rule: String, isAccount: Bool = false, sampleMax: Int = 10, at instant: Timestamp? = nil
  ) throws(ApplyError) -> AudiencePreview {
    let trial: Trial
    do throws(StoreError) { trial = try Trial(self) } catch { throw .store(error) }
    return try trial.preview(rule, isAccount: isAccount, sampleMax: sampleMax, at: instant)
  }
}

extension LanguageError {
  /// The error in the text of a question.
  fileprivate var inTheRule: DefinitionError {
    DefinitionError(
      message: explanation, file: "the rule", line: position.line, column: position.column)
  }
}
