// What people have said about themselves, as ad platforms can match it: the traits of identify calls,
// under the names of the Segment spec and those that senders often use instead.

import Activation
import Bytes
import Events
import Profiles
import Storage

/// The newest value of each fact, over the identify calls of one profile.
///
/// A fact that was set to null counts as unknown from then on.
struct KnownFacts {
  private enum Fact: Int, CaseIterable {
    case firstName, lastName, city, state, postalCode, country, birthday, gender, phone
  }

  /// The place of the event that said it last, and what it said; nil for null.
  private var newest: [(at: EventAddress, text: String?)?] = Array(
    repeating: nil, count: Fact.allCases.count)

  private static let names: [String: Fact] = [
    "firstName": .firstName, "first_name": .firstName, "firstname": .firstName,
    "lastName": .lastName, "last_name": .lastName, "lastname": .lastName,
    "city": .city, "state": .state, "region": .state,
    "postalCode": .postalCode, "postal_code": .postalCode, "zip": .postalCode,
    "country": .country, "birthday": .birthday, "gender": .gender, "phone": .phone,
  ]

  /// Reads an event, if it is an identify call.
  mutating func read(
    _ event: borrowing EventView, at address: EventAddress, names: SymbolNames
  ) throws(DecodeError) {
    guard event.type == .identify,
      let traits = try event.rest.value(for: WellKnownSymbol.traits.symbol)
    else { return }
    try read(members: traits, at: address, names: names, isAddress: false)
  }

  private mutating func read(
    members object: borrowing ValueView, at address: EventAddress, names: SymbolNames,
    isAddress: Bool
  ) throws(DecodeError) {
    var said: [(Fact, String?)] = []
    var nested: [[UInt8]] = []
    try object.forEachMember { (symbol, inline, value) throws(DecodeError) in
      let key = symbol.flatMap { names.withName(of: $0) { $0.toString() } } ?? inline.toString()
      if key == "address", value.kind == .object, !isAddress {
        nested.append(value.encoded.toArray())
      } else if let fact = Self.names[key] {
        said.append((fact, try value.withText { $0.toString() }))
      }
    }
    for (fact, text) in said { note(fact, text, at: address) }
    for encoded in nested {
      let value = try ValueView(encoded: encoded.span.bytes)
      try read(members: value, at: address, names: names, isAddress: true)
    }
  }

  private mutating func note(_ fact: Fact, _ text: String?, at address: EventAddress) {
    if let known = newest[fact.rawValue]?.at,
      (known.time, known.sequence) > (address.time, address.sequence)
    {
      return
    }
    newest[fact.rawValue] = (address, text)
  }

  private subscript(_ fact: Fact) -> String? { newest[fact.rawValue]?.text }

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
