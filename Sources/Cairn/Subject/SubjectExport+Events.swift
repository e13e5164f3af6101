// The events of persons and what only these say, and the persons' identifiers in events of others.

import Bytes
import Engine
import Events
import Profiles
import Storage

extension SubjectExport {
  /// Writes an event of a person.
  func writeEvent(
    _ record: borrowing RecordView, _ reading: inout SubjectReading, to rows: inout SubjectRows
  ) throws(StoreError) {
    let entry = try snapshot.entry(ofEvent: record)
    let source = reading.sources[record.source] ?? ""
    let answers: [(category: String, isConsent: Bool)]
    do throws(DecodeError) {
      let event = try EventView(record.payload)
      try snapshot.identifierReader.read(event, into: &reading.found)
      answers = try reading.consent.answers(of: event)
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
    let home = try home(of: reading.found)
    try rows.add(to: .events) { (json) throws(StoreError) in
      json.key("home")
      if let home { json.value(home.name.description) } else { json.null() }
      try json.eventMembers(of: .init(entry: entry, source: source))
    }
    for answer in answers {
      try rows.add(to: .consent) { json in
        json.member("row", "answer")
        json.member("category", answer.category)
        json.member("consents", answer.isConsent)
        json.member("time", entry.time)
        json.member("received_at", entry.receivedAt)
        json.member("source", source)
        json.member("record", entry.sequence.value)
        json.key("identifier")
        if let home { json.value(home.name.description) } else { json.null() }
      }
    }
    guard let ordinal = home?.ordinal else { return }
    try writeRefusals(in: reading.found, home: ordinal, shownBy: record.sequence, to: &rows)
    let profile = try snapshot.profiles.presentProfile(of: ordinal)
    do throws(DecodeError) {
      try reading.traits[profile, default: KnownTraitReader(.identify)].read(
        EventView(record.payload), at: EventAddress(sequence: entry.sequence, time: entry.time),
        from: record.source, names: snapshot.names)
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
    }
  }

  /// Writes the identifiers of a person's event that were left out of its profile.
  private func writeRefusals(
    in found: FoundIdentifiers, home: IdentifierOrdinal, shownBy sequence: SequenceNumber,
    to rows: inout SubjectRows
  ) throws(StoreError) {
    for other in found.entries.dropFirst() {
      let value = found.value(of: other)
      let name = Identifier(
        type: other.type.rawValue, value: value.toString(), rules: snapshot.identityRules)
      try writeRefusal(
        of: name, EventHash.identifier(other.type, value, seed: snapshot.seed), home: home,
        isOwn: true, shownBy: sequence, to: &rows)
    }
  }

  /// The home of an event; nil if it has none.
  private func home(
    of found: FoundIdentifiers
  ) throws(StoreError) -> (name: Identifier, ordinal: IdentifierOrdinal?)? {
    guard let first = found.entries.first else { return nil }
    let value = found.value(of: first)
    let name = Identifier(
      type: first.type.rawValue, value: value.toString(), rules: snapshot.identityRules)
    let hash = EventHash.identifier(first.type, value, seed: snapshot.seed)
    return (name, try snapshot.profiles.identifierOrdinal(hash))
  }

  /// Writes what an event of somebody else has of a person, and nothing of the other.
  func writeMentions(
    _ record: borrowing RecordView, _ mentions: [SubjectMention], _ reading: inout SubjectReading,
    to rows: inout SubjectRows
  ) throws(StoreError) {
    let (sequence, receivedAt) = (record.sequence, record.receivedAt)
    try rows.add(to: .eventsOfOthers) { json in
      json.member("record", sequence.value)
      json.member("received_at", receivedAt)
      json.mentions(mentions, in: snapshot)
    }
    do throws(DecodeError) {
      try snapshot.identifierReader.read(EventView(record.payload), into: &reading.found)
    } catch {
      throw StoreError(error, in: "record \(sequence.value)")
    }
    guard let home = try home(of: reading.found)?.ordinal else { return }
    for mention in mentions {
      try writeRefusal(
        of: snapshot.identifier(mention),
        EventHash.identifier(mention.type, mention.value.span.bytes, seed: snapshot.seed),
        home: home, isOwn: false, shownBy: sequence, to: &rows)
    }
  }
}
