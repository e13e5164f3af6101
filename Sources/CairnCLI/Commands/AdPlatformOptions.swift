// The options of an export for an ad platform, and its counts.

import Activation
import ArgumentParser
import Events

/// Options of exports of an audience, of which all but `--consent` are those of the formats `google` and `meta`.
struct AdPlatformOptions: ParsableArguments {
  @Option(
    name: .customLong("consent"),
    help: ArgumentHelp(
      "Omit persons who do not permit this consent category; may be repeated.",
      valueName: "category"))
  var consents: [String] = []

  @Option(
    name: .customLong("suppress"),
    help: ArgumentHelp(
      "Omit the members of this audience, for instance customers; may be repeated.",
      valueName: "audience"))
  var suppress: [String] = []

  @Option(
    help: ArgumentHelp(
      "The country of people who do not state one, for phone numbers and addresses.",
      valueName: "code"))
  var country: String?

  @Option(
    help: "Follow Meta's SDK where it departs from Meta's documentation.")
  var compat: CompatibilityArgument?

  func validate(
    for format: ExportFormatArgument, _ subject: ExportSubjectArgument
  ) throws {
    if country != nil, home == nil {
      throw ValidationError(
        "--country takes the two letters of a country (ISO 3166-1 alpha-2), for instance DE")
    }
    if compat != nil, format != .meta {
      throw ValidationError("--compat meta-sdk requires --format meta")
    }
    if !consents.isEmpty, subject != .audience {
      throw ValidationError("--consent applies to an audience")
    }
    let isPlatform = format == .google || format == .meta
    if isPlatform, subject != .audience {
      throw ValidationError("--format \(format.rawValue) takes an audience")
    }
    if !isPlatform, !suppress.isEmpty || country != nil {
      throw ValidationError("--suppress and --country require --format google or meta")
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
      country: home)
  }

  /// The country given, if it is one: `UK` is read as `GB`.
  private var home: CountryCode? {
    country.flatMap { $0.utf8.count == 2 ? CountryCode.reading($0) : nil }
  }
}

extension AdExportReport {
  /// The counts.
  var fields: FieldList {
    var fields = FieldList()
    fields.add("members", .integer(members))
    fields.add("suppressed", .integer(suppressed))
    fields.add("without consent", .integer(withoutConsent))
    fields.add("people", .integer(people))
    fields.add("rows", .integer(rows))
    fields.add("with email", .integer(withEmail))
    fields.add("with phone", .integer(withPhone))
    fields.add("with address", .integer(withAddress))
    fields.add("with none", .integer(withNone))
    fields.add("as of", .instant(asOf))
    return fields
  }
}
