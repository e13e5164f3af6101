// A person's answers about consent, as the language reads them. The form of the answers is that of Segment's consent
// object: `context.consent.categoryPreferences`, an object of true and false by category.

import Bytes

/// What becomes of different answers that one person gave under different identifiers.
public enum ConsentMerge: String, Sendable, CaseIterable {
  /// A refusal under any of them counts.
  case strictest
  /// The latest answer counts.
  case latest
}

extension Aggregate {
  /// Where events have the answers of persons, by category.
  public static let consentPath = PropertyPath(["context", "consent", "categoryPreferences"])

  /// What marks the answers of an event as some of several, if it is true: the others stay as they are.
  public static let partialConsentPath = PropertyPath(["context", "consent", "partial"])

  /// Where an event has the answer for a category.
  static func consentPath(of category: String) -> PropertyPath {
    PropertyPath(consentPath.keys + [category])
  }

  /// The most bytes of the name of a category.
  public static let consentCategoryMax = 64

  /// Whether a category may have this name: printable ASCII but `"`, `\` and `,`, and no blank at an end.
  public static func isConsentCategory(_ name: String) -> Bool {
    let bytes = Array(name.utf8)
    guard let first = bytes.first, let last = bytes.last, bytes.count <= consentCategoryMax else {
      return false
    }
    return first != 0x20 && last != 0x20
      && bytes.allSatisfy {
        0x20...0x7E ~= $0 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
          && $0 != UInt8(ascii: ",")
      }
  }
}

extension DefinitionParser {
  /// Reads `"advertising", merge: latest, last 365d)` after the opening parenthesis.
  mutating func consent() throws(LanguageError) -> Aggregate {
    let position = token.position
    guard case .string(let category) = token.kind else {
      throw unexpected(
        "expected a consent category in quotes, as in consent(\"advertising\")", among: [])
    }
    guard Aggregate.isConsentCategory(category) else {
      throw LanguageError(
        "a consent category has 1 to \(Aggregate.consentCategoryMax) characters of printable ASCII, "
          + "without quotation marks, backslashes and commas", at: position)
    }
    advance()
    var options = AggregateOptions(AggregateFunction.consent.name, takes: [.merge])
    try read(&options)
    try refuseSession(.consent, options)
    return Aggregate(
      .consent(category, options.merge ?? .strictest), of: .any,
      within: options.window ?? .allTime)
  }

  /// Reads the name of a way of merging.
  mutating func consentMerge() throws(LanguageError) -> ConsentMerge {
    let names = ConsentMerge.allCases.map(\.rawValue)
    guard case .name(let name) = token.kind, let merge = ConsentMerge(rawValue: name) else {
      throw unexpected("expected \(names.joined(separator: " or "))", among: names)
    }
    advance()
    return merge
  }
}
