// `cairn apply`: brings the store's definitions in line with files.

import ArgumentParser

/// Applies definitions of traits and audiences.
struct ApplyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "apply",
    abstract: "Apply the traits and audiences that YAML files define.",
    discussion: """
      A file holds two maps of name to expression, 'traits:' and 'audiences:'. What is applied is \
      the whole set: a name that is new or differs is computed over all of the history, one that \
      is not there any more is removed. A directory stands for its *.yaml files.

      Example: cairn apply shop definitions.yaml
      """)

  @OptionGroup var target: StoreArgument

  @Argument(
    help: ArgumentHelp("A YAML file, or a directory of them.", valueName: "path"),
    completion: .file())
  var definitions: String

  func run() throws { throw CommandFailure.notWired("apply") }
}
