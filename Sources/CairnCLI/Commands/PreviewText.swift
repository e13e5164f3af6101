// What an input would become, as text and as JSON.

import Cairn
import Engine
import Events

/// A preview of an input.
struct PreviewText {
  let preview: IngestPreview

  private var counts: FieldList {
    var fields = FieldList()
    fields.add("rows", .integer(preview.verdicts.lines))
    fields.add("accepted", .integer(preview.verdicts.accepted))
    fields.add("duplicate", .integer(preview.verdicts.duplicates), key: "duplicates")
    fields.add("quarantined", .integer(preview.verdicts.quarantined))
    fields.add("rejected", .integer(preview.verdicts.rejected))
    if preview.verdicts.withoutErased > 0 {
      fields.add("without erased values", .integer(preview.verdicts.withoutErased))
    }
    if preview.verdicts.omitted > 0 {
      fields.add(
        "with omitted members", .integer(preview.verdicts.omitted), key: "omitted")
    }
    fields.add("more rows", .flag(preview.isCutOff))
    return fields
  }

  private var problems: OutputTable {
    var table = OutputTable([.init("row"), .init("item"), .init("code"), .init("message")])
    for line in preview.problems {
      switch line.verdict {
      case .quarantined(_, let problem), .rejected(let problem):
        table.add([
          .integer(line.line), line.item > 0 ? .integer(line.item) : .absent, .text(problem.name),
          .text(problem.sentence(detail: line.detail)),
        ])
      case .accepted, .duplicate:
        break
      }
    }
    return table
  }

  /// For people.
  var text: String {
    var text = counts.text + preview.times.text
    for event in preview.events {
      text += "\n" + visible(String(decoding: event, as: UTF8.self)) + "\n"
    }
    if preview.moreEvents > 0 {
      text += "\n\(Quantity.count(preview.moreEvents)) more events\n"
    }
    if !preview.problems.isEmpty { text += "\n" + problems.text }
    if preview.moreProblems > 0 { text += "\(Quantity.count(preview.moreProblems)) more\n" }
    return text
  }

  /// For programs.
  func write(to json: inout JSONBuilder) {
    json.beginObject()
    counts.write(to: &json)
    json.key("events")
    json.beginArray()
    for event in preview.events { json.literal(String(decoding: event, as: UTF8.self)) }
    json.endArray()
    json.key("problems")
    problems.write(to: &json)
    json.key("more_events")
    json.value(preview.moreEvents)
    json.key("more_problems")
    json.value(preview.moreProblems)
    json.key("times")
    preview.times.write(to: &json)
    json.endObject()
  }
}
