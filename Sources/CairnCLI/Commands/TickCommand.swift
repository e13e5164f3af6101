// `cairn tick`: time passes.

import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine

/// Moves logical time.
struct TickCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tick",
    abstract: "Move logical time forward to now or to a given instant, never back.",
    discussion: """
      Windows that end by that instant end at their exact instants, and so do memberships.

      Example: cairn tick shop --at 1997-06-30T23:59:59.999Z
      """)

  @OptionGroup var target: StoreArgument

  @Option(
    name: .customLong("at"),
    help: ArgumentHelp("The instant to move to; default: now.", valueName: "time"),
    transform: readInstant)
  var at: Timestamp?

  @OptionGroup var report: ReportOptions

  /// How far an instant may be ahead of this machine's clock without a warning: a day that has begun elsewhere.
  private static let aheadMax = Milliseconds(24 * 3_600_000)

  func run() throws {
    let time = at ?? Environment.system.now()
    let changes: MembershipCounts = try changing(
      target, through: { try $0.post("/v1/ticks", TickQuestion(at: time)) }
    ) { store in try store.tick(to: time) }
    if let at, at > Environment.system.now() + Self.aheadMax {
      try warn([
        "logical time is ahead of this machine's clock now and never goes back; windows end by it"
      ])
    }
    let text =
      "logical time is \(Quantity.instant(time))\n" + (changes.summary.map { $0 + "\n" } ?? "")
    try report.show(text: { text }) { json in
      json.beginObject()
      json.key("as_of")
      json.value(time.description)
      json.key("memberships")
      changes.write(to: &json)
      json.endObject()
    }
  }
}
