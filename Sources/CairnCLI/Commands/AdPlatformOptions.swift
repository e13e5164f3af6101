// What an export for an ad platform can be told, and what it tells of itself.

import Activation
import ArgumentParser
import Cairn
import Events

/// Options of the formats `google` and `meta`.
struct AdPlatformOptions: ParsableArguments {
  @Option(
    name: .customLong("suppress"),
    help: ArgumentHelp(
      "Leave out the members of this audience too, customers for instance; may be repeated.",
      valueName: "audience"))
  var suppress: [String] = []

  @Option(
    help: ArgumentHelp(
      "The country of people who do not say theirs, for phone numbers and addresses.",
      valueName: "code"))
  var country: String?

  @Option(
    help: "Follow Meta's SDK where it departs from Meta's documents.")
  var compat: CompatibilityArgument?

  @OptionGroup var format: FormatOptions

  func validate(
    for format: ExportFormatArgument, _ subject: ExportSubjectArgument
  ) throws {
    if let country, CountryCode(country) == nil {
      throw ValidationError("--country takes the two letters of a country, DE for instance")
    }
    if compat != nil, format != .meta {
      throw ValidationError("--compat meta-sdk goes with --format meta")
    }
    let isPlatform = format == .google || format == .meta
    if isPlatform, subject != .audience {
      throw ValidationError("--format \(format.rawValue) takes an audience")
    }
    if !isPlatform, !suppress.isEmpty || country != nil || self.format.json {
      throw ValidationError("--suppress, --country and --json go with --format google or meta")
    }
  }

  /// The rules of the platform that a format is for; nil for the plain formats.
  func rules(for format: ExportFormatArgument) throws -> AdRules? {
    let platform: AdPlatform
    switch format {
    case .google: platform = .google
    case .meta: platform = .meta
    case .csv, .ndjson: return nil
    }
    return AdRules(
      platform, compatibility: compat == .metaSDK ? .metaSDK : .documented,
      country: country.flatMap { CountryCode($0) })
  }
}

extension AdExportReport {
  /// The counts, in the order they are shown.
  private var fields: [(name: String, value: Cell)] {
    [
      ("members", .integer(members)), ("suppressed", .integer(suppressed)),
      ("people", .integer(people)), ("rows", .integer(rows)), ("with_email", .integer(withEmail)),
      ("with_phone", .integer(withPhone)), ("with_address", .integer(withAddress)),
      ("with_none", .integer(withNone)), ("as_of", .instant(asOf)),
    ]
  }

  /// Prints the counts, on standard error if the data went to standard output.
  func show(asJSON: Bool, isBesideData: Bool) throws {
    let output = Output(
      descriptor: isBesideData ? Output.standardError : Output.standardOutput)
    guard asJSON else {
      let width = fields.map(\.name.count).max() ?? 0
      let lines = fields.map { field in
        let label = field.name.replacing("_", with: " ")
        return label + String(repeating: " ", count: width + 2 - label.count) + field.value.shown
      }
      try output.finish(with: lines.joined(separator: "\n") + "\n")
      return
    }
    var json = JSONBuilder()
    json.beginObject()
    for field in fields {
      json.key(field.name)
      field.value.write(to: &json)
    }
    json.endObject()
    try output.finish(with: json.text + "\n")
  }
}
