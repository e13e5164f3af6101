// How a profile is shown.

import Bytes
import Cairn
import Events
import Profiles

/// A profile report as text and as JSON.
struct ProfileText {
  let report: ProfileReport

  private var head: FieldList {
    var fields = FieldList()
    fields.add("profile id", .text(report.id.description))
    fields.add("as of", .instant(report.asOf))
    fields.add("events", .integer(Int64(clamping: report.eventCount)))
    fields.add("first seen", report.firstSeen.map { .instant($0) } ?? .absent)
    fields.add("last seen", report.lastSeen.map { .instant($0) } ?? .absent)
    return fields
  }

  private var identifiers: Table {
    var table = Table([.init("identifier"), .init("value"), .init("events")])
    for entry in report.identifiers {
      table.add([
        .text(entry.identifier.type), .text(entry.identifier.value),
        .integer(Int64(clamping: entry.eventCount)),
      ])
    }
    return table
  }

  private var links: Table {
    var table = Table([.init("link"), .init("with"), .init("seen at"), .init("record")])
    for link in report.links {
      table.add([
        .text("\(link.first.type):\(link.first.value)"),
        .text("\(link.second.type):\(link.second.value)"), .instant(link.evidence.time),
        .integer(Int64(clamping: link.evidence.sequence.value)),
      ])
    }
    return table
  }

  private var audiences: Table {
    var table = Table([.init("audience"), .init("since"), .init("cause")])
    for entry in report.audiences {
      table.add([.text(entry.audience), .instant(entry.since), .text(entry.cause.name)])
    }
    return table
  }

  private func events() throws -> Table {
    var table = Table([
      .init("time"), .init("received"), .init("clock"), .init("late"), .init("record"),
      .init("event"), .init("original"),
    ])
    for entry in report.events {
      table.add([
        .instant(entry.time), .instant(entry.receivedAt), .text(entry.clock.name),
        .flag(entry.isLate), .integer(Int64(clamping: entry.sequence.value)),
        .json(String(decoding: try entry.json, as: UTF8.self)),
        try entry.original.map { .json(String(decoding: $0, as: UTF8.self)) } ?? .absent,
      ])
    }
    return table
  }

  /// For people: the fields, then a table for each list that is not empty.
  func text() throws -> String {
    var traits = Table([.init("trait"), .init("value")])
    for trait in report.traits { traits.add([.text(trait.name), .text(trait.value.description)]) }
    let tables = [identifiers, traits, audiences, links, try events()].filter { !$0.rows.isEmpty }
    return ([head.text] + tables.map(\.text)).joined(separator: "\n")
  }

  /// For programs: one object.
  func write(to json: inout JSONBuilder) throws {
    json.beginObject()
    head.write(to: &json)
    json.key("identifiers")
    identifiers.write(to: &json)
    json.key("traits")
    json.beginObject()
    for trait in report.traits {
      var value = ByteWriter()
      trait.value.writeJSON(to: &value)
      json.key(trait.name)
      json.literal(String(decoding: value.bytes, as: UTF8.self))
    }
    json.endObject()
    json.key("audiences")
    audiences.write(to: &json)
    json.key("links")
    links.write(to: &json)
    json.key("latest_events")
    try events().write(to: &json)
    json.endObject()
  }
}
