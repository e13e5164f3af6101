// What a list that was kept as JSON holds. Lists are kept as they were sent, so that a cell stays free of
// the event codec; a test of their elements is rare enough to read the text again.

import Bytes
import Events

extension FieldValue {
  /// The elements of a list in their order, nil for a null among them; nil for anything but a list.
  ///
  /// What does not read as a list, which only a damaged cell has, is none.
  /// - Complexity: O(n) in the text.
  package var elements: [FieldValue?]? {
    guard case .json(let text) = self, text.first == UInt8(ascii: "[") else { return nil }
    var scanner = ListScanner(text: text)
    var elements: [FieldValue?] = []
    while let range = scanner.next() { elements.append(Self.element(text[range])) }
    return scanner.isAtEnd ? elements : nil
  }

  /// The number of characters of a text or of elements of a list; nil for what has no length.
  package var length: Int? {
    switch self {
    // Every byte but those that go on with a character.
    case .string(let text): text.count { $0 & 0xC0 != 0x80 }
    case .number, .bool: nil
    case .json: elements?.count
    }
  }

  /// Whether some element of a list satisfies a test; false for anything but a list.
  func hasElement(_ test: (FieldValue) -> Bool) -> Bool {
    guard let elements else { return false }
    return elements.contains { element in element.map(test) ?? false }
  }

  /// The list with another value in the place of each of its elements.
  func mappingElements(_ change: (FieldValue) -> FieldValue) -> FieldValue? {
    guard let elements else { return nil }
    var json = ByteWriter()
    json.append("[")
    for (index, element) in elements.enumerated() {
      if index > 0 { json.append(",") }
      guard let element else {
        json.append("null")
        continue
      }
      let value = change(element)
      if case .string(let text) = value {
        json.jsonString(text.span.bytes)
      } else {
        json.append(value.text)
      }
    }
    json.append("]")
    return .json(json.bytes)
  }

  /// The value of one element's text; nil for null.
  private static func element(_ text: ArraySlice<UInt8>) -> FieldValue? {
    switch text.first {
    case UInt8(ascii: "\""):
      let raw = Array(text.dropFirst().dropLast())
      var characters: [UInt8] = []
      guard JSONEscapes.decode(raw.span.bytes, to: &characters) == .ok else { return nil }
      return .string(characters)
    case UInt8(ascii: "["), UInt8(ascii: "{"): return .json(Array(text))
    case UInt8(ascii: "t"): return .bool(true)
    case UInt8(ascii: "f"): return .bool(false)
    case UInt8(ascii: "n"), nil: return nil
    default: return .number(Array(text))
    }
  }
}

/// Finds the elements of a list's text, which has no white space between them.
private struct ListScanner {
  let text: [UInt8]
  private var index = 1
  private var isFirst = true

  init(text: [UInt8]) { self.text = text }

  /// Whether the list has been read to its end.
  var isAtEnd: Bool { index == text.count - 1 && text[index] == UInt8(ascii: "]") }

  /// The range of the next element; nil after the last, and at whatever is not a list.
  mutating func next() -> Range<Int>? {
    if isAtEnd { return nil }
    if !isFirst {
      guard index < text.count, text[index] == UInt8(ascii: ",") else { return nil }
      index += 1
    }
    isFirst = false
    let start = index
    var depth = 0
    while index < text.count {
      switch text[index] {
      case UInt8(ascii: "\""): skipString()
      case UInt8(ascii: "["), UInt8(ascii: "{"): depth += 1
      case UInt8(ascii: "]"), UInt8(ascii: "}"):
        if depth == 0 { return element(from: start) }
        depth -= 1
      case UInt8(ascii: ",") where depth == 0: return element(from: start)
      default: break
      }
      index += 1
    }
    return nil
  }

  private mutating func element(from start: Int) -> Range<Int>? {
    if start < index { return start..<index }
    // No element where there has to be one: there is no end to come to either.
    index = text.count
    return nil
  }

  /// Moves from the first quote of a string to its last.
  private mutating func skipString() {
    index += 1
    while index < text.count, text[index] != UInt8(ascii: "\"") {
      index += text[index] == UInt8(ascii: "\\") ? 2 : 1
    }
  }
}
