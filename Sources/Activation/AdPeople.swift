// What is known of some members of an audience, found together: their traits are spread over the
// log, and a block with events of many of them is decoded only once.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// Some members of an audience, in the order in which they were added.
struct AdPeople {
  /// About how many events are read together, and for how many people at most.
  static let eventsMax = 1 << 19
  static let peopleMax = 1 << 14

  private var people: [AdPerson] = []
  private var facts: [KnownFacts] = []
  /// The telephone numbers that they sent with a calling code or the country, if others were completed with the rules'.
  private var sentPhones: [Set<String>] = []
  /// Their events, each with the index of the person.
  private var events: [(address: EventAddress, person: Int)] = []

  /// Whether it is time to read their events; so that memory stays bounded, whatever the audience's size.
  func isFull(eventsMax: Int) -> Bool {
    events.count >= eventsMax || people.count >= Self.peopleMax
  }

  /// Adds a profile: its identifiers, and where its events are.
  mutating func add(
    _ profile: ProfileOrdinal, of snapshot: Snapshot
  ) throws(StoreError) {
    var person = AdPerson()
    for home in try snapshot.profiles.identifiers(of: profile) {
      try snapshot.profiles.visitEvents(ofHome: home) { events.append(($0, people.count)) }
      let (type, value) = try snapshot.profiles.identifierRow(home) { (row) throws(DecodeError) in
        (IdentifierType(rawValue: row.type), row.value.toString())
      }
      switch type {
      case .email: person.emails.append(value)
      case .phone: person.phones.append(value)
      case .userID: person.userIDs.append(value)
      default:
        let name = snapshot.scalars.identityRules.identifiers.name(of: type) ?? ""
        if Self.mobileAdIDTypes.contains(name) { person.mobileAdIDs.append(value) }
      }
    }
    people.append(person)
    facts.append(KnownFacts())
    sentPhones.append([])
  }

  /// Returns them, in their order and with their traits, and starts again.
  ///
  /// - Parameter leavesOutSpellings: Whether a telephone number that was sent as a trait is left out if, as the
  ///   store's rules read it, it is one of the person's identifiers: for platforms that are given numbers as they
  ///   were sent, the two would be different numbers.
  /// - Complexity: O(n log n) for n events, and the decoding of each block of the log that has one.
  mutating func take(
    from snapshot: Snapshot, leavesOutSpellings: Bool, _ body: (AdPerson) throws(StoreError) -> Void
  ) throws(StoreError) {
    events.sort { $0.address.sequence < $1.address.sequence }
    let rules = snapshot.scalars.identityRules.identifiers
    let cursor = LogCursor()
    let reader = snapshot.identifierReader.withoutCountry
    var found = FoundIdentifiers()
    for (place, person) in events {
      try snapshot.log.withRecord(at: place.sequence, cursor) { (record) throws(StoreError) in
        do throws(DecodeError) {
          let event = try EventView(record.payload)
          try facts[person].read(event, at: place, names: snapshot.names)
          guard rules.country != nil, !people[person].phones.isEmpty else { return }
          try reader.read(event, into: &found)
          for entry in found.entries where entry.type == .phone {
            sentPhones[person].insert(found.value(of: entry).toString())
          }
        } catch {
          throw StoreError(error, in: "record \(record.sequence.value)")
        }
      }
    }
    for index in people.indices {
      facts[index].complete(&people[index])
      if let country = rules.country {
        people[index].leaveOutPhones(assumedOf: country, but: sentPhones[index])
      }
      // A digest is not an identifier, but some senders have nothing else.
      if let email = facts[index].email, HashedText.existing(email) != nil {
        people[index].emails.append(email)
      }
      if let phone = facts[index].phone {
        let isKnown = leavesOutSpellings && Self.isSpelling(phone, of: people[index], rules)
        if !isKnown { people[index].phones.append(phone) }
      }
      try body(people[index])
    }
    events.removeAll(keepingCapacity: true)
    people.removeAll(keepingCapacity: true)
    facts.removeAll(keepingCapacity: true)
    sentPhones.removeAll(keepingCapacity: true)
  }

  /// Whether a telephone number is, as the store's rules read it, one of a person's identifiers.
  private static func isSpelling(
    _ phone: String, of person: AdPerson, _ rules: IdentifierRules
  ) -> Bool {
    let sent = Array(phone.utf8)
    guard !person.phones.isEmpty, let read = rules.normalised(sent.span.bytes, as: .phone) else {
      return false
    }
    return person.phones.contains(String(decoding: read, as: UTF8.self))
  }

  /// What a store may call the identifiers that are mobile ad ids.
  private static let mobileAdIDTypes: Set<String> = ["mobile_ad_id", "idfa", "gaid", "aaid"]
}
