// What counts as an identifier of an event: which types there are, in which order of priority, where
// each is read and how it is normalised. A value that people configure; `IdentifierReader` works by it.

import Bytes

/// Which identifiers events have, highest priority first.
///
/// How many of a type a profile may have is not asked here: see `IdentityRules` of the profiles.
public struct IdentifierRules: Equatable, Sendable {
  /// A place in an event that holds identifiers.
  public enum Place: Equatable, Sendable {
    /// `userId`.
    case userID
    /// `anonymousId`.
    case anonymousID
    /// The first of `traits.email`, `context.traits.email` and `properties.email` that is an address.
    case email
    /// The value at a path of keys; of a list, each of its elements.
    case path([String])
    /// The `id` of those entries of `context.externalIds` that have this `type`.
    case external(String)
  }

  /// What is done to a text before it is compared.
  public enum Normaliser: UInt8, Sendable {
    /// Nothing: every byte counts.
    case none = 0
    /// `EmailAddress`; a text that is not an address is not an identifier.
    case email = 1
    /// `PhoneNumber.e164`; a text that is not a number is not an identifier.
    case phone = 2

    /// The word in rules files.
    public var name: String {
      switch self {
      case .none: "none"
      case .email: "email"
      case .phone: "phone"
      }
    }
  }

  /// What an alias call says about identity.
  public enum Alias: UInt8, Sendable {
    /// Nothing: it is an event of `userId`.
    case ignore = 0
    /// `previousId` and `userId` are one person.
    case merge = 1

    /// The word in rules files.
    public var name: String { self == .merge ? "merge" : "ignore" }
  }

  /// One type of identifier.
  public struct Entry: Equatable, Sendable {
    /// The type.
    public var type: IdentifierType
    /// Its name in commands, rules and exports.
    public var name: String
    /// Where it is read, in this order.
    public var places: [Place]
    /// How it is normalised.
    public var normaliser: Normaliser

    /// Whether an alias call's `previousId` can be of it: it is what calls are made under, by its type or by
    /// the place where it is read.
    var isOfCallers: Bool {
      type == .userID || type == .anonymousID || places.contains(.userID)
        || places.contains(.anonymousID)
    }

    /// Describes a type.
    public init(
      type: IdentifierType, name: String, places: [Place], normaliser: Normaliser = .none
    ) {
      self.type = type
      self.name = name
      self.places = places
      self.normaliser = normaliser
    }
  }

  /// The types in use, highest priority first.
  public var entries: [Entry]
  /// Types that earlier rules named: their numbers are never given to another.
  public var retired: [Entry] = []
  /// Values that identify nobody.
  public var blocked: BlockedValues
  /// Where telephone numbers without a calling code are from.
  public var country: CountryCode?
  /// What alias calls say.
  public var alias: Alias

  /// Rules with the given types.
  public init(
    entries: [Entry], blocked: BlockedValues = .standard, country: CountryCode? = nil,
    alias: Alias = .merge
  ) {
    self.entries = entries
    self.blocked = blocked
    self.country = country
    self.alias = alias
  }

  /// Those of a store that has none of its own: `user_id`, `email`, `anonymous_id`.
  public static let standard = IdentifierRules(entries: [
    Entry(type: .userID, name: "user_id", places: [.userID]),
    Entry(
      type: .email, name: "email", places: [.email, .external("email")], normaliser: .email),
    Entry(type: .anonymousID, name: "anonymous_id", places: [.anonymousID]),
  ])

  /// The name of a type, also of one that is no longer in use; nil for an unknown number.
  public func name(of type: IdentifierType) -> String? {
    (entries + retired).first { $0.type == type }?.name ?? type.name
  }

  /// The type with a name, also one that is no longer in use.
  public func type(named name: String) -> IdentifierType? {
    (entries + retired).first { $0.name == name }?.type ?? IdentifierType(name: name)
  }

  /// The type's entry, if it is in use.
  public func entry(of type: IdentifierType) -> Entry? { entries.first { $0.type == type } }

  /// The types that an alias call's `previousId` is looked for as, in this order: that of user ids, then that of
  /// anonymous ones, under whatever name `userId` and `anonymousId` are read.
  var formerEntries: [Entry] {
    let user = entry(of: .userID) ?? entries.first { $0.places.contains(.userID) }
    let anonymous = entry(of: .anonymousID) ?? entries.first { $0.places.contains(.anonymousID) }
    guard let user, let anonymous, user.type != anonymous.type else {
      return [user ?? anonymous].compactMap { $0 }
    }
    return [user, anonymous]
  }

