// Explanations as people read them: a tree of the parts of a definition, each with its value, and the
// events that contribute to it.

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
}
