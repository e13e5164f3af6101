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
  /// - Parameters:
  ///   - log: Holds every record before this one.
  ///   - made: The cells of the new aggregates as far as they were made aside; a replay has none.
  /// - Complexity: One pass over what `made` does not cover if an aggregate is new, and one over the
  ///   profiles for each audience that changed.
  func fold(
    _ record: DefinitionsRecord, at sequence: SequenceNumber, log: LogView,
    made: SideCells.Result? = nil
  ) throws(StoreError) {
    let old = (plan: plan, rules: definitions.rulesByAggregate())
    try definitions.apply(recorded: record)
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
    state.scalars.definitions.append(record)
    if let made { try take(made) }
    try run(
      SlotBackfill(
        old.plan.aggregates.count..<plan.aggregates.count, of: plan, reading: identifierReader),
      from: SequenceNumber((made?.through.value ?? 0) + 1), before: sequence, log: log,
      relieve: relieve)
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

  /// Folds events before a definition into the cells of new slots.
  ///
  /// - Parameters:
  ///   - cells: The tables that hold the cells; those of the state unless given.
  ///   - relieve: Makes room when much has gathered in memory.
  func run(
    _ backfill: SlotBackfill, from: SequenceNumber, before sequence: SequenceNumber, log: LogView,
    into cells: ProfileTables? = nil, relieve: () throws(StoreError) -> Void
  ) throws(StoreError) {
    guard sequence.value > 1 else { return }
    let now = state.scalars.logicalNow
    let target = cells ?? state.profiles
    let plan = backfill.plan
    var parts = EventInsertions()
    try backfill.scan(
      log, from: from, through: SequenceNumber(sequence.value - 1),
      pause: { (_) throws(StoreError) in try relieve() }
    ) { (found, insertions, address) throws(StoreError) in
      guard let owner = try owners(of: found) else { return }
      parts.take(insertions, plan.scopes)
      try parts.apply(
        to: target, specs: plan.specs, home: owner.home, account: owner.account, at: address,
        now: now)
    }
  }

  /// How many profiles are taken between two looks at the memory in use.
  static var reliefInterval: UInt32 { UInt32(SlotBackfill.reliefInterval) }

  /// The home identifier and the account of an event that has been folded before; nil if by the rules
  /// in force it has no home.
  ///
  /// The first of its identifiers, for conflicts only ever demote later ones.
  private func owners(
    of found: borrowing FoundIdentifiers
  ) throws(StoreError) -> (
    home: IdentifierOrdinal, account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?
  )? {
    guard let first = found.entries.first else { return nil }
    let home = try ordinal(of: hash(of: first, in: found))
    guard let entry = found.account else { return (home, nil) }
    let account = try ordinal(of: hash(of: entry, in: found))
    return (home, (try profile(ofAccount: account), account))
  }

  private func hash(
    of entry: FoundIdentifiers.Entry, in found: borrowing FoundIdentifiers
  ) -> Hash128 {
    EventHash.identifier(entry.type, found.value(of: entry), seed: seed)
  }

  /// The ordinal of an identifier that an event of the log has.
  func ordinal(of hash: Hash128) throws(StoreError) -> IdentifierOrdinal {
    guard let ordinal = try state.profiles.identifierOrdinal(hash) else {
      throw .derivedMismatch("identifiers", "an event's identifier is missing")
    }
    return ordinal
  }

  /// The profile of an account's identifier.
  func profile(ofAccount home: IdentifierOrdinal) throws(StoreError) -> ProfileOrdinal {
    let profile = try state.profiles.identifierRow(home) { (row) throws(DecodeError) in
      row.profile
    }
    return try state.profiles.survivor(of: profile)
  }
}
