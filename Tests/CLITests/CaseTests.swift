// Small inputs that once gave a wrong, silent or unhelpful answer, each with its right one: a folder
// in Cases holds the input, the commands, and what they print.

import Foundation
import Testing

@Suite struct CaseTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "Cases")
  /// Where the scripts find what several of them do.
  private static let functions = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "CaseFunctions.sh")
  /// The status with which a script says that it needs what this machine does not give, such as root.
  private static let skippedStatus: Int32 = 77

  private static let names =
    ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()

  @Test func thereAreCases() {
    #expect(Self.names.count > 50)
  }

  // To accept a change: CAIRN_ACCEPT_SNAPSHOTS=1 swift test --filter CaseTests
  @Test(arguments: names) func printsWhatIsExpected(_ name: String) throws {
    let source = Self.folder.appending(path: name)
    let run = try CommandLineRun()
    defer { run.remove() }
    for file in try FileManager.default.contentsOfDirectory(atPath: source.path) {
      try FileManager.default.copyItem(
        at: source.appending(path: file), to: run.folder.appending(path: file))
    }
    let outcome = try run.shell(
      "exec 2>&1; export FUNCTIONS='\(Self.functions.path)'; . ./commands.sh")
    guard outcome.status != Self.skippedStatus else {
      print("skipped: case \(name) \(outcome.output)")
      return
    }
    let expected = source.appending(path: "expected.txt")
    if ProcessInfo.processInfo.environment["CAIRN_ACCEPT_SNAPSHOTS"] == "1" {
      try outcome.output.write(to: expected, atomically: true, encoding: .utf8)
    }
    #expect(outcome.status == 0)
    let text = try String(contentsOf: expected, encoding: .utf8)
    #expect(outcome.output == text, "\(Self.firstDifference(outcome.output, text))")
  }

  /// The first line in which an output differs from what is expected.
  private static func firstDifference(_ output: String, _ expected: String) -> String {
    let lines = output.components(separatedBy: "\n")
    let wanted = expected.components(separatedBy: "\n")
    let place = zip(lines, wanted).prefix { $0 == $1 }.count
    let line = place < lines.count ? lines[place] : "nothing"
    let other = place < wanted.count ? wanted[place] : "nothing"
    return "line \(place + 1) is '\(line)', expected '\(other)'"
  }
}
