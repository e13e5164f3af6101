// What people have said about themselves, as ad platforms can match it: the traits of identify calls,
// under the names of the Segment spec and those that senders often use instead.

import Activation
import Bytes
import Events
import Profiles
import Storage

/// The newest value of each fact, over the identify calls of one profile.
///
/// A fact that was set to null counts as unknown from then on. An address replaces the one before as a whole: what it
/// does not have, or an address that is null or a text, is no longer known from an address. What stands in the
/// address and what is a trait of its own are kept apart: of two that are known the newer counts, and taking one back
/// leaves the other.
struct KnownFacts {
  private enum Fact: Int, CaseIterable {
    case firstName, lastName, city, state, postalCode, country, birthday, gender, phone
  }

  /// What was said of a fact.
  private enum Said {
    case text(String)
    /// An object, a list, or true or false.
    case unreadable
    /// Null.
    case nothing
  }

  private typealias Statement = [Fact: Said]

  /// By fact: the place of the event in which a trait of its name said it last, and what it said.
  private var own: [Fact: (at: EventAddress, said: Said)] = [:]
  /// The newest address.
  private var address: (at: EventAddress, facts: Statement)?

  /// The names of the Segment spec.
  private static let names: [String: Fact] = [
    "firstName": .firstName, "lastName": .lastName, "city": .city, "state": .state,
    "postalCode": .postalCode, "country": .country, "birthday": .birthday, "gender": .gender,
    "phone": .phone,
  ]

  /// Names that senders use instead, which count where the one of the spec says nothing.
  private static let otherNames: [String: Fact] = [
    "first_name": .firstName, "firstname": .firstName, "last_name": .lastName,
    "lastname": .lastName, "region": .state, "province": .state, "postal_code": .postalCode,
    "zip": .postalCode, "zipCode": .postalCode, "zip_code": .postalCode,
    "postcode": .postalCode, "countryCode": .country, "country_code": .country,
    "birthDate": .birthday, "birthdate": .birthday, "birth_date": .birthday,
    "dateOfBirth": .birthday, "date_of_birth": .birthday, "dob": .birthday,
  ]

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
  /// Of several names for one fact, one that has a value counts, that of the spec before the others.
  private static func facts(
    _ object: borrowing ValueView, _ names: SymbolNames,
    address: (borrowing ValueView) throws(DecodeError) -> Void = { _ in }
  ) throws(DecodeError) -> Statement {
    var facts: Statement = [:]
    var others: Statement = [:]
    guard object.kind == .object else { return facts }
    try object.forEachMember { (symbol, inline, value) throws(DecodeError) in
      let key = symbol.flatMap { names.withName(of: $0) { $0.toString() } } ?? inline.toString()
      if key == "address" { try address(value) }
      if let fact = Self.names[key] {
        try Self.read(value, as: fact, into: &facts)
      } else if let fact = Self.otherNames[key] {
        try Self.read(value, as: fact, into: &others)
      }
    }
    return facts.merging(others) { named, other in
      switch named {
      case .nothing: other
      case .text(let text) where text.allSatisfy(\.isWhitespace): other
      case .text, .unreadable: named
      }
    }
  }

  private static func read(
    _ value: borrowing ValueView, as fact: Fact, into facts: inout Statement
  ) throws(DecodeError) {
    if value.kind == .null, facts[fact] != nil { return }
    // 10115.0 is the number 10115.
    let isNumber = value.kind == .number
    let text = try value.withText { text in
      (isNumber ? NumberText.canonical(text) : nil).map { String(decoding: $0, as: UTF8.self) }
        ?? text.toString()
    }
    facts[fact] = text.map(Said.text) ?? (value.kind == .null ? .nothing : .unreadable)
  }

  /// What is known of a fact by now: of what a trait of its own says and what the address says, the later that says
  /// something.
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

  /// Fills in what is known, but for the telephone number, which adds to others.
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
