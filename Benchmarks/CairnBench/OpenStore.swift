// How long opening takes, in process: without the start of the program and without reading anything.

import ArgumentParser
import Bytes
import Engine

/// Times the opening of a store.
struct OpenStore: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "open",
    abstract: "Time the opening of a store.",
    discussion: """
      Opens the store for writing, which folds what no checkpoint covers, and ends without closing it, so \
      that the next opening finds the same. With --read-only opens it as readers do, concurrently with a \
      writer.

      Example: cairn-bench open store --read-only
      """)

  @Argument(help: "The store.")
  var store: String

  @Flag(help: "Open for reading, concurrently with a writer.")
  var readOnly = false

  func run() throws {
    let clock = ContinuousClock()
    let start = clock.now
    let opened = try readOnly ? Store.openReadOnly(at: store) : Store.open(at: store)
    print(
      "\(milliseconds(since: start, clock)) ms, record \(opened.lastSequence.value), "
        + "\(opened.opening.replayedRecords) folded again, \(opened.opening.cutBytes) bytes cut")
  }

  private func milliseconds(since start: ContinuousClock.Instant, _ clock: ContinuousClock) -> Int {
    Int((clock.now - start) / .milliseconds(1))
  }
}
