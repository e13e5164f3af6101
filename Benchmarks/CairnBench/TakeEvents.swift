// Events taken into a store, and nothing else: what `tools/instructions` counts.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Glibc

/// Takes events into a store and ends the process where an ingest would begin to close.
struct TakeEvents: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "take",
    abstract: "Take events into a store and end without a checkpoint.",
    discussion: """
      What is in is durable, and the next opening folds it again. The difference between a run with events \
      and one with none is what taking them costs, without opening and closing.

      Example: cairn-bench take store events.ndjson
      """)

  @Argument(help: "The store.")
  var store: String

  @Argument(help: "The events, as NDJSON.")
  var input: String

  func run() throws {
    let store = try Store.open(at: store)
    let descriptor = open(input, O_RDONLY)
    guard descriptor >= 0 else { throw ValidationError("cannot read \(input)") }
    var options = IngestOptions()
    options.clock = .events
    let summary = try store.ingest(descriptor: descriptor, options: options)
    print("events \(summary.verdicts.lines)")
    // Not `close()`: its checkpoint is not part of what an event costs.
    fflush(nil)
    _exit(0)
  }
}
