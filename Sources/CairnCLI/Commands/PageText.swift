// How a person's or an account's page is shown to people: what was sent, what follows from it, and
// which persons and accounts belong together.

import Bytes
import Cairn
import Engine
import Events
import Profiles

/// A page as text.
struct PageText {
  let page: ProfilePage

  private var report: ProfileReport { page.report }

  private var head: FieldList {
    var fields = FieldList()
    fields.add("profile id", .text(report.id.description))
    fields.add("entity", .text(page.isAccount ? "account" : "person"))
    fields.add("as of", .instant(report.asOf))
    fields.add("events", .integer(Int64(clamping: report.eventCount)))
    fields.add("first seen", report.firstSeen.map { .instant($0) } ?? .absent)
    fields.add("last seen", report.lastSeen.map { .instant($0) } ?? .absent)
    if page.isAccount { fields.add("members", .integer(page.companionCount)) }
    return fields
  }

  private var identifiers: OutputTable {
    var table = OutputTable([.init("identifier"), .init("value"), .init("events")])
    for entry in report.identifiers {
      table.add([
        .text(entry.identifier.type), .text(entry.identifier.value),
        .integer(Int64(clamping: entry.eventCount)),
      ])
    }
    return table
  }

  private var knownTraits: OutputTable {
    var table = OutputTable([
      .init("known trait"), .init("value"), .init("sent at"),
      .init("source"), .init("record"),
    ])
    for trait in page.knownTraits {
      table.add([
        .text(trait.name), .value(json: String(decoding: trait.json, as: UTF8.self)),
        .instant(trait.time), .text(trait.source),
        .integer(Int64(clamping: trait.sequence.value)),
      ])
    }
    return table
  }

  private var computedTraits: OutputTable {
    var table = OutputTable([.init("computed trait"), .init("value")])
    for trait in report.traits { table.add([.text(trait.name), .text(trait.value.shown)]) }
    return table
  }

  private var audiences: OutputTable {
    var table = OutputTable([.init("audience"), .init("since"), .init("cause")])
    for entry in report.audiences {
      table.add([.text(entry.audience), .instant(entry.since), .text(entry.cause.name)])
    }
    return table
  }

  private var companions: OutputTable {
    var table = OutputTable([
      .init(page.isAccount ? "member" : "account"), .init("profile id"),
      .init("first seen"), .init("last seen"),
    ])
    for companion in page.companions {
      table.add([
        .list(companion.identifiers.map(\.description)), .text(companion.id.description),
        .instant(companion.firstSeen), .instant(companion.lastSeen),
      ])
    }
    return table
  }

  private var links: OutputTable {
    var table = OutputTable([.init("link"), .init("with"), .init("seen at"), .init("record")])
    for link in report.links {
      table.add([
        .text(link.first.description), .text(link.second.description),
        .instant(link.evidence.time), .integer(Int64(clamping: link.evidence.sequence.value)),
      ])
    }
    return table
  }

  /// The latest events, one short line each.
  private func eventLines() throws -> OutputTable {
    var table = OutputTable([
      .init("time"), .init("call"), .init("event"), .init("with"), .init("source"),
      .init("record"),
    ])
    for event in page.events {
      let brief = try EventBrief(event.entry)
      table.add([
        .instant(event.entry.time), .text(brief.call), .text(brief.name),
        .text(event.entry.hasOriginal ? "\(brief.details) (members omitted)" : brief.details),
        .text(event.source), .integer(Int64(clamping: event.entry.sequence.value)),
      ])
    }
    return table
  }

  /// What a reader must know of the tables above.
  private var notes: String {
    var notes = ""
    if page.companions.count < page.companionCount {
      let what = page.isAccount ? "members" : "accounts"
      notes +=
        "\nshown: \(Quantity.count(page.companions.count)) of "
        + "\(Quantity.count(page.companionCount)) \(what)\n"
    }
    if page.isPartial {
      notes +=
        "\nonly the latest \(Quantity.count(ProfilePage.eventsReadMax)) events were read: known "
        + "traits that were sent before them are missing\n"
    }
    return notes
  }

  /// For people: the fields, then a table for each list that is not empty.
  func text() throws -> String {
    let tables = [
      identifiers, knownTraits, computedTraits, audiences, ConsentPage.table(of: page.consents),
      companions, links, try eventLines(),
    ].filter { !$0.rows.isEmpty }
    return ([head.text] + tables.map(\.text)).joined(separator: "\n") + notes
  }
}
