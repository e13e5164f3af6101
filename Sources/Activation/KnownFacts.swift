// What is known of people, as far as ad platforms can match it: the traits of identify calls, under
// the names of the Segment spec and those that senders often use instead.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// The newest value of each fact, over the identify calls of one profile.
///
/// A fact that was set to null counts as unknown from then on. An address replaces the previous one
/// as a whole: parts that it lacks, or all parts if it is null or a text, are no longer known from
/// an address. Parts of the address and separate traits are kept apart: if both are known the newer
/// counts, and removing one leaves the other.
struct KnownFacts {
  private enum Fact: Int, CaseIterable {
    case firstName, lastName, city, state, postalCode, country, birthday, gender, phone, email
  }

  /// The value that was sent for a fact.
  private enum Said {
    case text(String)
    /// An object, a list, or true or false.
    case unreadable
    /// Null, or blanks.
    case nothing
  }

  private typealias Statement = [Fact: Said]

  /// By fact: the place of the event in which a trait of its name was last sent, and its value.
  private var own: [Fact: (at: EventAddress, said: Said)] = [:]
  /// The newest address.
  private var address: (at: EventAddress, facts: Statement)?

  /// The names of each fact: that of the Segment spec, then those that senders use instead, which
  /// count if none before them has a value.
  private static let names: [(fact: Fact, names: [String])] = [
    (.firstName, ["firstName", "first_name", "firstname"]),
    (.lastName, ["lastName", "last_name", "lastname"]),
    (.city, ["city"]),
    (.state, ["state", "region", "province"]),
    (.postalCode, ["postalCode", "postal_code", "zip", "zipCode", "zip_code", "postcode"]),
    (.country, CountryPlaces.names),
    (
      .birthday,
      ["birthday", "birthDate", "birthdate", "birth_date", "dateOfBirth", "date_of_birth", "dob"]
    ),
    (.gender, ["gender"]), (.phone, ["phone"]), (.email, ["email"]),
  ]

  /// By name: the fact, and how many names of it come before.
  private static let ranks: [String: (fact: Fact, rank: Int)] = {
    var ranks: [String: (fact: Fact, rank: Int)] = [:]
    for (fact, names) in names {
      for (rank, name) in names.enumerated() { ranks[name] = (fact, rank) }
    }
    return ranks
  }()

  /// Reads an event, if it is an identify call; the order of events makes no difference.
  mutating func read(
    _ event: borrowing EventView, at place: EventAddress, names: SymbolNames
  ) throws(DecodeError) {
    guard event.type == .identify,
      let traits = try event.rest.value(for: WellKnownSymbol.traits.symbol)
    else { return }
    var address: Statement?
    let facts = try Self.facts(traits, names) { (nested) throws(DecodeError) in
      address = try Self.facts(nested, names)
    }
    for (fact, said) in facts where own[fact]?.at.isNewer(than: place) != true {
      own[fact] = (place, said)
    }
    if let address, self.address?.at.isNewer(than: place) != true {
      self.address = (place, address)
    }
  }

  /// The facts among the members of an object; none of what is not an object.
  ///
  /// Of several names for one fact, the first with a value counts.
  private static func facts(
    _ object: borrowing ValueView, _ names: SymbolNames,
    address: (borrowing ValueView) throws(DecodeError) -> Void = { _ in }
  ) throws(DecodeError) -> Statement {
    var facts: Statement = [:]
    var ranks: [Fact: Int] = [:]
    guard object.kind == .object else { return facts }
    try object.forEachMember { (symbol, inline, value) throws(DecodeError) in
      let key = symbol.flatMap { names.withName(of: $0) { $0.toString() } } ?? inline.toString()
      if key == CountryPlaces.address { try address(value) }
      guard let (fact, rank) = Self.ranks[key] else { return }
      let said = try Self.said(by: value)
      if case .nothing = said {
        if facts[fact] == nil { facts[fact] = said }
      } else if rank < ranks[fact, default: .max] {
        facts[fact] = said
        ranks[fact] = rank
      }
    }
    return facts
  }

  private static func said(by value: borrowing ValueView) throws(DecodeError) -> Said {
    if value.kind == .null { return .nothing }
    // 10115.0 is the number 10115.
    let isNumber = value.kind == .number
    let text = try value.withText { text in
      (isNumber ? NumberText.canonical(text) : nil).map { String(decoding: $0, as: UTF8.self) }
        ?? text.toString()
    }
    guard let text else { return .unreadable }
    return UnicodeText.isBlank(text) ? .nothing : .text(text)
  }

  /// What is known of a fact by now: of what a trait of its own says and what the address says, the
  /// later of those with a value.
  private func said(_ fact: Fact) -> Said {
    let inAddress = address.flatMap { address in
      address.facts[fact].map { (at: address.at, said: $0) }
    }
    var result: (at: EventAddress, said: Said)?
    for entry in [own[fact], inAddress] {
      guard let entry else { continue }
      if case .nothing = entry.said { continue }
      if let result, result.at.isNewer(than: entry.at) { continue }
      result = entry
    }
    return result?.said ?? .nothing
  }

  private subscript(_ fact: Fact) -> String? {
    if case .text(let text) = said(fact) { text } else { nil }
  }

  /// The telephone number.
  var phone: String? { self[.phone] }
  /// The e-mail address.
  var email: String? { self[.email] }

  /// Fills in what is known, except for telephone number and e-mail address, which add to others.
  func complete(_ person: inout AdPerson) {
    person.firstName = self[.firstName]
    person.lastName = self[.lastName]
    person.city = self[.city]
    person.state = self[.state]
    person.postalCode = self[.postalCode]
    person.country = self[.country]
    if case .unreadable = said(.country) { person.hasUnreadableCountry = true }
    person.birthday = self[.birthday]
    person.gender = self[.gender]
  }
}
