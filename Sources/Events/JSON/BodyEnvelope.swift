// What a body that was posted says about itself, apart from its events: the key of its sender, and for one event
// whether the address or the event names the call.

import Bytes

/// The members at the top of a posted body.
public struct BodyEnvelope {
  /// A member as text.
  private struct Member {
    var key: [UInt8]
    var value: [UInt8]
    /// Key and value as they were sent.
    var text: [UInt8]
  }

  private let members: [Member]

  /// Reads the members of a body; nil if it is not an object.
  ///
  /// - Complexity: O(n).
  public init?(_ body: [UInt8]) {
    var text = body[...]
    while true {
      if text.starts(with: ByteOrderMark.bytes) {
        text = text.dropFirst(ByteOrderMark.bytes.count)
      } else if let first = text.first, ObjectMembers.isSpace(first) {
        text = text.dropFirst()
      } else {
        break
      }
    }
    while let last = text.last, ObjectMembers.isSpace(last) { text = text.dropLast() }
    let object = Array(text)
    var found: [Member] = []
    var objects = ObjectMembers()
    guard
      objects.visit(
        object,
        { key, value, keyStart in
          found.append(
            Member(
              key: key, value: Array(object[value]),
              text: Array(object[keyStart..<value.upperBound])))
        })
    else { return nil }
    members = found
  }

  /// The key that the sender wrote into the body; nil if there is none.
  public var writeKey: String? {
    guard let value = value(of: "writeKey"), value.first == 0x22, value.count > 2 else {
      return nil
    }
    var text: [UInt8] = []
    let raw = Array(value[1..<(value.count - 1)])
    guard JSONEscapes.decode(raw.span.bytes, to: &text) == .ok else { return nil }
    return String(decoding: text, as: UTF8.self)
  }

  /// Whether the body is a batch.
  public var isBatch: Bool { value(of: "batch")?.first == UInt8(ascii: "[") }

  /// The body as one event: without its key, and with a type if it has none.
  public func event(of type: EventType) -> [UInt8] {
    let ownType = value(of: "type")
    let hasType = ownType != nil && ownType?.elementsEqual("null".utf8) != true
    var texts: [[UInt8]] = []
    if !hasType {
      let name = type.name.withUTF8Buffer { Array($0) }
      texts.append(Array(#""type":""#.utf8) + name + [0x22])
    }
    for member in members where !member.key.elementsEqual("writeKey".utf8) {
      if hasType || !member.key.elementsEqual("type".utf8) { texts.append(member.text) }
    }
    return [UInt8(ascii: "{")] + texts.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "}")]
  }

  private func value(of key: String) -> [UInt8]? {
    members.first { $0.key.elementsEqual(key.utf8) }?.value
  }
}
