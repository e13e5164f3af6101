// `cairn trait …`: what is computed about each profile.

import ArgumentParser
import Cairn

/// The commands on traits.
struct TraitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trait",
    abstract: "Look at the computed traits.",
    subcommands: [List.self])

  /// Lists the traits.
  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "List the computed traits and their definitions.",
      discussion: """
        Example: cairn trait list shop
        """)

    @OptionGroup var target: StoreArgument
    @OptionGroup var format: FormatOptions

    func run() throws {
      let reports = try withStore(target.store, onDamage: .repeated) { store in
        try store.snapshot().traitReports
      }
      var table = Table([.init("trait"), .init("definition")])
      for report in reports { table.add([.text(report.name), .text(report.text)]) }
      try CairnCLI.show(json: format.json, text: { table.text }, json: { table.write(to: &$0) })
    }
  }
}
