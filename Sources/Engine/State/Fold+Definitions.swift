// Definitions as inputs: what is defined holds as if it had always been there, so the history is
// folded for it, and every profile that satisfies it enters at the definition's own place in the log.

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
  /// - Complexity: One pass over what `context.made` does not cover if an aggregate is new, and one over the
  ///   profiles if an audience changed.
  func apply(
    _ record: DefinitionsRecord, at sequence: SequenceNumber, in context: FoldContext
  ) throws(StoreError) {
    let old = (plan: plan, rules: definitions.rulesByAggregate())
    try definitions.apply(recorded: record)
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
    audiences.forget()
    state.definitions.append(record)
    if let made = context.made { try take(made) }
    try run(
      SlotBackfill(old.plan.aggregates.count..<plan.aggregates.count, of: plan, as: self),
      from: SequenceNumber((context.made?.through.value ?? 0) + 1), before: sequence,
      log: context.log, relieve: relieve)
    let occasion = AudienceFold.Occasion(
      sequence: sequence, now: state.scalars.logicalNow, cause: .definition)
    for audience in old.plan.audiences where plan.audience(audience.number) == nil {
      try dismiss(audience.number, on: occasion)
    }
    let rules = definitions.rulesByAggregate()
    let changed = plan.audiences.filter { rules[$0.number] != old.rules[$0.number] }
    try evaluateEveryone(changed, on: occasion, context.onJudged)
  }

  /// Judges audiences for every profile, and records the changes of one after those of the other, so that
  /// each stand together as one group.
  ///
  /// - Parameter judged: In the order of their numbers.
  /// - Complexity: One pass over the profiles, whatever the number of audiences.
  private func evaluateEveryone(
    _ judged: [EvaluationPlan.Audience], on occasion: AudienceFold.Occasion,
    _ onJudged: (UInt32, UInt32) -> Void
  ) throws(StoreError) {
    guard !judged.isEmpty else { return }
    let byKind = Dictionary(grouping: judged) { $0.entity }
    var found = judged.map { _ in DecisionWriter() }
    audiences.forget()
    let count = state.profiles.profileCount
    for value in 0..<count {
      if value.isMultiple(of: Self.reliefInterval) {
        try relieve()
        onJudged(value, count)
      }
      let profile = ProfileOrdinal(value)
      let kind = try state.profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.mergedInto == nil ? row.kind : nil
      }
      guard let kind, let asked = byKind[kind] else { continue }
      // Changes come in the order of the audiences.
      var place = 0
      try evaluate(asked, profile, on: occasion) { change in
        while judged[place].number != change.audience { place += 1 }
        record(change, in: &found[place])
      }
    }
    for group in found { decisions.append(group) }
    onJudged(count, count)
  }

  /// Folds events before a definition into the cells of new slots.
  ///
  /// - Parameter relieve: Makes room when much has gathered in memory.
  func run(
    _ backfill: SlotBackfill, from: SequenceNumber, before sequence: SequenceNumber, log: LogView,
    relieve: () throws(StoreError) -> Void
  ) throws(StoreError) {
    guard sequence.value > 1 else { return }
    let now = state.scalars.logicalNow
    let plan = backfill.plan
    var parts = EventInsertions()
    try backfill.scan(
      log, from: from, through: SequenceNumber(sequence.value - 1),
      pause: { (_) throws(StoreError) in try relieve() }
    ) { (found, insertions, address) throws(StoreError) in
      guard let owner = try state.profiles.owners(of: found, seed: seed) else { return }
      try parts.apply(
        insertions, of: plan, to: state.profiles, home: owner.home, account: owner.account,
        at: address, now: now)
    }
  }

  /// How many profiles are taken between two looks at the memory in use.
  static var reliefInterval: UInt32 { UInt32(SlotBackfill.reliefInterval) }

  /// The ordinal of an identifier that an event of the log has.
  func ordinal(of hash: Hash128) throws(StoreError) -> IdentifierOrdinal {
    try state.profiles.ordinal(ofKnown: hash)
  }
}

extension ProfileState {
  /// The person's home identifier, if any, and the account of an event that has been folded before; nil if by the
  /// rules in force it belongs to nobody.
  ///
  /// The home is the first of its identifiers, for conflicts only ever demote later ones.
  func owners(
    of found: borrowing FoundIdentifiers, seed: HashSeed
  ) throws(StoreError) -> (
    home: IdentifierOrdinal?, account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?
  )? {
    guard found.hasOwner else { return nil }
    var home: IdentifierOrdinal?
    if let first = found.entries.first {
      home = try ordinal(
        ofKnown: EventHash.identifier(first.type, found.value(of: first), seed: seed))
    }
    guard let entry = found.account else { return (home, nil) }
    let account = try ordinal(
      ofKnown: EventHash.identifier(entry.type, found.value(of: entry), seed: seed))
    return (home, (try presentProfile(of: account), account))
  }

  /// The ordinal of an identifier that an event of the log has.
  fileprivate func ordinal(ofKnown hash: Hash128) throws(StoreError) -> IdentifierOrdinal {
    guard let ordinal = try identifierOrdinal(hash) else {
      throw .derivedMismatch("identifiers", "an event's identifier is missing")
    }
    return ordinal
  }
}
