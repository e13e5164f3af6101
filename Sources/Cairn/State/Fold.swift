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

  /// The most timers that fire before one record.
  let timersMax: Int
  /// The rules by which identifiers are read and joined.
  let rules: IdentityRules
  /// Reads the identifiers of events of the log.
  let identifierReader: IdentifierReader
  /// Judges what is of people who have been erased; nil if nobody has.
  var erased: ErasureFilter?
  private var found = FoundIdentifiers()
  var graph: IdentityGraph
  var audiences: AudienceFold
  private var scratch = ByteWriter(capacity: 256)
  private var parts = EventInsertions()

  /// - Parameters:
  ///   - key: That of erased identifiers; nil if the store has none.
  ///   - timersMax: The most timers that fire before one record.
  /// - Throws: `.corrupt` if there is no key and identifiers have been erased.
  init(
    state: State, symbols: SymbolTable, seed: HashSeed, key: ErasureKey?, timersMax: Int
  ) throws(StoreError) {
    self.state = state
    self.timersMax = timersMax
    self.symbols = symbols
    self.seed = seed
    rules = state.scalars.identityRules
    identifierReader = IdentifierReader(rules.identifiers, symbols: symbols)
    erased = nil
    graph = IdentityGraph(tables: state.profiles, seed: seed, rules: rules)
    audiences = AudienceFold(profiles: state.profiles, tables: state.memberships)
    for record in state.scalars.definitions { try definitions.apply(recorded: record) }
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
    erased = try erasureFilter(key: key)
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
      if fired == timersMax { return false }
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

  /// Folds an event into its profile; `begin` came before.
  ///
  /// - Parameters:
  ///   - identifiers: The event's, highest priority first.
  ///   - matches: What the event brings to the aggregates of `plan`.
  ///   - messageHash: What later copies of the event are recognised by.
  ///   - clock: The time that it counts from.
  ///   - hasOriginal: Whether a tracking plan left out some of what was sent.
  func fold(
    _ matches: ArraySlice<CellInsertion>, identifiers: borrowing IncomingIdentifiers,
    messageHash: Hash128, at sequence: SequenceNumber, _ clock: EventClock, hasOriginal: Bool
  ) throws(StoreError) {
    let now = state.scalars.logicalNow
    let address = EventAddress(sequence: sequence, time: clock.time)
    state.scalars.times.count(clock, isOutOfOrder: isOutOfOrder(clock))
    let resolution = try graph.resolve(identifiers, at: address) { decisions.append($0) }
    let profile = resolution?.profile.value ?? MessageRow.noProfile
    MessageRow(profile: profile, address: address).encode(into: &scratch)
    state.messages.put(TableKey(messageHash), scratch.bytes.span.bytes)
    state.scalars.eventCount += 1
    if hasOriginal { state.scalars.omittedCount += 1 }
    // By rules that came later the event may have lost its identifiers.
    guard let resolution else { return }
    try state.profiles.file(address, under: resolution.home, scratch: &scratch)
    try insert(
      matches, home: resolution.isAccountAlone ? nil : resolution.home,
      account: resolution.account, at: address, now: now)
    let merged = !resolution.absorbed.isEmpty
    let occasion = AudienceFold.Occasion(
      sequence: address.sequence, now: now, cause: merged ? .merge : .event)
    for absorbed in resolution.absorbed {
      try audiences.absorb(absorbed, into: resolution.profile, on: occasion) {
        record($0)
      }
    }
    if resolution.isAccountAlone {
      // It says nothing of a person.
    } else if merged || resolution.isNew {
      try evaluate(plan.audiences(of: .person), resolution.profile, on: occasion)
    } else {
      var touched = audiences(.person, dependingOn: matches, in: resolution.account?.profile)
      if resolution.isMemberNew {
        // There is one more account to ask.
        touched.append(
          contentsOf: plan.audiencesAskingAccounts.filter { asking in
            !touched.contains { $0 === asking }
          })
        touched.sort { $0.number < $1.number }
      }
      try evaluate(touched, resolution.profile, on: occasion)
    }
    if !plan.audiences(of: .account).isEmpty {
      let touched = audiences(.account, dependingOn: matches, in: resolution.account?.profile)
      try evaluateAccounts(of: resolution, touched: touched, everything: merged, on: occasion)
    }
    try evaluateMembers(after: resolution, matches, everything: merged, on: occasion)
  }

  /// Whether the event in hand belongs to an import that had come to a later time already, so that it was
  /// taken in when others of its future were known.
  func isOutOfOrder(_ clock: EventClock) -> Bool {
    clock.isImported && clock.time < state.scalars.logicalNow
  }

  /// Reads the identifiers of an event of the log into `identifiers`.
  func readIdentifiers(
    of event: borrowing EventView, into identifiers: inout IncomingIdentifiers
  ) throws(DecodeError) {
    try identifierReader.read(event, into: &found)
    identifiers.replace(with: found, seed: seed)
  }

  /// The audiences that depend on what an event brings, in the order of their numbers.
  ///
  /// - Parameter account: The account that the event counts for.
  private func audiences(
    _ kind: EntityKind, dependingOn matches: ArraySlice<CellInsertion>, in account: ProfileOrdinal?
  ) -> [EvaluationPlan.Audience] {
    let plan = self.plan
    var indices: [UInt32] = []
    for match in matches
    where account != nil || plan.scopes[Int(match.slot)] == .person {
      for index in plan.audiences(dependingOn: Int(match.slot))
      where !indices.contains(index) && plan.audiences[Int(index)].entity == kind {
        indices.append(index)
      }
    }
    indices.sort()
    return indices.map { plan.audiences[Int($0)] }
  }

  /// Puts what an event brings into the cells of its home, its account and both.
  ///
  /// - Parameter home: The person's home identifier; nil for an event of an account alone.
  func insert(
    _ matches: ArraySlice<CellInsertion>, home: IdentifierOrdinal?,
    account: (profile: ProfileOrdinal, home: IdentifierOrdinal)?, at address: EventAddress,
    now: Timestamp
  ) throws(StoreError) {
    let plan = self.plan
    guard plan.isAboutAccounts else {
      guard let home else { return }
      return try state.profiles.insert(
        matches, specs: plan.specs, of: CellOwner(home), at: address, now: now)
    }
    parts.take(matches, plan.scopes)
    try parts.apply(
      to: state.profiles, specs: plan.specs, home: home, account: account, at: address, now: now)
  }

  /// Judges audiences for one profile and records what changed.
  func evaluate(
    _ judged: [EvaluationPlan.Audience], _ profile: ProfileOrdinal,
    on occasion: AudienceFold.Occasion
  ) throws(StoreError) {
    try evaluate(judged, profile, on: occasion) { record($0) }
  }

  /// Judges audiences for one profile.
  ///
  /// - Parameters:
  ///   - answers: What accounts have answered already, if several persons are judged on the occasion.
  ///   - emit: Receives what changed, in the order of the audiences.
  func evaluate(
    _ judged: [EvaluationPlan.Audience], _ profile: ProfileOrdinal,
    on occasion: AudienceFold.Occasion, answers: AccountAnswers? = nil,
    emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    guard !judged.isEmpty else { return }
    let subject = try state.profiles.subject(profile)
    // Who asks for all audiences need not know what the profile is.
    var judged = judged
    if judged.contains(where: { $0.entity != subject.kind }) {
      judged.removeAll { $0.entity != subject.kind }
      if judged.isEmpty { return }
    }
    try audiences.evaluate(
      judged, subject, plan: plan, on: occasion, answers: answers, emit: emit)
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

  /// Records a change among decisions that are not in their place yet.
  func record(_ change: MembershipChange, in group: inout DecisionWriter) {
    group.append(change)
    changes.count(change)
  }

  /// Folds a line that was kept without being understood.
  func foldQuarantined(messageHash: Hash128, at address: EventAddress) {
    MessageRow(profile: MessageRow.noProfile, address: address).encode(into: &scratch)
    state.messages.put(TableKey(messageHash), scratch.bytes.span.bytes)
    state.scalars.quarantinedCount += 1
  }

  /// Folds the giving up of a quarantined line.
  func foldDropped(messageHash: Hash128, at address: EventAddress) {
    MessageRow(profile: MessageRow.dropped, address: address).encode(into: &scratch)
    state.messages.put(TableKey(messageHash), scratch.bytes.span.bytes)
    state.scalars.releasedCount += 1
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

  mutating func add(_ other: MembershipCounts) {
    entered += other.entered
    exited += other.exited
    merged += other.merged
  }

  mutating func count(_ change: MembershipChange) {
    switch change.kind {
    case .entered: entered += 1
    case .exited: exited += 1
    case .merged: merged += 1
    }
  }
}
