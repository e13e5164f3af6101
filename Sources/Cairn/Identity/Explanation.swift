// Why two identifiers are one person, or why they are not: the shortest path of evidence, or what kept
// them apart.

import Audiences
import Bytes
import Engine
import Events
import Profiles
import Storage

/// The record that is evidence about identity.
public struct Evidence: Equatable, Sendable {
  /// Its place in the log.
  public var sequence: SequenceNumber
  /// The event's own time; of a manual decision the instant at which it was taken.
  public var time: Timestamp
  /// The source's name; empty for a manual decision.
  public var source: String
  /// The event's message id; empty for a manual decision.
  public var messageID: String
}

/// An answer to "are these two one person, and why?".
public struct IdentityExplanation: Sendable {
  /// One step of a path: two identifiers that one record ties together.
  public struct Hop: Equatable, Sendable {
    /// Where the step starts.
    public var from: Identifier
    /// Where it ends.
    public var to: Identifier
    /// How the link came to be.
    public var kind: EdgeKind
    /// The first record that tied them.
    public var evidence: Evidence
  }

  /// An identifier that rules kept away from another's profile.
  public struct Refusal: Equatable, Sendable {
    /// The identifier that was left out.
    public var demoted: Identifier
    /// The identifier under which the event is stored.
    public var home: Identifier
    /// Why.
    public var reason: DemotionReason
    /// The latest event that carried both.
    public var evidence: Evidence
    /// How many events carried both.
    public var count: UInt64
    /// Why, in words.
    public var because: String
  }

  /// One thing that keeps two identifiers apart.
  public enum Cause: Equatable, Sendable {
    /// An event carried identifiers of both, and a rule refused to join them.
    case refused(Refusal)
    /// They were split manually in this record.
    case split(SequenceNumber)
    /// The value of this one does not identify anyone.
    case blocked(Identifier)
    /// No event has shown this one.
    case neverSeen(Identifier)
    /// No event carried identifiers of both.
    case noEvidence
    /// One is a person and the other an account, which the person is a member of or not.
    case personAndAccount(isMember: Bool)
  }

  /// What holds.
  public enum Answer: Equatable, Sendable {
    /// They are one person; empty for one and the same identifier.
    case connected([Hop])
    /// They are not, the nearest causes first.
    case apart([Cause])
  }

  /// The profiles that they belong to; nil for one that was never seen.
  public var profiles: (ProfileID?, ProfileID?)
  /// What holds.
  public var answer: Answer
}

extension Identifier: CustomStringConvertible {
  /// `type:value`.
  public var description: String { "\(type):\(value)" }
}

extension Snapshot {
  /// Why two identifiers are one person, or why not.
  ///
  /// - Throws: `StoreError` with code `.noSuchRecord` for an identifier type that does not exist.
  /// - Complexity: O(links of the profile) for a path; else a lookup for each pair of identifiers of
  ///   the two profiles, of at most 250,000 pairs.
  public func explain(
    _ first: Identifier, _ second: Identifier
  ) throws(StoreError) -> IdentityExplanation {
    let a = try ordinal(of: first)
    let b = try ordinal(of: second)
    let profiles = (try a.map(presentID), try b.map(presentID))
    guard let a, let b else {
      let causes = try causes(unseen: (first, a), (second, b))
      return IdentityExplanation(profiles: profiles, answer: .apart(causes))
    }
    if try self.profiles.presentProfile(of: a) == self.profiles.presentProfile(of: b) {
      return IdentityExplanation(profiles: profiles, answer: .connected(try path(a, b)))
    }
    if let cause = try personAndAccount(a, b) {
      return IdentityExplanation(profiles: profiles, answer: .apart([cause]))
    }
    return IdentityExplanation(profiles: profiles, answer: .apart(try causes(a, b)))
  }

  /// The answer for a person and an account; nil for two of the same kind.
  private func personAndAccount(
    _ a: IdentifierOrdinal, _ b: IdentifierOrdinal
  ) throws(StoreError) -> IdentityExplanation.Cause? {
    let first = try profiles.subject(try profiles.presentProfile(of: a))
    let second = try profiles.subject(try profiles.presentProfile(of: b))
    guard first.kind != second.kind else { return nil }
    let (person, account) = first.kind == .person ? (first, second) : (second, first)
    let accounts = try profiles.accounts(ofHomes: person.homes)
    return .personAndAccount(isMember: accounts.contains(account.profile))
  }

  private func presentID(_ ordinal: IdentifierOrdinal) throws(StoreError) -> ProfileID {
    try profiles.profileRow(try profiles.presentProfile(of: ordinal)) { (row) throws(DecodeError) in
      row.id
    }
  }

  // MARK: - Together

  /// The shortest path of links: first within the profile, then, if a split took a link away, by way
  /// of what has left it.
  private func path(
    _ start: IdentifierOrdinal, _ end: IdentifierOrdinal
  ) throws(StoreError) -> [IdentityExplanation.Hop] {
    let own = Set(try profiles.identifiers(of: try profiles.presentProfile(of: start)))
    if let path = try path(start, end, within: own) { return path }
    return try path(start, end, within: nil) ?? []
  }

  private func path(
    _ start: IdentifierOrdinal, _ end: IdentifierOrdinal, within own: Set<IdentifierOrdinal>?
  ) throws(StoreError) -> [IdentityExplanation.Hop]? {
    var previous: [IdentifierOrdinal: IdentifierOrdinal] = [start: start]
    var frontier = [start]
    while previous[end] == nil, !frontier.isEmpty {
      var next: [IdentifierOrdinal] = []
      for identifier in frontier {
        for neighbour in try profiles.neighbours(of: identifier)
        where previous[neighbour] == nil && own?.contains(neighbour) != false {
          previous[neighbour] = identifier
          next.append(neighbour)
        }
      }
      frontier = next
    }
    guard previous[end] != nil else { return nil }
    var hops: [IdentityExplanation.Hop] = []
    var place = end
    while place != start, let before = previous[place] {
      guard let link = try profiles.link(before, place) else {
        throw .derivedMismatch("links", "a link is missing")
      }
      hops.append(
        .init(
          from: try identifier(before), to: try identifier(place), kind: link.kind,
          evidence: try evidence(
            EventAddress(sequence: link.sequence, time: link.time))))
      place = before
    }
    return hops.reversed()
  }

