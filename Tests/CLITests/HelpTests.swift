// The help texts, as one snapshot: a change of the command line shows up in review as text.

import ArgumentParser
import Foundation
import Testing

@testable import CairnCLI

struct HelpTests {
  /// Every command with its path, parents before children.
  private static let commands = tree(CairnCommand.self, [])

  private static func tree(
    _ command: any ParsableCommand.Type, _ parents: [String]
  ) -> [(path: [String], type: any ParsableCommand.Type)] {
    let path = parents + [command._commandName]
    return [(path, command)] + command.configuration.subcommands.flatMap { tree($0, path) }
  }

  // To accept a change: CAIRN_ACCEPT_SNAPSHOTS=1 swift test --filter CLITests
  @Test func helpIsTheSnapshot() throws {
    let folder = URL(filePath: #filePath).deletingLastPathComponent()
    let file = folder.appending(path: "Snapshots/help.txt")
    let text = Self.commands.map { command in
      let help = CairnCommand.helpMessage(for: command.type, columns: 80)
      return "== \(command.path.joined(separator: " "))\n\(help)\n"
    }.joined(separator: "\n")
    if ProcessInfo.processInfo.environment["CAIRN_ACCEPT_SNAPSHOTS"] == "1" {
      try text.write(to: file, atomically: true, encoding: .utf8)
    }
    #expect(try String(contentsOf: file, encoding: .utf8) == text)
  }

  @Test func commandsAreThePromisedOnes() {
    let paths = Set(Self.commands.map { $0.path.dropFirst().joined(separator: " ") })
    let promised: Set = [
      "", "init", "ingest", "plan", "apply", "tick", "quarantine", "quarantine list",
      "quarantine show", "quarantine redrive", "quarantine drop", "tracking", "tracking show",
      "tracking check", "tracking apply",
      "account", "account show", "account list", "profile", "profile show", "profile find",
      "profile explain", "profile split", "profile merge", "identity",
      "identity show", "identity preview", "identity apply", "identity health", "audience",
      "audience list", "audience show", "audience members", "audience explain",
      "audience preview", "audience diff", "trait", "trait list", "trait explain", "export",
      "verify", "rebuild", "compact", "stats", "generate", "changes", "tail", "destination",
      "destination add",
      "destination list", "destination remove", "deliver", "erase", "erasures", "serve",
      "source", "source add", "source list", "source rotate", "source revoke",
      "key", "key add", "key list", "key revoke", "consent", "consent list", "consent show",
      "consent at", "consent set", "consent withheld",
    ]
    #expect(paths == promised)
  }

  @Test func everyLeafHasAnExampleThatParses() throws {
    for command in Self.commands where command.type.configuration.subcommands.isEmpty {
      let discussion = command.type.configuration.discussion
      let name = command.path.joined(separator: " ")
      let example = try #require(discussion.split(separator: "Example: ").last, "\(name)")
      #expect(example.hasPrefix(name), "\(name): the example shows another command")
      let line = example.prefix { $0 != "\n" }
      #expect("Example: \(line)".count <= 80, "\(name): the help breaks the example's line")
      let arguments = try #require(Self.words(of: line), "\(name): a shell reads this otherwise")
        .dropFirst()
      #expect(throws: Never.self, "\(name)") { try CairnCommand.parseAsRoot(Array(arguments)) }
    }
  }

  /// The words that a shell makes of a line; nil where it would do something else than pass them on.
  ///
  /// Single quotes are the only ones that examples use.
  private static func words(of line: Substring) -> [String]? {
    var words: [String] = []
    for (index, part) in line.split(separator: "'", omittingEmptySubsequences: false).enumerated() {
      if index % 2 == 1 {
        words.append((words.popLast() ?? "") + part)
        continue
      }
      guard !part.contains(where: { "<>|&;()$`\\\"*?[]#~!{}".contains($0) }) else { return nil }
      var pieces = part.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      if let last = words.popLast() { pieces[0] = last + pieces[0] }
      words += pieces
    }
    let isOpen = line.count { $0 == "'" } % 2 == 1
    return isOpen ? nil : words.filter { !$0.isEmpty }
  }

  @Test func wordsAreThoseOfAShell() {
    #expect(Self.words(of: "a 'b > c'd  e") == ["a", "b > cd", "e"])
    #expect(Self.words(of: "find --rule ltv>100") == nil)
    #expect(Self.words(of: "find 'ltv") == nil)
  }

  @Test func abstractsAreSentences() {
    for command in Self.commands {
      #expect(command.type.configuration.abstract.hasSuffix("."), "\(command.path)")
    }
  }
}
