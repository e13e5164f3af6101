// Names as Google hashes them. Its documents say no more than "don't include prefixes such as Mrs." and
// "suffixes such as Jr."; the complete lists are in the formatter that Google publishes.

/// First and last names by Google's rules.
///
/// Source: googleads/data-manager-java, `UserDataFormatter.formatGivenName` and `formatFamilyName`. Beyond
/// those, a prefix or suffix counts with and without its dots.
enum GoogleName {
  /// A first name without `Mr.`, `Mrs.`, `Ms.` and `Dr.`; blanks between names stay as they are.
  ///
  /// A prefix with its dot is removed anywhere, one without it only before other names: `Dr` alone may
  /// be one. Returns nil if nothing is left.
  static func given(_ text: String) -> String? {
    var rest = AdText.normalised(text).unicodeScalars[...]
    var kept = String.UnicodeScalarView()
    var isFirst = true
    while !rest.isEmpty {
      let word = rest.prefix { !$0.isBlank }
      rest = rest.dropFirst(word.count)
      let hasDot = word.last == "."
      let isPrefix = prefixes.contains(String(hasDot ? word.dropLast() : word))
      if isPrefix, hasDot || isFirst && !rest.isEmpty {
        // One space is removed with it, as in Google's pattern.
        rest = rest.dropFirst()
      } else {
        kept.append(contentsOf: word)
        let blanks = rest.prefix { $0.isBlank }
        kept.append(contentsOf: blanks)
        rest = rest.dropFirst(blanks.count)
        if !word.isEmpty { isFirst = false }
      }
    }
    return nonEmpty(String(kept).trimmed)
  }

  /// A last name without suffixes such as `Jr.`, `III` and `, Ph.D.`, as many as there are.
  ///
  /// Returns nil if nothing is left.
  static func family(_ text: String) -> String? {
    var name = AdText.normalised(text).unicodeScalars[...]
    while let end = name.lastIndex(where: { $0.isBlank || $0 == "," }) {
      let last = name[name.index(after: end)...]
      let bare = String(String.UnicodeScalarView(last.filter { $0 != "." }))
      guard suffixes.contains(bare) else { break }
      name = name[..<end]
      while name.last?.isBlank == true { name = name.dropLast() }
      // `King, Jr.`: the comma belonged to the suffix.
      if name.last == "," { name = name.dropLast() }
      while name.last?.isBlank == true { name = name.dropLast() }
    }
    return nonEmpty(String(name))
  }

  private static func nonEmpty(_ text: String) -> String? { text.isEmpty ? nil : text }

  private static let prefixes: Set<String> = ["mr", "mrs", "ms", "dr"]
  private static let suffixes: Set<String> = [
    "jr", "sr", "2nd", "3rd", "ii", "iii", "iv", "v", "vi", "cpa", "dc", "dds", "vm", "jd", "md",
    "phd",
  ]
}
