// Explanations as people and programs read them: a tree of the parts of a definition, each with its
// value, and the events that contribute to it.

import Audiences
import Bytes
import Cairn
import Engine
import Profiles
import Storage

extension Snapshot {
  /// The profile that an argument names.
  func profile(named identifier: IdentifierArgument) throws -> ProfileOrdinal {
    let text = "\(identifier.type):\(identifier.value)"
    guard let name = Identifier(text), let profile = try profile(of: name) else {
      throw CommandFailure.notFound("no profile has this identifier", "check its type and value")
    }
    return profile
  }

  /// What to call the members and accounts that an explanation is about: their first identifiers.
  func names(ofMembersIn explanation: Explanation) throws(StoreError) -> [UInt32: String] {
    var names: [UInt32: String] = [:]
    for member in explanation.members + explanation.accounts {
      let identifier = try firstIdentifier(of: member.profile)
      names[member.profile.value] = identifier.map { "\($0.type):\($0.value)" } ?? ""
      for (profile, name) in try self.names(ofMembersIn: member.explanation) {
        names[profile] = name
      }
    }
    for part in explanation.parts {
      for (profile, name) in try self.names(ofMembersIn: part) { names[profile] = name }
    }
    return names
  }
}

extension Explanation {
  /// A line for each part, its parts indented below it.
  func lines(_ names: [UInt32: String], at instant: Timestamp, depth: Int = 0) -> String {
    let mark =
      switch holds {
      case true?: "yes  "
      case false?: "no   "
      case nil: "     "
      }
    var line = mark + String(repeating: "  ", count: depth) + visible(text)
    if holds == nil { line += " = " + visible(value(at: instant).shown) }
    var lines = line + "\n"
    for part in parts { lines += part.lines(names, at: instant, depth: depth + 1) }
    for member in members + accounts {
      let name = visible(names[member.profile.value] ?? "")
      lines += "     " + String(repeating: "  ", count: depth + 1) + name + "\n"
      lines += member.explanation.lines(names, at: instant, depth: depth + 2)
    }
    return lines
  }

  /// One object, with its parts inside.
  func write(_ names: [UInt32: String], at instant: Timestamp, to json: inout JSONBuilder) {
    json.beginObject()
    json.key("text")
    json.value(text)
    json.key("value")
    var value = ByteWriter()
    self.value(at: instant).writeJSON(to: &value)
    json.literal(String(decoding: value.bytes, as: UTF8.self))
    if !parts.isEmpty {
      json.key("parts")
      json.beginArray()
      for part in parts { part.write(names, at: instant, to: &json) }
      json.endArray()
    }
    write(members, "member", names, at: instant, to: &json)
    write(accounts, "account", names, at: instant, to: &json)
    json.endObject()
  }

  /// A member with the list of the others, if there are any.
  private func write(
    _ others: [Other], _ word: String, _ names: [UInt32: String], at instant: Timestamp,
    to json: inout JSONBuilder
  ) {
    guard !others.isEmpty else { return }
    json.key(word + "s")
    json.beginArray()
    for other in others {
      json.beginObject()
      json.key(word)
      json.value(names[other.profile.value] ?? "")
      json.key("explanation")
      other.explanation.write(names, at: instant, to: &json)
      json.endObject()
    }
    json.endArray()
  }

  private func value(at instant: Timestamp) -> TraitValue { TraitValue(result, now: instant) }
}

extension AggregateEvidence {
  /// The aggregate, how many events it is made of, and the latest of them.
  func text() throws -> String {
    var result = visible(self.text) + ": "
    result += Quantity.counted(eventCount, "event", "events") + "\n"
    var table = OutputTable([.init("time"), .init("record"), .init("event")])
    for event in events {
      table.add([
        .instant(event.time), .integer(Int64(clamping: event.sequence.value)),
        .json(String(decoding: try event.json, as: UTF8.self)),
      ])
    }
    if !table.rows.isEmpty { result += table.text }
    return result
  }

  /// One object.
  func write(to json: inout JSONBuilder) throws {
    json.beginObject()
    json.key("aggregate")
    json.value(text)
    json.key("events")
    json.value(eventCount)
    json.key("latest_events")
    json.beginArray()
    for event in events {
      json.beginObject()
      json.key("record")
      json.value(event.sequence.value)
      json.key("time")
      json.value(event.time.description)
      json.key("event")
      json.literal(String(decoding: try event.json, as: UTF8.self))
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }
}
