// `cairn profile find`: persons by what is known of them.

import ArgumentParser
import Bytes
import Cairn
import Engine
import Storage

extension ProfileCommand {
  /// Finds persons.
  struct Find: ReadingCommand {
    static let configuration = CommandConfiguration(
      abstract: "Find persons by the beginning of an identifier, by known traits, or by a rule.",
      discussion: """
        All criteria must match. Every profile is examined; a trait or a rule that no definition maintains \
        is folded from the history, which takes one pass over the log.

        --trait compares the whole value, as a text and, if it spells one, as a number. For a list, use \
        --rule 'traits.tags contains "vip"'; for a trait with a dot in its name, \
        --rule 'traits."a.b" = "x"'.

        Example: cairn profile find shop --trait plan=pro --rule 'ltv > 100'
        """)

    @OptionGroup var target: StoreArgument

    @Option(
      name: .customLong("prefix"),
      help: ArgumentHelp(
        "The beginning of an identifier, as in email:ada; may be repeated.", valueName: "type:text"),
      transform: IdentifierArgument.init(argument:))
    var prefixes: [IdentifierArgument] = []

    @Option(
      name: .customLong("trait"),
      help: ArgumentHelp(
        "A trait as it was sent, as in plan=pro or address.city=Berlin; may be repeated.",
        valueName: "name=value"),
      transform: KnownTraitArgument.init(argument:))
    var traits: [KnownTraitArgument] = []

    @Option(help: "A rule as in definitions of audiences; it may refer to traits and audiences.")
    var rule: String?

    @OptionGroup var paging: PagingOptions
    @OptionGroup var instant: InstantOption
    @OptionGroup var format: FormatOptions

    func validate() throws {
      guard !prefixes.isEmpty || !traits.isEmpty || rule != nil else {
        throw ValidationError("specify what to find with --prefix, --trait or --rule")
      }
    }

    func read(_ snapshot: Snapshot, on console: any Console) throws {
      let search = ProfileSearch(
        prefixes: prefixes.map(\.identifier),
        rules: traits.map(\.rule) + (rule.map { [$0] } ?? []))
      let progress = ProgressLine("find", on: console)
      defer { progress.clear() }
      let found = try judging { () throws(ApplyError) in
        try snapshot.find(search, after: paging.after, limit: paging.limit, at: instant.asOf) {
          progress.show(FoldState(progress: $0, elapsed: progress.elapsed))
        }
      }
      progress.clear()
      var table = OutputTable([
        .init("profile id"), .init("identifiers"), .init("events"), .init("last seen"),
      ])
      for profile in found.profiles {
        table.add([
          .text(profile.id.description), .list(profile.identifiers.map(\.description)),
          .integer(Int64(clamping: profile.eventCount)),
          profile.lastSeen.map { .instant($0) } ?? .absent,
        ])
      }
      try console.warn(found.warnings)
      try paging.show(
        table, as: "profiles", next: found.next, asOf: found.asOf, json: format.json,
        on: console)
    }
  }
}

/// A known trait and its value on the command line: `plan=pro`.
struct KnownTraitArgument: Equatable {
  var path: [String]
  var value: String

  /// - Throws: `ValidationError`, which shows the form.
  init(argument: String) throws {
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    path = parts.first.map { $0.split(separator: ".").map(String.init) } ?? []
    guard parts.count == 2, !path.isEmpty else {
      throw ValidationError("a known trait looks like plan=pro or address.city=Berlin")
    }
    value = String(parts[1])
  }

  /// The rule that it stands for.
  ///
  /// What spells a number, or true or false, may have been sent as that or as a text.
  var rule: String {
    let name = (["traits"] + path.map(Self.quoted)).joined(separator: ".")
    let asText = "\(name) = \(Self.quoted(value))"
    guard ["true", "false"].contains(value) || Self.isNumber(value) else { return asText }
    return "(\(asText) or \(name) = \(value))"
  }

  /// Whether a text is a number as rules have them.
  private static func isNumber(_ text: String) -> Bool {
    let digits = text.hasPrefix("-") ? text.dropFirst() : text[...]
    let parts = digits.split(separator: ".", omittingEmptySubsequences: false)
    guard case .exact = FixedDecimal.read(text), parts.count <= 2 else { return false }
    return parts.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
