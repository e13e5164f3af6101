// A store against a reference that works everything out by brute force.

import ArgumentParser
import Cairn
import Foundation
import Reference
import ReferenceCheck

/// Compares every trait and audience of generated events with brute force.
struct CompareReference: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reference",
    abstract: "Compare every kind of trait and audience with a brute-force reference.",
    discussion: """
      Takes what 'cairn generate' wrote, makes it a little rougher, takes it into a store of its own \
      under many definitions, and compares all answers for all profiles, now and at later instants.

      Example: cairn-bench reference events.ndjson truth.csv
      """)

  @Argument(help: "The events.")
  var events: String

  @Argument(help: "What 'cairn generate --truth' wrote for them.")
  var truth: String

  @Option(help: "Where to make the store; what is there is removed.")
  var store = ".bench/reference"

  @Option(help: "How many days after the last event to compare again.")
  var later: [Int64] = [16, 92]

  @Option(help: "How many definitions: core, wide or whole.")
  var scope = Catalogue.Scope.whole

  @Option(help: "How many events come in before the first definition.")
  var plainEvents = 0

  @Option(help: "Of how many persons one is compared at each instant.")
  var share = 1

  func run() throws {
    let start = ContinuousClock.now
    func tell(_ text: String) {
      let seconds = (ContinuousClock.now - start).components.seconds
      print("\(seconds) s: \(text)")
      fflush(nil)
    }
    try? FileManager.default.removeItem(atPath: store)
    var run = try ReferenceRun(
      at: store, catalogue: Catalogue(scope), plainEvents: plainEvents, share: share)
    guard let input = FileHandle(forReadingAtPath: events),
      let rows = FileManager.default.contents(atPath: truth),
      let header = rows.firstIndex(of: 0x0A)
    else { throw ValidationError("cannot read \(events) and \(truth)") }
    var known = Array(rows[(header + 1)...])
    var rest: [UInt8] = []
    while let piece = try input.read(upToCount: 4 << 20), !piece.isEmpty {
      rest += piece
      guard let end = rest.lastIndex(of: 0x0A) else { continue }
      try run.take(rest[...end], truth: known)
      known = []
      rest.removeSubrange(...end)
    }
    tell("\(run.events) events and \(run.duplicates) repetitions taken in")
    try run.finish(laterDays: later, progress: tell)
    try run.close()
    for line in run.differences.lines { print(line) }
    guard run.differences.count == 0 else {
      let subjects = run.differences.bySubject
      print("\(run.differences.count) differences in \(subjects.count) definitions or counts")
      throw ExitCode(1)
    }
    print("\(run.persons) persons and \(run.accounts) accounts: everything is equal")
  }
}

extension Catalogue.Scope: ExpressibleByArgument {}
