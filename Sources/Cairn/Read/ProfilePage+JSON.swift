// A person or an account as JSON: one member for each thing that can be asked for, so that a whole page and the
// answer to one question agree.

import Audiences
import Bytes
import Engine
import Events
import Profiles

extension ProfilePage {
  /// Adds the page as one object.
  ///
  /// - Throws: `StoreError` for an event that does not decode.
  package func write(to json: inout JSONBuilder) throws {
    json.beginObject()
    json.member("profile_id", report.id.description)
    json.member("entity", isAccount ? "account" : "person")
    json.member("as_of", report.asOf)
    json.member("events", report.eventCount)
    json.member("first_seen", report.firstSeen)
    json.member("last_seen", report.lastSeen)
    if isAccount { json.member("members", companionCount) }
    json.member("is_partial", isPartial)
    json.identifiers(report.identifiers)
    json.knownTraits(knownTraits)
    json.traits(report.traits)
    json.audiences(report.audiences)
    if !isAccount { json.consents(consents) }
    // The number of an account's members stands above.
    if !isAccount { json.member("accounts_total", companionCount) }
    json.companions(companions, as: isAccount ? "latest_members" : "accounts")
    json.links(report.links)
    try json.member("latest_events", arrayOf: events) { json, event in try json.event(event) }
    json.endObject()
  }
}

extension JSONBuilder {
  /// Adds the member `identifiers`.
  package mutating func identifiers(_ entries: [ProfileReport.IdentifierEntry]) {
    member("identifiers", arrayOf: entries) { json, entry in
      json.beginObject()
      json.member("type", entry.identifier.type)
      json.member("value", entry.identifier.value)
      json.member("events", entry.eventCount)
      json.endObject()
    }
  }

  /// Adds the member `links`.
  package mutating func links(_ links: [ProfileReport.LinkEntry]) {
    member("links", arrayOf: links) { json, link in
      json.beginObject()
      json.member("link", link.first.description)
      json.member("with", link.second.description)
      json.member("seen_at", link.evidence.time)
      json.member("record", link.evidence.sequence.value)
      json.endObject()
    }
  }

  /// Adds the member `known_traits`.
  package mutating func knownTraits(_ traits: [KnownTrait]) {
    member("known_traits", arrayOf: traits) { json, trait in
      json.beginObject()
      json.member("name", trait.name)
      json.key("value")
      json.literal(trait.json)
      json.member("time", trait.time)
      json.member("source", trait.source)
      json.member("record", trait.sequence.value)
      json.endObject()
    }
  }

  /// Adds the member `traits`: an object of computed traits.
  package mutating func traits(_ traits: [ProfileReport.TraitEntry]) {
    key("traits")
    beginObject()
    for trait in traits {
      key(trait.name)
      value(trait.value)
    }
    endObject()
  }

  /// The value of a computed trait.
  package mutating func value(_ value: TraitValue) {
    var text = ByteWriter()
    value.writeJSON(to: &text)
    literal(text.bytes)
  }

  /// Adds the member `audiences`.
  package mutating func audiences(_ entries: [ProfileReport.MembershipEntry]) {
    member("audiences", arrayOf: entries) { json, entry in
      json.beginObject()
      json.member("audience", entry.audience)
      json.member("since", entry.since)
      json.member("cause", entry.cause.name)
      json.endObject()
    }
  }

  /// Adds a member with the accounts of a person or the persons of an account.
  package mutating func companions(_ companions: [ProfilePage.Companion], as name: String) {
    member(name, arrayOf: companions) { json, companion in
      json.beginObject()
      json.member("identifiers", arrayOf: companion.identifiers) { $0.value($1.description) }
      json.member("profile_id", companion.id.description)
      json.member("first_seen", companion.firstSeen)
      json.member("last_seen", companion.lastSeen)
      json.endObject()
    }
  }

  /// Adds an event with all that is known of it.
  package mutating func event(_ event: ProfilePage.Event) throws {
    let entry = event.entry
    beginObject()
    member("time", entry.time)
    member("received_at", entry.receivedAt)
    member("clock", entry.clock.name)
    member("late", entry.isLate)
    member("record", entry.sequence.value)
    member("source", event.source)
    key("event")
    literal(try entry.json)
    key("original")
    if let original = try entry.original { literal(original) } else { null() }
    endObject()
  }
}
