// What people write around a telephone number and inside it: punctuation, words, extensions, parameters
// of `tel:` links. What is left is digits, and whether a plus sign stood before them.
//
// Source: libphonenumber's PhoneNumberUtil, `parse` up to the point where the digits are known.

import Bytes

/// The digits of a telephone number in a text.
struct PhoneText {
  /// The longest text that is looked at, in characters.
  static let lengthMax = 250

  /// ASCII digits, in the order they are dialled.
  let digits: [UInt8]
  /// Whether a plus sign stood before them.
  let hasPlus: Bool

  /// Finds the digits; nil if the text does not look like a telephone number.
  ///
  /// Invisible characters (direction marks, zero-width spaces) are skipped wherever they are, and any
  /// white space but a line end counts as a space; else as libphonenumber.
  init?(_ text: RawSpan) {
    // No character takes more than four bytes.
    guard text.byteCount <= Self.lengthMax * 4 else { return nil }
    let scalars = Self.visible(text)
    guard scalars.count <= Self.lengthMax, var number = Self.candidate(in: scalars) else {
      return nil
    }
    let extensions = Self.extensionStarts(in: number)
    guard number.count >= 2,
      Self.isViable(number) || extensions.contains(where: { Self.isViable(number[..<$0]) })
    else { return nil }
    if let start = extensions.min(), Self.isViable(number[..<start]) { number = number[..<start] }
    let afterPlus = number.drop { Self.isPlus($0) }
    hasPlus = afterPlus.count < number.count
    digits = Self.digits(of: afterPlus)
  }

  /// The characters of a text except for invisible ones.
  private static func visible(_ text: RawSpan) -> [Unicode.Scalar] {
    var result: [Unicode.Scalar] = []
    result.reserveCapacity(text.byteCount)
    var offset = 0
    while offset < text.byteCount {
      let (scalar, length) = TextEdges.scalar(in: text, at: offset)
      offset += length
      if scalar.isASCII {
        result.append(scalar == "\t" ? " " : scalar)
      } else if !scalar.properties.isDefaultIgnorableCodePoint {
        result.append(isSpace(scalar) ? " " : scalar)
      }
    }
    return result
  }

  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .spaceSeparator
  }

  /// The part of a text that is the number, with its extension.
  private static func candidate(in text: [Unicode.Scalar]) -> ArraySlice<Unicode.Scalar>? {
    var number: ArraySlice<Unicode.Scalar>
    if let context = range(of: ";phone-context=", in: text[...]) {
      let rest = text[context.upperBound...]
      let value = rest.prefix { $0 != ";" }
      guard isPhoneContext(value) else { return nil }
      let start = range(of: "tel:", in: text[...])?.upperBound ?? 0
      let local = text[min(start, context.lowerBound)..<context.lowerBound]
      number = ((value.first == "+" ? Array(value) : []) + local)[...]
    } else {
      number = text.drop { !isPlus($0) && digit($0) == nil }
      while let last = number.last, !isEnd(last) { number.removeLast() }
      if let second = secondNumber(in: number) { number = number[..<second] }
    }
    if let subaddress = range(of: ";isub=", in: number), subaddress.lowerBound > number.startIndex {
      number = number[..<subaddress.lowerBound]
    }
    return number
  }

  /// Where another number starts, as in `583-6985 x302/x2303`.
  private static func secondNumber(in text: ArraySlice<Unicode.Scalar>) -> Int? {
    text.indices.first { index in
      guard text[index] == "/" || text[index] == "\\" else { return false }
      return text[(index + 1)...].first { $0 != " " } == "x"
    }
  }

  /// Whether a text can be a number without an extension: a few digits, and nothing but punctuation and
  /// letters among and after them.
  private static func isViable(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    if text.count == 2, text.allSatisfy({ digit($0) != nil }) { return true }
    var digits = 0
    for scalar in text.drop(while: { isPlus($0) }) {
      if digit(scalar) != nil {
        digits += 1
      } else if !isPunctuation(scalar), digits < 3 || !isLetter(scalar) {
        return false
      }
    }
    return digits >= 3
  }

  /// The digits; of a number with three letters or more the letters are digits as well, as on a keypad.
  private static func digits(of text: ArraySlice<Unicode.Scalar>) -> [UInt8] {
    guard text.count(where: { isLetter($0) }) >= 3 else {
      return text.compactMap { digit($0).map { 0x30 + $0 } }
    }
    return text.compactMap { scalar in
      guard let byte = UInt8(exactly: scalar.value), byte < 0x80 else { return nil }
      if (0x30...0x39).contains(byte) { return byte }
      guard isLetter(scalar) else { return nil }
      return keypad[Int(byte & 0x1F) - 1]
    }
  }

  /// The digits of the letters A to Z, by ITU-T E.161.
  private static let keypad = Array("22233344455566677778889999".utf8)
}

