// The records of persons, in one pass over the log: their events and lines, and what names them in those of others.

import Bytes
import Engine
import Events
import Foundation
import Profiles
import Storage

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
  mutating func mentions(_ mentions: [SubjectMention], in snapshot: Snapshot) {
    member("identifiers", arrayOf: mentions) { json, mention in
      json.beginObject()
      json.member("identifier", snapshot.identifier(mention).description)
      json.member("sent", mention.sent.span.bytes.toString())
      json.endObject()
    }
  }
}
