// A rule: what is asked of a file, what to do when it is broken, and a sample that breaks it.

/// One rule of the house.
struct Rule: Sendable, CustomStringConvertible {
  /// What holds, as a phrase.
  let name: String
  /// What to do about a violation.
  let remedy: String
  /// Files that break the rule, each in at least one place.
  let broken: [SourceFile]
  /// Files that look as if they broke it and do not.
  let fine: [SourceFile]
  let check: @Sendable (SourceFile, Tree) -> [Violation]

  var description: String { name }

  init(
    _ name: String, remedy: String, broken: [SourceFile], fine: [SourceFile],
    check: @escaping @Sendable (SourceFile, Tree) -> [Violation]
  ) {
    self.name = name
    self.remedy = remedy
    self.broken = broken
    self.fine = fine
    self.check = check
  }

  /// The violations of a whole tree.
  func violations(in tree: Tree) -> [Violation] { tree.files.flatMap { check($0, tree) } }

  static let all =
    importRules + sizeRules + widthRules + constructRules + wordRules + proseRules + documentRules
}

extension SourceFile {
  /// A sample.
  static func sample(_ path: String, _ text: String) -> SourceFile {
    SourceFile(path: path, text: text)
  }

  /// The lines of `texts` that hold a match of `pattern`.
  func matches(
    of pattern: String, in texts: any KeyPath<SourceFile, [String]> & Sendable = \SourceFile.code
  ) -> [Violation] {
    // Unicode's word boundaries do not split `a.b`; the simple ones do.
    guard let regex = try? Regex(pattern).wordBoundaryKind(.simple) else {
      return [Violation(path: path, line: 0, found: "the rule's pattern is wrong: \(pattern)")]
    }
    return self[keyPath: texts].enumerated().compactMap { index, line in
      guard let match = line.firstMatch(of: regex) else { return nil }
      return Violation(path: path, line: index + 1, found: String(line[match.range]))
    }
  }
}