extension PhoneText {
  /// The value of a decimal digit of any script.
  static func digit(_ scalar: Unicode.Scalar) -> UInt8? {
    if scalar.isASCII { return ("0"..."9").contains(scalar) ? UInt8(scalar.value & 15) : nil }
    let properties = scalar.properties
    guard properties.numericType == .decimal, let value = properties.numericValue else {
      return nil
    }
    return UInt8(exactly: value)
  }

  static func isPlus(_ scalar: Unicode.Scalar) -> Bool { scalar == "+" || scalar == "\u{FF0B}" }

  static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
    ("A"..."Z").contains(scalar) || ("a"..."z").contains(scalar)
  }

  /// Punctuation that stands within numbers; `x` stands for the code of a carrier.
  static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar {
    case "-", "x", "X", " ", "(", ")", ".", "[", "]", "/", "~", "*": true
    case "\u{2010}"..."\u{2015}", "\u{2212}", "\u{30FC}", "\u{FF0D}"..."\u{FF0F}": true
    case "\u{FF08}", "\u{FF09}", "\u{FF3B}", "\u{FF3D}", "\u{2053}", "\u{223C}", "\u{FF5E}": true
    default: false
    }
  }

  /// Whether a number can end with a character: letters, numbers and `#`.
  private static func isEnd(_ scalar: Unicode.Scalar) -> Bool {
    if scalar == "#" { return true }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
      .decimalNumber, .letterNumber, .otherNumber:
      true
    default: false
    }
  }

  private static func range(
    of word: StaticString, in text: ArraySlice<Unicode.Scalar>
  ) -> Range<Int>? {
    let wanted = Array("\(word)".unicodeScalars)
    guard text.count >= wanted.count else { return nil }
    for start in text.startIndex...(text.endIndex - wanted.count)
    where text[start...].starts(with: wanted) {
      return start..<(start + wanted.count)
    }
    return nil
  }

  /// Whether a text is a phone context of RFC 3966: a number with its plus sign, or a domain.
  private static func isPhoneContext(_ text: ArraySlice<Unicode.Scalar>) -> Bool {
    if text.first == "+" {
      let rest = text.dropFirst()
      let separators: [Unicode.Scalar] = ["-", ".", "(", ")"]
      return rest.contains { digit($0) != nil }
        && rest.allSatisfy { digit($0) != nil || separators.contains($0) }
    }
    let name = text.last == "." ? text.dropLast() : text
    let labels = name.split(separator: ".", omittingEmptySubsequences: false)
    let isAlphanumeric = { (scalar: Unicode.Scalar) in isLetter(scalar) || digit(scalar) != nil }
    guard let top = labels.last?.first, isLetter(top) else { return false }
    return labels.allSatisfy { label in
      guard let first = label.first, let last = label.last else { return false }
      return isAlphanumeric(first) && isAlphanumeric(last)
        && label.allSatisfy { isAlphanumeric($0) || $0 == "-" }
    }
  }
}
