// How long a file and a function may be.

private let fileLinesMax = 500
private let functionLinesMax = 70

/// Functions of a file: where each starts, and how many lines it has from signature to brace.
///
/// Measured by braces in the blanked code: a `func`, `init`, `deinit` or `subscript` that opens a
/// body. Nested functions count in themselves and in what holds them.
func functionLengths(_ file: SourceFile) -> [(line: Int, length: Int)] {
  struct Open {
    var line: Int
    var depth: Int
  }
  let word = #/\b(func|init|deinit|subscript)\b/#.wordBoundaryKind(.simple)
  var result: [(line: Int, length: Int)] = []
  var open: [Open] = []
  var pending: Int?
  var braces = 0
  var parentheses = 0
  for (index, line) in file.code.enumerated() {
    // A new declaration before a body was seen: the former one had none, as in a protocol.
    if parentheses == 0, isDeclaration(line), line.firstMatch(of: word) != nil { pending = index }
    for character in line {
      switch character {
      case "(": parentheses += 1
      case ")": parentheses -= 1
      case "{":
        if let start = pending, parentheses == 0 {
          open.append(Open(line: start, depth: braces))
          pending = nil
        }
        braces += 1
      case "}":
        braces -= 1
        if let last = open.last, last.depth == braces {
          open.removeLast()
          result.append((last.line + 1, index - last.line + 1))
        }
        if parentheses == 0 { pending = nil }
      default: break
      }
    }
  }
  return result
}

/// Whether a line can begin a declaration of a function, rather than call one: `self.init(`,
/// `.init(` and `let x = init(` do not.
private func isDeclaration(_ line: String) -> Bool {
  let modifiers: Set<Substring> = [
    "public", "package", "internal", "fileprivate", "private", "static", "class", "final",
    "override", "mutating", "nonmutating", "consuming", "borrowing", "required", "convenience",
    "indirect", "nonisolated", "isolated", "prefix", "postfix", "infix", "open",
  ]
  let plain = line.replacing(#/@\w+(\([^)]*\))?/#, with: "")
  for word in plain.split(separator: " ") {
    let name = word.prefix { $0.isLetter }
    if modifiers.contains(name) { continue }
    return ["func", "init", "deinit", "subscript"].contains(name)
  }
  return false
}

private func longFunction(lines: Int) -> String {
  "func f(\n  a: Int\n) {\n" + String(repeating: "  if a {}\n", count: lines - 4) + "}\n"
}

let sizeRules: [Rule] = [
  Rule(
    "files have at most \(fileLinesMax) lines",
    remedy: "Split the file by job; one type a file, its aspects next to it as Type+Aspect.swift.",
    broken: [
      .sample("Sources/Bytes/A.swift", String(repeating: "\n", count: fileLinesMax + 1))
    ],
    fine: [.sample("Sources/Bytes/A.swift", String(repeating: "\n", count: fileLinesMax - 1))]
  ) { file, _ in
    let isCode = [".swift", ".h", ".cpp"].contains(where: file.path.hasSuffix)
    guard isCode, file.lines.count > fileLinesMax else { return [] }
    return [Violation(path: file.path, line: fileLinesMax, found: "\(file.lines.count) lines")]
  },
  Rule(
    "functions have at most \(functionLinesMax) lines",
    remedy: "Name a part of the function and move it out.",
    broken: [
      .sample("Sources/Bytes/A.swift", longFunction(lines: functionLinesMax + 1)),
      .sample(
        "Sources/Bytes/A.swift",
        "struct S {\n  init() {\n" + String(repeating: "    f()\n", count: 70) + "  }\n}\n"),
    ],
    fine: [
      .sample("Sources/Bytes/A.swift", longFunction(lines: functionLinesMax)),
      .sample(
        "Sources/Bytes/A.swift",
        "protocol P {\n  func f()\n}\nstruct S {\n" + String(repeating: "  let a = 1\n", count: 90)
          + "}\n"),
    ]
  ) { file, _ in
    guard file.isSwift else { return [] }
    return functionLengths(file).filter { $0.length > functionLinesMax }.map {
      Violation(path: file.path, line: $0.line, found: "a function of \($0.length) lines")
    }
  },
]
