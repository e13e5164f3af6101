// Words that a client may send to a server: only those of reading commands are run, and none ends the process.

import Engine
import Foundation
import Testing

@testable import CairnCLI
@testable import CairnServer

@Suite struct ServedWordsTests {
  private static func command(_ words: [String]) -> ServedCommand? {
    let surroundings = CommandSurroundings(
      outputIsTerminal: true, errorColumns: 0, dataIsOutput: false)
    return ServedCommand(
      CommandQuestion(version: "", words: words, surroundings: surroundings))
  }

  @Test(arguments: [
    "", "--help", "help", "--version", "help profile show", "profile",
    "profile show s user_id:u --help",
    "--generate-completion-script bash", "--generate-completion-script", "--experimental-dump-help",
    "---completion profile show -- --limit 0 0", "profile show s", "profile show s x",
    "init s", "plan s f", "apply s f", "ingest s f", "ingest s f --preview", "tick s", "serve s",
    "source list s", "source add s web", "key list s", "quarantine redrive s", "quarantine drop s",
    "tracking check s f", "tracking apply s f", "profile split s a:b", "profile merge s a:b c:d",
    "identity preview s f", "identity apply s f", "tail s",
    "destination add s a --audience b --file c",
    "destination remove s a", "deliver s", "delivery retry s", "delivery skip s --yes",
    "delivery replay s a --after 0", "erase s a:b --yes", "erase s a:b", "compact s",
    "verify s", "rebuild s", "generate --events 1",
  ]) func onlyReadingCommandsAreRun(_ line: String) {
    #expect(Self.command(line.split(separator: " ").map(String.init)) == nil)
  }

  @Test func hostileWordsAreRefusedOrAnswered() throws {
    let folder = FileManager.default.temporaryDirectory.appending(
      path: "cairn-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let store = try Store.create(at: folder.path)
    let snapshot = try store.snapshot()
    let paths = [
      ["profile", "show"], ["profile", "find"], ["profile", "explain"], ["account", "show"],
      ["account", "list"], ["trait", "list"], ["trait", "explain"], ["audience", "list"],
      ["audience", "members"], ["audience", "explain"], ["audience", "preview"],
      ["audience", "diff"], ["changes"], ["export"], ["stats"], ["erasures"],
      ["quarantine", "list"], ["quarantine", "show"], ["destination", "list"],
      ["delivery", "list"], ["delivery", "show"],
      ["identity", "show"], ["identity", "health"], ["tracking", "show"],
    ]
    let others = [
      "s", "s", "s", "a:b", "user_id:u", ":", "a:", "x", "", " ", "-", "--", "--json", "--limit",
      "1",
      "0", "-1", "9223372036854775807", "18446744073709551616", "--after", "1.1", "--as-of",
      "9999-12-31", "2000-01-01T00:00:00Z", "--rule", "--sample", "--events", "--prefix", "--trait",
      "a=b", "=", "events", "profiles", "audience", "--format", "csv", "google", "meta", "--output",
      "/dev/full", "../../x", "--verbose", "--store", "--store=s", "--help", "\u{0}", "é\u{202E}",
      "@file", "$(id)", "count(\"A\") > 0", String(repeating: "(", count: 30_000),
      String(repeating: "not ", count: 20_000), String(repeating: "x", count: 100_000),
    ]
    var state: UInt64 = 12
    func next(_ bound: Int) -> Int {
      // The generator of Knuth's MMIX.
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % bound
    }
    var run = 0
    for _ in 0..<800 {
      let words = paths[next(paths.count)] + (0..<next(7)).map { _ in others[next(others.count)] }
      guard let command = Self.command(words) else { continue }
      // Nobody reads: a command that has found everything ends with what it writes first.
      let frames = CommandFrames()
      frames.abandon()
      command.run(snapshot, frames)
      run += 1
    }
    // Known to be dangerous.
    for rule in others.suffix(4) {
      for words in [["audience", "preview", "s", rule], ["profile", "find", "s", "--rule", rule]] {
        let frames = CommandFrames()
        frames.abandon()
        try #require(Self.command(words)).run(snapshot, frames)
      }
    }
    #expect(run > 20)
    try store.close()
    // No file of the words is written.
    #expect(!FileManager.default.fileExists(atPath: "../../x"))
  }
}
