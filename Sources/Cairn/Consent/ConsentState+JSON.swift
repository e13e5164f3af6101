// What a person permits, as JSON: the same for pages, commands and answers over HTTP.

import Bytes

extension JSONBuilder {
  /// Adds the member `consent`.
  package mutating func consents(_ states: [ConsentState]) {
    member("consent", arrayOf: states) { json, state in
      json.beginObject()
      json.consentMembers(of: state)
      json.endObject()
    }
  }

  /// Adds the members of what a person permits of one category.
  mutating func consentMembers(of state: ConsentState) {
    member("category", state.category)
    member("permitted", state.isPermitted)
    key("consents")
    if let answer = state.answer { value(answer) } else { null() }
    member("time", state.time)
    key("source")
    if let source = state.source { value(source) } else { null() }
    key("record")
    if let sequence = state.sequence { value(sequence.value) } else { null() }
  }
}
