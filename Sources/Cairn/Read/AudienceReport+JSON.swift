// Audiences, their members and the changes of memberships as JSON.

import Audiences
import Bytes
import Engine
import Profiles

extension AudienceReport {
  /// Adds one object: of a list, without the rule.
  package func write(to json: inout JSONBuilder, withRule: Bool) {
    json.beginObject()
    json.member("audience", name)
    if withRule { json.member("rule", rule) }
    json.member("members", memberCount)
    json.member("as_of", asOf)
    json.endObject()
  }
}

extension AudienceMember {
  /// Adds one object.
  package func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.member("profile_id", id.description)
    json.member("since", since)
    json.member("cause", cause.name)
    json.member("identifiers", arrayOf: identifiers) { $0.value($1.description) }
    json.endObject()
  }
}

extension AudiencePreview {
  /// Adds one object.
  package func write(to json: inout JSONBuilder, isAccount: Bool) {
    json.beginObject()
    json.member("members", memberCount)
    json.member(isAccount ? "accounts" : "profiles", profileCount)
    json.member("as_of", asOf)
    json.write(warnings: warnings)
    json.member("sample", arrayOf: sample) { json, member in
      json.beginObject()
      json.member("profile_id", member.id.description)
      json.member("identifiers", arrayOf: member.identifiers) { $0.value($1.description) }
      json.endObject()
    }
    json.endObject()
  }
}

extension JSONBuilder {
  /// Adds the member `warnings`, a list of sentences.
  package mutating func write(warnings: [String]) {
    member("warnings", arrayOf: warnings) { $0.value($1) }
  }
}

extension RecordedMembershipChange {
  /// The kind, in reports.
  package var kindName: String {
    switch kind {
    case .entered: "entered"
    case .exited: "exited"
    case .merged: "merged"
    }
  }

  /// The profile that took the membership over, if it ended by a merge.
  package var survivor: ProfileID? {
    if case .merged(let survivor) = kind { survivor } else { nil }
  }

  /// Adds one object.
  ///
  /// - Parameter entity: What its profile stands for.
  package func write(of entity: EntityKind, to json: inout JSONBuilder) {
    json.beginObject()
    writeMembers(of: entity, to: &json)
    json.endObject()
  }

  /// Adds the members of that object.
  func writeMembers(of entity: EntityKind, to json: inout JSONBuilder) {
    json.member("cursor", FeedCursor(self).description)
    json.member("effective", effective)
    json.member("change", kindName)
    json.member("audience", audience)
    json.member("entity", entity.name)
    json.member("profile_id", id.description)
    json.member("cause", cause.name)
    json.key("into")
    if let survivor { json.value(survivor.description) } else { json.null() }
  }
}
