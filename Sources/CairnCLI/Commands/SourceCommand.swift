// `cairn source …`: who may send events, and with which keys.

import ArgumentParser
import CairnServer
import Engine

/// The commands on sources.
struct SourceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "source",
    abstract: "Define the sources of events and the write keys that collect for them.",
    subcommands: [Add.self, List.self, Rotate.self, Revoke.self])

  /// Adds a source.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Add a source and make its first write key, which is shown once.",
      discussion: """
        Clients send the key with their events, which are then of this source. Only a hash of the key is \
        stored. See docs/clients.md for how each client is given its key.

        Example: cairn source add shop web
        """)

    @OptionGroup var target: StoreArgument

    @OptionGroup var source: SourceNameArgument
    @OptionGroup var format: FormatOptions

    func run() throws {
      let made: MadeKey = try changing(
        target, through: { try $0.post("/v1/sources", KeyQuestion(source: source.name)) }
      ) { store in MadeKey(text: try store.addSource(source.name), source: source.name) }
      try made.show(format)
    }
  }

  /// Lists the sources.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the sources and the names of their write keys.",
      discussion: """
        Example: cairn source list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func run() throws {
      let list = try KeyList.read(target)
      var table = OutputTable([
        .init("source"), .init("key", key: "key_name"), .init("made", key: "made_at"),
      ])
      for source in list.sources {
        let keys = list.keys.filter { $0.source == source }
        for key in keys { table.add([.text(source), .text(key.name), .instant(key.madeAt)]) }
        if keys.isEmpty { table.add([.text(source), .absent, .absent]) }
      }
      try CairnCLI.show(json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }

  /// Makes another key.
  struct Rotate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make another write key for a source; the former ones stay in force.",
      discussion: """
        Give the new key to all clients of the source, then revoke the former one.

        Example: cairn source rotate shop web
        """)

    @OptionGroup var target: StoreArgument

    @OptionGroup var source: SourceNameArgument
    @OptionGroup var format: FormatOptions

    func run() throws {
      let made: MadeKey = try changing(
        target, through: { try $0.post("/v1/keys", KeyQuestion(source: source.name)) }
      ) { store in MadeKey(text: try store.rotateKey(ofSource: source.name), source: source.name) }
      try made.show(format)
    }
  }

  /// Revokes a key.
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a write key; events sent with it are refused from then on.",
      discussion: """
        The source and its events stay.

        Example: cairn source revoke shop k7m2p9xq
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var key: KeyArgument
    @OptionGroup var report: ReportOptions

    func run() throws { try key.revoke(target, report, from: "source") }
  }
}

/// The name of a source.
struct SourceNameArgument: ParsableArguments {
  @Argument(help: "The source's name.")
  var name: String

  func validate() throws {
    guard !name.isEmpty else { throw ValidationError("a source has a name") }
  }
}
