// Arguments that several commands share, and how their texts are read.

import ArgumentParser
import Bytes

/// The store, always the first positional argument.
struct StoreArgument: ParsableArguments {
  @Argument(help: "The store's directory.", completion: .directory)
  var store: String
}

/// `--json`, on every command that prints a table.
struct FormatOptions: ParsableArguments {
  @Flag(help: "Print JSON instead of text.")
  var json = false
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
      "The instant to answer for; now, or under --clock events the logical now, unless given.",
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
  case lines, batch
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
enum ExportSubjectArgument: String, ExpressibleByArgument, CaseIterable {
  case profiles, identifiers, events, audience
}
