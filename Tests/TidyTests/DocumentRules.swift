// Documents: links that lead somewhere, and text that holds on every machine.

import Foundation

/// The relative targets of Markdown links in a line.
private func linkTargets(_ line: String) -> [String] {
  line.matches(of: #/\]\(([^)\s]+)\)/#).map { String($0.output.1) }.filter { target in
    !target.hasPrefix("#") && !target.contains("://") && !target.hasPrefix("mailto:")
  }
}

/// The path relative to the project that a link in `file` leads to.
private func resolve(_ target: String, from file: SourceFile) -> String {
  var parts = file.path.split(separator: "/").dropLast().map(String.init)
  for part in target.prefix(while: { $0 != "#" }).split(separator: "/") {
    switch part {
    case ".": continue
    case "..": parts = Array(parts.dropLast())
    default: parts.append(String(part))
    }
  }
  return parts.joined(separator: "/")
}

let documentRules: [Rule] = [
  Rule(
    "links in documents lead somewhere",
    remedy: "Correct the path; it is relative to the document.",
    broken: [
      .sample("docs/a.md", "See [b](b.md)."), .sample("README.md", "[c](docs/c.md#part)"),
    ],
    fine: [
      .sample("docs/a.md", "[a](a.md) [top](#top) [web](https://example.com/x) [up](../docs/a.md)")
    ]
  ) { file, tree in
    guard file.path.hasSuffix(".md") else { return [] }
    return file.lines.enumerated().flatMap { index, line in
      linkTargets(line).filter { !tree.holds(resolve($0, from: file)) }.map {
        Violation(path: file.path, line: index + 1, found: "a link to \($0)")
      }
    }
  },
  Rule(
    "documents named in code exist",
    remedy: "Correct the name, or write the document.",
    broken: [.sample("Sources/Bytes/A.swift", "// Why: docs/decisions/9999-nothing.md.")],
    fine: [.sample("Tests/BytesTests/A.swift", "// Why: docs/decisions/9999-nothing.md.")]
  ) { file, tree in
    guard file.isIn("Sources") else { return [] }
    return file.matches(of: #"docs/[\w/.-]+\.md"#, in: \SourceFile.lines).filter {
      !tree.holds($0.found)
    }
  },
  Rule(
    "decisions are short and complete",
    remedy: """
      Keep to 60 lines under the headings Context, Options, Choice, What would change our mind.
      """,
    broken: [
      .sample("docs/decisions/0001-a.md", "# A\n\n## Context\n\n## Choice\n"),
      .sample(
        "docs/decisions/0002-b.md",
        "## Context\n## Options\n## Choice\n## What would change our mind\n"
          + String(repeating: "b\n", count: 60)),
    ],
    fine: [
      .sample(
        "docs/decisions/0001-a.md",
        "# A\n\n## Context\n\n## Options\n\n## Choice\n\n## What would change our mind\n")
    ]
  ) { file, _ in
    guard file.isIn("docs/decisions"), file.name.first?.isNumber == true else { return [] }
    let headings = ["Context", "Options", "Choice", "What would change our mind"]
    let missing = headings.filter { heading in !file.lines.contains("## \(heading)") }
    var result = missing.map { Violation(path: file.path, line: 1, found: "no '\($0)'") }
    if file.lines.count > 61 {
      result.append(Violation(path: file.path, line: 61, found: "\(file.lines.count - 1) lines"))
    }
    return result
  },
]
