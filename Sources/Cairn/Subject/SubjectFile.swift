// The files of an export of what is known about persons.

/// A file of such an export, in the order in which the index lists them.
public enum SubjectFile: String, CaseIterable, Sendable {
  case profile, identifiers, identity, events
  case eventsOfOthers = "events_of_others"
  case quarantine
  case knownTraits = "known_traits"
  case traits, audiences, accounts, consent, deliveries, requests

  /// The name of the file.
  public var name: String { rawValue + ".ndjson" }

  /// What the file holds, for those who read the index.
  public var holds: String {
    switch self {
    case .profile: "profile ids, those that were merged into them, and times"
    case .identifiers: "identifiers"
    case .identity:
      "links with their evidence, identifiers that were kept apart, and manual decisions"
    case .events: "events, as they were sent"
    case .eventsOfOthers: "the person's identifiers in events of other people"
    case .quarantine: "quarantined lines; of those of other people only the person's identifiers"
    case .knownTraits: "traits that were sent, with their latest values"
    case .traits: "computed traits"
    case .audiences: "audiences, and the recorded entries and exits"
    case .accounts: "accounts"
    case .consent: "what is permitted now, and all answers about consent"
    case .deliveries: "changes of membership that destinations were sent, or were not, and why"
    case .requests: "earlier manual corrections"
    }
  }
}
