// Every answer of a store compared with the reference's.

import Audiences
import Bytes
import Cairn
import Profiles
import Storage
@testable import Engine

/// Compares a store with the reference, step after step.
struct StoreComparison {
  private var ids: [ProfileID] = []
  private var changes: [RecordedMembershipChange] = []
  private var through = SequenceNumber(0)
  private(set) var differences: [String] = []

  private mutating func check<T: Equatable>(_ found: T, _ expected: T, _ what: String) {
    if found != expected { differences.append("\(what): \(found), expected \(expected)") }
  }

  /// Compares everything as of the logical now, and the changes recorded so far.
  mutating func compare(_ snapshot: Snapshot, _ reference: ReferenceStore) throws {
    check(snapshot.lastSequence.value, reference.sequence, "last sequence")
    check(
      snapshot.logicalNow.milliseconds, max(reference.now, Timestamp.earliest.milliseconds), "now")
    try compareProfiles(snapshot, reference, at: snapshot.logicalNow)
    try compareMembers(snapshot, reference, at: snapshot.logicalNow)
    try compareIDs(snapshot, reference)
    try compareChanges(snapshot, reference)
  }

  /// Compares what is read for a later instant with the reference after the passing of time.
  mutating func compare(
    _ snapshot: Snapshot, _ reference: ReferenceStore, at instant: Int64
  ) throws {
    let later = reference.later(instant)
    let at = Timestamp(milliseconds: instant)
    try compareProfiles(snapshot, later, at: at)
    try compareMembers(snapshot, later, at: at)
  }

  // MARK: - Profiles

  private mutating func compareProfiles(
    _ snapshot: Snapshot, _ reference: ReferenceStore, at instant: Timestamp
  ) throws {
    for (identifier, profile) in reference.profileOfIdentifier {
      let found = try Identifier(identifier).flatMap { try snapshot.profile(of: $0) }
      check(found, ProfileOrdinal(UInt32(profile)), "profile of \(identifier)")
    }
    for profile in reference.profiles {
      // Reading events from the log is the slow part: a few profiles each time.
      let eventsMax = (UInt64(profile) + reference.sequence).isMultiple(of: 8) ? 3 : 0
      let report = try snapshot.report(
        ProfileOrdinal(UInt32(profile)), at: instant, eventsMax: eventsMax)
      let events = reference.events(of: profile)
      let place = "profile \(profile) at \(instant)"
      check(report.asOf, instant, "\(place) as of")
      check(
        Set(report.identifiers.map { "\($0.identifier.type):\($0.identifier.value)" }),
        reference.identifiers(of: profile), "\(place) identifiers")
      let isAccount = reference.isAccount(profile)
      if !isAccount {
        check(report.eventCount, UInt64(events.count), "\(place) events")
        check(report.firstSeen?.milliseconds, events.map(\.time).min(), "\(place) first seen")
        check(report.lastSeen?.milliseconds, events.map(\.time).max(), "\(place) last seen")
      }
      let newest = events.sorted { ($0.time, $0.sequence) > ($1.time, $1.sequence) }.prefix(
        eventsMax)
      if !isAccount {
        check(
          report.events.map(\.sequence.value), newest.map(\.sequence), "\(place) latest events")
      }
      var links: [String: String] = [:]
      for link in report.links {
        let pair = [link.first, link.second].map { "\($0.type):\($0.value)" }.sorted()
        links[pair.joined(separator: " ")] =
          "\(link.evidence.sequence.value) at \(link.evidence.time.milliseconds)"
      }
      check(
        links,
        reference.links.filter { pair, _ in
          reference.profileOfIdentifier[String(pair.prefix { $0 != " " })] == profile
        }, "\(place) links")
      let traits = reference.traits.filter { $0.isOfAccounts == isAccount }
      check(report.traits.map(\.name), traits.map(\.name), "\(place) traits")
      let subject = reference.subject(profile, at: instant.milliseconds)
      for (found, trait) in zip(report.traits, traits) {
        let value = subject.value(.aggregate(trait.aggregate))
        check(found.value, TraitValue(value), "\(place) \(trait.name) = \(trait.aggregate.text)")
      }
      let memberships = reference.audiences.compactMap { audience in
        reference.members[profile]?[audience.number].map {
          "\(audience.name) since \($0.since) by \($0.cause)"
        }
      }
      check(
        report.audiences.map {
          "\($0.audience) since \($0.since.milliseconds) by \($0.cause.name)"
        },
        memberships, "\(place) audiences")
    }
  }

  // MARK: - Audiences

