// `cairn init`: makes a store.

import ArgumentParser
import Cairn
import Engine

/// Makes an empty store.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Create an empty store.",
    discussion: """
      The directory must not exist yet, or must be empty. Only its owner can read it.

      Example: cairn init shop
      """)

  @OptionGroup var target: StoreArgument
  @OptionGroup var report: ReportOptions

  func run() throws {
    let store = try Store.create(at: target.store)
    target.sayRoute("created")
    let id = try store.snapshot().stats().storeID
    try store.close()
    var fields = FieldList()
    fields.add("store", .text(target.store))
    fields.add("store id", .text(id))
    let text = "created an empty store in \(visible(target.store))\n"
    try report.show(text: { text }, json: { $0.object(fields) })
  }
}
