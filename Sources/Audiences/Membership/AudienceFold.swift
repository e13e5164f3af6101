// Keeps memberships true: after every event, merge, definition and passage of time it evaluates
// only the audiences whose result can have changed, and reports the changes.

import Bytes
import Profiles
import Storage

/// Applies changes of truth to the membership tables, one profile and audience at a time.
///
/// Between evaluations a rule is known not to change before its timer, which is armed for the first
/// instant at which it can or for an earlier one: a timer that fires too early finds nothing changed and
/// is armed again. So events that postpone that instant need not touch it.
public final class AudienceFold {
  let profiles: ProfileTables
  let tables: MembershipTables
  // Parts of the tables: what is reached through another object is counted each time that it is called.
  private let rows: RowTable
  private let timers: TimerQueue
  // The fold belongs to its writer alone, and nothing that is passed to a body refers back to it.
  @exclusivity(unchecked) private var subject = ProfileSubject(
    ProfileOrdinal(0), .person, homes: [])
  @exclusivity(unchecked) private var judgements = ReusableArray<Judgement>()
  @exclusivity(unchecked) private var changes = ReusableArray<MembershipTables.Change>()
  private let values = SlotValues()
  /// What accounts and their members have answered; what changes of them is to be noted here.
  public let answers = AccountAnswers(keepsMembers: true)

  /// An audience that is to be judged.
  private struct Judgement: BitwiseCopyable {
    /// Its place among the audiences of the plan.
    var index: UInt32
    var audience: AudienceNumber
    /// What is known of the profile in it.
    var row = MembershipRow()
    /// Whether `isTrue` and `due` need no evaluation.
    var isKnown = false
    var isTrue = false
    var due: Timestamp?

    init(_ index: UInt32, _ audience: AudienceNumber) {
      self.index = index
      self.audience = audience
    }
  }

  /// Works on `tables`, judging by the fold state in `profiles`.
  public init(profiles: ProfileTables, tables: MembershipTables) {
    self.profiles = profiles
    self.tables = tables
    rows = tables.rows
    timers = tables.timers
  }

  /// Forgets what follows from the state, as something else than an event changes it.
  public func forget() {
    answers.removeAll()
    profiles.large.removeAll()
  }

  /// The moment and reason for which audiences are judged.
  public struct Occasion: Sendable {
    /// The record that the changes are recorded with.
    public var sequence: SequenceNumber
    /// The logical now, which is also the changes' effective instant.
    public var now: Timestamp
    /// Why anything can have changed.
    public var cause: MembershipCause

    /// Names an occasion.
    public init(sequence: SequenceNumber, now: Timestamp, cause: MembershipCause) {
      self.sequence = sequence
      self.now = now
      self.cause = cause
    }
  }

  /// Judges audiences for one profile and arms their timers.
  ///
  /// - Parameters:
  ///   - judged: In the order of their numbers.
  ///   - emit: Receives each change.
  /// - Complexity: one lookup per home, and one or two for all memberships.
  public func evaluate(
    _ judged: [EvaluationPlan.Audience], _ subject: ProfileSubject, plan: EvaluationPlan,
    on occasion: Occasion, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    judgements.removeAll()
    for audience in judged { judgements.append(Judgement(audience.index, audience.number)) }
    try readRows(of: subject.profile)
    try judge(subject, plan, on: occasion, emit)
  }

  /// Judges those of the audiences that an event touches which it can change, and arms their timers.
  ///
  /// - Parameter emit: Receives each change.
  /// - Complexity: one lookup for all memberships; if any can change, one per home, and one for the
  ///   profile and its memberships each.
  public func evaluate(
    _ touched: borrowing TouchedAudiences, _ profile: ProfileOrdinal, plan: EvaluationPlan,
    on occasion: Occasion, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    guard !touched.entries.isEmpty else { return }
    judgements.removeAll()
    for place in touched.entries.indices {
      let entry = touched.entries[place]
      judgements.append(Judgement(entry.index, entry.number))
    }
    try readRows(of: profile)
    var kept = 0
    for index in judgements.indices {
      let effect = touched.entries[index].effect
      guard effect.contains(judgements[index].row.isMember ? .lowers : .raises) else { continue }
      if kept < index { judgements[kept] = judgements[index] }
      kept += 1
    }
    guard kept > 0 else { return }
    judgements.truncate(to: kept)
    try profiles.read(profile, into: &subject)
    try judge(subject, plan, on: occasion, emit)
  }

