// The command line as a user meets it: what is refused, in which words, with which exit status.

import ArgumentParser
import Bytes
import Foundation
import Storage
import Testing

@testable import CairnCLI

struct UsageTests {
  private func ending(_ arguments: [String]) -> Ending? {
    do {
      // Asking for help is a command of its own, which throws the text.
      var command = try CairnCommand.command(for: arguments, storeVariable: nil).command
      if arguments.contains("--help") { try command.run() }
      return nil
    } catch {
      return Ending.of(error)
    }
  }

  @Test(
    arguments: [
      (["ingest"], "Missing expected argument '<store>'; see 'cairn ingest --help'"),
      (["ingest", "s"], "Missing expected argument '<file> ...'; see 'cairn ingest --help'"),
      (
        ["ingest", "s", "f", "--batch", "0"],
        "--batch takes 1 to 100000; see 'cairn ingest --help'"
      ),
      (
        ["ingest", "s", "-", "f", "-"],
        "standard input can be read only once; see 'cairn ingest --help'"
      ),
      (["nonsense"], "there is no command 'cairn nonsense'; see 'cairn --help'"),
      (
        ["audience", "lits", "s"],
        "there is no command 'cairn audience lits'; did you mean 'cairn audience list'? "
          + "see 'cairn audience --help'"
      ),
      ([], "a command is needed; see 'cairn --help'"),
      (["trait"], "'cairn trait' needs one of: list, explain; see 'cairn trait --help'"),
      (
        ["tick", "s", "--at", "yesterday"],
        "The value 'yesterday' is invalid for '--at <time>': "
          + "an instant looks like 1997-06-30T23:59:59.999Z; see 'cairn tick --help'"
      ),
      (
        ["profile", "show", "s", "42"],
        "The value '42' is invalid for '<type:value>': an identifier looks like user_id:42 or "
          + "email:ada@example.com; see 'cairn profile show --help'"
      ),
      (
        ["export", "s", "audience", "--format", "csv"],
        "'audience' takes the audience's name after it; see 'cairn export --help'"
      ),
      (
        ["export", "s", "events", "x", "--format", "csv"],
        "'events' takes no name after it; see 'cairn export --help'"
      ),
    ])
  func wrongUsageIsOneLineAndStatusTwo(arguments: [String], line: String) {
    #expect(ending(arguments) == Ending(status: .usage, standardError: "error: \(line)\n"))
  }

  @Test func controlCharactersOfArgumentsAreNotEchoed() {
    let result = ending(["tick", "s", "--at", "\u{1B}[2Jx"])
    #expect(result?.standardError.contains("\u{1B}") == false)
    #expect(result?.standardError.contains("\\u{1B}[2Jx") == true)
  }

  @Test func helpAndVersionAreFine() {
    #expect(ending(["--version"])?.status == .fine)
    #expect(ending(["ingest", "--help"])?.standardOutput.hasPrefix("OVERVIEW: Ingest") == true)
  }

  @Test func failuresAndProblemsHaveTheirStatus() {
    let failure = CommandFailure(status: .refused, what: "no space", remedy: "make some")
    #expect(
      Ending.of(failure) == Ending(status: .refused, standardError: "error: no space; make some\n"))
    #expect(Ending.of(ProblemsFound()) == Ending(status: .problemsFound))
  }

  @Test func identifiersSplitAtTheFirstColon() throws {
    let identifier = try IdentifierArgument(argument: "user_id:a:b")
    #expect(identifier.type == "user_id")
    #expect(identifier.value == "a:b")
    for wrong in ["", ":", "a:", ":a", "a"] {
      #expect(throws: ValidationError.self) { try IdentifierArgument(argument: wrong) }
    }
  }

  @Test func whatIsNotThereHasOneStatus() {
    let missing = StoreError(.noSuchRecord, "there is no audience 'a'")
    #expect(Ending.of(missing).status == .problemsFound)
    #expect(Ending.of(CommandFailure.notFound("no profile", "check it")).status == .problemsFound)
    #expect(Ending.of(StoreError(.locked, "held")).status == .refused)
  }

  @Test func aReaderThatLeftGetsNoMessage() {
    var failure = CommandFailure.file("standard output", "write", errno: EPIPE)
    failure.isReaderGone = true
    #expect(Ending.of(failure) == Ending(status: .refused, isReaderGone: true))
  }

  /// The built binary, next to the test bundle.
  @Test func theBinaryEndsWithTheStatus() throws {
    let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    let process = Process()
    process.executableURL = folder.appending(path: "cairn")
    process.arguments = ["ingest"]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let bytes = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == ExitStatus.usage.rawValue)
    #expect(
      String(decoding: bytes, as: UTF8.self)
        == "error: Missing expected argument '<store>'; see 'cairn ingest --help'\n")
  }
}
