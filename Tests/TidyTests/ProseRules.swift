// The language of documents, comments, help and messages: the established word before one of our own making.

/// A word or phrase that prose does not use.
private struct CoinedPhrase {
  var words: [String]
  var instead: String
  var reason: String
  /// What may stand close before it, which makes it idiomatic.
  var after: Set<String> = []
  /// What may come next, which makes it idiomatic.
  var before: Set<String> = []

  init(
    _ text: String, _ instead: String, _ reason: String, after: Set<String> = [],
    before: Set<String> = []
  ) {
    words = text.split(separator: " ").map(String.init)
    self.instead = instead
    self.reason = reason
    self.after = after
    self.before = before
  }

  var text: String { words.joined(separator: " ") }

  /// Whether the phrase stands at an index of a line's words.
  func stands(at index: Int, of line: [ProseWord]) -> Bool {
    guard index + words.count <= line.count else { return false }
    for (offset, word) in words.enumerated() {
      guard line[index + offset].text == word else { return false }
      if offset + 1 < words.count, line[index + offset].endsClause { return false }
    }
    let near = line[max(0, index - 4)..<index].map(\.text)
    if near.contains(where: after.contains) { return false }
    let next = index + words.count
    return next >= line.count || !before.contains(line[next].text)
  }
}

private let leaving: Set<String> = [
  "leave", "leaves", "left", "leaving", "stay", "stays", "stayed", "fall", "falls", "fell",
]

private let comparisons: Set<String> = [
  "longer", "more", "less", "better", "worse", "greater", "smaller", "larger", "earlier", "later",
  "different",
]

private func negations(_ verbs: [String]) -> [CoinedPhrase] {
  verbs.map {
    CoinedPhrase(
      "\($0) no", "\($0) not a", "a thing that is not of a kind is negated with 'not'",
      after: ["there"], before: comparisons)
  }
}

private let coinedPhrases: [CoinedPhrase] =
  negations(["is", "are", "was", "were"]) + [
    CoinedPhrase("anew", "again, or rebuilt, rewritten", "archaic"),
    CoinedPhrase(
      "beside", "next to, with, or concurrently with",
      "it is a place, neither a time nor a relation"
    ),
    CoinedPhrase(
      "behind", "after, or beyond", "what comes later in a file or a list comes after",
      after: leaving),
    CoinedPhrase("told", "reported, sent or known", "programs report", before: ["apart"]),
    CoinedPhrase("mend", "repair", "software is repaired"),
    CoinedPhrase("mends", "repairs", "software is repaired"),
    CoinedPhrase("mended", "repaired", "software is repaired"),
    CoinedPhrase("parted", "split, or separated", "profiles are split"),
    CoinedPhrase("small letters", "lower case", "the name of the thing"),
    CoinedPhrase("whoever", "callers that, readers that, anyone who", "a subject is a noun"),
    CoinedPhrase("twin", "duplicate", "the name of the thing"),
    CoinedPhrase("twins", "duplicates", "the name of the thing"),
    CoinedPhrase("passed over", "skipped, or ignored", "one word says it"),
    CoinedPhrase("keep aside", "quarantine", "the term is in the glossary"),
    CoinedPhrase("keeps aside", "quarantines", "the term is in the glossary"),
    CoinedPhrase("kept aside", "quarantined", "the term is in the glossary"),
    CoinedPhrase("folds aside", "folds separately", "the term is in the glossary"),
    CoinedPhrase("folded aside", "folded separately", "the term is in the glossary"),
    CoinedPhrase("made aside", "made separately", "the term is in the glossary"),
    CoinedPhrase("handed on", "passed on", "the usual verb"),
    CoinedPhrase("handing on", "passing on", "the usual verb"),
    CoinedPhrase("look-up", "lookup", "the usual spelling"),
    CoinedPhrase("look-ups", "lookups", "the usual spelling"),
    CoinedPhrase("re-drive", "redrive", "the term is in the glossary"),
    CoinedPhrase("re-driven", "redriven", "the term is in the glossary"),
    CoinedPhrase("for ever", "forever", "the usual spelling"),
    CoinedPhrase("by halving", "by bisection", "the name of the algorithm"),
    CoinedPhrase("of then", "at that time", "'then' is not a noun"),
    CoinedPhrase("be they", "whether they are", "archaic"),
    CoinedPhrase("sorts of", "kinds of", "the project's word"),
    CoinedPhrase("comes of it", "results", "archaic"),
  ]

private let phrasesByFirstWord = Dictionary(grouping: coinedPhrases) { $0.words[0] }

let proseRules: [Rule] = [
  Rule(
    "prose uses established words",
    remedy: """
      Write plain, idiomatic technical English: the established word that the violation proposes. \
      A term of our own is defined once, in docs/glossary.md.
      """,
    broken: coinedPhrases.map { .sample("Sources/Bytes/A.swift", "/// It \($0.text) it.") } + [
      .sample("docs/a.md", "What stands Behind it."),
      .sample("Sources/Bytes/A.swift", "let text = \"was mended\""),
      .sample("Sources/C/a.cpp", "int a;  // room behind it"),
      .sample("tools/a", "# Made anew."),
    ],
    fine: [
      .sample(
        "docs/a.md", "There is no file, and [it](0011-decisions-beside-inputs.md) is no longer."),
      .sample(
        "docs/a.md", "```\nbehind it\n```\nCalled `told` in code. It is known. No, not a file."),
      .sample("Sources/Bytes/A.swift", "let behind = told(beside)  // It leaves nothing behind."),
      .sample("Tests/BytesTests/A.swift", "/// Besides, they are told apart."),
      .sample("docs/a.md", "| what it is | no marks |\n| one of `a`; then `b` |"),
    ]
  ) { file, _ in
    guard file.path != "Tests/TidyTests/ProseRules.swift" else { return [] }
    return file.prose.enumerated().flatMap { index, line in
      let words = ProseWord.words(of: line)
      return words.indices.flatMap { place in
        (phrasesByFirstWord[words[place].text] ?? []).filter { $0.stands(at: place, of: words) }.map
        {
          Violation(
            path: file.path, line: index + 1,
            found: "'\($0.text)'; say: \($0.instead) (\($0.reason))")
        }
      }
    }
  }
]
