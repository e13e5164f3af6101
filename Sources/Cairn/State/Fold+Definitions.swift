// Definitions as inputs: what is defined holds as if it had always been there, so the history is
// folded for it, and whoever satisfies it enters at the definition's own place in the log.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// A definition record waiting to be folded.
struct PendingDefinition {
  var sequence: SequenceNumber
  var receivedAt: Timestamp
  var record: DefinitionRecord
}

extension Fold {
  /// Folds consecutive definition records with one pass over the log for all of them.
  ///
  /// The outcome is that of folding one after another: fold state depends on events alone, so that of
  /// a later definition may be there early without being seen.
  ///
  /// - Parameter log: Holds every record before the first definition.
  /// - Returns: The encoded decisions of each record.
  func foldDefinitions(
    _ pending: [PendingDefinition], log: LogView
  ) throws(StoreError) -> [[UInt8]] {
    guard let first = pending.first else { return [] }
    var set = definitions
    var backfill = SlotBackfill()
    var known = plan.aggregates.count
    for definition in pending {
      try set.apply(recorded: definition.record)
      let next = try EvaluationPlan(recorded: set, names: symbols)
      backfill.add(slots: known..<next.aggregates.count, of: next)
      known = next.aggregates.count
    }
    try run(backfill, before: first.sequence, log: log)
    var result: [[UInt8]] = []
    for definition in pending {
      try begin(at: definition.sequence, receivedAt: definition.receivedAt)
      try apply(definition)
      result.append(decisions.bytes)
    }
    return result
  }

  /// Makes one definition effective, its history having been folded.
  private func apply(_ definition: PendingDefinition) throws(StoreError) {
    let old = plan
    let oldRules = definitions.rulesByAggregate()
    try definitions.apply(recorded: definition.record)
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
    let rules = definitions.rulesByAggregate()
    state.scalars.definitions.append(definition.record)
    let occasion = AudienceFold.Occasion(
      sequence: definition.sequence, now: state.scalars.logicalNow, cause: .definition)
    for audience in old.audiences where plan.audience(audience.number) == nil {
      try dismiss(audience.number, on: occasion)
    }
    let changed = plan.audiences.filter { rules[$0.number] != oldRules[$0.number] }
    guard !changed.isEmpty else { return }
    for value in 0..<state.profiles.profileCount {
      let profile = ProfileOrdinal(value)
      let isAbsorbed = try state.profiles.profileRow(profile) { (row) throws(DecodeError) in
        row.mergedInto != nil
      }
      if !isAbsorbed { try evaluate(changed, profile, on: occasion) }
    }
  }

  /// Folds all events before a definition into the cells of new slots.
  private func run(
    _ backfill: SlotBackfill, before sequence: SequenceNumber, log: LogView
  ) throws(StoreError) {
    guard !backfill.isEmpty, sequence.value > 1 else { return }
    let now = state.scalars.logicalNow
    try log.scan(from: SequenceNumber(1), through: SequenceNumber(sequence.value - 1)) {
      (record) throws(StoreError) in
      guard record.kind == RecordKind.event.rawValue else { return }
      let event: EventView
      do throws(DecodeError) { event = try EventView(record.payload) } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      var home: IdentifierOrdinal?
      let address = EventAddress(
        sequence: record.sequence, time: event.timestamp ?? record.receivedAt)
      try backfill.forEachAmount(of: event) { (slot, amount, spec) throws(StoreError) in
        let owner: IdentifierOrdinal
        if let home { owner = home } else { owner = try homeIdentifier(of: event) }
        home = owner
        try insert(amount, spec, slot: slot, home: owner, at: address, now: now)
      }
    }
  }

  /// The home identifier of an event that has been folded before.
  private func homeIdentifier(
    of event: borrowing EventView
  ) throws(StoreError) -> IdentifierOrdinal {
    var hash: Hash128?
    let seed = self.seed
    do {
      try event.forEachIdentifier { type, value in
        if hash == nil { hash = EventHash.identifier(type, value, seed: seed) }
      }
    } catch {
      throw StoreError(error, in: "log")
    }
    guard let hash, let ordinal = try state.profiles.identifierOrdinal(hash) else {
      throw .derivedMismatch("identifiers", "an event's identifier is missing")
    }
    return ordinal
  }
}
