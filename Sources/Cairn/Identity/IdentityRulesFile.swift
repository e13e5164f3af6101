// Identity rules as a YAML file: the only place that knows the file's shape.

import Engine
import Events
import Profiles
import Yams

/// Reads identity rules.
///
///     country: DE
///     alias: merge
///     identifiers:            # highest priority first
///       - user_id: {limit: 1, per: ever, protected: true}
///       - email: {limit: 5, per: year}
///       - phone: {from: [traits.phone], external: phone, normalise: phone}
///       - anonymous_id: {limit: 5, per: week}
///     blocked:
///       values: [anonymous, guest]
///       exact: [None]
///       patterns: ["^[0-]*$"]
public enum IdentityRulesFile {
  /// Reads the rules of one YAML text; types of a store's own are numbered as in an empty store.
  ///
  /// - Throws: `DefinitionError` naming file, line and column.
  public static func read(_ yaml: String, file: String) throws(DefinitionError) -> IdentityRules {
    guard let root = try YAMLText.root(of: yaml, file: file), let sections = root.mapping else {
      throw DefinitionError(
        message: "the file must contain the key `identifiers`", file: file, line: 1, column: 1)
    }
    var reader = RulesReader(file: file)
    for (key, value) in sections { try reader.read(key, value) }
    guard !reader.entries.isEmpty else {
      throw reader.failure("`identifiers` names no type; list at least one", root)
    }
    return IdentityRules(
      identifiers: IdentifierRules(
        entries: reader.entries, blocked: reader.blocked, country: reader.country,
        alias: reader.alias),
      constraints: reader.constraints
    ).renumbered(after: IdentityRules(identifiers: IdentifierRules(entries: []), constraints: []))
  }
}

/// The rules as far as they have been read.
private struct RulesReader: YAMLReading {
  let file: String
  var entries: [IdentifierRules.Entry] = []
  var constraints: [IdentityRules.Constraint] = []
  var blocked = BlockedValues.standard
  var country: CountryCode?
  var alias = IdentifierRules.Alias.merge

  init(file: String) { self.file = file }

  mutating func read(_ key: Node, _ value: Node) throws(DefinitionError) {
    switch key.string {
    case "country":
      guard let code = value.scalar.flatMap({ CountryCode($0.string) }),
        PhoneCountry.of(code) != nil
      else {
        let meant = value.scalar.flatMap { CountryCode.reading($0.string) }
        let hint = meant.map { "; write \($0)" } ?? ""
        throw failure("a country is two letters, as in DE\(hint)", value)
      }
      country = code
    case "identifiers":
      guard let list = value.sequence else {
        throw failure("`identifiers` must be a list, highest priority first", value)
      }
      for item in list { try readType(item) }
    case "alias":
      switch value.scalar?.string {
      case "merge": alias = .merge
      case "ignore": alias = .ignore
      default: throw failure("`alias` is merge or ignore", value)
      }
    case "blocked":
      try readBlocked(value)
    default:
      throw failure(
        "unknown key; a rules file has `identifiers`, `alias`, `blocked` and `country`", key)
    }
  }

  private mutating func readType(_ item: Node) throws(DefinitionError) {
    let name: String
    var options: Node.Mapping?
    var place = item
    if let scalar = item.scalar {
      name = scalar.string
    } else if let mapping = item.mapping, mapping.count == 1, let only = mapping.first,
      let text = only.key.scalar?.string
    {
      name = text
      place = only.key
      guard only.value.isNull || only.value.mapping != nil else {
        throw failure("write the options of \(name) as {limit: 5, per: week}", only.value)
      }
      options = only.value.mapping
    } else {
      throw failure("an entry is a type's name, or one name with its options", item)
    }
    try check(name, place)
    var entry = IdentifierRules.Entry(
      type: IdentifierType(name: name) ?? .firstCustom, name: name, places: defaultPlaces(name),
      normaliser: name == "email" ? .email : name == "phone" ? .phone : .none)
    var constraint = IdentityRules.Constraint(entry.type)
    if let options { try read(options, of: name, &entry, &constraint, place) }
    guard !entry.places.isEmpty else {
      throw failure("say where \(name) is read: {from: [traits.\(name)]}", place)
    }
    entries.append(entry)
    constraints.append(constraint)
  }

