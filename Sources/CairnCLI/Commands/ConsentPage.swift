// What a person permits, as text and as JSON.

import Bytes
import Cairn
import Engine
import Events

/// A person's consent at one instant, and the answers that led to it.
struct ConsentPage {
  let history: ConsentHistory
  let states: [ConsentState]
  let asOf: Timestamp
  /// Categories that cannot be judged for the past.
  var unjudged: [String] = []

  func text() -> String {
    var fields = FieldList()
    fields.add("profile id", .text(history.id.description))
    fields.add("as of", .instant(asOf))
    var text = fields.text + "\n" + Self.table(of: states).text
    if !unjudged.isEmpty {
      text +=
        "not judged, since they have rules of their own: \(visible(unjudged.joined(separator: ", ")))\n"
    }
    if !history.answers.isEmpty { text += "\n" + changes.text }
    if history.isPartial {
      text +=
        "only the latest \(ProfilePage.eventsReadMax) events of the person were read; older answers may be missing\n"
    }
    return text
  }

  /// A line for each category.
  static func table(of states: [ConsentState]) -> OutputTable {
    var table = OutputTable([
      .init("consent"), .init("permitted"), .init("answer"), .init("answered at"),
      .init("source"), .init("record"),
    ])
    for state in states {
      table.add([
        .text(state.category), .text(state.isPermitted ? "yes" : "no"),
        state.answer.map { .text($0 ? "yes" : "no") } ?? .absent,
        state.time.map { .instant($0) } ?? .absent, state.source.map { .text($0) } ?? .absent,
        state.sequence.map { .integer(Int64(clamping: $0.value)) } ?? .absent,
      ])
    }
    return table
  }

  private var changes: OutputTable {
    var table = OutputTable([
      .init("answered at"), .init("category"), .init("answer"), .init("identifier"),
      .init("source"), .init("received at"), .init("record"),
    ])
    for answer in history.changes {
      table.add([
        .instant(answer.time), .text(answer.category), .text(answer.isConsent ? "yes" : "no"),
        .text(answer.identifier.description), .text(answer.source), .instant(answer.receivedAt),
        .integer(Int64(clamping: answer.sequence.value)),
      ])
    }
    return table
  }

  func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.member("profile_id", history.id.description)
    json.member("as_of", asOf)
    json.consents(states)
    json.member("answers", arrayOf: history.changes) { json, answer in
      json.beginObject()
      json.member("category", answer.category)
      json.member("consents", answer.isConsent)
      json.member("time", answer.time)
      json.member("identifier", answer.identifier.description)
      json.member("source", answer.source)
      json.member("received_at", answer.receivedAt)
      json.member("record", answer.sequence.value)
      json.endObject()
    }
    json.member("is_partial", history.isPartial)
    json.endObject()
  }
}
