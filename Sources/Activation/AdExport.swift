// An audience as an ad platform's upload takes it: normalised and hashed on the way out, without the
// people of other audiences, and with a count of what they can be matched by.

import Audiences
import Bytes
import Engine
import Profiles
import Roaring
import Storage

/// What to export for an ad platform.
public struct AdExport: Sendable {
  /// The audience.
  public var audience: String
  /// The audiences whose members are omitted.
  public var suppressed: [String]
  /// The consent categories that a person must permit.
  public var consents: [String]
  /// The platform's rules.
  public var rules: AdRules

  /// An export of an audience.
  public init(
    audience: String, suppressed: [String] = [], consents: [String] = [], rules: AdRules
  ) {
    self.audience = audience
    self.suppressed = suppressed
    self.consents = consents
    self.rules = rules
  }
}

/// What an export for an ad platform holds.
public struct AdExportReport: Equatable, Sendable {
  /// The instant that it answers for.
  public var asOf: Timestamp
  /// The members of the audience.
  public var members = 0
  /// How many of them were omitted as members of a suppressed audience.
  public var suppressed = 0
  /// How many others were omitted because they do not permit a consent category.
  public var withoutConsent = 0
  /// People in the file.
  public var people = 0
  /// Rows in the file.
  public var rows = 0
  /// People with an e-mail address.
  public var withEmail = 0
  /// People with a phone number.
  public var withPhone = 0
  /// People with a name and an address.
  public var withAddress = 0
  /// People who are not in the file because there is nothing to match them by.
  public var withNone = 0
}

extension Snapshot {
  /// Streams an audience as CSV for an ad platform.
  ///
  /// Text that a spreadsheet would evaluate as a formula has an apostrophe before it. A date of
  /// birth after the instant of the export is not accepted.
  ///
  /// - Parameter sink: Receives the bytes in pieces of about 64 KiB.
  /// - Throws: `StoreError` with code `.noSuchRecord` if there is no such audience, `.outOfOrder`
  ///   if it is one of accounts.
  /// - Complexity: O(n log n) for n events of the members, whose identify calls are read from the log, those
  ///   of thousands of members in one pass.
  public func export(
    _ export: AdExport, at instant: Timestamp? = nil, sink: ([UInt8]) throws(StoreError) -> Void
  ) throws(StoreError) -> AdExportReport {
    try self.export(export, at: instant, eventsMax: AdPeople.eventsMax, sink: sink)
  }

  /// - Parameter eventsMax: About how many events are read together.
  func export(
    _ export: AdExport, at instant: Timestamp?, eventsMax: Int,
    sink: ([UInt8]) throws(StoreError) -> Void
  ) throws(StoreError) -> AdExportReport {
    let now = try checked(instant)
    var report = AdExportReport(asOf: now)
    let audience = try members(of: try audienceOfPersons(export.audience), at: now)
    report.members = audience.count
    let rest = try removing(membersOf: export.suppressed, from: audience, at: now)
    report.suppressed = report.members - rest.count
    let chosen = try rest.permitting(export.consents, in: self, at: now)
    report.withoutConsent = rest.count - chosen.count
    var rules = export.rules
    rules.today = CalendarDay(now)
    let rows = AdRows(rules)
    var output = ByteWriter()
    output.csvRow(rows.columns)
    func write(_ person: AdPerson) throws(StoreError) {
      let (lines, keys) = rows.rows(of: person)
      report.count(lines.count, keys)
      for line in lines { output.csvRow(line) }
      if output.bytes.count >= 64 * 1024 {
        try sink(output.bytes)
        output.removeAll()
      }
    }
    var people = AdPeople()
    for ordinal in chosen.toArray() {
      try people.add(ProfileOrdinal(ordinal), of: self)
      if people.isFull(eventsMax: eventsMax) {
        try people.take(from: self, leavesOutSpellings: rules.followsSDK, write)
      }
    }
    try people.take(from: self, leavesOutSpellings: rules.followsSDK, write)
    if !output.bytes.isEmpty { try sink(output.bytes) }
    return report
  }

  /// The members of an audience who are in none of the others.
  private func removing(
    membersOf others: [String], from audience: Bitmap, at now: Timestamp
  ) throws(StoreError) -> Bitmap {
    var rest = audience
    for name in others {
      rest = rest.subtracting(try members(of: try audienceOfPersons(name), at: now))
    }
    return rest
  }

  /// An audience that ad platforms accept: they match persons.
  private func audienceOfPersons(
    _ name: String
  ) throws(StoreError) -> EvaluationPlan.Audience {
    let audience = try named(name)
    guard audience.entity == .person else {
      throw StoreError(
        .outOfOrder,
        "audience \(name) is an audience of accounts, but ad platforms match persons; choose one of "
          + "persons, or export the accounts as csv or ndjson")
    }
    return audience
  }
}

extension AdExportReport {
  fileprivate mutating func count(_ lines: Int, _ keys: AdMatchKeys) {
    rows += lines
    if lines > 0 { people += 1 }
    if keys.email { withEmail += 1 }
    if keys.phone { withPhone += 1 }
    if keys.address { withAddress += 1 }
    if keys.isEmpty { withNone += 1 }
  }
}
