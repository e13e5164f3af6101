// Names: one word for one thing, and no word that says nothing.

/// Words that are not used in names of the project's own API, and what to say instead.
private let avoidedWords: [String: String] = [
  "Utils": "name the job", "Util": "name the job", "Utilities": "name the job",
  "Helper": "name the job", "Helpers": "name the job", "Manager": "name the job",
  "Common": "name the job", "Misc": "name the job", "LSN": "sequence", "Lsn": "sequence",
  "Cohort": "audience", "Stitch": "merge", "GC": "compaction", "Docid": "ordinal",
  "Sink": "destination", "Transaction": "batch or commit", "Tuple": "record",
]

/// The words of a name in camel case: `lastLSNSeen` is last, LSN, Seen.
func camelWords(_ name: String) -> [String] {
  var words: [String] = []
  var word = ""
  let characters = Array(name)
  for (index, character) in characters.enumerated() {
    let follows = index + 1 < characters.count ? characters[index + 1] : "_"
    let startsWord =
      character.isUppercase && (word.last?.isUppercase != true || follows.isLowercase)
    if startsWord || !character.isLetter, !word.isEmpty {
      words.append(word)
      word = ""
    }
    if character.isLetter { word.append(character) }
  }
  return word.isEmpty ? words : words + [word]
}

private func avoided(_ name: String) -> String? {
  for word in camelWords(name) {
    let capitalised = word.prefix(1).uppercased() + word.dropFirst()
    if let instead = avoidedWords[capitalised] { return "'\(word)' in \(name); say: \(instead)" }
  }
  return nil
}

let wordRules: [Rule] = [
  Rule(
    "names of types and of the public API use the project's words",
    remedy: "Say what the violation proposes, or a name that tells the job.",
    broken: [
      .sample("Sources/Bytes/A.swift", "public struct ByteUtils {}"),
      .sample("Sources/Bytes/A.swift", "  public let lastLSN: UInt64"),
      .sample("Sources/Bytes/A.swift", "package func beginTransaction() {}"),
      .sample("Sources/Bytes/A.swift", "  case cohort"),
    ],
    fine: [
      .sample(
        "Sources/Bytes/A.swift", "public let sinking = 1 // a cohort\nlet common = f(a.sink())")
    ]
  ) { file, _ in
    guard file.isSwift, file.isIn("Sources") else { return [] }
    let type = #/\b(?:struct|class|enum|protocol|actor|typealias)\s+(\w+)/#.wordBoundaryKind(
      .simple)
    let member = #/\b(?:func|var|let|case|struct|class|enum|protocol|actor|typealias)\s+(\w+)/#
      .wordBoundaryKind(.simple)
    return file.code.enumerated().flatMap { index, line in
      let isFace = line.contains("public ") || line.contains("package ")
      let isCase = line.drop { $0 == " " }.hasPrefix("case ")
      return line.matches(of: isFace || isCase ? member : type).compactMap { match in
        avoided(String(match.output.1)).map {
          Violation(path: file.path, line: index + 1, found: $0)
        }
      }
    }
  },
  Rule(
    "file names tell the job",
    remedy: "Name the file after the type or the job it holds.",
    broken: [.sample("Sources/Bytes/ByteHelpers.swift", "// A."), .sample("docs/misc.md", "# A")],
    fine: [.sample("Sources/Bytes/RawSpan+Bytes.swift", "// A.")]
  ) { file, _ in
    let stem = String(file.name.prefix { $0 != "." })
    return avoided(stem).map { [Violation(path: file.path, line: 1, found: $0)] } ?? []
  },
  Rule(
    "files open with what they hold",
    remedy: "Begin with a short // paragraph: what the file holds, and why it is separate.",
    broken: [.sample("Sources/Bytes/A.swift", "import CXXHash\n")],
    fine: [.sample("Sources/Bytes/A.swift", "// Hashing.\n\nimport CXXHash\n")]
  ) { file, _ in
    guard file.isSwift, file.isIn("Sources") || file.isIn("Benchmarks") else { return [] }
    guard file.lines.first?.hasPrefix("// ") != true else { return [] }
    return [Violation(path: file.path, line: 1, found: "no opening paragraph")]
  },
]
