// An event of the tail as JSON, one object for each.

import Bytes
import Engine
import Events
import Profiles

extension TailEntry {
  /// Adds one object.
  package func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.verdict(verdict, detail: detail, isWithoutErased: false, omitted: [])
    json.member("source", source)
    json.member("received_at", receivedAt)
    json.member("time", time)
    json.optional("type", type.map { "\($0.name)" })
    json.optional("event", name)
    json.optional("identifier", owner?.identifier.description)
    json.optional("profile_id", owner?.id.description)
    json.traits(owner?.traits ?? [])
    json.key("account")
    if let account {
      json.beginObject()
      json.member("identifier", account.identifier.description)
      json.member("profile_id", account.id.description)
      json.traits(account.traits)
      json.endObject()
    } else {
      json.null()
    }
    if let identity {
      json.member("identity", arrayOf: identity) { $1.write(to: &$0) }
    } else {
      json.optional("identity", nil)
    }
    if let changes {
      json.member("audiences", arrayOf: changes) { $1.change.write(of: $1.entity, to: &$0) }
    } else {
      json.optional("audiences", nil)
    }
    json.endObject()
  }
}

extension TailEntry.IdentityEntry {
  fileprivate func write(to json: inout JSONBuilder) {
    json.beginObject()
    json.member("decision", decision)
    json.member("identifiers", arrayOf: identifiers) { $0.value($1.description) }
    json.optional("profile_id", profile?.description)
    json.optional("into", into?.description)
    json.optional("type", type)
    json.optional("because", because)
    json.endObject()
  }
}

extension JSONBuilder {
  /// Adds a member; null for none.
  fileprivate mutating func optional(_ name: String, _ text: String?) {
    key(name)
    if let text { value(text) } else { null() }
  }
}
