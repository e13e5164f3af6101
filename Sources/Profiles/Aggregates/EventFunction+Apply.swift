// What the functions of conditions make of values.

import Bytes
import Events

extension ValueView {
  /// What the functions make of the value, innermost first; nil if one of them has no answer for it.
  func applying(_ functions: [EventFunction]) throws(DecodeError) -> FieldValue? {
    switch kind {
    case .null, .object: return nil
    case .boolean: return FieldValue.bool(boolean ?? false).applying(functions)
    case .number: return try withText { FieldValue.number($0.toArray()) }?.applying(functions)
    case .string: return try withText { FieldValue.string($0.toArray()) }?.applying(functions)
    case .array:
      guard functions.first == .length else { return nil }
      var count = 0
      try forEachElement { _ throws(DecodeError) in count += 1 }
      return FieldValue.number(Array(String(count).utf8)).applying(Array(functions.dropFirst()))
    }
  }
}

extension FieldValue {
  /// What the functions make of the value, innermost first; nil if one of them has no answer for it.
  func applying(_ functions: [EventFunction]) -> FieldValue? {
    var value = self
    for function in functions {
      // Only texts change; what is no text stays as it is, and has no length.
      guard case .string(let text) = value else {
        if function == .length { return nil }
        continue
      }
      value = function.value(of: text)
    }
    return value
  }
}

extension EventFunction {
  /// What the function makes of a text.
  package func value(of text: [UInt8]) -> FieldValue {
    switch self {
    case .length:
      // Every byte but those that go on with a character.
      .number(Array(String(text.count { $0 & 0xC0 != 0x80 }).utf8))
    case .lowercase: .string(Self.lowercased(text))
    case .uppercase: .string(Array(String(decoding: text, as: UTF8.self).uppercased().utf8))
    case .snakecase: .string(Self.joined(text, "_") { $0.lowercased() })
    case .kebabcase: .string(Self.joined(text, "-") { $0.lowercased() })
    case .titlecase: .string(Self.joined(text, " ") { $0.prefix(1).uppercased() + $0.dropFirst() })
    }
  }

  private static func lowercased(_ text: [UInt8]) -> [UInt8] {
    guard text.allSatisfy({ $0 < 0x80 }) else {
      return Array(String(decoding: text, as: UTF8.self).lowercased().utf8)
    }
    return text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  private static func joined(
    _ text: [UInt8], _ separator: String, _ form: (String) -> String
  ) -> [UInt8] {
    let words = words(String(decoding: text, as: UTF8.self))
    return Array(words.map(form).joined(separator: separator).utf8)
  }

  /// The words of a text: parted by anything but letters and digits, and where a capital follows a small
  /// letter.
  private static func words(_ text: String) -> [String] {
    var words: [String] = []
    var isInside = false
    var wasSmall = false
    for character in text {
      guard character.isLetter || character.isNumber else {
        isInside = false
        continue
      }
      if !isInside || wasSmall && character.isUppercase { words.append("") }
      words[words.count - 1].append(character)
      isInside = true
      wasSmall = character.isLowercase
    }
    return words
  }
}

extension TextOperator {
  /// Whether it holds for a text and a constant; patterns have a form of their own.
  func holds(_ text: RawSpan, _ other: RawSpan) -> Bool {
    let (count, length) = (text.byteCount, other.byteCount)
    guard count >= length else { return false }
    switch self {
    case .startsWith: return text.extracting(0..<length).elementsEqual(other)
    case .endsWith: return text.extracting((count - length)..<count).elementsEqual(other)
    case .match: return false
    }
  }
}
