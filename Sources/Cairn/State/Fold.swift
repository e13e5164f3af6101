// The fold: one record after another, in log order, into state. Ingest, recovery and replay all come
// through here, so they cannot disagree.

import Audiences
import Bytes
import Events
import Profiles
import Storage

/// Applies records to the derived state and collects the decisions taken on each.
///
/// Deterministic: state and decisions follow from the records alone. Not `Sendable`; one writer owns
/// it.
final class Fold {
  let state: State
  let symbols: SymbolTable
  let seed: HashSeed
  var definitions = DefinitionSet()
  var plan: EvaluationPlan
  /// The encoded decisions of the record in hand.
  var decisions = DecisionWriter()
  /// Changes of membership since the fold was made, for summaries.
  private(set) var changes = MembershipCounts()

  /// Makes room when much has gathered in memory; called between profiles and events of a long pass,
  /// never while a table is being read.
  var relieve: () throws(StoreError) -> Void = {}

  /// The rules by which identifiers are read and joined.
  let rules: IdentityRules
  /// Reads the identifiers of events of the log.
  let identifierReader: IdentifierReader
  private var found = FoundIdentifiers()
  var graph: IdentityGraph
  var audiences: AudienceFold
  private var scratch = ByteWriter(capacity: 256)
  private var touched: [Int] = []
  private var insertions: [CellInsertion] = []

  init(state: State, symbols: SymbolTable, seed: HashSeed) throws(StoreError) {
    self.state = state
    self.symbols = symbols
    self.seed = seed
    rules = state.scalars.identityRules
    identifierReader = IdentifierReader(rules.identifiers, symbols: symbols)
    graph = IdentityGraph(tables: state.profiles, seed: seed, rules: rules)
    audiences = AudienceFold(profiles: state.profiles, tables: state.memberships)
    for record in state.scalars.definitions { try definitions.apply(recorded: record) }
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
  }

  /// Starts a record: fires all timers due by its instant, in order, then moves logical time there.
  ///
  /// The changes that the timers bring are the first decisions of the record. A record takes those
  /// of `timersMax` timers; when more are due, time has moved only as far as the last one that fired
  /// and the record must be a tick to that instant.
  ///
  /// - Returns: Whether all timers have fired and time stands at `receivedAt`.
  @discardableResult
  func begin(at sequence: SequenceNumber, receivedAt: Timestamp) throws(StoreError) -> Bool {
    decisions.removeAll()
    var fired = 0
    while let (due, profile, audience) = try audiences.popDue(through: receivedAt) {
      state.scalars.logicalNow = max(state.scalars.logicalNow, due)
      fired += 1
      if let audience = plan.audience(audience) {
        try evaluate(
          [audience], profile,
          on: AudienceFold.Occasion(
            sequence: sequence, now: state.scalars.logicalNow, cause: .timer))
      }
      if fired == Self.timersMax { return false }
    }
    state.scalars.logicalNow = max(state.scalars.logicalNow, receivedAt)
    return true
  }

  /// Whether timers of the logical now still wait, so that no checkpoint may stand here.
  var hasTimersDueNow: Bool {
    get throws(StoreError) {
      guard let next = try state.memberships.timers.next else { return false }
      return next.due <= state.scalars.logicalNow
    }
  }

  /// The most timers that fire before one record, so that no record outgrows its block.
  static let timersMax = 65_536

  /// Folds an event into its profile; `begin` came before.
  ///
  /// - Parameters:
  ///   - identifiers: The event's, highest priority first.
  ///   - messageHash: What later copies of the event are recognised by.
  func fold(
    _ event: borrowing EventView, identifiers: borrowing IncomingIdentifiers, messageHash: Hash128,
    at address: EventAddress
  ) throws(StoreError) {
    let now = state.scalars.logicalNow
    let resolution = try graph.resolve(identifiers, at: address) { decisions.append($0) }
    let profile = resolution?.profile.value ?? MessageRow.noProfile
    MessageRow(profile: profile, address: address).encode(into: &scratch)
    state.messages.put(TableKey(messageHash), scratch.bytes.span.bytes)
    state.scalars.eventCount += 1
    // By rules that came later the event may have lost its identifiers.
    guard let resolution else { return }
    try state.profiles.file(address, under: resolution.home, scratch: &scratch)
    try fold(event, into: resolution.home, at: address, now: now)
    let merged = !resolution.absorbed.isEmpty
    let occasion = AudienceFold.Occasion(
      sequence: address.sequence, now: now, cause: merged ? .merge : .event)
    for absorbed in resolution.absorbed {
      try audiences.absorb(absorbed, into: resolution.profile, on: occasion) {
        record($0)
      }
    }
    if merged || resolution.isNew {
      try evaluate(plan.audiences, resolution.profile, on: occasion)
    } else {
      try evaluate(audiencesTouched(), resolution.profile, on: occasion)
    }
  }

