// `cairn delivery retry`, `skip` and `replay`: what is to become of deliveries is said by hand, after a count.

import Activation
import ArgumentParser
import Bytes
import Cairn
import CairnServer
import Engine
import Storage

extension DeliveryCommand {
  /// The dead letters that an order is about, and whether it is given.
  struct OrderOptions: ParsableArguments {
    @OptionGroup var target: StoreArgument

    @Argument(
      help: "Changes, as listed; all of the filter if there are none.", transform: readCursor)
    var changes: [FeedCursor] = []

    @OptionGroup var filter: Filter

    @Flag(help: "Do it, rather than counting the changes.")
    var yes = false

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard changes.isEmpty || filter.destination != nil else {
        throw ValidationError("changes are those of a destination: name it with --destination")
      }
    }

    private func deadLetters() throws -> DeadLetterFilter {
      DeadLetterFilter(
        destination: filter.destination, failure: try filter.failure(), addresses: changes)
    }

    /// Counts the changes, or does what is ordered.
    ///
    /// - Parameters:
    ///   - verb: What is done to them, as in "to retry".
    ///   - done: What has been done to them, in text and JSON.
    func run(_ action: Store.DeadLetterAction, verb: String, done: String) throws {
      guard yes else { return try preview(verb: verb, done: done) }
      let filter = try deadLetters()
      let answer: OrderAnswer = try changing(
        target, through: { try $0.post("/v1/deliveries/\(action.rawValue)", OrderQuestion(filter)) }
      ) { store in
        OrderAnswer(changes: try store.settleDeadLetters(filter, action))
      }
      var fields = FieldList()
      fields.add(done, .integer(answer.changes))
      try CairnCLI.show(json: format.json, text: { fields.text }, json: { $0.object(fields) })
    }

    private func preview(verb: String, done: String) throws {
      let filter = try deadLetters()
      let count = try withReader(target) { store in
        try store.snapshot().deadLetters(filter).count { !$0.letter.isRequeued }
      }
      var fields = FieldList()
      fields.add(done, .integer(0))
      fields.add("would be \(done)", .integer(count), key: "would_be_\(done)")
      let changes = Quantity.counted(count, "change", "changes")
      try CairnCLI.show(
        json: format.json, text: { "nothing has been \(done); add --yes to \(verb) \(changes)\n" },
        json: { $0.object(fields) })
    }
  }

  /// Sends dead letters again.
  struct Retry: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Send changes again that were given up.",
      discussion: """
        Without --yes they are only counted. They are sent in the order of the log, by the server or the next \
        'cairn deliver', with what is known of the people by then.

        Example: cairn delivery retry shop --destination crm --status 422 --yes
        """)

    @OptionGroup var options: OrderOptions

    func run() throws { try options.run(.retry, verb: "retry", done: "retried") }
  }

  /// Gives dead letters up.
  struct Skip: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Forget changes that were given up, for good.",
      discussion: """
        Without --yes they are only counted.

        Example: cairn delivery skip shop 4711.0 --destination crm --yes
        """)

    @OptionGroup var options: OrderOptions

    func run() throws { try options.run(.skip, verb: "skip", done: "skipped") }
  }

  /// Sends everything again.
  struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Deliver everything after a cursor again.",
      discussion: """
        Without --yes the messages are only counted. Requests get new keys, so that receivers that know the \
        former ones take them again; messages keep their messageId. Changes after the cursor that were given \
        up are sent with the others.

        Example: cairn delivery replay shop crm --after 0 --yes
        """)

    @OptionGroup var target: StoreArgument

    @Argument(help: "The destination's name.")
    var destination: String

    @Option(
      help: ArgumentHelp("Where to begin, as printed by 'cairn changes'.", valueName: "cursor"),
      transform: readCursor)
    var after: FeedCursor

    @Flag(help: "Do it, rather than counting the messages.")
    var yes = false

    @OptionGroup var format: FormatOptions

    func run() throws {
      guard yes else { return try preview() }
      let _: DestinationName = try changing(
        target,
        through: {
          try $0.post(
            "/v1/deliveries/replay", ReplayQuestion(destination: destination, after: after))
        }
      ) { store in
        try store.replay(to: destination, after: after)
        return DestinationName(destination: destination)
      }
      var fields = FieldList()
      fields.add("destination", .text(destination))
      fields.add("after", .text(after.description))
      try CairnCLI.show(
        json: format.json,
        text: { "everything after \(after) is delivered to \(visible(destination)) again\n" },
        json: { $0.object(fields) })
    }

    private func preview() throws {
      let count = try withReader(target) { store in
        try store.snapshot().replayCount(to: destination, after: after)
      }
      var fields = FieldList()
      fields.add("destination", .text(destination))
      fields.add("after", .text(after.description))
      fields.add("would be sent again", .integer(count), key: "would_be_sent")
      let messages = Quantity.counted(count, "message", "messages")
      try CairnCLI.show(
        json: format.json,
        text: { "nothing is sent again; add --yes to send \(messages) again\n" },
        json: { $0.object(fields) })
    }
  }
}
