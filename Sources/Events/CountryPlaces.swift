// Where people say which country they are of: one definition for identifiers, erasures and exports, since a number
// that is read as one country's here and as another's there would be two people's.

import Bytes

/// What was said of a country.
public enum SaidCountry: Equatable, Sendable {
  /// Nothing: there is no such member, or it is null or blank.
  case nothing
  /// Something that is not understood, so that no default may stand in.
  case unknown
  /// A country.
  case country(CountryCode)

  /// The country that counts where there is a default.
  public func country(or standard: CountryCode?) -> CountryCode? {
    switch self {
    case .nothing: standard
    case .unknown: nil
    case .country(let country): country
    }
  }

  /// What a text says.
  public init(_ text: RawSpan) {
    if TextEdges.trimmed(text).isEmpty {
      self = .nothing
    } else {
      self = CountryCode.reading(text).map(SaidCountry.country) ?? .unknown
    }
  }

  /// What a value says.
  init(_ value: borrowing ValueView) throws(DecodeError) {
    guard value.kind != .null else {
      self = .nothing
      return
    }
    self = try value.withText { SaidCountry($0) } ?? .unknown
  }
}

/// The places in an event that say the country of somebody whose telephone number stands at a place.
///
/// They are, in this order, next to the number; in `traits`, if they are a person's; in `context.traits`. In each of
/// them an `address` takes precedence over its neighbours, and the first of the names that says something.
public struct CountryPlaces: Sendable {
  /// The name by the Segment spec, and those that senders use instead.
  public static let names = ["country", "countryCode", "country_code"]
  /// The member that holds the parts of an address.
  public static let address = "address"

  /// By priority.
  private let paths: [[Symbol]]

  /// Prepares the places for the numbers at a place; `symbols` gets the keys.
  init(for place: IdentifierRules.Place, symbols: SymbolTable) {
    paths = Self.paths(for: place).compactMap { keys in
      let path = keys.compactMap { symbols.intern(definition: $0) }
      return path.count == keys.count ? path : nil
    }
  }

  /// The same places as paths of keys.
  static func paths(for place: IdentifierRules.Place) -> [[String]] {
    var objects = [["traits"], ["context", "traits"]]
    if case .path(let keys) = place {
      let own = Array(keys.dropLast())
      objects.removeAll { $0 == own }
      objects.insert(own, at: 0)
    }
    return objects.flatMap { object in
      [object + [address], object].flatMap { holder in names.map { holder + [$0] } }
    }
  }

  /// What an event says.
  ///
  /// - Complexity: O(members on the way) for each place.
  func said(in event: borrowing EventView) throws(DecodeError) -> SaidCountry {
    for path in paths where event.type.canIdentifyPerson(below: path[0]) {
      guard let value = try event.value(at: path) else { continue }
      let said = try SaidCountry(value)
      if said != .nothing { return said }
    }
    return .nothing
  }

  /// What a line says that is not an acceptable event.
  static func said(
    in line: JSONPiece, _ type: EventType?, for place: IdentifierRules.Place
  ) -> SaidCountry {
    for path in paths(for: place) {
      let isOfPerson =
        path[0] != WellKnownSymbol.traits.key
        || type?.canIdentifyPerson(below: WellKnownSymbol.traits.symbol) != false
      guard isOfPerson else { continue }
      for member in line.members(at: path.map { Array($0.utf8) }) {
        let said = said(by: member.value)
        if said != .nothing { return said }
      }
    }
    return .nothing
  }

  private static func said(by value: JSONPiece) -> SaidCountry {
    switch value.content {
    case .text(let text, _): SaidCountry(text.span.bytes)
    case .null: .nothing
    case .object, .array, .truth: .unknown
    }
  }
}

extension IdentifierRules.Entry {
  /// Where the country is said of what stands at a place; nil if nobody asks.
  func countryPlaces(
    for place: IdentifierRules.Place, _ symbols: SymbolTable
  ) -> CountryPlaces? {
    normaliser == .phone ? CountryPlaces(for: place, symbols: symbols) : nil
  }
}