  /// Judges all audiences of persons for one that an event has begun, and arms their timers.
  ///
  /// - Parameter touched: Those that depend on what the event brought.
  public func evaluateNew(
    _ touched: borrowing TouchedAudiences, _ person: ProfileOrdinal, plan: EvaluationPlan,
    on occasion: Occasion, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    judgements.removeAll()
    var place = 0
    for audience in plan.audiences(of: .person) {
      while place < touched.entries.count, touched.entries[place].number < audience.number {
        place += 1
      }
      let isTouched =
        place < touched.entries.count && touched.entries[place].number == audience.number
      var judgement = Judgement(audience.index, audience.number)
      if !isTouched, let truth = audience.truthWithoutEvents {
        guard truth else { continue }
        judgement.isKnown = true
        judgement.isTrue = true
      }
      judgements.append(judgement)
    }
    guard !judgements.isEmpty else { return }
    try profiles.read(person, into: &subject)
    try judge(subject, plan, on: occasion, emit)
  }

  /// Reads what is known of a profile in the audiences that are to be judged.
  private func readRows(of profile: ProfileOrdinal) throws(StoreError) {
    // As `withRow`, but without a body, which would count references for each row.
    guard let row = try rows.stored(profile.value) else { return }
    if let bytes = row.plain { return try readRows(MembershipRows(checking: bytes)) }
    let isRow: Void? = try row.withUnpacked { (bytes) throws(StoreError) in
      try readRows(MembershipRows(checking: bytes))
    }
    guard isRow != nil else { throw rows.damage(in: row) }
  }

  private func readRows(_ rows: borrowing MembershipRows) throws(StoreError) {
    // Both are in the order of the audiences' numbers.
    var place = 0
    for index in judgements.indices {
      place = rows.index(of: judgements[index].audience, from: place)
      guard place < rows.count else { return }
      guard rows.audience(at: place) == judgements[index].audience else { continue }
      judgements[index].row = try rows.row(at: place)
    }
  }

  /// Evaluates the rules of the audiences that are to be judged, then applies the results.
  private func judge(
    _ subject: ProfileSubject, _ plan: EvaluationPlan, on occasion: Occasion,
    _ emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    values.begin(plan)
    try judgeByRequired(subject, plan, on: occasion)
    var first: Int?
    let audiences = plan.audiences
    for index in judgements.indices where !judgements[index].isKnown {
      values.want(audiences[Int(judgements[index].index)].rule, subject.scope, plan)
      if first == nil { first = index }
    }
    if let first {
      try values.read(of: subject, from: profiles, plan: plan, now: occasion.now)
      var evaluation = Evaluation(
        audiences[Int(judgements[first].index)].rule,
        ProfileOperands(
          subject, values, from: profiles, plan: plan, now: occasion.now, answers: answers),
        now: occasion.now)
      for index in judgements.indices where !judgements[index].isKnown {
        if index > first { evaluation.begin(audiences[Int(judgements[index].index)].rule) }
        judgements[index].isTrue = try evaluation.isTrue()
        judgements[index].due = evaluation.nextChange
      }
    }
    changes.removeAll()
    for index in judgements.indices {
      apply(judgements[index], subject.profile, on: occasion, emit)
    }
    try tables.store(changes, of: subject.profile)
  }

  /// Judges those audiences whose rule requires a count that is too low.
  ///
  /// - Complexity: One lookup per home, and a few nanoseconds per audience.
  private func judgeByRequired(
    _ subject: ProfileSubject, _ plan: EvaluationPlan, on occasion: Occasion
  ) throws(StoreError) {
    for index in judgements.indices where !judgements[index].isKnown {
      guard let required = plan.audiences[Int(judgements[index].index)].required,
        plan.scopes[required.slot] == subject.scope
      else { continue }
      values.want(slot: required.slot, plan)
    }
    try values.read(of: subject, from: profiles, plan: plan, now: occasion.now)
    for index in judgements.indices where !judgements[index].isKnown {
      guard let required = plan.audiences[Int(judgements[index].index)].required,
        plan.scopes[required.slot] == subject.scope,
        let count = values.plainCount(ofSlot: required.slot), count < UInt64(required.least)
      else { continue }
      let due = values.change(ofSlot: required.slot, reaching: required.least)
      judgements[index].isKnown = true
      judgements[index].due = due == .max ? nil : Timestamp(milliseconds: due)
    }
  }

