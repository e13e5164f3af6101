// Everything that a store answers at one instant, compared with the reference.

import Bytes
import Cairn
import Engine
import Profiles
import Reference
import Storage

/// The comparison of one instant.
struct Comparison {
  private(set) var differences = Differences()
  /// How many values and memberships were compared.
  private(set) var answers = 0
  private let snapshot: Snapshot
  private let world: World
  private let catalogue: Catalogue
  private let instant: Int64
  /// The expected members of each audience.
  private var members: [String: [ProfileOrdinal]] = [:]

  init(snapshot: Snapshot, world: World, catalogue: Catalogue, instant: Int64) {
    self.snapshot = snapshot
    self.world = world
    self.catalogue = catalogue
    self.instant = instant
  }

  /// Compares one of `share` persons, beginning with the one at `first`.
  mutating func compare(
    persons ordinals: [ProfileOrdinal], part first: Int, of share: Int
  ) throws {
    for place in stride(from: first, to: ordinals.count, by: share) {
      let (person, ordinal) = (world.persons[place], ordinals[place])
      let report = try report(ordinal)
      let subject = world.subject(person, at: instant, bucket: bucket(report.id))
      compare(
        report, subject, ordinal, catalogue.traits, catalogue.audiences,
        "person \(person.label)")
    }
  }

  /// Compares all accounts.
  mutating func compareAccounts() throws {
    for account in world.accounts {
      let identifier = Identifier(type: "group_id", value: account.id)
      guard let ordinal = try snapshot.profile(of: identifier) else {
        differences.add("accounts", "there is no \(account.id)")
        continue
      }
      let report = try report(ordinal)
      let subject = world.subject(account, at: instant, bucket: bucket(report.id))
      compare(
        report, subject, ordinal, catalogue.accountTraits, catalogue.accountAudiences, account.id)
    }
  }

  /// Compares the lists of members with what was found out one by one.
  mutating func compareMembers() throws {
    for audience in catalogue.audiences + catalogue.accountAudiences {
      let expected = (members[audience.name] ?? []).map(\.value).sorted()
      var found: [UInt32] = []
      try snapshot.visitMembers(of: audience.name, at: Timestamp(milliseconds: instant)) {
        (member) throws(StoreError) in found.append(member.profile.value)
      }
      if found != expected {
        let other = Set(found).symmetricDifference(expected).sorted().prefix(3)
        differences.add(
          audience.name,
          "\(found.count) members listed, expected \(expected.count); profiles \(Array(other))")
      }
    }
  }

  private func report(_ ordinal: ProfileOrdinal) throws -> ProfileReport {
    try snapshot.report(
      ordinal, at: Timestamp(milliseconds: instant), includesLinks: false)
  }

  /// XXH3-64 of a text and the profile's id, modulo 10,000 (docs/definitions.md).
  private func bucket(_ id: ProfileID) -> (String) -> Int {
    { text in
      var bytes = Array(text.utf8)
      for word in [id.bits.high, id.bits.low] {
        withUnsafeBytes(of: word.bigEndian) { bytes.append(contentsOf: $0) }
      }
      return Int(Checksum.of(bytes.span.bytes) % 10_000)
    }
  }

  private mutating func compare(
    _ report: ProfileReport, _ subject: Subject, _ ordinal: ProfileOrdinal,
    _ traits: [TraitDefinition], _ audiences: [AudienceDefinition], _ who: String
  ) {
    let at = "of \(who) at \(instant)"
    differences.check(report.traits.count, traits.count, "number of traits")
    // Traits come in the order in which they were defined, which is not that of the catalogue.
    let found = Dictionary(uniqueKeysWithValues: report.traits.map { ($0.name, $0.value) })
    for trait in traits {
      answers += 1
      let expected = trait.answer(subject)
      guard let value = found[trait.name].map({ Answer($0) }) else {
        differences.add(trait.name, "\(at) is missing")
        continue
      }
      guard !value.isSame(as: expected) else { continue }
      differences.add(trait.name, "\(at): found \(value), expected \(expected); \(trait.text)")
    }
    let memberships = Set(report.audiences.map(\.audience))
    for audience in audiences {
      answers += 1
      let expected = audience.holds(subject)
      if expected { members[audience.name, default: []].append(ordinal) }
      guard memberships.contains(audience.name) != expected else { continue }
      differences.add(
        audience.name, "\(at): is \(expected ? "not " : "")a member; \(audience.text)")
    }
  }
}