  /// Reads the identifiers of an event of the log into `identifiers`.
  func readIdentifiers(
    of event: borrowing EventView, into identifiers: inout IncomingIdentifiers
  ) throws(DecodeError) {
    try identifierReader.read(event, into: &found)
    identifiers.replace(with: found, seed: seed)
  }

  /// The audiences that depend on a touched slot, in the order of their numbers.
  private func audiencesTouched() -> [EvaluationPlan.Audience] {
    guard !touched.isEmpty else { return [] }
    var indices: [UInt32] = []
    for slot in touched {
      for index in plan.audiences(dependingOn: slot) where !indices.contains(index) {
        indices.append(index)
      }
    }
    return indices.sorted().map { plan.audiences[Int($0)] }
  }

  /// Adds the event to the cells of every aggregate that it matches; `touched` lists their slots.
  private func fold(
    _ event: borrowing EventView, into home: IdentifierOrdinal, at address: EventAddress,
    now: Timestamp
  ) throws(StoreError) {
    touched.removeAll(keepingCapacity: true)
    insertions.removeAll(keepingCapacity: true)
    for slot in plan.slots(forEventNamed: event.name) {
      guard let aggregate = plan.aggregates[Int(slot)],
        let amount = try aggregate.amountIfMatching(event)
      else { continue }
      touched.append(Int(slot))
      guard !aggregate.spec.ignores(amount, at: address.time, now: now) else { continue }
      insertions.append(CellInsertion(slot: slot, spec: aggregate.spec, amount: amount))
    }
    try state.profiles.insert(insertions, of: CellOwner(home), at: address, now: now)
  }

  /// Judges audiences for one profile and records what changed.
  func evaluate(
    _ judged: [EvaluationPlan.Audience], _ profile: ProfileOrdinal,
    on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    guard !judged.isEmpty else { return }
    let subject = try state.profiles.subject(profile)
    try audiences.evaluate(judged, subject, plan: plan, on: occasion) {
      record($0)
    }
  }

  /// Ends all memberships of an audience that is no longer defined.
  func dismiss(
    _ audience: AudienceNumber, on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    for value in 0..<state.profiles.profileCount {
      if value.isMultiple(of: Self.reliefInterval) { try relieve() }
      try audiences.dismiss(ProfileOrdinal(value), from: audience, on: occasion) { record($0) }
    }
    state.memberships.removeAll(of: audience)
  }

  func record(_ change: MembershipChange) {
    decisions.append(change)
    changes.count(change)
  }

  /// Folds a line that was kept without being understood.
  func foldQuarantined(messageHash: Hash128, at address: EventAddress) {
    MessageRow(profile: MessageRow.noProfile, address: address).encode(into: &scratch)
    state.messages.put(TableKey(messageHash), scratch.bytes.span.bytes)
    state.scalars.quarantinedCount += 1
  }
}

/// How many memberships changed, by kind.
public struct MembershipCounts: Equatable, Sendable {
  /// Profiles that came into an audience.
  public var entered: UInt64 = 0
  /// Profiles that went out of one.
  public var exited: UInt64 = 0
  /// Memberships that ended because the profile was absorbed.
  public var merged: UInt64 = 0

  /// No changes.
  public init() {}

  mutating func count(_ change: MembershipChange) {
    switch change.kind {
    case .entered: entered += 1
    case .exited: exited += 1
    case .merged: merged += 1
    }
  }
}
