// How identity rules, their preview and the health of the graph are shown.

import Bytes
import Cairn
import Events
import Profiles

/// Identity rules as text, which is a rules file, and as JSON.
struct IdentityRulesText {
  let rules: IdentityRules

  var text: String { rules.yaml }

  /// What a rules file holds, under its names.
  func write(to json: inout JSONBuilder) {
    let identifiers = rules.identifiers
    json.beginObject()
    json.key("country")
    if let country = identifiers.country { json.value(country.description) } else { json.null() }
    json.key("alias")
    json.value(identifiers.alias.name)
    json.key("identifiers")
    json.beginArray()
    for (entry, constraint) in zip(identifiers.entries, rules.constraints) {
      write(entry, constraint, to: &json)
    }
    json.endArray()
    json.key("blocked")
    json.beginObject()
    write("values", identifiers.blocked.values, to: &json)
    write("exact", identifiers.blocked.exact, to: &json)
    write("patterns", identifiers.blocked.patterns, to: &json)
    json.endObject()
    json.endObject()
  }

  private func write(
    _ entry: IdentifierRules.Entry, _ constraint: IdentityRules.Constraint,
    to json: inout JSONBuilder
  ) {
    json.beginObject()
    json.key("type")
    json.value(entry.name)
    json.key("from")
    json.beginArray()
    for element in entry.places.flatMap(\.elements) {
      switch element {
      case .path(let path): json.value(path)
      case .external(let type):
        json.beginObject()
        json.key("external")
        json.value(type)
        json.endObject()
      }
    }
    json.endArray()
    json.key("normalise")
    json.value(entry.normaliser.name)
    json.key("limit")
    if let limit = constraint.limit { json.value(limit.count) } else { json.null() }
    json.key("per")
    if let limit = constraint.limit { json.value(limit.period.name) } else { json.null() }
    json.key("protected")
    json.value(constraint.isProtected)
    json.endObject()
  }

  private func write(_ name: String, _ texts: [String], to json: inout JSONBuilder) {
    json.key(name)
    json.beginArray()
    for text in texts { json.value(text) }
    json.endArray()
  }
}

/// A preview as text and as JSON.
struct IdentityPreviewText {
  let preview: IdentityPreview

  private var head: FieldList {
    var fields = FieldList()
    fields.add("profiles now", .integer(Int64(preview.profilesBefore)))
    fields.add("profiles then", .integer(Int64(preview.profilesAfter)))
    fields.add("would split", .integer(Int64(preview.split)))
    fields.add("would merge", .integer(Int64(preview.merged)))
    fields.add("identifiers gone", .integer(Int64(preview.identifiersGone)))
    fields.add("identifiers new", .integer(Int64(preview.identifiersNew)))
    fields.add("events without", .integer(Int64(clamping: preview.unidentified)))
    return fields
  }

  private var biggest: OutputTable {
    var table = OutputTable([
      .init("biggest affected", key: "profile_id"), .init("example"), .init("identifiers"),
      .init("into"),
      .init("joins"),
    ])
    for entry in preview.biggest {
      table.add([
        .text(entry.id.description), .text(entry.example.description),
        .integer(Int64(entry.identifiers)), .integer(Int64(entry.parts)),
        .integer(Int64(entry.joined)),
      ])
    }
    return table
  }

  var text: String {
    let warnings = preview.warnings.map { "warning: \(visible($0))\n" }.joined()
    let tables = [biggest].filter { !$0.rows.isEmpty }.map(\.text)
    return ([warnings + head.text] + tables).joined(separator: "\n")
  }

  func write(to json: inout JSONBuilder) {
    json.beginObject()
    head.write(to: &json)
    json.key("biggest")
    biggest.write(to: &json)
    json.key("warnings")
    json.beginArray()
    for warning in preview.warnings { json.value(warning) }
    json.endArray()
    json.endObject()
  }
}

/// The health of the identity graph as text and as JSON.
struct IdentityHealthText {
  let health: IdentityHealth

  private var head: FieldList {
    var fields = FieldList()
    let hundredths = Int64((health.average * 100).rounded())
    let rest = hundredths % 100
    fields.add("profiles", .integer(Int64(health.profiles)))
    fields.add("accounts", .integer(Int64(health.accounts)))
    fields.add("identifiers", .integer(Int64(health.identifiers)))
    fields.add("per profile", .decimal("\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"))
    fields.add("verdict", .text(health.verdict))
    fields.add("merges", .integer(Int64(clamping: health.merged)))
    fields.add("manual splits", .integer(Int64(clamping: health.splits)))
    fields.add("manual merges", .integer(Int64(clamping: health.mergedByHand)))
    fields.add("events without", .integer(Int64(clamping: health.unidentified)))
    return fields
  }

  private var types: OutputTable {
    var table = OutputTable([
      .init("type"), .init("identifiers"), .init("profiles"), .init("most of one"),
    ])
    for type in health.types {
      table.add([
        .text(type.type), .integer(Int64(type.identifiers)), .integer(Int64(type.profiles)),
        .integer(Int64(type.most)),
      ])
    }
    return table
  }

  private var sizes: OutputTable {
    var table = OutputTable([
      .init("identifiers of a profile", key: "identifiers"), .init("profiles"),
    ])
    let ranges = [("1", 1, 1), ("2-5", 2, 5), ("6-10", 6, 10), ("11-100", 11, 100)]
    var cells = ranges.map { label, from, through in
      OutputCell.shown(label, json: #"{"from":\#(from),"through":\#(through)}"#)
    }
    cells.append(.shown("over 100", json: #"{"from":101,"through":null}"#))
    for (cell, count) in zip(cells, health.histogram) { table.add([cell, .integer(count)]) }
    return table
  }

  private var refusals: OutputTable {
    var table = OutputTable([.init("left out"), .init("type"), .init("times")])
    let kinds = [
      ("blocked value", health.blocked), ("limit", health.limited),
      ("protection", health.protected),
    ]
    for (label, counts) in kinds {
      for (type, count) in counts.sorted(by: { $0.key < $1.key }) {
        table.add([.text(label), .text(type), .integer(Int64(clamping: count))])
      }
    }
    if health.keptApart > 0 {
      table.add([.text("kept apart"), .absent, .integer(Int64(clamping: health.keptApart))])
    }
    return table
  }

  private var biggest: OutputTable {
    var table = OutputTable([
      .init("biggest", key: "profile_id"), .init("example"), .init("identifiers"),
    ])
    for entry in health.biggest {
      table.add([
        .text(entry.id.description), .text(entry.example.description),
        .integer(Int64(entry.identifiers)),
      ])
    }
    return table
  }

  var text: String {
    let tables = [types, sizes, refusals, biggest].filter { !$0.rows.isEmpty }
    return ([head.text] + tables.map(\.text)).joined(separator: "\n")
  }

  func write(to json: inout JSONBuilder) {
    json.beginObject()
    head.write(to: &json)
    json.key("types")
    types.write(to: &json)
    json.key("sizes")
    sizes.write(to: &json)
    json.key("left_out")
    refusals.write(to: &json)
    json.key("biggest")
    biggest.write(to: &json)
    json.endObject()
  }
}
