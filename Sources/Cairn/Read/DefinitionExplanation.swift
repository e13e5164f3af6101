// Why a profile is or is not in an audience, and what a trait consists of: every test with its
// values, and the events that caused them.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// An aggregate with its value for one profile, and the events that contribute to it.
public struct AggregateEvidence: Sendable {
  /// The aggregate, as the language writes it.
  public var text: String
  /// How many events match it and lie in its window.
  public var eventCount: Int
  /// The latest of them, newest first.
  public var events: [EventEntry] = []
}

/// Why a profile is in an audience or not.
public struct AudienceExplanation: Sendable {
  /// The audience's name.
  public var name: String
  /// The rule as it was written.
  public var rule: String
  /// The profile.
  public var id: ProfileID
  /// The instant that it is true for.
  public var asOf: Timestamp
  /// The membership: whether it is in, since when and why; nil if it never was in.
  public var membership: MembershipRow?
  /// The event of the record that the last change is recorded with, if there is one.
  public var changedBy: EventEntry?
  /// The rule part by part.
  public var explanation: Explanation
  /// The first instant after `asOf` at which the answer can change without a new event.
  public var nextChange: Timestamp?
  /// What the rule looks at.
  public var evidence: [AggregateEvidence] = []
}

/// What a trait consists of, and its value for one profile.
public struct TraitExplanation: Sendable {
  /// The trait's name.
  public var name: String
  /// The expression as it was written.
  public var text: String
  /// Whether it is one of accounts.
  public var isAccount: Bool
  /// The type of its value.
  public var type: String
  /// The aggregates that are kept for it.
  public var aggregates: [String] = []
  /// The instant that the values are true for.
  public var asOf: Timestamp
  /// Its value, part by part; nil unless a profile was given.
  public var explanation: Explanation?
  /// The events it was made of; empty unless a profile was given.
  public var evidence: [AggregateEvidence] = []
}