  /// What a record says about itself.
  func evidence(_ address: EventAddress) throws(StoreError) -> Evidence {
    try log.withRecord(at: address.sequence, LogCursor()) { (record) throws(StoreError) in
      var evidence = Evidence(
        sequence: address.sequence, time: address.time, source: "", messageID: "")
      guard record.kind == RecordKind.event.rawValue else { return evidence }
      evidence.source = scalars.sources.first { $0.id == record.source }?.name ?? ""
      do throws(DecodeError) {
        evidence.messageID =
          try EventView(record.payload).messageID.withText { $0.toString() } ?? ""
      } catch {
        throw StoreError(error, in: "record \(record.sequence.value)")
      }
      return evidence
    }
  }

  // MARK: - Apart

  /// The most pairs of identifiers that are looked at.
  private static let pairsMax = 250_000

  private func causes(
    _ a: IdentifierOrdinal, _ b: IdentifierOrdinal
  ) throws(StoreError) -> [IdentityExplanation.Cause] {
    let ours = try neighboursFirst(a)
    let theirs = try neighboursFirst(b)
    var causes: [IdentityExplanation.Cause] = []
    for split in try commonSplits(ours, theirs) { causes.append(.split(split)) }
    var pairs = 0
    var refusals: [IdentityExplanation.Refusal] = []
    for (homes, others) in [(ours, theirs), (theirs, ours)] {
      for other in others {
        let (hash, name) = try hashAndName(of: other)
        for home in homes where pairs < Self.pairsMax {
          pairs += 1
          if let found = try refusal(of: hash, name, home: home) { refusals.append(found) }
        }
      }
    }
    refusals.sort { $0.evidence.sequence < $1.evidence.sequence }
    causes += refusals.map { .refused($0) }
    return causes.isEmpty ? [.noEvidence] : causes
  }

  /// The identifiers of a profile, the given one first.
  private func neighboursFirst(
    _ identifier: IdentifierOrdinal
  ) throws(StoreError) -> [IdentifierOrdinal] {
    let all = try profiles.identifiers(of: try profiles.presentProfile(of: identifier))
    return [identifier] + all.filter { $0 != identifier }
  }

  private func causes(
    unseen first: (Identifier, IdentifierOrdinal?), _ second: (Identifier, IdentifierOrdinal?)
  ) throws(StoreError) -> [IdentityExplanation.Cause] {
    let rules = scalars.identityRules.identifiers
    var causes: [IdentityExplanation.Cause] = []
    for (one, other) in [(first, second), (second, first)] where one.1 == nil {
      let sent = Array(one.0.value.utf8)
      guard let type = rules.type(named: one.0.type),
        let value = rules.normalised(sent.span.bytes, as: type)
      else {
        causes.append(.blocked(one.0))
        continue
      }
      var found: [IdentityExplanation.Cause] = []
      if let known = other.1 {
        let hash = EventHash.identifier(type, value.span.bytes, seed: seed)
        let name = Identifier(
          type: type.rawValue, value: value.span.bytes.toString(), rules: scalars.identityRules)
        for home in try neighboursFirst(known) {
          if let refusal = try refusal(of: hash, name, home: home) {
            found.append(.refused(refusal))
          }
        }
      }
      causes += found.isEmpty ? [.neverSeen(one.0)] : found
    }
    return causes
  }

  private func hashAndName(
    of ordinal: IdentifierOrdinal
  ) throws(StoreError) -> (Hash128, Identifier) {
    try profiles.identifierRow(ordinal) { (row) throws(DecodeError) in
      (
        EventHash.identifier(IdentifierType(rawValue: row.type), row.value, seed: seed),
        Identifier(type: row.type, value: row.value.toString(), rules: scalars.identityRules)
      )
    }
  }

  private func refusal(
    of hash: Hash128, _ name: Identifier, home: IdentifierOrdinal
  ) throws(StoreError) -> IdentityExplanation.Refusal? {
    guard let row = try profiles.refusal(of: hash, home: home) else { return nil }
    return .init(
      demoted: name, home: try identifier(home), reason: row.reason,
      evidence: try evidence(row.evidence), count: row.count, because: words(row.reason))
  }

  /// Why an identifier was left out, as people read it.
  func words(_ reason: DemotionReason) -> String {
    let names = scalars.identityRules.identifiers
    switch reason {
    case .limit(let type, let limit):
      let name = names.name(of: type) ?? "type_\(type.rawValue)"
      let period = limit.period == .ever ? "ever" : "a \(limit.period.name)"
      return "limit of \(limit.count) \(name) \(period)"
    case .protection(let type):
      let name = names.name(of: type) ?? "type_\(type.rawValue)"
      return "both have a \(name), which is protected"
    case .keptApart(let sequence):
      return "split manually in record \(sequence.value)"
    }
  }

  /// The splits that two profiles are on different sides of.
  private func commonSplits(
    _ ours: [IdentifierOrdinal], _ theirs: [IdentifierOrdinal]
  ) throws(StoreError) -> [SequenceNumber] {
    guard try profiles.count(of: .split) > 0 else { return [] }
    return try profiles.splits(between: ours, and: theirs)
  }
}
