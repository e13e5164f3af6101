// What the items of a batch inherit from it: its `context` and `integrations`, member by member under
// their own, and its `sentAt`. Done on the text, so that an item becomes the line that it would be
// in a file of lines.

import Bytes

/// Completes the items of one batch.
struct BodyMerger: ~Copyable {
  /// A member of an object, by its key, and its text `"key":value`.
  private struct Member {
    var key: [UInt8]
    var text: [UInt8]
  }

  /// Where something of an item is that may have to be completed.
  private struct Place {
    var member: BodyMember
    /// The text of its value.
    var value: Range<Int>
    /// The keys that it has, if it is an object.
    var keys: [[UInt8]]?
    var isNull: Bool
  }

  private var objects = ObjectMembers()
  private var texts: [(member: BodyMember, text: [UInt8], members: [Member]?)] = []

  init() {}

  /// Forgets the batch.
  mutating func removeAll() { texts.removeAll() }

  /// Whether items inherit nothing.
  var isEmpty: Bool { texts.isEmpty }

  /// What is added at the end of an item that has members, none of which is inherited, if that is all there is to do:
  /// a comma and the time of sending; nil if items inherit objects, or nothing.
  var plainAddition: [UInt8]? {
    guard texts.count == 1, texts[0].member == .sentAt else { return nil }
    return Array(#","sentAt":"#.utf8) + texts[0].text
  }

  /// Takes a member of the batch; null is none, and nor is the empty list that PHP writes for an empty
  /// object.
  mutating func add(_ member: BodyMember, _ text: [UInt8]) {
    guard !Self.isNothing(text[...]) else { return }
    texts.append((member, text, member == .sentAt ? nil : members(of: text)))
  }

  /// The item with what it inherits; as it is if there is nothing, or if it is not an object.
  mutating func merged(_ item: [UInt8]) -> [UInt8] {
    guard !texts.isEmpty, let places = places(in: item), let last = item.lastIndex(of: 0x7D) else {
      return item
    }
    var edits: [(range: Range<Int>, text: [UInt8])] = []
    var added: [UInt8] = []
    for (member, text, members) in texts {
      if let place = places.found.first(where: { $0.member == member }) {
        if place.isNull {
          edits.append((place.value, text))
        } else if let keys = place.keys, let members {
          let missing = members.filter { !keys.contains($0.key) }.map(\.text)
          guard !missing.isEmpty else { continue }
          let start = place.value.lowerBound + 1
          let joined = Array(missing.joined(separator: [0x2C]))
          edits.append((start..<start, keys.isEmpty ? joined : joined + [0x2C]))
        }
      } else {
        if !places.isEmpty || !added.isEmpty { added.append(0x2C) }
        added.append(0x22)
        member.key.withUTF8Buffer { added.append(contentsOf: $0) }
        added.append(contentsOf: [0x22, 0x3A] + text)
      }
    }
    edits.append((last..<last, added))
    var result = item
    for edit in edits.sorted(by: { $0.range.lowerBound > $1.range.lowerBound }) {
      result.replaceSubrange(edit.range, with: edit.text)
    }
    return result
  }

  /// The members of an object; nil if the text is none.
  private mutating func members(of text: [UInt8]) -> [Member]? {
    var result: [Member] = []
    let isObject = objects.visit(text) { key, value, keyStart in
      result.append(Member(key: key, text: Array(text[keyStart..<value.upperBound])))
    }
    return isObject ? result : nil
  }

  private mutating func places(in item: [UInt8]) -> (found: [Place], isEmpty: Bool)? {
    var found: [Place] = []
    var isEmpty = true
    let isObject = objects.visit(item) { key, value, _ in
      isEmpty = false
      guard let member = BodyMember(key), member != .type else { return }
      let isNull = Self.isNothing(item[value])
      found.append(Place(member: member, value: value, keys: nil, isNull: isNull))
    }
    guard isObject else { return nil }
    for index in found.indices where found[index].member != .sentAt {
      var keys: [[UInt8]] = []
      let value = Array(item[found[index].value])
      if objects.visit(value, { key, _, _ in keys.append(key) }) { found[index].keys = keys }
    }
    return (found, isEmpty)
  }

  private static func isNothing(_ text: ArraySlice<UInt8>) -> Bool {
    if text.elementsEqual("null".utf8) { return true }
    guard text.first == UInt8(ascii: "["), text.last == UInt8(ascii: "]") else { return false }
    return text.dropFirst().dropLast().allSatisfy(ObjectMembers.isSpace)
  }
}
