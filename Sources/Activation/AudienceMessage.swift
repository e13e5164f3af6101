// A change of membership as a message of the Segment spec, so that every consumer of Segment events can read it.

import Bytes
import Engine
import Profiles

/// What a destination is sent about one profile and one audience.
public struct AudienceMessage: Equatable, Sendable {
  /// What a profile stands for.
  public enum Subject: Equatable, Sendable {
    /// A person: the message has a `userId` or `anonymousId`.
    case person
    /// An account: the message has a `groupId`, and no person in it.
    case account
  }

  /// The same whenever it is sent again.
  public var key: String
  /// Whether the profile entered.
  public var isEntry: Bool
  /// The audience's name.
  public var audience: String
  /// The instant from which it holds.
  public var effective: Timestamp
  /// What the profile stands for.
  public var subject = Subject.person
  /// The profile that stands for it by now; nil if there is none. It is not sent.
  package var holder: ProfileOrdinal?
  /// The profile's stable id.
  public var profileID: String
  /// Its identifiers, types and values; none for a profile that lives on in another.
  public var identifiers: [(type: String, value: String)] = []
  /// Why it came about.
  public var cause: String
  /// Where the change stands in the log.
  public var address: String
  /// The profile that absorbed this one, if that is why it exited.
  public var mergedInto: String?
  /// The id of the store.
  public var storeID: String

  /// Makes a message without identifiers.
  public init(
    key: String, isEntry: Bool, audience: String, effective: Timestamp, profileID: String,
    cause: String, address: String, storeID: String
  ) {
    self.key = key
    self.isEntry = isEntry
    self.audience = audience
    self.effective = effective
    self.profileID = profileID
    self.cause = cause
    self.address = address
    self.storeID = storeID
  }

  /// Whether both say the same.
  public static func == (a: Self, b: Self) -> Bool {
    a.key == b.key && a.isEntry == b.isEntry && a.audience == b.audience
      && a.effective == b.effective && a.subject == b.subject && a.profileID == b.profileID
      && a.cause == b.cause
      && a.address == b.address && a.mergedInto == b.mergedInto && a.storeID == b.storeID
      && a.identifiers.map(\.type) == b.identifiers.map(\.type)
      && a.identifiers.map(\.value) == b.identifiers.map(\.value)
  }

  /// The key of a message: the same store, destination and change give the same one.
  public static func key(
    store: String, destination: UInt32, address: String, audience: String
  ) -> String {
    let digest = HashedText.of("\(store)/\(destination)/\(address)/\(audience)") ?? ""
    return String(digest.prefix(32))
  }

  /// Appends the message as a line of JSON.
  ///
  /// A person's is a track call, or an identify call that sets a trait of the audience's name. An
  /// account's is a group call that sets such a trait, whatever the form: the other calls are of persons.
  public func write(as form: MessageForm, to line: inout ByteWriter) {
    line.append(#"{"type":"#)
    switch (subject, form) {
    case (.account, _): line.append(#""group""#)
    case (.person, .identify): line.append(#""identify""#)
    case (.person, .track):
      line.append(#""track","event":"#)
      line.append(isEntry ? #""Audience Entered""# : #""Audience Exited""#)
    }
    member("messageId", key, to: &line)
    switch subject {
    case .account: member("groupId", first("group_id") ?? profileID, to: &line)
    case .person:
      let user = first("user_id")
      if let user { member("userId", user, to: &line) }
      // A message needs one of the two; the profile's own id is nobody else's.
      if let anonymous = first("anonymous_id") ?? (user == nil ? profileID : nil) {
        member("anonymousId", anonymous, to: &line)
      }
    }
    member("timestamp", effective.description, to: &line)
    if subject == .person, form == .track {
      line.append(#","properties":{"audience_key":"#)
      line.jsonString(audience)
      line.append(",")
    } else {
      line.append(#","traits":{"#)
    }
    line.jsonString(audience)
    line.append(isEntry ? ":true}" : ":false}")
    context(to: &line)
    line.append("}\n")
  }

  private func context(to line: inout ByteWriter) {
    line.append(#","context":{"personas":{"computation_class":"audience","computation_id":"#)
    line.jsonString(String((HashedText.of("\(storeID)/\(audience)") ?? "").prefix(32)))
    member("computation_key", audience, to: &line)
    member("namespace", "cairn", to: &line)
    member("space_id", storeID, to: &line)
    line.append("}")
    if subject == .person, let email = first("email") {
      line.append(#","traits":{"email":"#)
      line.jsonString(email)
      line.append("}")
    }
    if !identifiers.isEmpty {
      line.append(#","externalIds":["#)
      for (index, identifier) in identifiers.enumerated() {
        line.append(index == 0 ? #"{"id":"# : #",{"id":"#)
        line.jsonString(identifier.value)
        member("type", identifier.type, to: &line)
        member("collection", subject == .account ? "accounts" : "users", to: &line)
        line.append(#","encoding":"none"}"#)
      }
      line.append("]")
    }
    line.append(#","cairn":{"profile_id":"#)
    line.jsonString(profileID)
    member("change", address, to: &line)
    member("cause", cause, to: &line)
    if let mergedInto { member("merged_into", mergedInto, to: &line) }
    line.append("}}")
  }

  private func first(_ type: String) -> String? { identifiers.first { $0.type == type }?.value }

  private func member(_ name: StaticString, _ value: String, to line: inout ByteWriter) {
    line.append(",\"")
    line.append(name)
    line.append("\":")
    line.jsonString(value)
  }
}
