// From words to a command: which command is meant, and which store, before the parser reads the rest.

import ArgumentParser
import Profiles

/// The words of a command line, with the commands that the first of them name.
struct CommandRoute {
  /// What the parser gets: the words, with the store as the first argument of the command.
  private(set) var words: [String]
  /// The command and those above it.
  private(set) var path: [any ParsableCommand.Type] = [CairnCommand.self]
  /// Whether the store is that of the environment.
  private(set) var isStoreFromVariable = false
  /// Whether `help` stands among the words that name the command.
  private var isHelp = false

  /// Finds the command.
  ///
  /// - Parameter storeVariable: The store that the environment names. Then, and with `--store`, no
  ///   argument names the store: whether a word is the store or the next argument must not depend on
  ///   what is on the disk.
  /// - Throws: `CommandFailure` with status `usage` for a command that does not exist.
  init(_ words: [String], storeVariable: String?) throws(CommandFailure) {
    self.words = words
    guard let first = words.first else { return }
    // The root's own options, such as --version, are the parser's; some take a value.
    guard !first.hasPrefix("-") || first.hasPrefix("--store") else { return }
    let end = try findCommand()
    guard !isHelp else {
      // No help is about a store.
      self.words = ["help"] + path.dropFirst().map { $0._commandName }
      return
    }
    guard let command = path.last else { return }
    let isGroup = !command.configuration.subcommands.isEmpty
    guard isGroup || StoreArgument.isTaken(by: command) else { return }
    let option = try takeStoreOption()
    // A command is missing, which is the error to report.
    guard !isGroup else { return }
    isStoreFromVariable = option.store == nil && storeVariable != nil
    guard let store = option.store ?? storeVariable else { return }
    self.words.insert(store, at: end - option.wordsBefore(end))
  }

  /// The command's name as it is typed, `cairn audience list`.
  var name: String { Self.name(of: path) }

  private static func name(of path: [any ParsableCommand.Type]) -> String {
    path.map { $0._commandName }.joined(separator: " ")
  }

  /// Follows the words as long as they name commands; returns the place after the last that does.
  private mutating func findCommand() throws(CommandFailure) -> Int {
    var end = 0
    var index = 0
    while index < words.count, let present = path.last, words[index] != "--" {
      let candidates = present.configuration.subcommands
      guard !candidates.isEmpty else { break }
      let word = words[index]
      if word == "--store" { index += 1 }
      if word == "help" {
        isHelp = true
      } else if !word.hasPrefix("-") {
        guard let next = candidates.first(where: { $0.isCalled(word) }) else {
          throw unknown(word, among: candidates)
        }
        path.append(next)
        end = index + 1
      }
      index += 1
    }
    return end
  }

  private func unknown(
    _ word: String, among candidates: [any ParsableCommand.Type]
  ) -> CommandFailure {
    let near = NearName.of(word, among: candidates.map { $0._commandName })
    return CommandFailure(
      status: .usage, what: "there is no command '\(name) \(word)'",
      remedy: (near.map { "did you mean '\(name) \($0)'? " } ?? "") + "see '\(name) --help'")
  }

  /// The option that names the store, and where it stood.
  private struct StoreOption {
    var store: String?
    var places: [Int] = []

    func wordsBefore(_ index: Int) -> Int { places.count { $0 < index } }
  }

  private mutating func takeStoreOption() throws(CommandFailure) -> StoreOption {
    var option = StoreOption()
    let end = words.firstIndex(of: "--") ?? words.count
    var index = 0
    while index < end {
      defer { index += 1 }
      let word = words[index]
      guard word == "--store" || word.hasPrefix("--store=") else { continue }
      guard option.store == nil else { throw usage("--store is given twice") }
      option.places.append(index)
      if word == "--store" {
        index += 1
        guard index < end else { throw usage("--store takes the store's directory") }
        option.places.append(index)
        option.store = words[index]
      } else {
        option.store = String(word.dropFirst("--store=".count))
      }
      guard option.store != "" else { throw usage("--store takes the store's directory") }
    }
    for place in option.places.reversed() { words.remove(at: place) }
    return option
  }

  private func usage(_ what: String) -> CommandFailure {
    CommandFailure(status: .usage, what: what, remedy: "see '\(name) --help'")
  }
}

extension ParsableCommand {
  fileprivate static func isCalled(_ word: String) -> Bool {
    _commandName == word || configuration.aliases.contains(word)
  }
}
