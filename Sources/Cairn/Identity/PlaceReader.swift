// Where identifiers are read, as a rules file says it, and as it is written back.

import Bytes
import Engine
import Events
import Profiles
import Yams

/// Reads the places of one type of identifier.
struct PlaceReader: YAMLReading {
  let file: String

  /// Reads the list under `from`: paths, and `{external: TYPE}` for a type of `context.externalIds`.
  func places(_ value: Node) throws(DefinitionError) -> [IdentifierRules.Place] {
    guard let list = value.sequence, !list.isEmpty else {
      throw failure("`from` is a list of paths, as in [traits.phone]", value)
    }
    var places: [IdentifierRules.Place] = []
    for item in list {
      if let mapping = item.mapping {
        guard mapping.count == 1, let only = mapping.first, only.key.string == "external" else {
          throw failure("an element of `from` is a path, or {external: TYPE}", item)
        }
        places += try externals(only.value)
      } else {
        places.append(.path(try keys(item)))
      }
    }
    return Self.named(places)
  }

  /// Reads one type of `context.externalIds`, or a list of them.
  func externals(_ value: Node) throws(DefinitionError) -> [IdentifierRules.Place] {
    let items = value.sequence.map { Array($0) } ?? [value]
    guard !items.isEmpty else { throw failure("`external` names no type", value) }
    var places: [IdentifierRules.Place] = []
    for item in items {
      guard let type = item.scalar?.string, !type.isEmpty else {
        throw failure("`external` is a type in context.externalIds, or a list of them", item)
      }
      places.append(.external(type))
    }
    return places
  }

  private func keys(_ item: Node) throws(DefinitionError) -> [String] {
    let keys = (item.scalar?.string ?? "").split(
      separator: ".", omittingEmptySubsequences: false
    ).map(String.init)
    guard !keys.contains("") else {
      throw failure(
        "a path is a list of keys from the top of the event, as in traits.phone or previousId", item
      )
    }
    guard !["type", "event"].contains(keys[0]) else {
      throw failure("\(keys[0]) says what happened and does not identify anyone", item)
    }
    return keys
  }

  /// The places that have a name of their own in place of their paths.
  private static func named(_ places: [IdentifierRules.Place]) -> [IdentifierRules.Place] {
    var result: [IdentifierRules.Place] = []
    var rest = places[...]
    while let first = rest.first {
      if rest.starts(with: emails) {
        result.append(.email)
        rest = rest.dropFirst(emails.count)
        continue
      }
      switch first {
      case .path(["userId"]): result.append(.userID)
      case .path(["anonymousId"]): result.append(.anonymousID)
      default: result.append(first)
      }
      rest = rest.dropFirst()
    }
    return result
  }

  /// What `.email` stands for, written next to one another in this order.
  fileprivate static let emails: [IdentifierRules.Place] = [
    .path(["traits", "email"]), .path(["context", "traits", "email"]),
    .path(["properties", "email"]),
  ]
}

extension IdentifierRules.Place {
  /// One element of the list under `from`.
  public enum Element: Equatable, Sendable {
    /// A path of keys, joined by full stops.
    case path(String)
    /// A type of `context.externalIds`.
    case external(String)

    fileprivate var yaml: String {
      switch self {
      case .path(let path): path.asScalar
      case .external(let type): "{external: \(type.asScalar)}"
      }
    }
  }

  /// The elements that say the place in a rules file.
  public var elements: [Element] {
    switch self {
    case .userID: [.path("userId")]
    case .anonymousID: [.path("anonymousId")]
    case .email: PlaceReader.emails.flatMap(\.elements)
    case .path(let keys): [.path(keys.joined(separator: "."))]
    case .external(let type): [.external(type)]
    }
  }
}

extension IdentityRules {
  /// The rules as a file that `IdentityRulesFile` reads as the same rules, complete.
  public var yaml: String {
    var text = identifiers.country.map { "country: \($0)\n" } ?? ""
    text += "alias: \(identifiers.alias.name)\n"
    text += "identifiers:\n"
    for (entry, constraint) in zip(identifiers.entries, constraints) {
      let from = entry.places.flatMap(\.elements).map(\.yaml).joined(separator: ", ")
      var options = ["from: [\(from)]", "normalise: \(entry.normaliser.name)"]
      if let limit = constraint.limit {
        options += ["limit: \(limit.count)", "per: \(limit.period.name)"]
      }
      if constraint.isProtected { options.append("protected: true") }
      text += "  - \(entry.name): {\(options.joined(separator: ", "))}\n"
    }
    text += "blocked:\n"
    let lists = [
      ("values", identifiers.blocked.values), ("exact", identifiers.blocked.exact),
      ("patterns", identifiers.blocked.patterns),
    ]
    for (name, list) in lists {
      text += "  \(name): [\(list.map(\.asScalar).joined(separator: ", "))]\n"
    }
    return text
  }
}

extension String {
  /// What YAML may read as something other than a text.
  private static let otherwiseRead: Set<String> = [
    "null", "nan", "true", "false", "yes", "no", "y", "n", "on", "off",
  ]

  /// The text as a YAML scalar: as it is where it is plainly a text, else as in JSON.
  fileprivate var asScalar: String {
    let isPlain =
      utf8.first.map { (0x61...0x7A).contains($0 | 0x20) } == true
      && utf8.allSatisfy { byte in
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
          || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
      }
    if isPlain, !Self.otherwiseRead.contains(lowercased()) { return self }
    var writer = ByteWriter()
    let bytes = Array(utf8)
    writer.jsonString(bytes.span.bytes)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
