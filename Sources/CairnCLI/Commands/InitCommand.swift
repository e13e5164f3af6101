// `cairn init`: makes a store.

import ArgumentParser
import Cairn

/// Makes an empty store.
struct InitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "init",
    abstract: "Make an empty store.",
    discussion: """
      The directory must not exist yet, or be empty. Only its owner can read it.

      Example: cairn init shop
      """)

  @OptionGroup var target: StoreArgument

  func run() throws {
    try Store.create(at: target.store).close()
    try say("made an empty store in \(visible(target.store))\n")
  }
}
