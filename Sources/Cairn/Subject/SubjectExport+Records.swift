// The records of persons, in one pass over the log: their events and lines, and what names them in those of others.

import Bytes
import Engine
import Events
import Foundation
import Profiles
import Storage

/// What is read of the records while they pass.
private struct SubjectReading {
  let sources: [SourceID: String]
  let consent: ConsentReading
  var found = FoundIdentifiers()
  /// By person.
  var traits: [ProfileOrdinal: KnownTraitReader] = [:]
}

extension SubjectExport {
  /// Writes events, lines and corrections, and what only events say: refused identifiers, known traits, answers about
  /// consent.
  mutating func writeRecords(
    to rows: inout SubjectRows, _ onProgress: (LogProgress) -> Void
  ) throws(StoreError) {
    let export = self
    var reading = SubjectReading(sources: snapshot.sourceNames, consent: ConsentReading(snapshot))
    var count = 0
    try manifest.visit(snapshot.log, through: snapshot.lastSequence, onProgress: onProgress) {
      (record, judgement, mentions) throws(StoreError) in
      count += 1
      switch try Input(record) {
      case .event where judgement == .erased:
        try export.writeEvent(record, &reading, to: &rows)
      case .event: try export.writeMentions(record, mentions, &reading, to: &rows)
      case .quarantined(let line):
        try export.writeLine(
          line, record, isOwn: judgement == .erased, mentions, reading.sources, to: &rows)
      case .identityCorrection(let correction):
        try export.writeCorrection(correction, at: record.sequence, mentions, to: &rows)
      default: break
      }
    }
    records = count
    for (profile, reader) in reading.traits.sorted(by: { $0.key < $1.key }) {
      let id = try snapshot.id(of: profile).description
      for trait in reader.traits(sources: reading.sources) {
        try rows.add(to: .knownTraits) { json in
          json.member("profile_id", id)
          json.knownTraitMembers(of: trait)
        }
      }
    }
  }

  /// Writes an event of a person.
  private func writeEvent(
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
    guard let home, let ordinal = home.ordinal else { return }
    for index in 1..<max(reading.found.entries.count, 1) {
      let other = reading.found.entries[index]
      let value = reading.found.value(of: other)
      try writeRefusal(
        of: Identifier(
          type: other.type.rawValue, value: value.toString(), rules: snapshot.identityRules),
        EventHash.identifier(other.type, value, seed: snapshot.seed), home: ordinal, isOwn: true,
        shownBy: record.sequence, to: &rows)
    }
    let profile = try snapshot.profiles.presentProfile(of: ordinal)
    do throws(DecodeError) {
      try reading.traits[profile, default: KnownTraitReader(.identify)].read(
        EventView(record.payload), at: EventAddress(sequence: entry.sequence, time: entry.time),
        from: record.source, names: snapshot.names)
    } catch {
      throw StoreError(error, in: "record \(record.sequence.value)")
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
  private func writeMentions(
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

  /// Writes a quarantined line of a person, or what one of somebody else has of the person.
  private func writeLine(
    _ line: QuarantinedLine, _ record: borrowing RecordView, isOwn: Bool,
    _ mentions: [SubjectMention], _ sources: [SourceID: String], to rows: inout SubjectRows
  ) throws(StoreError) {
    let (sequence, receivedAt) = (record.sequence, record.receivedAt)
    let source = sources[record.source] ?? ""
    try rows.add(to: .quarantine) { json in
      json.member("record", sequence.value)
      json.member("received_at", receivedAt)
      json.member("own", isOwn)
      guard isOwn else { return json.mentions(mentions, in: snapshot) }
      json.member("source", source)
      json.member("code", line.problem.name)
      let bytes = line.lineAsSent
      if let text = String(validating: bytes, as: UTF8.self) {
        json.member("line", text)
      } else {
        json.member("line_base64", Data(bytes).base64EncodedString())
      }
    }
  }
}

extension JSONBuilder {
  /// Adds the member `identifiers`: a person's identifiers in a record.
  fileprivate mutating func mentions(_ mentions: [SubjectMention], in snapshot: Snapshot) {
    member("identifiers", arrayOf: mentions) { json, mention in
      json.beginObject()
      json.member("identifier", snapshot.identifier(mention).description)
      json.member("sent", mention.sent.span.bytes.toString())
      json.endObject()
    }
  }
}
