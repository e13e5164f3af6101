// The answers of `SpaceRoutes`: lists under `data`, traits under `traits`, and where to continue under `cursor`.

import Bytes
import Cairn
import Engine
import Events
import Profiles

/// Answers about one profile.
struct SpaceAnswer {
  let question: Question
  let profile: ProfileOrdinal
  /// `users` or `accounts`.
  let collection: String
  /// The address without its parameters.
  let url: String
  /// The most elements.
  let limit: Int

  private var snapshot: Snapshot { question.snapshot }

  // MARK: Traits

  private struct Trait {
    var json: [UInt8]
    var source: String
    var time: Timestamp
  }

  /// Traits that were sent, traits that are computed, and true for each audience that the profile is in.
  func traits(to json: inout JSONBuilder) throws {
    let traits = try allTraits()
    let wanted = question.parameters["include"].map {
      Set($0.split(separator: ",").map(String.init))
    }
    let names = traits.keys.filter { wanted?.contains($0) ?? true }.sorted()
    let isVerbose = try question.parameters.flag("verbose")
    let (page, next) = try part(of: names)
    json.key("traits")
    json.beginObject()
    for name in page {
      guard let trait = traits[name] else { continue }
      json.key(name)
      if isVerbose {
        json.beginObject()
        json.key("value")
        json.literal(trait.json)
        json.member("source_id", trait.source)
        json.member("updated_at", trait.time)
        json.endObject()
      } else {
        json.literal(trait.json)
      }
    }
    json.endObject()
    cursor(next, to: &json)
  }

  private func allTraits() throws -> [String: Trait] {
    var traits: [String: Trait] = [:]
    for trait in try snapshot.knownTraits(of: profile).traits {
      traits[trait.name] = Trait(json: trait.json, source: trait.source, time: trait.time)
    }
    for trait in try snapshot.traits(of: profile, at: question.instant).entries {
      var text = ByteWriter()
      trait.value.writeJSON(to: &text)
      traits[trait.name] = Trait(json: text.bytes, source: "computed", time: question.instant)
    }
    for audience in try snapshot.audiences(of: profile, at: question.instant) {
      traits[audience.audience] = Trait(
        json: Array("true".utf8), source: "audience", time: audience.since)
    }
    return traits
  }

  // MARK: Lists

  /// The identifiers, each with the record that showed it first.
  func externalIDs(to json: inout JSONBuilder) throws {
    let report = try snapshot.report(profile, at: question.instant, includesLinks: false)
    let (page, next) = try part(of: report.identifiers)
    json.member("data", arrayOf: page) { json, entry in
      let origin = snapshot.origin(of: entry.firstSequence)
      json.beginObject()
      Self.members(of: entry.identifier, in: collection, to: &json)
      json.member("source_id", origin?.source ?? "")
      json.member("created_at", origin?.receivedAt)
      json.endObject()
    }
    cursor(next, to: &json)
  }

  /// The events, newest first.
  func events(to json: inout JSONBuilder) throws {
    let parameters = question.parameters
    var query = EventQuery(limit: limit)
    query.names = parameters["include"].map { $0.split(separator: ",").map(String.init) } ?? []
    query.from = try parameters.instant("start")
    query.to = try parameters.instant("end")
    if let text = parameters["next"], !text.isEmpty {
      guard let cursor = EventCursor(text) else { throw Self.wrongNext }
      query.after = cursor
    }
    let page = try snapshot.events(of: profile, query)
    let identifiers = try snapshot.report(profile, at: question.instant, includesLinks: false)
      .identifiers.prefix(limit).map(\.identifier)
    try json.member("data", arrayOf: page.events) { json, event in
      json.beginObject()
      externalIDs(identifiers, in: collection, to: &json)
      json.member("type", event.entry.type.name.description)
      if let name = try event.entry.withName({ $0.toString() }) { json.member("event", name) }
      json.member("message_id", try event.entry.messageID)
      json.member("source_id", event.source)
      json.member("timestamp", event.entry.time)
      for part in EventEntry.Part.allCases {
        guard let value = try event.entry.json(of: part) else { continue }
        json.key("\(part)")
        json.literal(value)
      }
      json.endObject()
    }
    cursor(page.next?.description, to: &json)
  }

  /// The accounts of a person, or the persons of an account.
  func links(to json: inout JSONBuilder) throws {
    let found = try snapshot.companions(of: profile, max: .max).companions
    let (page, next) = try part(of: found)
    let other = collection == "users" ? "accounts" : "users"
    json.member("data", arrayOf: page) { json, companion in
      json.beginObject()
      json.member("to_collection", other)
      externalIDs(companion.identifiers, in: other, to: &json)
      json.endObject()
    }
    cursor(next, to: &json)
  }

  /// When the profile came about and last changed, with the events.
  func metadata(to json: inout JSONBuilder) throws {
    let page = try snapshot.page(of: profile, at: question.instant, eventsMax: 1, companionsMax: 0)
    var query = EventQuery(limit: 1)
    query.to = page.report.firstSeen.map { Timestamp(milliseconds: $0.milliseconds + 1) }
    let first = try snapshot.events(of: profile, query).events.first
    json.key("metadata")
    json.beginObject()
    json.member("segment_id", page.report.id.description)
    json.member("created_at", page.report.firstSeen)
    json.member("updated_at", page.report.lastSeen)
    json.key("expires_at")
    json.null()
    for (name, event) in [("first", first), ("last", page.events.first)] {
      guard let event else { continue }
      json.member("\(name)_message_id", try event.entry.messageID)
      json.member("\(name)_source_id", event.source)
    }
    json.endObject()
  }

  private func externalIDs(
    _ identifiers: some Sequence<Identifier>, in collection: String, to json: inout JSONBuilder
  ) {
    json.member("external_ids", arrayOf: identifiers) { json, identifier in
      json.beginObject()
      Self.members(of: identifier, in: collection, to: &json)
      json.endObject()
    }
  }

  private static func members(
    of identifier: Identifier, in collection: String, to json: inout JSONBuilder
  ) {
    json.member("id", identifier.value)
    json.member("type", identifier.type)
    json.member("collection", collection)
    json.member("encoding", "none")
  }

  // MARK: Pages

  private static var wrongNext: ServerError {
    QueryParameters.invalid("next", "takes the 'next' of the cursor before")
  }

  /// The elements from `next` on, and what the following page begins with.
  private func part<Element>(
    of elements: [Element]
  ) throws(ServerError) -> (page: ArraySlice<Element>, next: String?) {
    var start = 0
    if let text = question.parameters["next"], !text.isEmpty {
      guard let number = Int(text), number >= 0 else { throw Self.wrongNext }
      start = min(number, elements.count)
    }
    let end = min(start + limit, elements.count)
    return (elements[start..<end], end < elements.count ? String(end) : nil)
  }

  private func cursor(_ next: String?, to json: inout JSONBuilder) {
    json.key("cursor")
    json.beginObject()
    json.member("url", url)
    json.member("has_more", next != nil)
    json.member("next", next ?? "")
    json.member("limit", limit)
    json.endObject()
  }
}
