// Which words name the command, and where the store comes from.

import ArgumentParser
import Testing

@testable import CairnCLI

struct CommandRouteTests {
  private func words(_ line: String, _ variable: String? = nil) throws -> String {
    try CommandRoute(line.split(separator: " ").map(String.init), storeVariable: variable)
      .words.joined(separator: " ")
  }

  @Test(
    arguments: [
      ("stats s", nil, "stats s"),
      ("stats", "v", "stats v"),
      ("stats --json", "v", "stats v --json"),
      ("stats --store s", "v", "stats s"),
      ("--store s stats --json", nil, "stats s --json"),
      ("audience --store=s show big", nil, "audience show s big"),
      ("audience diff a --store s b", "v", "audience diff s a b"),
      ("audience overlap a b", "v", "audience overlap v a b"),
      ("ingest a b --preview", "v", "ingest v a b --preview"),
      ("plan d --prune", "v", "plan v d --prune"),
      ("tracking check p", "v", "tracking check v p"),
      ("audience preview -- --store", "v", "audience preview v -- --store"),
      // Not for commands without a store.
      ("generate --events 1", "v", "generate --events 1"),
      ("help ingest", "v", "help ingest"),
      ("--version", "v", "--version"),
      ("--generate-completion-script bash", "v", "--generate-completion-script bash"),
      ("---completion stats -- store", "v", "---completion stats -- store"),
    ] as [(String, String?, String)])
  func theStoreIsTheFirstArgument(line: String, variable: String?, expected: String) throws {
    #expect(try words(line, variable) == expected)
  }

  @Test(arguments: ["stats --store", "stats --store=", "stats --store a --store b", "lookup"])
  func wrongWordsAreUsage(_ line: String) {
    #expect { try words(line, "v") } throws: { ($0 as? CommandFailure)?.status == .usage }
  }

  /// With the variable a store as an argument is one word too many, never a store.
  @Test(
    arguments: [
      "stats s", "init s", "audience show s big", "apply s d.yaml", "profile show s user_id:1",
      "export s events --format csv", "erase s user_id:1",
      "destination add s n --file f --audience a",
      "trait explain s ltv", "quarantine show s 1", "tracking apply s p",
    ])
  func nothingIsTakenForTheStoreByChance(_ line: String) {
    let words = line.split(separator: " ").map(String.init)
    #expect(throws: Never.self) { try CairnCommand.command(for: words, storeVariable: nil) }
    #expect { try CairnCommand.command(for: words, storeVariable: "v") } throws: { error in
      let failure = error as? CommandFailure
      return failure?.status == .usage && failure?.remedy.contains("CAIRN_STORE") == true
    }
  }

  @Test func everyCommandButGenerateTakesAStore() {
    func leaves(_ type: any ParsableCommand.Type) -> [any ParsableCommand.Type] {
      let below = type.configuration.subcommands
      return below.isEmpty ? [type] : below.flatMap(leaves)
    }
    let without = leaves(CairnCommand.self).filter { !StoreArgument.isTaken(by: $0) }
    #expect(without.map { $0._commandName } == ["generate"])
  }
}
