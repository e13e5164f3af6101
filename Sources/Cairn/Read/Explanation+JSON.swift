// Explanations as JSON: the parts of a definition with their values, the events that contribute to them, and the
// evidence about identity.

import Audiences
import Bytes
import Engine
import Profiles
import Storage

extension Snapshot {
  /// What to call the members and accounts that an explanation is about: their first identifiers.
  package func names(
    ofMembersIn explanation: Explanation
  ) throws(StoreError) -> [UInt32: String] {
    var names: [UInt32: String] = [:]
    for member in explanation.members + explanation.accounts {
      let identifier = try firstIdentifier(of: member.profile)
      names[member.profile.value] = identifier.map { "\($0.type):\($0.value)" } ?? ""
      for (profile, name) in try self.names(ofMembersIn: member.explanation) {
        names[profile] = name
      }
    }
    for part in explanation.parts {
      for (profile, name) in try self.names(ofMembersIn: part) { names[profile] = name }
    }
    return names
  }
}

extension Explanation {
  /// Adds one object, with its parts inside.
  package func write(
    _ names: [UInt32: String], at instant: Timestamp, to json: inout JSONBuilder
  ) {
    json.beginObject()
    json.member("text", text)
    json.key("value")
    json.value(TraitValue(result, now: instant))
    if !parts.isEmpty {
      json.member("parts", arrayOf: parts) { $1.write(names, at: instant, to: &$0) }
    }
    write(members, "member", names, at: instant, to: &json)
    write(accounts, "account", names, at: instant, to: &json)
    json.endObject()
  }

  /// A member with the list of the others, if there are any.
  private func write(
    _ others: [Other], _ word: String, _ names: [UInt32: String], at instant: Timestamp,
    to json: inout JSONBuilder
  ) {
    guard !others.isEmpty else { return }
    json.member(word + "s", arrayOf: others) { json, other in
      json.beginObject()
      json.member(word, names[other.profile.value] ?? "")
      json.key("explanation")
      other.explanation.write(names, at: instant, to: &json)
      json.endObject()
    }
  }
}

extension AggregateEvidence {
  /// Adds one object.
  package func write(to json: inout JSONBuilder) throws {
    json.beginObject()
    json.member("aggregate", text)
    json.member("events", eventCount)
    try json.member("latest_events", arrayOf: events) { json, event in
      json.beginObject()
      json.member("record", event.sequence.value)
      json.member("time", event.time)
      json.key("event")
      json.literal(try event.json)
      json.endObject()
    }
    json.endObject()
  }
}

extension AudienceExplanation {
  /// Adds one object.
  ///
  /// - Parameter names: What to call the members and accounts that it is about.
  package func write(_ names: [UInt32: String], to json: inout JSONBuilder) throws {
    json.beginObject()
    json.member("audience", name)
    json.member("rule", rule)
    json.member("profile_id", id.description)
    json.member("member", membership?.isMember ?? false)
    if let membership, let cause = membership.cause {
      json.member("since", membership.since)
      json.member("cause", cause.name)
      json.member("record", membership.sequence.value)
    }
    if let nextChange { json.member("next_change", nextChange) }
    json.member("as_of", asOf)
    json.key("explanation")
    explanation.write(names, at: asOf, to: &json)
    json.key("changed_by")
    if let changedBy { json.literal(try changedBy.json) } else { json.null() }
    try json.member("aggregates", arrayOf: evidence) { json, part in try part.write(to: &json) }
    json.endObject()
  }
}

extension TraitExplanation {
  /// Adds one object.
  ///
  /// - Parameter names: What to call the members and accounts that it is about.
  package func write(_ names: [UInt32: String], to json: inout JSONBuilder) throws {
    json.beginObject()
    json.member("trait", name)
    json.member("definition", text)
    json.member("entity", isAccount ? "account" : "person")
    json.member("type", type)
    json.member("as_of", asOf)
    json.key("explanation")
    if let explanation {
      explanation.write(names, at: asOf, to: &json)
    } else {
      json.null()
    }
    json.key("aggregates")
    json.beginArray()
    for aggregate in aggregates where explanation == nil {
      json.beginObject()
      json.member("aggregate", aggregate)
      json.endObject()
    }
    for part in evidence { try part.write(to: &json) }
    json.endArray()
    json.endObject()
  }
}
