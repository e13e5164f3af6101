// What a person permits, as JSON: the same for pages, commands and answers over HTTP.

import Bytes

extension JSONBuilder {
  /// Adds the member `consent`.
  package mutating func consents(_ states: [ConsentState]) {
    member("consent", arrayOf: states) { json, state in
      json.beginObject()
      json.member("category", state.category)
      json.member("permitted", state.isPermitted)
      json.key("consents")
      if let answer = state.answer { json.value(answer) } else { json.literal("null") }
      json.member("time", state.time)
      json.key("source")
      if let source = state.source { json.value(source) } else { json.literal("null") }
      json.key("record")
      if let sequence = state.sequence { json.value(sequence.value) } else { json.literal("null") }
      json.endObject()
    }
  }
}