extension Snapshot {
  /// Why a profile is in an audience or not.
  ///
  /// - Parameter eventsMax: The most events to name for each aggregate.
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is no such audience.
  /// - Complexity: O(events of the profile), of an account those of all members.
  public func explain(
    audience name: String, _ profile: ProfileOrdinal, at instant: Timestamp? = nil,
    eventsMax: Int = 5
  ) throws(StoreError) -> AudienceExplanation {
    let now = try checked(instant)
    let audience = try named(name)
    let subject = try profiles.subject(profile)
    guard subject.kind == audience.entity, let definition = definitions.audience(named: name) else {
      throw Self.other(than: audience.entity, "'\(name)' is an audience of")
    }
    let judgement = try ProfileValues(profiles, plan: plan).judge(audience, subject, now: now)
    var result = AudienceExplanation(
      name: name, rule: recordedDefinitions.text(ofAudience: name) ?? "",
      id: try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }, asOf: now,
      explanation: try definitions.explain(
        definition.rule, subject, in: profiles, plan: plan, now: now),
      nextChange: judgement.nextChange)
    if let row = try memberships.row(profile, audience.number) {
      let state = try settled(row, audience, subject, at: now)
      result.membership = state
      if state.sequence.value > 0 { result.changedBy = try event(at: state.sequence) }
    }
    result.evidence = try evidence(
      definitions.aggregates(of: definition.rule, definition.entity), subject, now: now,
      eventsMax: eventsMax)
    return result
  }

  /// What a trait consists of and, if a profile is given, its value for that profile.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is no such trait.
  /// - Complexity: O(events of the profile), of an account those of all members.
  public func explain(
    trait name: String, _ profile: ProfileOrdinal? = nil, at instant: Timestamp? = nil,
    eventsMax: Int = 5
  ) throws(StoreError) -> TraitExplanation {
    let now = try checked(instant)
    guard let definition = definitions.trait(named: name) else {
      throw .notFound(
        "trait", name, among: definitions.traits.map(\.name),
        ifNone: "define some with `cairn apply`")
    }
    let aggregates = definitions.aggregates(of: definition.expression, definition.entity)
    var result = TraitExplanation(
      name: name, text: traitReports.first { $0.name == name }?.text ?? "",
      isAccount: definition.entity == .account, type: definition.type.name,
      aggregates: aggregates.map(\.text), asOf: now)
    guard let profile else { return result }
    let subject = try profiles.subject(profile)
    guard subject.kind == definition.entity else {
      throw Self.other(than: definition.entity, "'\(name)' is a trait of")
    }
    result.explanation = try definitions.explain(
      definition.expression, subject, in: profiles, plan: plan, now: now)
    result.evidence = try evidence(aggregates, subject, now: now, eventsMax: eventsMax)
    return result
  }

  /// The error for a profile that a definition is not about.
  private static func other(than entity: EntityKind, _ what: String) -> StoreError {
    StoreError(
      .noSuchRecord,
      entity == .account
        ? "\(what) accounts; name an account, as in group_id:acme"
        : "\(what) persons; name a person, as in user_id:42")
  }

  // MARK: - Events

  private func event(at sequence: SequenceNumber) throws(StoreError) -> EventEntry? {
    try log.withRecord(at: sequence, LogCursor()) {
      (record) throws(StoreError) -> EventEntry? in
      guard record.kind == RecordKind.event.rawValue else { return nil }
      return try entry(ofEvent: record)
    }
  }

  /// Finds the events that contribute to some aggregates, newest first.
  private func evidence(
    _ aggregates: [ExplainedAggregate], _ subject: ProfileSubject, now: Timestamp,
    eventsMax: Int
  ) throws(StoreError) -> [AggregateEvidence] {
    var result = aggregates.map { AggregateEvidence(text: $0.text, eventCount: 0) }
    var sessions = [NewestSession](repeating: NewestSession(), count: aggregates.count)
    let cursor = LogCursor()
    let asksAccounts = aggregates.contains { $0.scope != .person }
    for event in try addresses(of: subject, asksAccounts: asksAccounts)
    where event.address.time <= now {
      let address = event.address
      try log.withRecord(at: address.sequence, cursor) { (record) throws(StoreError) in
        for (index, aggregate) in aggregates.enumerated() {
          guard aggregate.scope == .person ? event.isOfPerson : event.isInAccount,
            let plan = plan.aggregates[aggregate.slot],
            plan.spec.window.holds(address.time, at: now),
            let amount = try amount(of: record, plan, at: address.time, now: now),
            sessions[index].takes(address.time, gap: plan.spec.window.sessionGap),
            plan.spec.hasPart(amount)
          else { continue }
          result[index].eventCount += 1
          guard result[index].events.count < eventsMax else { continue }
          result[index].events.append(try entry(ofEvent: record))
        }
      }
    }
    return result
  }

  /// The newest run of the events that an aggregate is about, which are gone through newest first.
  private struct NewestSession {
    private var last: Timestamp?
    private var isOver = false

    /// Whether an event belongs to it; every event does if there is no gap.
    mutating func takes(_ time: Timestamp, gap: Milliseconds?) -> Bool {
      guard let gap else { return true }
      if let last, time + gap < last { isOver = true }
      last = time
      return !isOver
    }
  }

  /// What an event brings to an aggregate; nil if it has no place in it.
  func amount(
    of record: borrowing RecordView, _ plan: AggregatePlan, at time: Timestamp, now: Timestamp
  ) throws(StoreError) -> CellAmount? {
    let event: EventView
    do throws(DecodeError) { event = try EventView(record.payload) } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    guard let amount = try plan.amountIfMatching(event),
      !plan.spec.ignores(amount.form, at: time, now: now)
    else { return nil }
    return amount
  }

  /// An event that an explanation may name.
  private struct FoundEvent {
    var address: EventAddress
    /// Whether it is one of the person's that is explained, or of a member's of the account.
    var isOfPerson: Bool
    /// Whether it counts for the account, or for one of the person's.
    var isInAccount: Bool
  }

  /// The events of a person, or of an account's members, newest first.
  ///
  /// - Parameter asksAccounts: Whether those of a person's accounts are among them.
  private func addresses(
    of subject: ProfileSubject, asksAccounts: Bool
  ) throws(StoreError) -> [FoundEvent] {
    var result: [FoundEvent] = []
    if subject.kind == .account {
      result = try addresses(ofMembersOf: subject)
    } else {
      for home in subject.homes {
        try profiles.visitEvents(ofHome: home) {
          result.append(FoundEvent(address: $0, isOfPerson: true, isInAccount: false))
        }
      }
      for account in asksAccounts ? try profiles.accounts(ofHomes: subject.homes) : [] {
        for var event in try addresses(ofMembersOf: try profiles.subject(account))
        where event.isInAccount {
          // The person's own events are included already.
          event.isOfPerson = false
          result.append(event)
        }
      }
    }
    return result.sorted {
      ($0.address.time, $0.address.sequence) > ($1.address.time, $1.address.sequence)
    }
  }

  /// The events of the members of an account.
  private func addresses(
    ofMembersOf account: ProfileSubject
  ) throws(StoreError) -> [FoundEvent] {
    var result: [FoundEvent] = []
    var found = FoundIdentifiers()
    let cursor = LogCursor()
    for home in try profiles.memberHomes(ofAccount: account.profile) {
      var addresses: [EventAddress] = []
      try profiles.visitEvents(ofHome: home) { addresses.append($0) }
      for address in addresses {
        try log.withRecord(at: address.sequence, cursor) { (record) throws(StoreError) in
          do throws(DecodeError) {
            try identifierReader.read(try EventView(record.payload), into: &found)
          } catch {
            throw StoreError(error, in: "record \(record.sequence.value)")
          }
          var isInAccount = false
          if let named = found.account {
            let hash = EventHash.identifier(named.type, found.value(of: named), seed: seed)
            let ordinal = try profiles.identifierOrdinal(hash)
            isInAccount = ordinal.map(account.homes.contains) ?? false
          }
          result.append(
            FoundEvent(address: address, isOfPerson: true, isInAccount: isInAccount))
        }
      }
    }
    return result
  }
}
