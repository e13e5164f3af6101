// Answers to one question about a profile: whom and when it is about, then a member of the profile's page.

import Bytes
import Engine
import Profiles

extension ProfileTraits {
  /// Adds one object.
  package func write(to json: inout JSONBuilder) {
    json.beginObject()
    writeMembers(to: &json)
    json.endObject()
  }

  /// Adds the members to an object that has been begun.
  package func writeMembers(to json: inout JSONBuilder) {
    json.profile(id, asOf: asOf)
    json.traits(entries)
  }
}

extension EventPage {
  /// Adds the members `events` and `next`.
  package func writeMembers(to json: inout JSONBuilder) throws {
    try json.member("events", arrayOf: events) { json, event in try json.event(event) }
    json.key("next")
    if let next { json.value(next.description) } else { json.null() }
  }
}

extension JSONBuilder {
  /// Adds the members that say whom and when an answer is about.
  package mutating func profile(_ id: ProfileID, asOf: Timestamp) {
    member("profile_id", id.description)
    member("as_of", asOf)
  }
}
