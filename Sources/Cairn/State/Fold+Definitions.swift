// Definitions as inputs: what is defined holds as if it had always been there, so the history is
// folded for it, and whoever satisfies it enters at the definition's own place in the log.

import Audiences
import Bytes
import Events
import Profiles
import Storage

extension Fold {
  /// Folds definitions that were applied together; `begin` came before.
  ///
  /// New aggregates are folded over all earlier events first; then every audience whose truth can have
  /// changed is judged for every profile.
  ///
  /// - Parameter log: Holds every record before this one.
  /// - Complexity: One pass over the log if an aggregate is new, and one over the profiles for each
  ///   audience that changed.
  func fold(
    _ record: DefinitionsRecord, at sequence: SequenceNumber, log: LogView
  ) throws(StoreError) {
    let old = (plan: plan, rules: definitions.rulesByAggregate())
    try definitions.apply(recorded: record)
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
    state.scalars.definitions.append(record)
    var backfill = SlotBackfill()
    backfill.add(slots: old.plan.aggregates.count..<plan.aggregates.count, of: plan)
    try run(backfill, of: plan, before: sequence, log: log, relieve: relieve)
    let occasion = AudienceFold.Occasion(
      sequence: sequence, now: state.scalars.logicalNow, cause: .definition)
    for audience in old.plan.audiences where plan.audience(audience.number) == nil {
      try dismiss(audience.number, on: occasion)
    }
    let rules = definitions.rulesByAggregate()
    // One audience after the other, so that its changes stand together as one group.
    for audience in plan.audiences where rules[audience.number] != old.rules[audience.number] {
      try evaluateEveryone(audience, on: occasion)
    }
  }

  private func evaluateEveryone(
    _ audience: EvaluationPlan.Audience, on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    for value in 0..<state.profiles.profileCount {
      if value.isMultiple(of: Self.reliefInterval) { try relieve() }
      let profile = ProfileOrdinal(value)
      let isMeant = try state.profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.mergedInto == nil && row.kind == audience.entity
      }
      if isMeant { try evaluate([audience], profile, on: occasion) }
    }
  }

  /// Folds all events before a definition into the cells of new slots.
  ///
  /// - Parameters:
  ///   - cells: The tables that hold the cells; those of the state unless given.
  ///   - relieve: Makes room when much has gathered in memory.
  func run(
    _ backfill: SlotBackfill, of plan: EvaluationPlan, before sequence: SequenceNumber,
    log: LogView, into cells: ProfileTables? = nil, relieve: () throws(StoreError) -> Void
  ) throws(StoreError) {
    guard !backfill.isEmpty, sequence.value > 1 else { return }
    let now = state.scalars.logicalNow
    let target = cells ?? state.profiles
    var parts = EventInsertions()
    try log.scan(from: SequenceNumber(1), through: SequenceNumber(sequence.value - 1)) {
      (record) throws(StoreError) in
      guard record.kind == RecordKind.event.rawValue else { return }
      if record.sequence.value.isMultiple(of: UInt64(Self.reliefInterval)) { try relieve() }
      let event: EventView
      do throws(DecodeError) { event = try EventView(record.payload) } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      let address = EventAddress(
        sequence: record.sequence, time: event.clock(receivedAt: record.receivedAt).time)
      let insertions = try backfill.insertions(of: event)
      guard !insertions.isEmpty, let owner = try owners(of: event) else { return }
      parts.take(insertions[...], plan.scopes)
      try parts.apply(
        to: target, specs: plan.specs, home: owner.home, account: owner.account, at: address,
        now: now)
    }
  }

  /// How many events or profiles are taken between two looks at the memory in use.
  static let reliefInterval: UInt32 = 4096

  /// The home identifier and the account of an event that has been folded before; nil if by the rules
  /// in force it has no home.
  ///
  /// The first of its identifiers, for conflicts only ever demote later ones.
  private func owners(
    of event: borrowing EventView
  ) throws(StoreError) -> (
    home: IdentifierOrdinal, account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?
  )? {
    var found = FoundIdentifiers()
    do { try identifierReader.read(event, into: &found) } catch {
      throw StoreError(error, in: "log")
    }
    guard let first = found.entries.first else { return nil }
    let home = try ordinal(of: first, in: found)
    guard let entry = found.account else { return (home, nil) }
    let account = try ordinal(of: entry, in: found)
    let profile = try state.profiles.identifierRow(account) { (row) throws(DecodeError) in
      row.profile
    }
    return (home, (try state.profiles.survivor(of: profile), account))
  }

  private func ordinal(
    of entry: FoundIdentifiers.Entry, in found: borrowing FoundIdentifiers
  ) throws(StoreError) -> IdentifierOrdinal {
    let hash = EventHash.identifier(entry.type, found.value(of: entry), seed: seed)
    guard let ordinal = try state.profiles.identifierOrdinal(hash) else {
      throw .derivedMismatch("identifiers", "an event's identifier is missing")
    }
    return ordinal
  }
}
