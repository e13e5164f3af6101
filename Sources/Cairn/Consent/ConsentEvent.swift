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

extension Store {
  /// Records answers of a person about consent, as a track call `Segment Consent Preference Updated`.
  ///
  /// - Returns: The record that has them.
  /// - Throws: `.noSuchRecord` for an identifier type or a profile id that does not exist; `.outOfOrder` if the event
  ///   was not accepted, as that of a person who has been erased.
  public func setConsent(_ change: ConsentChange) throws(StoreError) -> SequenceNumber {
    let now = decisionInstant(options.environment.now())
    let line = try snapshot().event(of: change, at: change.time ?? now)
    var settings = IngestOptions()
    settings.source = change.source
    settings.clock = fold.state.scalars.clock
    var verdict: LineVerdict?
    _ = try ingest(lines: line, options: settings) { verdict = $0 }
    switch verdict?.verdict {
    case .accepted(let sequence), .duplicate(let sequence, _): return sequence
    case .quarantined(_, let problem), .rejected(let problem):
      throw StoreError(
        .outOfOrder,
        "the answers were not accepted: \(problem.code.rawValue); they are taken like any event")
    case nil: throw StoreError(.corrupt, "the event of the answers got no verdict")
    }
  }
}

extension Snapshot {
  /// The line of the event that says what a person answers.
  fileprivate func event(
    of change: ConsentChange, at time: Timestamp
  ) throws(StoreError) -> [UInt8] {
    let identifier = try named(change.identifier)
    guard
      let entry = scalars.identityRules.identifiers.entries.first(where: {
        $0.name == identifier.type
      }), let place = entry.places.first
    else {
      throw StoreError(
        .noSuchRecord, "consent is that of persons; there is no identifier of persons of this type")
    }
    var line = EventMembers()
    line.set(["type"], to: "track")
    line.set(["event"], to: "Segment Consent Preference Updated")
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

  /// The identifier itself; of a profile id, the profile's first one.
  private func named(_ identifier: Identifier) throws(StoreError) -> Identifier {
    guard identifier.type == "profile_id" else { return identifier }
    guard let profile = try profile(of: identifier),
      let first = try identifiers(of: profile).first
    else {
      throw StoreError(.noSuchRecord, "no profile has this id; check it, or name an identifier")
    }
    return first
  }
}
