// The process itself: what it leaves when it crashes, and what it says it is.

import Foundation
import Storage
import Testing

@testable import CairnCLI

struct ProcessTests {
  /// A command that stands still, waiting for a pipe that nobody writes to.
  private func standing(_ script: String, variable: String = "") throws -> CommandLineRun.Outcome {
    let run = try CommandLineRun()
    defer { run.remove() }
    #expect(try run.cairn("init", "s").status == 0)
    return try run.shell(
      """
      mkfifo input; exec 9<>input; ulimit -c unlimited 2>/dev/null
      \(variable) "$CAIRN" ingest s input --rejected list -q 2>errors & pid=$!
      n=0; until ls -A | grep -q '^\\.cairn-' || [ $((n += 1)) -gt 5000 ]; do :; done
      \(script)
      """)
  }

  @Test func aCrashLeavesNoMemory() throws {
    let limits = "grep -o 'core file size *[^ ]*' /proc/$pid/limits | tr -s ' '"
    let ended = "kill -ABRT $pid; wait $pid; echo status $?; cat errors; ls -A | grep -c core"
    let outcome = try standing("\(limits); \(ended)")
    #expect(outcome.output == "core file size 0\nstatus 134\n0\n")
  }

  @Test func whoAsksForCrashDumpsGetsThem() throws {
    let script = "grep -o 'core file size *[^ ]*' /proc/$pid/limits | tr -s ' '; kill -KILL $pid"
    let outcome = try standing("ulimit -c; \(script)", variable: "CAIRN_CRASH_DUMPS=1")
    let lines = outcome.output.split(separator: "\n")
    #expect(lines.count == 2 && lines.last?.hasSuffix(" 0") == (lines.first == "0"))
  }

  @Test func aLockedStoreNamesItsHolder() throws {
    let outcome = try standing(
      """
      "$CAIRN" tick s 2>&1 | sed "s/$pid/PID/"; kill $pid; wait $pid; "$CAIRN" tick s | grep -c .
      """)
    #expect(
      outcome.output
        == "error: process PID has the store open; end it or wait for it [s]\n1\n")
  }

  @Test func readingCommandsDoNotWaitForAWriter() throws {
    let commands = [
      "stats s --verbose", "verify s --replay", "audience list s", "trait list s",
      "account list s",
      "changes s --after 0", "quarantine list s", "quarantine drop s --source default",
      "tracking show s", "identity show s", "identity health s", "destination list s",
      "erasures s", "export s identifiers --format csv", "profile find s --trait plan=pro",
      "profile show s user_id:u1",
    ]
    let script = commands.map { "\"$CAIRN\" \($0) >out 2>&1; echo $? \($0); cat out >>all" }
    let outcome = try standing(
      script.joined(separator: "; ") + "; grep -a read-only all; kill $pid; wait $pid")
    let lines = outcome.output.split(separator: "\n")
    // There is no such profile.
    let expected = commands.map { command in
      "\(command.contains("profile show") ? 1 : 0) \(command)"
    }
    #expect(lines.dropLast().map(String.init) == expected)
    #expect(
      lines.last?.hasPrefix("s: read-only: checkpoint at record 0, ") == true
        && lines.last?.hasSuffix(" of the log folded") == true)
  }

  @Test func theVersionSaysWhatItReads() throws {
    let text = ProgramVersion.text
    #expect(
      text.hasPrefix("cairn \(ProgramVersion.number) (")
        && text.hasSuffix(
          "format \(Manifest.formatVersion), semantics \(Manifest.currentSemantics))")
    )
    #expect(text.contains(ProgramVersion.commit.map { "(commit \($0), " } ?? "(unknown commit, "))
  }

  @Test func closedDescriptorsAreErrorsAndTakeNoFile() throws {
    let run = try CommandLineRun()
    defer { run.remove() }
    let outcome = try run.shell(
      """
      "$CAIRN" init s >&-; echo "status $?"
      "$CAIRN" export s identifiers --format csv --output out >&- 2>&-; echo "status $?"
      "$CAIRN" generate --events 1 --output g -q >&- <&-; echo "status $?"; wc -l < g
      """)
    #expect(outcome.output == "status 3\nstatus 3\nstatus 0\n1\n")
  }

  @Test func theREADMEsTenLinesRunAsTheyStand() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../..").standardizedFileURL
    let text = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let section = try #require(text.components(separatedBy: "## Ten lines\n").last)
    let block = section.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
      .prefix { $0.hasPrefix("    ") }.map { $0.dropFirst(4) }
    #expect(block.count >= 10)
    let run = try CommandLineRun()
    defer { run.remove() }
    // What a printed file shows is what the file holds.
    var shown: (file: String, lines: [Substring])?
    var commands: [String] = []
    for line in block {
      if line.hasPrefix("$ cat ") {
        shown = (String(line.dropFirst(6)), [])
      } else if line.hasPrefix("$ ") {
        commands.append(String(line.dropFirst(2)))
      } else {
        shown?.lines.append(line)
      }
    }
    let file = try #require(shown)
    try run.write(file.lines.joined(separator: "\n") + "\n", to: file.file)
    let orders = root.appending(path: "docs/quickstart").path
    let made = try run.shell(
      """
      LC_ALL=C awk -v after=0000-00-00 -v through=1998-06-30 -f \(orders)/orders.awk \
        \(orders)/cdnow_transactions.csv | grep '"cdnow-0004' > orders.ndjson; wc -l < orders.ndjson
      """)
    #expect(Int(made.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0 > 10)
    let output = try run.shell(
      "set -e; cairn() { \"$CAIRN\" \"$@\"; }\n" + commands.joined(separator: "\n"))
    #expect(output.status == 0, "\(output.errors)")
    #expect(commands.count == 5 && output.output.contains("cdnow-00048"))
  }
}