  /// An identifier's text as it is compared; nil if it is none of this type: blank, blocked, or not an
  /// address or number where one belongs.
  public func normalised(_ text: RawSpan, as type: IdentifierType) -> [UInt8]? {
    var bytes: [UInt8] = []
    let outcome = IdentifierText.append(
      text, entry(of: type)?.normaliser ?? .none, country,
      BlockedMatcher(blocked, country: country), to: &bytes)
    return outcome == .value ? bytes : nil
  }
}

extension IdentifierRules {
  /// Appends the encoded rules: counted lists of entries in use and retired, then the blocked values
  /// and the country as length-prefixed text, empty for none, then u8 `Alias`.
  public func encode(into writer: inout ByteWriter) {
    for list in [entries, retired] {
      writer.varint(UInt64(list.count))
      for entry in list { entry.encode(into: &writer) }
    }
    for list in [blocked.values, blocked.exact, blocked.patterns] {
      writer.varint(UInt64(list.count))
      for text in list { writer.lengthPrefixed(text) }
    }
    writer.lengthPrefixed(country?.description ?? "")
    writer.u8(alias.rawValue)
  }

  /// Decodes what `encode` wrote.
  ///
  /// - Parameter hasAlias: False for rules from before alias calls had a say, which end with the country.
  public init(_ reader: inout ByteReader, hasAlias: Bool = true) throws(DecodeError) {
    entries = try Self.list(&reader) { (reader) throws(DecodeError) in try Entry(&reader) }
    retired = try Self.list(&reader) { (reader) throws(DecodeError) in try Entry(&reader) }
    let text = { (reader: inout ByteReader) throws(DecodeError) in
      try reader.lengthPrefixed().toString()
    }
    let values = try Self.list(&reader, text)
    let exact = try Self.list(&reader, text)
    blocked = BlockedValues(
      values: values, exact: exact, patterns: try Self.list(&reader, text))
    let country = try reader.lengthPrefixed().toString()
    self.country = CountryCode(country)
    guard country.isEmpty || self.country != nil else { throw reader.invalid() }
    guard let alias = hasAlias ? Alias(rawValue: try reader.u8()) : .ignore else {
      throw reader.invalid()
    }
    self.alias = alias
  }

  private static func list<Element>(
    _ reader: inout ByteReader,
    _ element: (inout ByteReader) throws(DecodeError) -> Element
  ) throws(DecodeError) -> [Element] {
    var result: [Element] = []
    for _ in 0..<(try reader.count()) { result.append(try element(&reader)) }
    return result
  }
}

extension IdentifierRules.Entry {
  fileprivate func encode(into writer: inout ByteWriter) {
    writer.u16(type.rawValue)
    writer.lengthPrefixed(name)
    writer.u8(normaliser.rawValue)
    writer.varint(UInt64(places.count))
    for place in places {
      switch place {
      case .userID: writer.u8(1)
      case .anonymousID: writer.u8(2)
      case .email: writer.u8(3)
      case .path(let keys):
        writer.u8(4)
        writer.varint(UInt64(keys.count))
        for key in keys { writer.lengthPrefixed(key) }
      case .external(let type):
        writer.u8(5)
        writer.lengthPrefixed(type)
      }
    }
  }

  fileprivate init(_ reader: inout ByteReader) throws(DecodeError) {
    type = IdentifierType(rawValue: try reader.u16())
    name = try reader.lengthPrefixed().toString()
    guard let normaliser = IdentifierRules.Normaliser(rawValue: try reader.u8()) else {
      throw reader.invalid()
    }
    self.normaliser = normaliser
    places = []
    for _ in 0..<(try reader.count()) {
      switch try reader.u8() {
      case 1: places.append(.userID)
      case 2: places.append(.anonymousID)
      case 3: places.append(.email)
      case 4:
        var keys: [String] = []
        for _ in 0..<(try reader.count()) { keys.append(try reader.lengthPrefixed().toString()) }
        places.append(.path(keys))
      case 5: places.append(.external(try reader.lengthPrefixed().toString()))
      default: throw reader.invalid()
      }
    }
  }
}
