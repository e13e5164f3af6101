// Patterns of blocked values: a small part of regular expressions that is matched in one pass, so that
// no value, however it is made, can hold up the parser.

import Bytes

/// A pattern over bytes that must match a whole value.
///
/// Understands literal characters, `.`, sets as in `[a-z0-]` or `[^0-9]`, a backslash before a character
/// that stands for itself, and `*`, `+` and `?` after any of these; `^` at the start and `$` at the end
/// may be written. Neither brackets `( )` nor `|`. At most 60 elements.
public struct BlockedPattern: Sendable {
  private enum Count { case one, star, plus, optional }

  private struct Element {
    var set = ByteSet()
    var count = Count.one
  }

  static let elementsMax = 60
  private var elements: [Element] = []

  /// Reads a pattern; nil if it is not one.
  public init?(_ text: String) {
    var bytes = Array(text.utf8)[...]
    if bytes.first == UInt8(ascii: "^") { bytes = bytes.dropFirst() }
    if bytes.last == UInt8(ascii: "$") { bytes = bytes.dropLast() }
    while let byte = bytes.popFirst() {
      switch byte {
      case UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "?"):
        guard let last = elements.indices.last, elements[last].count == .one else { return nil }
        elements[last].count =
          byte == UInt8(ascii: "*") ? .star : byte == UInt8(ascii: "+") ? .plus : .optional
        continue
      case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "|"), UInt8(ascii: "{"),
        UInt8(ascii: "}"), UInt8(ascii: "]"):
        return nil
      case UInt8(ascii: "["):
        guard let element = Self.set(&bytes) else { return nil }
        elements.append(element)
      default:
        var element = Element()
        if byte == UInt8(ascii: ".") {
          element.set.invert()
        } else if byte == UInt8(ascii: "\\") {
          guard let next = bytes.popFirst() else { return nil }
          element.set.insert(next)
        } else {
          element.set.insert(byte)
        }
        elements.append(element)
      }
      guard elements.count <= Self.elementsMax else { return nil }
    }
  }

  /// Reads the rest of a set after its opening bracket.
  private static func set(_ bytes: inout ArraySlice<UInt8>) -> Element? {
    var element = Element()
    var isInverted = false
    if bytes.first == UInt8(ascii: "^") {
      isInverted = true
      bytes = bytes.dropFirst()
    }
    while let byte = bytes.popFirst() {
      if byte == UInt8(ascii: "]") {
        if isInverted { element.set.invert() }
        return element
      }
      var first = byte
      if byte == UInt8(ascii: "\\") {
        guard let next = bytes.popFirst() else { return nil }
        first = next
      }
      // A hyphen at the end of a set stands for itself.
      guard bytes.first == UInt8(ascii: "-"), bytes.count > 1,
        let last = bytes.dropFirst().first, last != UInt8(ascii: "]")
      else {
        element.set.insert(first)
        continue
      }
      guard first <= last else { return nil }
      for member in first...last { element.set.insert(member) }
      bytes = bytes.dropFirst(2)
    }
    return nil
  }

  /// The bytes that a text can begin with which matches.
  var starts: ByteSet {
    let states = closed(1)
    return elements.enumerated().reduce(into: ByteSet()) { set, element in
      if states >> UInt64(element.offset) & 1 != 0 { set.formUnion(element.element.set) }
    }
  }

  /// Whether the whole of a value matches.
  ///
  /// Complexity: O(length × elements), and nearly always one step.
  func matches(_ text: RawSpan) -> Bool {
    var states = closed(1)
    for index in 0..<text.byteCount {
      let byte = text[index]
      var next: UInt64 = 0
      for (place, element) in elements.enumerated()
      where states >> UInt64(place) & 1 != 0 && element.set.contains(byte) {
        next |= 1 << UInt64(place + 1)
        if element.count == .star || element.count == .plus { next |= 1 << UInt64(place) }
      }
      if next == 0 { return false }
      states = closed(next)
    }
    return states >> UInt64(elements.count) & 1 != 0
  }

  /// Adds the places that are reached by leaving out what may be left out.
  private func closed(_ states: UInt64) -> UInt64 {
    var states = states
    for (place, element) in elements.enumerated()
    where states >> UInt64(place) & 1 != 0 && (element.count == .star || element.count == .optional)
    {
      states |= 1 << UInt64(place + 1)
    }
    return states
  }
}
