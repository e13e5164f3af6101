// One profile, for people and programs.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// Everything known of one profile, as of one instant.
public struct ProfileReport: Sendable {
  /// One of its identifiers.
  public struct IdentifierEntry: Sendable {
    /// The identifier.
    public var identifier: Identifier
    /// Events whose home it is.
    public var eventCount: UInt64
    /// The record that showed it first.
    public var firstSequence: SequenceNumber
  }

  /// The evidence that two of its identifiers belong together.
  public struct LinkEntry: Sendable {
    /// One identifier.
    public var first: Identifier
    /// The other.
    public var second: Identifier
    /// The event that carried both.
    public var evidence: EventAddress
  }

  /// The value of a trait.
  public struct TraitEntry: Sendable {
    /// The trait's name.
    public var name: String
    /// The value.
    public var value: TraitValue
  }

  /// An audience that it is in.
  public struct MembershipEntry: Sendable {
    /// The audience's name.
    public var audience: String
    /// Since when.
    public var since: Timestamp
    /// Why.
    public var cause: MembershipCause
  }

  /// The stable id.
  public var id: ProfileID
  /// The instant that the report answers for.
  public var asOf: Timestamp
  /// The number of events, over all identifiers.
  public var eventCount: UInt64 = 0
  /// The earliest event time.
  public var firstSeen: Timestamp?
  /// The latest event time.
  public var lastSeen: Timestamp?
  /// The identifiers, in the order they joined.
  public var identifiers: [IdentifierEntry] = []
  /// The links between them.
  public var links: [LinkEntry] = []
  /// All traits.
  public var traits: [TraitEntry] = []
  /// The audiences that it is in.
  public var audiences: [MembershipEntry] = []
  /// The latest events, newest first.
  public var events: [EventEntry] = []
}

extension Snapshot {
  /// Everything known of one profile.
  ///
  /// - Parameters:
  ///   - instant: The instant to answer for, `logicalNow` or later; nil for `asOf`.
  ///   - eventsMax: The most events to include, newest first.
  ///   - includesLinks: Whether to look up the links between its identifiers.
  /// - Complexity: O(identifiers × traits + events of the profile); links add two lookups for each.
  public func report(
    _ profile: ProfileOrdinal, at instant: Timestamp? = nil, eventsMax: Int = 0,
    includesLinks: Bool = true
  ) throws(StoreError) -> ProfileReport {
    let now = try checked(instant)
    let id = try profiles.profileRow(profile) { (row) throws(DecodeError) in row.id }
    var report = ProfileReport(id: id, asOf: now)
    let subject = try profiles.subject(profile)
    let homes = subject.homes
    for home in homes { try add(home, to: &report) }
    if includesLinks { try addLinks(homes, to: &report) }
    report.traits = try traitEntries(of: subject, at: now)
    report.audiences = try membershipEntries(of: subject, at: now)
    if eventsMax > 0 { report.events = try latestEvents(homes, max: eventsMax) }
    return report
  }

  /// The computed traits of a profile.
  func traitEntries(
    of subject: ProfileSubject, at now: Timestamp
  ) throws(StoreError) -> [ProfileReport.TraitEntry] {
    let traits =
      subject.kind == .person ? self.traits : plan.traits.filter { $0.entity == subject.kind }
    let values = try ProfileValues(profiles, plan: plan).values(of: traits, subject, now: now)
    var entries: [ProfileReport.TraitEntry] = []
    entries.reserveCapacity(traits.count)
    for (trait, value) in zip(traits, values) {
      entries.append(.init(name: trait.name, value: TraitValue(value, now: now)))
    }
    return entries
  }

  /// The audiences that a profile is in.
  func membershipEntries(
    of subject: ProfileSubject, at now: Timestamp
  ) throws(StoreError) -> [ProfileReport.MembershipEntry] {
    let memberships = try memberships.rows(of: subject.profile)
    var entries: [ProfileReport.MembershipEntry] = []
    for audience in plan.audiences where audience.entity == subject.kind {
      guard let row = memberships[audience.number],
        let entry = try membership(row, audience, subject, at: now)
      else { continue }
      entries.append(entry)
    }
    return entries
  }

  private func add(
    _ home: IdentifierOrdinal, to report: inout ProfileReport
  ) throws(StoreError) {
    try profiles.identifierRow(home) { (row) throws(DecodeError) in
      report.identifiers.append(
        .init(
          identifier: Identifier(
            type: row.type, value: row.value.toString(), rules: scalars.identityRules),
          eventCount: row.eventCount, firstSequence: row.firstSequence))
      guard row.eventCount > 0 else { return }
      report.eventCount += row.eventCount
      report.firstSeen = min(report.firstSeen ?? row.firstSeen, row.firstSeen)
      report.lastSeen = max(report.lastSeen ?? row.lastSeen, row.lastSeen)
    }
  }

  /// Adds the links in the order of their identifiers.
  ///
  /// A link to an identifier that has left the profile no longer belongs to it.
  private func addLinks(
    _ homes: [IdentifierOrdinal], to report: inout ProfileReport
  ) throws(StoreError) {
    var places: [IdentifierOrdinal: Int] = [:]
    for (place, home) in homes.enumerated() { places[home] = place }
    var found: [(first: Int, second: Int, evidence: EventAddress)] = []
    for (place, home) in homes.enumerated() {
      for neighbour in try profiles.neighbours(of: home) {
        guard let other = places[neighbour], other > place,
          let link = try profiles.link(home, neighbour)
        else { continue }
        found.append(
          (place, other, EventAddress(sequence: link.sequence, time: link.time)))
      }
    }
    for link in found.sorted(by: { ($0.first, $0.second) < ($1.first, $1.second) }) {
      report.links.append(
        .init(
          first: report.identifiers[link.first].identifier,
          second: report.identifiers[link.second].identifier, evidence: link.evidence))
    }
  }

  /// The membership of one profile at an instant; nil if it is not in the audience then.
  private func membership(
    _ row: MembershipRow, _ audience: EvaluationPlan.Audience, _ subject: ProfileSubject,
    at now: Timestamp
  ) throws(StoreError) -> ProfileReport.MembershipEntry? {
    let state = try settled(row, audience, subject, at: now)
    guard state.isMember, let cause = state.cause else { return nil }
    return .init(audience: audience.name, since: state.since, cause: cause)
  }
}
