// What people have said about themselves, as ad platforms can match it: the traits of identify calls,
// under the names of the Segment spec and those that senders often use instead.

import Activation
import Bytes
import Events
import Profiles
import Storage

/// The newest value of each fact, over the identify calls of one profile.
///
/// A fact that was set to null counts as unknown from then on, and so does the whole of an address that
/// was. What stands in the address and what stands beside it are traits of their own: of two that are
/// known the newer counts, and taking one back leaves the other.
struct KnownFacts {
  private enum Fact: Int, CaseIterable {
    case firstName, lastName, city, state, postalCode, country, birthday, gender, phone

    /// Those that an address can hold.
    static let ofAddress: [Fact] = [.city, .state, .postalCode, .country]
  }

  /// What was said of a fact.
  private enum Said {
    case text(String)
    /// An object, a list, or true or false.
    case unreadable
    /// Null.
    case nothing
  }

  private typealias Newest = [(at: EventAddress, said: Said)?]

  /// What the events said last, with their places: beside the address, and in it.
  private var traits = Newest(repeating: nil, count: Fact.allCases.count)
  private var address = Newest(repeating: nil, count: Fact.allCases.count)

  private static let names: [String: Fact] = [
    "firstName": .firstName, "first_name": .firstName, "firstname": .firstName,
    "lastName": .lastName, "last_name": .lastName, "lastname": .lastName,
    "city": .city, "state": .state, "region": .state,
    "postalCode": .postalCode, "postal_code": .postalCode, "zip": .postalCode,
    "country": .country, "birthday": .birthday, "gender": .gender, "phone": .phone,
  ]

  /// Reads an event, if it is an identify call.
  mutating func read(
    _ event: borrowing EventView, at place: EventAddress, names: SymbolNames
  ) throws(DecodeError) {
    guard event.type == .identify,
      let sent = try event.rest.value(for: WellKnownSymbol.traits.symbol)
    else { return }
    if let encoded = try Self.read(members: sent, at: place, names: names, into: &traits) {
      let value = try ValueView(encoded: encoded.span.bytes)
      switch value.kind {
      case .object: _ = try Self.read(members: value, at: place, names: names, into: &address)
      // What PHP sends for an empty object.
      case .array: break
      default: for fact in Fact.ofAddress { Self.note(fact, .nothing, at: place, in: &address) }
      }
    }
  }

  /// Notes the members of an object that are facts.
  ///
  /// - Returns: The stored form of the member `address`, if there is one.
  private static func read(
    members object: borrowing ValueView, at place: EventAddress, names: SymbolNames,
    into newest: inout Newest
  ) throws(DecodeError) -> [UInt8]? {
    var said: [(Fact, Said)] = []
    var address: [UInt8]?
    try object.forEachMember { (symbol, inline, value) throws(DecodeError) in
      let key = symbol.flatMap { names.withName(of: $0) { $0.toString() } } ?? inline.toString()
      if key == "address" {
        address = value.encoded.toArray()
      } else if let fact = Self.names[key] {
        let text = try value.withText { $0.toString() }
        said.append((fact, text.map(Said.text) ?? (value.kind == .null ? .nothing : .unreadable)))
      }
    }
    for (fact, said) in said { note(fact, said, at: place, in: &newest) }
    return address
  }

  private static func note(
    _ fact: Fact, _ said: Said, at place: EventAddress, in newest: inout Newest
  ) {
    if let known = newest[fact.rawValue]?.at,
      (known.time, known.sequence) > (place.time, place.sequence)
    {
      return
    }
    newest[fact.rawValue] = (place, said)
  }

  /// What is known of a fact by now.
  private func said(_ fact: Fact) -> Said {
    var result: (at: EventAddress, said: Said)?
    for entry in [traits[fact.rawValue], address[fact.rawValue]] {
      guard let entry else { continue }
      if case .nothing = entry.said { continue }
      if let other = result?.at, (other.time, other.sequence) > (entry.at.time, entry.at.sequence) {
        continue
      }
      result = entry
    }
    return result?.said ?? .nothing
  }

  private subscript(_ fact: Fact) -> String? {
    if case .text(let text) = said(fact) { text } else { nil }
  }

  /// Fills in what is known.
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
    if let phone = self[.phone] { person.phones.append(phone) }
  }
}
