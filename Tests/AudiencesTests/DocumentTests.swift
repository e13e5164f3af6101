// Reads docs/definitions.md, so that its examples cannot rot.

import Foundation
import Profiles
import Testing

@testable import Audiences

/// The fenced blocks of a document: their language and their lines.
private func blocks(_ text: String) -> [(language: String, lines: [String])] {
  var result: [(language: String, lines: [String])] = []
  var isInside = false
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if line.hasPrefix("```") {
      if !isInside { result.append((String(line.dropFirst(3)), [])) }
      isInside.toggle()
    } else if isInside, !line.isEmpty {
      result[result.count - 1].lines.append(String(line))
    }
  }
  return result
}

@Suite struct DocumentTests {
  private func document() throws -> [(language: String, lines: [String])] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let url = root.appending(path: "docs/definitions.md")
    return blocks(try String(contentsOf: url, encoding: .utf8))
  }

  /// The definitions of the YAML example, which the other examples may name.
  private func definitions() throws -> DefinitionSet {
    var set = DefinitionSet()
    var section = ""
    let yaml = try #require(try document().first { $0.language == "yaml" })
    for line in yaml.lines {
      guard line.hasPrefix("  ") else {
        section = line
        continue
      }
      let colon = try #require(line.firstRange(of: ": "))
      let name = String(line[..<colon.lowerBound].dropFirst(2))
      // As YAML does: single quotes around a text are not part of it.
      let text = String(line[colon.upperBound...]).trimmingCharacters(in: ["'"])
      if section == "traits:" {
        try set.define(trait: name, text)
      } else {
        try set.define(audience: name, text)
      }
    }
    return set
  }

  @Test("the definitions of the YAML example fit together")
  func yaml() throws {
    let set = try definitions()
    #expect(set.traits.count == 4 && set.audiences.count == 3)
  }

  @Test("every example is read, and prints to a text that reads back")
  func examples() throws {
    let set = try definitions()
    var counts: [String: Int] = [:]
    for (language, lines) in try document() {
      counts[language, default: 0] += lines.count
      for line in lines {
        switch language {
        case "trait":
          let expression = try Expression(parsing: line)
          #expect(try Expression(parsing: expression.description) == expression)
          var copy = set
          try copy.define(trait: "example", line)
        case "condition":
          let condition = try EventCondition(parsing: line)
          #expect(try EventCondition(parsing: condition.description) == condition)
        case "rule":
          let rule = try Rule(parsing: line)
          #expect(try Rule(parsing: rule.description) == rule)
          var copy = set
          try copy.define(audience: "example", line)
        case "expression":
          let expression = try Expression(parsing: line)
          #expect(try Expression(parsing: expression.description) == expression)
          var copy = set
          try copy.define(trait: "example", line)
        case "account":
          var copy = set
          try copy.apply([.defineAudience("example", line, of: .account)])
        case "asking":
          let rule = try Rule(parsing: line)
          #expect(try Rule(parsing: rule.description) == rule)
          var copy = set
          try copy.apply([
            .defineTrait("demos", "count(\"Demo Requested\")", of: .account),
            .defineAudience("hot_accounts", "demos > 3", of: .account),
            .defineAudience("example", line),
          ])
        default: break
        }
      }
    }
    #expect(counts["trait"] == 21 && counts["condition"] == 8 && counts["rule"] == 13)
    #expect(counts["expression"] == 6 && counts["account"] == 4 && counts["asking"] == 4)
  }

  @Test("the errors shown are those that come")
  func errors() throws {
    let set = try definitions()
    let shown = try document().filter { $0.language == "error" }
    #expect(shown.count == 3)
    for block in shown {
      try #require(block.lines.count == 2)
      var copy = set
      let error = #expect(throws: InvalidDefinition.self) {
        try copy.define(audience: "example", block.lines[0])
      }
      #expect(error?.error.description == block.lines[1])
    }
  }
}
