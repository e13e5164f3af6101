// What a person answers about consent, as the event that says so: all answers come in the same way.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// Answers of a person about consent.
public struct ConsentChange: Sendable {
  /// One answer.
  public struct Answer: Hashable, Codable, Sendable {
    /// The category.
    public var category: String
    /// Whether it is a consent.
    public var isConsent: Bool

    /// An answer.
    public init(category: String, isConsent: Bool) {
      self.category = category
      self.isConsent = isConsent
    }
  }

  /// The identifier under which they are kept.
  public var identifier: Identifier
  /// The answers; categories that are not among them keep theirs.
  public var answers: [Answer]
  /// When they were given; nil for now.
  public var time: Timestamp?
  /// The name of the source that they come from.
  public var source: String

  /// The source of answers that name no other.
  public static let defaultSource = "consent"

  /// Answers of a person.
  public init(
    identifier: Identifier, answers: [Answer], time: Timestamp? = nil,
    source: String = defaultSource
  ) {
    self.identifier = identifier
    self.answers = answers
    self.time = time
    self.source = source
  }
}

/// What came of answers.
public struct ConsentOutcome: Sendable {
  /// The record that has them.
  public var sequence: SequenceNumber
  /// Their categories that are not defined, each with the one that was probably meant.
  public var undefined: [(category: String, near: String?)] = []
}

extension Store {
  /// Records answers of a person about consent, as a track call `Segment Consent Preference Updated`.
  ///
  /// - Throws: `.noSuchRecord` for an identifier type or a profile id that does not exist; `.outOfOrder` for a time in
  ///   the future, for no time where the store's time follows its events, for a name that no category can have, and if
  ///   the event was not accepted, as that of a person who has been erased.
  public func setConsent(_ change: ConsentChange) throws(StoreError) -> ConsentOutcome {
    let line = try snapshot().event(of: change, at: try time(of: change), id: makeConsentID())
    var settings = IngestOptions()
    settings.source = change.source
    settings.clock = fold.state.scalars.clock
    var verdict: LineVerdict?
    _ = try ingest(lines: line, options: settings) { verdict = $0 }
    switch verdict?.verdict {
    case .accepted(let sequence):
      let known = try snapshot().consentCategories
      return ConsentOutcome(
        sequence: sequence,
        undefined: change.answers.filter { !known.contains($0.category) }
          .map { ($0.category, NearName.of($0.category, among: known)) })
    case .quarantined(_, let problem), .rejected(let problem):
      throw StoreError(
        .outOfOrder,
        "the answers were not accepted (\(problem.name)): they are an event, and one with this identifier is refused"
      )
    case .duplicate, nil:
      throw StoreError(.corrupt, "the event of the answers got another verdict than a new one can")
    }
  }

  /// An id that no other event has: answers that are given again count again.
  private func makeConsentID() -> String {
    let random = options.environment.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
    return "consent-\(lastSequence.value + 1)-\(String(random, radix: 16))"
  }

  private func time(of change: ConsentChange) throws(StoreError) -> Timestamp {
    let now = options.environment.now()
    if let time = change.time {
      guard time <= max(now, logicalNow) else {
        throw StoreError(
          .outOfOrder, "the answers are of the future; give the time at which they were given")
      }
      return time
    }
    guard fold.state.scalars.clock == .system else {
      throw StoreError(
        .outOfOrder,
        "the time of this store follows its events, so the present is not known; say when the answers were given, as "
          + "with --time 2026-03-01T00:00:00Z")
    }
    return decisionInstant(now)
  }
}

extension Snapshot {
  /// The line of the event that says what a person answers.
  fileprivate func event(
    of change: ConsentChange, at time: Timestamp, id: String
  ) throws(StoreError) -> [UInt8] {
    for answer in change.answers where !Aggregate.isConsentCategory(answer.category) {
      throw StoreError(
        .outOfOrder,
        "a consent category has 1 to \(Aggregate.consentCategoryMax) characters of printable ASCII, without quotation "
          + "marks, backslashes and commas")
    }
    let identifier = try named(change.identifier)
    let entries = scalars.identityRules.identifiers.entries
    guard let entry = entries.first(where: { $0.name == identifier.type }),
      let place = entry.places.first
    else {
      throw .notFound(
        "identifier type of persons", identifier.type, among: entries.map(\.name),
        ifNone: "see `cairn identity show`")
    }
    var line = EventMembers()
    line.set(["type"], to: "track")
    line.set(["event"], to: "Segment Consent Preference Updated")
    line.set(["messageId"], to: id)
    line.set(["timestamp"], to: time.description)
    line.set(["context", "consent", "partial"], toLiteral: "true")
    for answer in change.answers {
      line.set(
        Aggregate.consentPath.keys + [answer.category],
        toLiteral: answer.isConsent ? "true" : "false")
    }
    line.set(identifier.value, at: place)
    return line.line
  }

  /// The identifier itself; of a profile id, the profile's identifier of highest priority.
  private func named(_ identifier: Identifier) throws(StoreError) -> Identifier {
    guard identifier.type == "profile_id" else { return identifier }
    guard let profile = try profile(of: identifier) else {
      throw StoreError(.noSuchRecord, "no profile has this id; check it, or name an identifier")
    }
    let own = try identifiers(of: profile)
    for entry in scalars.identityRules.identifiers.entries {
      if let first = own.first(where: { $0.type == entry.name }) { return first }
    }
    throw StoreError(
      .noSuchRecord, "the profile has no identifier of a person; name an identifier")
  }
}
