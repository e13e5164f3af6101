// What the functions of conditions make of values.

import Bytes
import Events

extension ValueView {
  /// What the functions make of the value, innermost first; nil if one of them has no answer for it.
  ///
  /// - Parameter names: The names of the store's symbols.
  func applying(
    _ functions: [EventFunction], names: SymbolTable
  ) throws(DecodeError) -> FieldValue? {
    switch kind {
    case .null: return nil
    case .boolean: return FieldValue.bool(boolean ?? false).applying(functions)
    case .number: return try withText { FieldValue.number($0.toArray()) }?.applying(functions)
    case .string: return try withText { FieldValue.string($0.toArray()) }?.applying(functions)
    case .array where functions.first == .length:
      var count = 0
      try forEachElement { _ throws(DecodeError) in count += 1 }
      return FieldValue.number(Array(String(count).utf8)).applying(Array(functions.dropFirst()))
    case .array, .object:
      var json = ByteWriter()
      try writeJSON(to: &json, names: names.names())
      return FieldValue.json(json.bytes).applying(functions)
    }
  }
}

extension FieldValue {
  /// What the functions make of the value, innermost first; nil if one of them has no answer for it.
  func applying(_ functions: [EventFunction]) -> FieldValue? {
    var value = self
    for function in functions {
      if function == .length {
        guard let length = value.length else { return nil }
        value = .number(Array(String(length).utf8))
      } else {
        value = value.changed(by: function)
      }
    }
    return value
  }

  /// The value in another form: only texts change, those of a list too.
  package func changed(by function: EventFunction) -> FieldValue {
    switch self {
    case .string(let text): .string(function.text(of: text))
    case .number, .bool: self
    case .json:
      mappingElements { element in
        if case .string(let text) = element { .string(function.text(of: text)) } else { element }
      } ?? self
    }
  }
}

extension EventFunction {
  /// What the function makes of a text; `length`, which makes none, leaves it as it is.
  fileprivate func text(of text: [UInt8]) -> [UInt8] {
    switch self {
    case .length: text
    case .lowercase: Self.lowercased(text)
    case .uppercase: Array(String(decoding: text, as: UTF8.self).uppercased().utf8)
    case .snakecase: Self.joined(text, "_") { $0.lowercased() }
    case .kebabcase: Self.joined(text, "-") { $0.lowercased() }
    case .titlecase: Self.joined(text, " ") { $0.prefix(1).uppercased() + $0.dropFirst() }
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

  /// The words of a text: split at anything but letters and digits, and where a capital follows a lower
  /// case letter.
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
