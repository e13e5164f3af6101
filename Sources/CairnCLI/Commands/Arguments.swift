// Arguments that several commands share, and how their texts are read.

import ArgumentParser
import Bytes
import Cairn
import Profiles

/// The store, the first positional argument of every command that works on one.
///
/// `CommandRoute` puts it there where the environment or `--store` names it.
struct StoreArgument: ParsableArguments {
  /// The variable that names the store.
  static let variable = "CAIRN_STORE"

  @Argument(
    help: "The store's directory; omitted if CAIRN_STORE or --store names it.",
    completion: .directory)
  var store: String

  @Option(
    name: .customLong("store"),
    help: ArgumentHelp("The store's directory, in place of the argument.", valueName: "store"),
    completion: .directory)
  var option: String?

  @Flag(help: "Print on standard error how the store was reached.")
  var verbose = false
}

extension StoreArgument {
  /// Prints how the store was reached, if that was asked for; if it cannot be printed, the command goes on.
  func sayRoute(_ route: String) {
    guard verbose else { return }
    try? Output(descriptor: Output.standardError).finish(with: "\(visible(store)): \(route)\n")
  }
}

/// `--json`, on every command that prints.
struct FormatOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of text.")
  var json = false
}

/// `--json` and `--quiet`, on every command that does something and reports the result.
struct ReportOptions: ParsableArguments {
  @OptionGroup var format: FormatOptions

  @Flag(name: .shortAndLong, help: "Print no progress and no summary, only errors and warnings.")
  var quiet = false

  /// Prints the result of the command.
  ///
  /// JSON is printed even if quiet, since it was requested.
  func show(
    to descriptor: Int32 = Output.standardOutput, text: () throws -> String,
    json build: (inout JSONBuilder) throws -> Void
  ) throws {
    guard format.json || !quiet else { return }
    try CairnCLI.show(json: format.json, to: descriptor, text: text, json: build)
  }

  /// Prints fields, after them for people a note.
  func show(
    _ fields: FieldList, to descriptor: Int32 = Output.standardOutput, note: String = ""
  ) throws {
    try show(to: descriptor, text: { fields.text + note }) { json in json.object(fields) }
  }

  /// A line for progress, which stays empty if quiet.
  func progress(_ label: String) -> ProgressLine { ProgressLine(label, isQuiet: quiet) }
}

/// Arguments that may hold the store.
private protocol StoreHolding {
  static var holdsStore: Bool { get }
}

extension OptionGroup: StoreHolding {
  fileprivate static var holdsStore: Bool {
    Value.self == StoreArgument.self || StoreArgument.isTaken(by: Value.self)
  }
}

extension StoreArgument {
  /// Whether a command takes a store, itself or in a group of arguments.
  static func isTaken(by arguments: any ParsableArguments.Type) -> Bool {
    Mirror(reflecting: arguments.init()).children.contains { child in
      (type(of: child.value) as? any StoreHolding.Type)?.holdsStore ?? false
    }
  }
}

/// An instant on the command line: RFC 3339, in milliseconds, UTC unless it says otherwise.
///
/// - Throws: `ValidationError`, which shows the form.
func readInstant(_ argument: String) throws -> Timestamp {
  let bytes = Array(argument.utf8)
  guard let instant = TimeText(calendar: bytes.span.bytes)?.instant else {
    throw ValidationError("an instant looks like 1997-06-30T23:59:59.999Z")
  }
  return instant
}

/// `--as-of`, on every command that reads what changes with time.
struct InstantOption: ParsableArguments {
  @Option(
    name: .customLong("as-of"),
    help: ArgumentHelp(
      "The instant to answer for; default: now, or the logical now under --clock events.",
      valueName: "time"),
    transform: readInstant)
  var asOf: Timestamp?
}

/// An identifier on the command line: `user_id:42`, `email:ada@example.com`.
struct IdentifierArgument: Equatable {
  var type: String
  var value: String

  /// The value may hold colons; the type ends at the first one.
  ///
  /// - Throws: `ValidationError`, which shows the form.
  init(argument: String) throws {
    let parts = argument.split(separator: ":", maxSplits: 1)
    guard parts.count == 2, !argument.hasPrefix(":") else {
      throw ValidationError("an identifier looks like user_id:42 or email:ada@example.com")
    }
    type = String(parts[0])
    value = String(parts[1])
  }
}

/// Where logical time comes from while ingesting.
enum ClockArgument: String, ExpressibleByArgument, CaseIterable {
  case system, events
}

/// What an input is made of.
enum InputFormatArgument: String, ExpressibleByArgument, CaseIterable {
  case auto, lines, batch
}

/// A file format of exports.
enum ExportFormatArgument: String, ExpressibleByArgument, CaseIterable {
  case csv, ndjson, google, meta
}

/// Whose reading of an ad platform's rules is followed.
enum CompatibilityArgument: String, ExpressibleByArgument, CaseIterable {
  case metaSDK = "meta-sdk"
}

/// What to export.
enum ExportSubjectArgument: String, CaseIterable {
  case profiles, accounts, identifiers, events, audience

  /// What other tools call some of them.
  private static let otherWords: [String: Self] = [
    "people": .profiles, "persons": .profiles, "users": .profiles, "customers": .profiles,
    "companies": .accounts, "groups": .accounts, "members": .audience, "segment": .audience,
  ]

  /// - Throws: `ValidationError`, which names what exists and what was probably meant.
  init(word: String) throws {
    if let subject = Self(rawValue: word) {
      self = subject
      return
    }
    let names = Self.allCases.map(\.rawValue)
    let near = Self.otherWords[word.lowercased()]?.rawValue ?? NearName.of(word, among: names)
    throw ValidationError(
      "there is no '\(word)' to export"
        + (near.map { "; did you mean '\($0)'? It" } ?? "; the command")
        + " takes \(names.dropLast().joined(separator: ", ")) or \(names[names.count - 1])")
  }
}
