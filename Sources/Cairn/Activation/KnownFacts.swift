// What people have said about themselves, as ad platforms can match it: the traits of identify calls,
// under the names of the Segment spec and those that senders often use instead.

import Activation
import Bytes
import Events
import Profiles
import Storage

/// The newest value of each fact, over the identify calls of one profile.
///
/// A fact that was set to null counts as unknown from then on. An address stands in the place of the one
/// before as a whole: what it does not have, or an address that is null or a text, is no longer known
/// from an address.
struct KnownFacts {
  private enum Fact: Int, CaseIterable {
    case firstName, lastName, city, state, postalCode, country, birthday, gender, phone
  }

  /// What is said of each fact; nil for null.
  private typealias Statement = [Fact: String?]

  /// By fact: the place of the event in which a trait of its name said it last, and what it said.
  private var newest: [Fact: (at: EventAddress, text: String?)] = [:]
  /// The newest address.
  private var address: (at: EventAddress, facts: Statement)?

  private static let names: [String: Fact] = [
    "firstName": .firstName, "first_name": .firstName, "firstname": .firstName,
    "lastName": .lastName, "last_name": .lastName, "lastname": .lastName,
    "city": .city, "state": .state, "region": .state,
    "postalCode": .postalCode, "postal_code": .postalCode, "zip": .postalCode,
    "country": .country, "birthday": .birthday, "gender": .gender, "phone": .phone,
  ]

  /// Reads an event, if it is an identify call; the order of events makes no difference.
  mutating func read(
    _ event: borrowing EventView, at place: EventAddress, names: SymbolNames
  ) throws(DecodeError) {
    guard event.type == .identify,
      let traits = try event.rest.value(for: WellKnownSymbol.traits.symbol)
    else { return }
    var address: Statement?
    let said = try Self.facts(traits, names) { (nested) throws(DecodeError) in
      address = try Self.facts(nested, names)
    }
    for (fact, text) in said where Self.isNewer(place, than: newest[fact]?.at) {
      newest[fact] = (place, text)
    }
    if let address, Self.isNewer(place, than: self.address?.at) {
      self.address = (place, address)
    }
  }

  /// The facts among the members of an object; none of what is no object.
  ///
  /// Of several names for one fact, one that has a value counts.
  private static func facts(
    _ object: borrowing ValueView, _ names: SymbolNames,
    address: (borrowing ValueView) throws(DecodeError) -> Void = { _ in }
  ) throws(DecodeError) -> Statement {
    var facts: Statement = [:]
    guard object.kind == .object else { return facts }
    try object.forEachMember { (symbol, inline, value) throws(DecodeError) in
      let key = symbol.flatMap { names.withName(of: $0) { $0.toString() } } ?? inline.toString()
      if key == "address" { try address(value) }
      guard let fact = Self.names[key] else { return }
      let text = try value.withText { $0.toString() }
      facts[fact] = .some(text ?? facts[fact] ?? nil)
    }
    return facts
  }

  private static func isNewer(_ place: EventAddress, than known: EventAddress?) -> Bool {
    guard let known else { return true }
    return (place.time, place.sequence) > (known.time, known.sequence)
  }

  /// What is known: the later of what a trait of the fact's own says and what the address says.
  private subscript(_ fact: Fact) -> String? {
    let own = newest[fact]
    guard let address, let text = address.facts[fact] ?? nil else { return own?.text }
    if let own, Self.isNewer(own.at, than: address.at) { return own.text }
    return text
  }

  /// Fills in what is known.
  func complete(_ person: inout AdPerson) {
    person.firstName = self[.firstName]
    person.lastName = self[.lastName]
    person.city = self[.city]
    person.state = self[.state]
    person.postalCode = self[.postalCode]
    person.country = self[.country]
    person.birthday = self[.birthday]
    person.gender = self[.gender]
    if let phone = self[.phone] { person.phones.append(phone) }
  }
}
