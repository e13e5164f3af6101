// `cairn apply`: brings the store's definitions in line with files.

import ArgumentParser
import Cairn

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

  func run() throws {
    let texts = try readDefinitions(definitions)
    let changes = try withStore(target.store, onDamage: .ended) { store in
      do throws(ApplyError) { return try store.apply(texts) } catch {
        switch error {
        case .definition(let wrong): throw failure(wrong)
        case .store(let refusal): throw refusal
        }
      }
    }
    try say(Self.text(changes))
  }

  private static func text(_ changes: DefinitionChanges) -> String {
    var text = ""
    let lists = [
      ("added", changes.added), ("changed", changes.changed), ("removed", changes.removed),
    ]
    for (label, names) in lists where !names.isEmpty {
      text += visible("\(label): \(names.joined(separator: ", "))") + "\n"
    }
    if changes.unchanged > 0 { text += "unchanged: \(Quantity.count(changes.unchanged))\n" }
    if let memberships = changes.memberships.summary { text += memberships + "\n" }
    return text
  }
}