  private mutating func compareMembers(
    _ snapshot: Snapshot, _ reference: ReferenceStore, at instant: Timestamp
  ) throws {
    check(snapshot.audienceNames, reference.audiences.map(\.name), "audiences")
    for audience in reference.audiences {
      var found: [String] = []
      try snapshot.visitMembers(of: audience.name, at: instant) { (member) throws(StoreError) in
        found.append(
          "\(member.profile.value) since \(member.since.milliseconds) by \(member.cause.name)")
      }
      let expected = reference.profiles.compactMap { profile in
        reference.members[profile]?[audience.number].map {
          "\(profile) since \($0.since) by \($0.cause)"
        }
      }
      let place = "\(audience.name) at \(instant): \(audience.rule.text)"
      check(found, expected, "members of \(place)")
      let report = try snapshot.audience(audience.name, at: instant)
      check(report.memberCount, expected.count, "size of \(place)")
      check(report.rule, audience.rule.text, "rule of \(audience.name)")
    }
  }

  // MARK: - History

  /// Ids that were ever given resolve forever, to the survivor.
  private mutating func compareIDs(_ snapshot: Snapshot, _ reference: ReferenceStore) throws {
    for profile in ids.count..<max(reference.profileCount, ids.count) {
      ids.append(try snapshot.report(ProfileOrdinal(UInt32(profile))).id)
    }
    check(Set(ids).count, ids.count, "distinct ids")
    for (profile, id) in ids.enumerated() {
      let found = try Identifier("profile_id:\(id)").flatMap { try snapshot.profile(of: $0) }
      check(found, ProfileOrdinal(UInt32(reference.survivor(of: profile))), "profile of id \(id)")
    }
  }

  private mutating func compareChanges(_ snapshot: Snapshot, _ reference: ReferenceStore) throws {
    var found = changes
    try snapshot.visitMembershipChanges(from: SequenceNumber(through.value + 1)) {
      (change) throws(StoreError) in found.append(change)
    }
    changes = found
    through = snapshot.lastSequence
    for (earlier, later) in zip(found, found.dropFirst())
    where (earlier.sequence, earlier.index) >= (later.sequence, later.index) {
      differences.append("the addresses of two changes are out of order")
    }
    for change in found { check(change.id, ids[Int(change.profile.value)], "id in a change") }
    let ordinals = Dictionary(uniqueKeysWithValues: ids.enumerated().map { ($1, $0) })
    let texts = found.map { change in
      let kind: ReferenceChange.Kind =
        switch change.kind {
        case .entered: .entered
        case .exited: .exited
        case .merged(let survivor): .merged(into: ordinals[survivor] ?? -1)
        }
      return ReferenceChange(
        sequence: change.sequence.value, audience: change.audience,
        profile: Int(change.profile.value), kind: kind, effective: change.effective.milliseconds,
        cause: ReferenceChange.Cause(rawValue: change.cause.name) ?? .event)
    }
    guard texts != reference.changes else { return }
    let place = zip(texts, reference.changes).enumerated().first { $1.0 != $1.1 }?.offset
    let start = place ?? min(texts.count, reference.changes.count)
    differences.append(
      "changes from the one at \(start) on: \(texts.dropFirst(start).prefix(3)), expected "
        + "\(reference.changes.dropFirst(start).prefix(3))")
  }
}

extension TraitValue {
  /// The reference's value as the library would say it.
  init(_ value: ReferenceValue) {
    switch value {
    case .count(let count): self = .count(UInt64(count))
    case .sum(let totals, let skipped, let rounded):
      let sums = totals.sorted { $0.key < $1.key }.map { currency, thousandths in
        (currency: currency, total: FixedDecimal?.some(FixedDecimal(thousandths: thousandths)))
      }
      self = .sum(sums, skipped: UInt64(skipped), rounded: UInt64(rounded))
    case .noSelection: self = .selection(nil, at: nil)
    case .elapsed(let length): self = .duration(length.map { Milliseconds($0) })
    case .selection(let category, let time):
      let at = Timestamp(milliseconds: time)
      switch category {
      case .text(let text): self = .selection(.string(Array(text.utf8)), at: at)
      case .number(let text): self = .selection(.number(Array(text.utf8)), at: at)
      }
    }
  }
}

extension FixedDecimal {
  init(thousandths: Int) { self.init(mantissa: Int128(thousandths) * 1_000_000) }
}

extension Verdict {
  /// The verdict in the reference's terms.
  var plain: ReferenceVerdict? {
    switch self {
    case .accepted(let sequence): .accepted(sequence.value)
    case .duplicate(let sequence, let isSame): .duplicate(of: sequence.value, isSame: isSame)
    case .quarantined(let sequence, _): .quarantined(sequence.value)
    case .rejected: nil
    }
  }
}