  private func check(_ name: String, _ place: Node) throws(DefinitionError) {
    let isWord =
      name.utf8.allSatisfy {
        (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2E
      } && !name.isEmpty && name.utf8.count <= 64
    guard isWord else {
      throw failure("a type's name has lower case letters, digits, `_` and `.` only", place)
    }
    guard name != "group_id", name != "profile_id" else {
      throw failure("\(name) does not identify a person; leave it out", place)
    }
    guard !entries.contains(where: { $0.name == name }) else {
      throw failure("\(name) is listed already; keep one of the two", place)
    }
  }

  private func defaultPlaces(_ name: String) -> [IdentifierRules.Place] {
    switch name {
    case "user_id": [.userID]
    case "anonymous_id": [.anonymousID]
    case "email": [.email, .external("email")]
    case "phone":
      [.path(["traits", "phone"]), .path(["context", "traits", "phone"]), .external("phone")]
    default: []
    }
  }

  private mutating func read(
    _ options: Node.Mapping, of name: String, _ entry: inout IdentifierRules.Entry,
    _ constraint: inout IdentityRules.Constraint, _ place: Node
  ) throws(DefinitionError) {
    var count: UInt32?
    var period = IdentityRules.Period.ever
    var hasPeriod = false
    var places: [IdentifierRules.Place] = []
    for (key, value) in options {
      switch key.string {
      case "limit":
        guard let number = value.scalar.flatMap({ UInt32($0.string) }), number > 0 else {
          throw failure("a limit is a whole number from 1", value)
        }
        count = number
      case "per":
        let word = value.scalar?.string
        guard let found = IdentityRules.Period.allCases.first(where: { $0.name == word }) else {
          throw failure("`per` is one of ever, year, month, week, day", value)
        }
        period = found
        hasPeriod = true
      case "protected":
        guard let flag = value.boolean else { throw failure("`protected` is true or false", value) }
        constraint.isProtected = flag
      case "normalise":
        entry.normaliser = try normaliser(value)
      case "from":
        places += try PlaceReader(file: file).places(value)
      case "external":
        places += try PlaceReader(file: file).externals(value)
      default:
        throw failure(
          "unknown option of \(name); the options are limit, per, protected, from, external, normalise",
          key)
      }
    }
    if !places.isEmpty { entry.places = places }
    if let count {
      constraint.limit = IdentityRules.Limit(count, period)
    } else if hasPeriod {
      throw failure("`per` needs a `limit`", place)
    }
  }

  private func normaliser(_ value: Node) throws(DefinitionError) -> IdentifierRules.Normaliser {
    switch value.scalar?.string {
    case "none": .none
    case "email": .email
    case "phone": .phone
    default: throw failure("`normalise` is one of none, email, phone", value)
    }
  }

  private mutating func readBlocked(_ value: Node) throws(DefinitionError) {
    guard let lists = value.mapping else {
      throw failure("`blocked` has `values`, `exact` and `patterns`", value)
    }
    for (key, list) in lists {
      guard let items = list.sequence else { throw failure("must be a list of texts", list) }
      var texts: [String] = []
      for item in items {
        guard let text = item.scalar?.string else { throw failure("must be a text", item) }
        texts.append(text)
      }
      switch key.string {
      case "values": blocked.values = texts
      case "exact": blocked.exact = texts
      case "patterns":
        for (text, item) in zip(texts, items) where BlockedPattern(text) == nil {
          throw failure("\(text) is not a pattern; supported are . [sets] * + ? and \\ only", item)
        }
        blocked.patterns = texts
      default: throw failure("unknown key; `blocked` has `values`, `exact`, `patterns`", key)
      }
    }
  }
}
