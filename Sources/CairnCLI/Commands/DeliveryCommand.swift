// `cairn delivery …`: changes that webhooks have not taken, and deliveries by hand.

import Activation
import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Storage

/// The commands on deliveries to webhooks.
struct DeliveryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "delivery",
    abstract: "Show changes that webhooks have not taken, and send them again or give them up.",
    subcommands: [List.self, Show.self, Retry.self, Skip.self, Replay.self])

  /// Which dead letters are meant.
  struct Filter: ParsableArguments {
    @Option(help: ArgumentHelp("Only those of this destination.", valueName: "name"))
    var destination: String?

    @Option(
      help: ArgumentHelp(
        "Only those given up with this status of HTTP, or unreachable, timeout, no_secret, gone.",
        valueName: "status"))
    var status: String?

    func validate() throws { _ = try failure() }

    func failure() throws -> DeliveryFailure? {
      guard let status else { return nil }
      guard let failure = DeliveryFailure(name: status) else {
        throw ValidationError(
          "--status takes a status of HTTP, or unreachable, timeout, no_secret, gone")
      }
      return failure
    }
  }

  /// Lists dead letters.
  struct List: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the changes that were given up, in the order of the log.",
      discussion: """
        Example: cairn delivery list shop --destination crm --status 422
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var filter: Filter

    @Option(help: ArgumentHelp("The most changes to list, 1 to 100000.", valueName: "n"))
    var limit = 100

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard (1...100_000).contains(limit) else {
        throw ValidationError("--limit takes 1 to 100000")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let letters = try snapshot.deadLetters(
        DeadLetterFilter(destination: filter.destination, failure: filter.failure()))
      var table = OutputTable([
        .init("destination"), .init("change"), .init("state"), .init("status"),
        .init("attempts"), .init("given up", key: "given_up_at"),
      ])
      for (destination, letter) in letters.prefix(limit) {
        table.add([
          .text(destination), .text(letter.address.description), .text(letter.stateName),
          .text(letter.failure.name), .integer(Int(letter.attempts)), .instant(letter.at),
        ])
      }
      let rest = max(0, letters.count - limit)
      try console.show(table, as: "deliveries", more: rest, json: format.json)
    }
  }

  /// Shows one dead letter.
  struct Show: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Show a change that was given up, with what would be sent now.",
      discussion: """
        Messages are not kept: they are made again from the log. Of people who have been erased since there \
        is nothing to show.

        Example: cairn delivery show shop crm 4711.0
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The destination's name.")
    var destination: String

    @Argument(help: "The change, as listed.", transform: readCursor)
    var change: FeedCursor

    @OptionGroup var format: FormatOptions

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let found = try snapshot.deadLetters(
        DeadLetterFilter(destination: destination, addresses: [change]))
      guard let letter = found.first?.letter else { return }
      let messages = try snapshot.messages(at: change, to: destination)
      var fields = FieldList()
      fields.add("destination", .text(destination))
      fields.add("change", .text(letter.address.description))
      fields.add("state", .text(letter.stateName))
      fields.add("status", .text(letter.failure.name))
      fields.add("attempts", .integer(Int(letter.attempts)))
      fields.add("given up", .instant(letter.at), key: "given_up_at")
      let text = messages.map { String(decoding: $0, as: UTF8.self) }
      try console.show(
        json: format.json,
        text: {
          fields.text + (text ?? "nothing can be sent: the change has been erased since") + "\n"
        },
        json: {
          $0.beginObject()
          fields.write(to: &$0)
          $0.key("messages")
          if let text { $0.literal("[\(text)]") } else { $0.null() }
          $0.endObject()
        })
    }
  }
}

extension DeadLetter {
  /// How it is called where it is shown.
  var stateName: String { isRequeued ? "waiting" : "dead" }
}
