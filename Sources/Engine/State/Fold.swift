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
package final class Fold {
  // What every event reads or changes is not checked for overlapping access each time: one writer owns
  // the fold, and the bodies that it hands down only append to `decisions` and count `changes`.
  package let state: State
  // Parts of the state: what is reached through another object is counted each time that it is called.
  private let profiles: ProfileTables
  private let messages: Table
  private let large: LargeProfiles
  let symbols: SymbolTable
  package let seed: HashSeed
  package var definitions = DefinitionSet()
  @exclusivity(unchecked) package var plan: EvaluationPlan
  /// The encoded decisions of the record in hand.
  @exclusivity(unchecked) var decisions = DecisionWriter()
  /// Changes of membership since the fold was made, for summaries.
  @exclusivity(unchecked) package private(set) var changes = MembershipCounts()

  /// Makes room when much has gathered in memory; called between profiles and events of a long pass,
  /// never while a table is being read.
  var relieve: () throws(StoreError) -> Void = {}

  /// The most timers that fire before one record.
  let timersMax: Int
  /// The rules by which identifiers are read and joined.
  package let rules: IdentityRules
  /// Reads the identifiers of events of the log.
  let identifierReader: IdentifierReader
  /// Judges what is of people who have been erased; nil if nobody has.
  @exclusivity(unchecked) package var erased: ErasureFilter?
  private var found = FoundIdentifiers()
  private var identifiers = IncomingIdentifiers()
  private var matches: [CellInsertion] = []
  @exclusivity(unchecked) var graph: IdentityGraph
  let audiences: AudienceFold
  @exclusivity(unchecked) private var parts = EventInsertions()
  @exclusivity(unchecked) private var touched = TouchedAudiences()

  /// - Parameters:
  ///   - key: That of erased identifiers; nil if the store has none.
  ///   - timersMax: The most timers that fire before one record.
  /// - Throws: `.corrupt` if there is no key and identifiers have been erased.
  init(
    state: State, symbols: SymbolTable, seed: HashSeed, key: ErasureKey?, timersMax: Int
  ) throws(StoreError) {
    self.state = state
    profiles = state.profiles
    messages = state.messages
    large = state.profiles.large
    self.timersMax = timersMax
    self.symbols = symbols
    self.seed = seed
    rules = state.scalars.identityRules
    identifierReader = IdentifierReader(rules.identifiers, symbols: symbols)
    erased = nil
    graph = IdentityGraph(tables: state.profiles, seed: seed, rules: rules)
    audiences = AudienceFold(profiles: state.profiles, tables: state.memberships)
    for record in state.definitions.elements { try definitions.apply(recorded: record) }
    plan = try EvaluationPlan(recorded: definitions, names: symbols)
    erased = try erasureFilter(key: key)
  }

  /// Starts a record: fires all timers due by its instant, in order, then moves logical time there.
  ///
  /// The changes that the timers bring are the first decisions of the record. A record takes those
  /// of `timersMax` timers; when more are due, time has moved only as far as the last one that fired
  /// and the record must be a tick to that instant.
  ///
  /// - Returns: Whether all timers have fired and time stands at the record's receipt.
  @discardableResult
  func begin(at place: RecordPlace) throws(StoreError) -> Bool {
    decisions.removeAll()
    var fired = 0
    while let (due, profile, audience) = try audiences.popDue(through: place.receivedAt) {
      state.scalars.logicalNow = max(state.scalars.logicalNow, due)
      fired += 1
      if let audience = plan.audience(audience) {
        try evaluate(
          [audience], profile,
          on: AudienceFold.Occasion(
            sequence: place.sequence, now: state.scalars.logicalNow, cause: .timer))
      }
      if fired == timersMax { return false }
    }
    state.scalars.logicalNow = max(state.scalars.logicalNow, place.receivedAt)
    return true
  }

  /// Whether timers of the logical now still wait, so that no checkpoint may stand here.
  var hasTimersDueNow: Bool {
    get throws(StoreError) {
      guard let next = try state.memberships.timers.next else { return false }
      return next.due <= state.scalars.logicalNow
    }
  }

  /// Folds an event; `begin` came before.
  func apply(_ event: borrowing EventView, at place: RecordPlace) throws(StoreError) {
    let judgement: ErasureJudgement
    do throws(DecodeError) { judgement = try erased?.judge(event) ?? .untouched } catch {
      throw StoreError(error, in: place)
    }
    switch judgement {
    case .untouched: try read(event, at: place)
    case .reduced(let payload):
      let rest: EventView
      do throws(DecodeError) { rest = try EventView(payload.span.bytes) } catch {
        throw StoreError(error, in: place)
      }
      try read(rest, at: place)
    case .erased: break
    }
  }

  private func read(_ event: borrowing EventView, at place: RecordPlace) throws(StoreError) {
    do throws(DecodeError) { try identifierReader.read(event, into: &found) } catch {
      throw StoreError(error, in: place)
    }
    identifiers.replace(with: found, seed: seed)
    matches.removeAll(keepingCapacity: true)
    try plan.match(event, into: &matches)
    try applyEvent(
      bringing: matches[...], identifiers: identifiers,
      messageHash: event.messageHash(source: place.source, seed: seed),
      at: place.sequence, event.clock(receivedAt: place.receivedAt),
      hasOriginal: event.hasOriginal)
  }

  /// Folds an event that has been read into its profile; `begin` came before.
  ///
  /// - Parameters:
  ///   - matches: What the event brings to the aggregates of `plan`.
  ///   - identifiers: The event's, highest priority first.
  ///   - messageHash: What later copies of the event are recognised by.
  ///   - clock: The time that it counts from.
  ///   - hasOriginal: Whether a tracking plan left out some of what was sent.
  func applyEvent(
    bringing matches: ArraySlice<CellInsertion>, identifiers: borrowing IncomingIdentifiers,
    messageHash: Hash128, at sequence: SequenceNumber, _ clock: EventClock, hasOriginal: Bool
  ) throws(StoreError) {
    let now = state.scalars.logicalNow
    let plan = self.plan
    let address = EventAddress(sequence: sequence, time: clock.time)
    state.scalars.times.count(clock, isOutOfOrder: isOutOfOrder(clock))
    let resolution = try graph.resolve(identifiers, at: address) { decisions.append($0) }
    file(messageHash: messageHash, at: sequence)
    state.scalars.eventCount += 1
    if hasOriginal { state.scalars.omittedCount += 1 }
    // By rules that came later the event may have lost its identifiers.
    guard let resolution else { return }
    try profiles.file(address, under: resolution.home)
    try parts.apply(
      matches, of: plan, to: profiles,
      home: resolution.isAccountAlone ? nil : resolution.home, account: resolution.account,
      at: address, now: now)
    large.noteEvent(
      of: resolution.home, in: resolution.profile, account: resolution.account?.profile)
    let concernsAccounts = plan.concernsAccounts
    if concernsAccounts { try noteChange(by: resolution, matches) }
    let merged = resolution.merges
    let occasion = AudienceFold.Occasion(
      sequence: address.sequence, now: now, cause: merged ? .merge : .event)
    if merged {
      for absorbed in graph.absorbed {
        try audiences.absorb(absorbed, into: resolution.profile, on: occasion) { record($0) }
      }
    }
    if resolution.isAccountAlone {
      // It says nothing of a person.
    } else if merged {
      try evaluate(plan.audiences(of: .person), resolution.profile, on: occasion)
    } else {
      touched.removeAll()
      touched.add(matches, .person, begun: parts.begun, in: resolution.account?.profile, plan: plan)
      if resolution.isMemberNew {
        // There is one more account to ask.
        for audience in plan.audiencesAskingAccounts { touched.add(audience) }
      }
      touched.sort()
      let profile = resolution.profile
      if resolution.isNew {
        try audiences.evaluateNew(touched, profile, plan: plan, on: occasion) { record($0) }
      } else {
        try audiences.evaluate(touched, profile, plan: plan, on: occasion) { record($0) }
      }
    }
    guard concernsAccounts else { return }
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
      for dependent in plan.dependents(of: Int(match.slot))
      where dependent.entity == kind && !indices.contains(dependent.index) {
        indices.append(dependent.index)
      }
    }
    indices.sort()
    return indices.map { plan.audiences[Int($0)] }
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
  ///   - emit: Receives what changed, in the order of the audiences.
  func evaluate(
    _ judged: [EvaluationPlan.Audience], _ profile: ProfileOrdinal,
    on occasion: AudienceFold.Occasion, emit: (MembershipChange) -> Void
  ) throws(StoreError) {
    guard !judged.isEmpty else { return }
    let subject = try state.profiles.subject(profile)
    // Callers that ask for all audiences need not know what the profile is.
    var judged = judged
    if judged.contains(where: { $0.entity != subject.kind }) {
      judged.removeAll { $0.entity != subject.kind }
      if judged.isEmpty { return }
    }
    try audiences.evaluate(judged, subject, plan: plan, on: occasion, emit: emit)
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

  /// Files what copies of an event or a line are recognised by.
  ///
  /// - Parameter isDropped: Whether it is a line of the quarantine that has been dropped.
  func file(messageHash: Hash128, at sequence: SequenceNumber, isDropped: Bool = false) {
    MessageRow(sequence: sequence, isDropped: isDropped).put(in: messages, at: messageHash)
  }
}
