// `cairn key …`: who may ask, and all keys that are in force.

import ArgumentParser
import CairnServer
import Engine

/// The commands on keys.
struct KeyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key",
    abstract: "Make read keys, and list and revoke the keys in force.",
    subcommands: [Add.self, List.self, Revoke.self])

  /// Makes a read key.
  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Make a key that reads profiles, traits and audiences; it is shown once.",
      discussion: """
        Programs of other users need it on a socket that is open to their group. The owner of the store and \
        root need no key. Write keys belong to sources: 'cairn source add' makes them.

        Example: cairn key add shop --read
        """)

    @OptionGroup var target: StoreArgument

    @Flag(help: "The key reads, and neither collects nor administers.")
    var read = false

    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard read else {
        throw ValidationError("--read is needed; 'cairn source add' makes keys that collect")
      }
    }

    func run() throws {
      let made: MadeKey = try changing(
        target, through: { try $0.post("/v1/keys", KeyQuestion(source: nil)) }
      ) { store in MadeKey(text: try store.makeReadKey()) }
      try made.show(format)
    }
  }

  /// Lists the keys.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the keys in force by name; the keys themselves are not stored.",
      discussion: """
        Example: cairn key list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func run() throws {
      let list = try KeyList.read(target)
      var table = OutputTable([
        .init("key", key: "key_name"), .init("scope"), .init("source"),
        .init("made", key: "made_at"),
      ])
      for key in list.keys {
        table.add([
          .text(key.name), .text(key.scope), key.source.map { .text($0) } ?? .absent,
          .instant(key.madeAt),
        ])
      }
      try CairnCLI.show(json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }

  /// Revokes a key.
  struct Revoke: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Revoke a key of either kind; it is refused from then on.",
      discussion: """
        Example: cairn key revoke shop k7m2p9xq
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var key: KeyArgument
    @OptionGroup var report: ReportOptions

    func run() throws { try key.revoke(target, report, from: "key") }
  }
}

/// A key that is named on the command line.
struct KeyArgument: ParsableArguments {
  @Argument(help: "The key's name, as the list shows it.")
  var key: String

  func validate() throws {
    guard !key.isEmpty else { throw ValidationError("a key has a name") }
  }

  /// Revokes it.
  func revoke(_ target: StoreArgument, _ report: ReportOptions, from command: String) throws {
    // A whole key goes no further than here.
    let name = AccessKeyText.name(in: key) ?? key
    let list = try KeyList.read(target)
    let isWanted = command == "key" || list.keys.contains { $0.name == name && $0.source != nil }
    guard isWanted || !list.keys.contains(where: { $0.name == name }) else {
      throw CommandFailure(
        status: .usage, what: "key \(name) is a read key and belongs to no source",
        remedy: "'cairn key revoke' revokes it")
    }
    let revoked: RevokedKey = try changing(
      target, through: { try $0.delete("/v1/keys/\(percentEncoded(name))") }
    ) { store in
      try store.revokeKey(name)
      return RevokedKey(revoked: name)
    }
    var fields = FieldList()
    fields.add("key", .text(revoked.revoked), key: "key_name")
    try report.show(
      text: { "revoked key \(visible(revoked.revoked))\n" }, json: { $0.object(fields) })
  }
}

extension KeyList {
  /// Reads the list of a store.
  static func read(_ target: StoreArgument) throws -> KeyList {
    try changing(target, through: { try $0.get("/v1/sources") }) { store in store.keyList }
  }
}

extension MadeKey {
  /// Shows the key, this once.
  func show(_ format: FormatOptions) throws {
    var fields = FieldList()
    if let source { fields.add("source", .text(source)) }
    fields.add("name", .text(name), key: "key_name")
    fields.add("key", .text(key))
    let note = "keep the key now: only its hash is stored, and it is not shown again\n"
    try CairnCLI.show(
      json: format.json, text: { fields.text + note }, json: { $0.object(fields) })
  }
}
