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
    /// One bit a byte.
    var set: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    var count = Count.one

    mutating func insert(_ byte: UInt8) {
      let bit = UInt64(1) << UInt64(byte & 63)
      switch byte >> 6 {
      case 0: set.0 |= bit
      case 1: set.1 |= bit
      case 2: set.2 |= bit
      default: set.3 |= bit
      }
    }

    mutating func invert() { set = (~set.0, ~set.1, ~set.2, ~set.3) }

    func contains(_ byte: UInt8) -> Bool {
      let word =
        switch byte >> 6 {
        case 0: set.0
        case 1: set.1
        case 2: set.2
        default: set.3
        }
      return word >> UInt64(byte & 63) & 1 != 0
    }
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
          element.invert()
        } else if byte == UInt8(ascii: "\\") {
          guard let next = bytes.popFirst() else { return nil }
          element.insert(next)
        } else {
          element.insert(byte)
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
        if isInverted { element.invert() }
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
        element.insert(first)
        continue
      }
      guard first <= last else { return nil }
      for member in first...last { element.insert(member) }
      bytes = bytes.dropFirst(2)
    }
    return nil
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
      where states >> UInt64(place) & 1 != 0 && element.contains(byte) {
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
