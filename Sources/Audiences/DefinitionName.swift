// What traits and audiences may be called.

import Profiles

/// The rule for names of definitions.
public enum DefinitionName {
  /// The most letters a name has.
  public static let lengthMax = 64

  /// Words of the language, which cannot be names.
  static let reserved: Set<String> = [
    "and", "or", "not", "in", "contains", "where", "exists", "performed", "true", "false", "null",
    "last", "first", "count", "sum", "currency", "avg", "min", "max", "member", "members",
    "sequence",
    "any", "all", "no", "none", "unmatched", "traits", "bucket", "stage", "if", "match", "date",
  ]

  /// Whether `name` matches `^[a-z][a-z0-9_]{0,63}$` and is not a keyword of the language.
  public static func isValid(_ name: String) -> Bool {
    isPlain(name) && !reserved.contains(name)
  }

  /// Whether it is the name of the audience of a consent category.
  static func isConsent(_ name: String) -> Bool {
    ConsentCategory.name(ofAudience: name).map(Aggregate.isConsentCategory) ?? false
  }

  /// Whether `name` matches `^[a-z][a-z0-9_]{0,63}$`.
  static func isPlain(_ name: String) -> Bool {
    let bytes = name.utf8
    guard let first = bytes.first, bytes.count <= lengthMax else { return false }
    let letters = UInt8(ascii: "a")...UInt8(ascii: "z")
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    return letters.contains(first)
      && bytes.allSatisfy {
        letters.contains($0) || digits.contains($0) || $0 == UInt8(ascii: "_")
      }
  }

  static let requirement =
    "a name has at most 64 lowercase letters, digits and _, begins with a letter, "
    + "and is not a keyword of the language"
}
