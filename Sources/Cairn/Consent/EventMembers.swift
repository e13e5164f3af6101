// An event that is made here rather than sent, as its line.

import Bytes
import Events

/// The members of an event, in the order in which they were set.
struct EventMembers {
  private indirect enum Value {
    case literal(String)
    case object([(key: String, value: Value)])
  }

  private var members: [(key: String, value: Value)] = []

  mutating func set(_ path: [String], to text: String) {
    var writer = ByteWriter()
    writer.jsonString(text)
    set(path, toLiteral: String(decoding: writer.bytes, as: UTF8.self))
  }

  mutating func set(_ path: [String], toLiteral literal: String) {
    Self.set(path[...], .literal(literal), in: &members)
  }

  /// Puts an identifier where the rules read it.
  mutating func set(_ value: String, at place: IdentifierRules.Place) {
    switch place {
    case .userID: set(["userId"], to: value)
    case .anonymousID: set(["anonymousId"], to: value)
    case .email: set(["context", "traits", "email"], to: value)
    case .path(let keys): set(keys, to: value)
    case .external(let type):
      var writer = ByteWriter()
      writer.append(#"[{"id":"#)
      writer.jsonString(value)
      writer.append(#","type":"#)
      writer.jsonString(type)
      writer.append(#","collection":"users","encoding":"none"}]"#)
      set(["context", "externalIds"], toLiteral: String(decoding: writer.bytes, as: UTF8.self))
    }
  }

  private static func set(
    _ path: ArraySlice<String>, _ value: Value, in members: inout [(key: String, value: Value)]
  ) {
    guard let key = path.first else { return }
    let index = members.firstIndex { $0.key == key }
    guard path.count > 1 else {
      if let index { members[index].value = value } else { members.append((key, value)) }
      return
    }
    var inner: [(key: String, value: Value)] = []
    if let index, case .object(let present) = members[index].value { inner = present }
    set(path.dropFirst(), value, in: &inner)
    if let index {
      members[index].value = .object(inner)
    } else {
      members.append((key, .object(inner)))
    }
  }

  /// The event as a line.
  var line: [UInt8] {
    var writer = ByteWriter()
    Self.write(.object(members), to: &writer)
    writer.append("\n")
    return writer.bytes
  }

  private static func write(_ value: Value, to writer: inout ByteWriter) {
    switch value {
    case .literal(let text): writer.append(Array(text.utf8))
    case .object(let members):
      for (index, member) in members.enumerated() {
        writer.append(index == 0 ? "{" : ",")
        writer.jsonString(member.key)
        writer.append(":")
        write(member.value, to: &writer)
      }
      writer.append(members.isEmpty ? "{}" : "}")
    }
  }
}
