// Why identifiers count as one person: the links between them. What was refused, and what was decided manually, is
// found in the records.

import Bytes
import Engine
import Profiles
import Storage

extension SubjectExport {
  /// Writes the links between the identifiers of each person, with the record that first showed each.
  func writeIdentity(to rows: inout SubjectRows) throws(StoreError) {
    for profile in profiles {
      let homes = try snapshot.profiles.identifiers(of: profile)
      var places: [IdentifierOrdinal: Int] = [:]
      for (place, home) in homes.enumerated() { places[home] = place }
      for (place, home) in homes.enumerated() {
        for neighbour in try snapshot.profiles.neighbours(of: home) {
          // Each link once; one to an identifier that has left the profile no longer belongs to it.
          guard let other = places[neighbour], other > place,
            let link = try snapshot.profiles.link(home, neighbour)
          else { continue }
          try writeLink(link, home, neighbour, to: &rows)
        }
      }
    }
  }

  private func writeLink(
    _ link: LinkRow, _ first: IdentifierOrdinal, _ second: IdentifierOrdinal,
    to rows: inout SubjectRows
  ) throws(StoreError) {
    let names = (try snapshot.identifier(first), try snapshot.identifier(second))
    let evidence = try snapshot.evidence(EventAddress(sequence: link.sequence, time: link.time))
    try rows.add(to: .identity) { json in
      json.member("row", "link")
      json.member("identifier", names.0.description)
      json.member("with", names.1.description)
      json.member("because", link.kind.words)
      json.member("seen_at", evidence.time)
      json.member("record", evidence.sequence.value)
      json.member("source", evidence.source)
      json.member("message_id", evidence.messageID)
    }
  }

  /// Writes that an identifier was left out of an event's profile, if the record is the latest one that shows it.
  ///
  /// - Parameter home: The home of the event, to be named only if it is the person's.
  func writeRefusal(
    of name: Identifier, _ hash: Hash128, home: IdentifierOrdinal, isOwn: Bool,
    shownBy sequence: SequenceNumber, to rows: inout SubjectRows
  ) throws(StoreError) {
    guard let refusal = try snapshot.profiles.refusal(of: hash, home: home),
      refusal.evidence.sequence == sequence
    else { return }
    let other = isOwn ? try snapshot.identifier(home).description : nil
    try rows.add(to: .identity) { json in
      json.member("row", "refused")
      json.member("identifier", name.description)
      json.key("kept_from")
      if let other { json.value(other) } else { json.null() }
      json.member("because", snapshot.words(refusal.reason))
      json.member("seen_at", refusal.evidence.time)
      json.member("record", sequence.value)
      json.member("times", refusal.count)
    }
  }

  /// Writes a manual split or merge that names the person, without the identifiers of others.
  func writeCorrection(
    _ correction: IdentityCorrection, at sequence: SequenceNumber, _ mentions: [SubjectMention],
    to rows: inout SubjectRows
  ) throws(StoreError) {
    func names(_ named: [IdentityCorrection.Named]) -> [String] {
      mentions.filter { mention in
        named.contains { $0.type == mention.type && $0.value == mention.value }
      }.map { snapshot.identifier($0).description }
    }
    for file in [SubjectFile.identity, .requests] {
      try rows.add(to: file) { json in
        json.member("row", "manual")
        json.member("decision", correction.action == .split ? "split" : "merge")
        json.member("decided_at", correction.appliedAt)
        json.member("record", sequence.value)
        json.member("identifiers", arrayOf: names(correction.identifiers)) { $0.value($1) }
        json.member("staying", arrayOf: names(correction.staying)) { $0.value($1) }
      }
    }
  }
}