  /// Applies the outcome of one audience; a row that is to be written goes to `changes`.
  private func apply(
    _ judgement: Judgement, _ profile: ProfileOrdinal, on occasion: Occasion,
    _ emit: (MembershipChange) -> Void
  ) {
    let (audience, isTrue, due) = (judgement.audience, judgement.isTrue, judgement.due)
    var row = judgement.row
    let isChanged = isTrue != row.isMember
    if isChanged {
      row.isMember = isTrue
      row.cause = occasion.cause
      row.since = occasion.now
      row.sequence = occasion.sequence
      if isTrue {
        tables.insert(profile, into: audience)
      } else {
        tables.remove(profile, from: audience)
      }
      emit(
        MembershipChange(
          audience: audience, profile: profile, kind: isTrue ? .entered : .exited,
          effective: occasion.now, cause: occasion.cause))
    }
    // A timer that comes early enough stays.
    let isArmed = row.due.map { $0 > occasion.now && $0 <= due ?? $0 } ?? (due == nil)
    if isChanged ? row.due != due : !isArmed {
      row.due = due
      if let due {
        tables.timers.push(
          TimerEntry(due: due, ordinal: profile.value, condition: audience.value))
      }
    } else if !isChanged {
      return
    }
    changes.append(MembershipTables.Change(audience: audience, row: row))
  }

  /// Whether persons need no judging for what an event has changed of an account: it answers their audience's
  /// questions as before, and for as long at least.
  ///
  /// If it says no, the caller judges all members of the account: afterwards they are judged by what it answers now.
  /// - Complexity: one lookup for each question, and what the members that have changed cost.
  public func isSettled(
    _ audience: EvaluationPlan.Audience, for account: ProfileOrdinal, plan: EvaluationPlan,
    now: Timestamp
  ) throws(StoreError) -> Bool {
    guard audience.questions.areRules else { return false }
    var isSettled = true
    for question in audience.questions.programs {
      let operands = try ProfileOperands(
        try profiles.subject(account), for: [question], from: profiles, plan: plan, now: now,
        answers: answers)
      let truth = try operands.truth(of: question)
      if !answers.isSettled(truth, of: account, to: question, now: now) { isSettled = false }
    }
    return isSettled
  }

  /// Ends the memberships of an absorbed profile as merged.
  public func absorb(
    _ absorbed: ProfileOrdinal, into survivor: ProfileOrdinal, on occasion: Occasion,
    emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    changes.removeAll()
    try tables.visitRows(of: absorbed) { (audience, row) throws(StoreError) in
      changes.append(MembershipTables.Change(audience: audience, row: MembershipRow()))
      guard row.isMember else { return }
      tables.remove(absorbed, from: audience)
      emit(
        MembershipChange(
          audience: audience, profile: absorbed, kind: .merged(into: survivor),
          effective: occasion.now, cause: .merge))
    }
    try tables.store(changes, of: absorbed)
  }

  /// Ends the membership of one profile in an audience that is no longer defined.
  public func dismiss(
    _ profile: ProfileOrdinal, from audience: AudienceNumber, on occasion: Occasion,
    emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    guard let row = try tables.row(profile, audience) else { return }
    if row.isMember {
      emit(
        MembershipChange(
          audience: audience, profile: profile, kind: .exited, effective: occasion.now,
          cause: occasion.cause))
    }
    changes.removeAll()
    changes.append(MembershipTables.Change(audience: audience, row: MembershipRow()))
    try tables.store(changes, of: profile)
  }

  /// Takes the next timer due by `instant`, skipping stale ones.
  public func popDue(
    through instant: Timestamp
  ) throws(StoreError) -> (due: Timestamp, profile: ProfileOrdinal, audience: AudienceNumber)? {
    while let entry = try timers.popDue(through: instant) {
      let profile = ProfileOrdinal(entry.ordinal)
      let audience = AudienceNumber(entry.condition)
      guard let row = try tables.row(profile, audience), row.due == entry.due else { continue }
      return (entry.due, profile, audience)
    }
    return nil
  }
}
