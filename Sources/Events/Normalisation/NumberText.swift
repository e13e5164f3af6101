// Numbers as identifiers: 42, 42.0 and 4.2e1 are one number in JSON, so they are one id.

import Bytes

/// The canonical text of JSON numbers.
public enum NumberText {
  /// The most digits that a number is written out with.
  static let digitsMax = IdentifierReader.valueBytesMax

  /// Appends a JSON number without exponent, without zeros at the end of its fraction, and without the sign
  /// of a zero, exactly, however many digits it has; false, and nothing appended, for a number that takes
  /// more than 512 digits so.
  ///
  /// - Parameter text: By the grammar of RFC 8259.
  /// - Complexity: O(length + digits written).
  public static func append(_ text: RawSpan, to bytes: inout [UInt8]) -> Bool {
    if isPlain(text) {
      bytes.append(text)
      return true
    }
    let isNegative = text.byteCount > 0 && text[0] == UInt8(ascii: "-")
    var digits: [UInt8] = []
    var exponent = 0
    var index = isNegative ? 1 : 0
    var isFraction = false
    while index < text.byteCount, text[index] | 0x20 != UInt8(ascii: "e") {
      if text[index] == UInt8(ascii: ".") {
        isFraction = true
      } else {
        if !digits.isEmpty || text[index] != 0x30 { digits.append(text[index]) }
        if isFraction { exponent -= 1 }
      }
      index += 1
    }
    guard !digits.isEmpty else {
      bytes.append(0x30)
      return true
    }
    if index < text.byteCount { exponent += self.exponent(text, from: index + 1) }
    while digits.last == 0x30 {
      digits.removeLast()
      exponent += 1
    }
    let whole = digits.count + exponent
    guard max(whole, digits.count) - min(exponent, 0) <= digitsMax else { return false }
    if isNegative { bytes.append(UInt8(ascii: "-")) }
    let point = max(0, min(whole, digits.count))
    bytes.append(contentsOf: whole > 0 ? digits[..<point] : [0x30])
    if exponent > 0 { bytes.append(contentsOf: repeatElement(0x30, count: exponent)) }
    if point < digits.count {
      bytes.append(UInt8(ascii: "."))
      bytes.append(contentsOf: repeatElement(0x30, count: max(0, -whole)))
      bytes.append(contentsOf: digits[point...])
    }
    return true
  }

  /// The canonical text of a JSON number that is written in another way; nil for all other texts.
  public static func canonical(_ text: RawSpan) -> [UInt8]? {
    guard text.byteCount > 0, text.byteCount <= digitsMax, !isPlain(text),
      JSONNumber(text, 0..<text.byteCount) != nil
    else { return nil }
    var bytes: [UInt8] = []
    guard append(text, to: &bytes), !bytes.span.bytes.elementsEqual(text) else { return nil }
    return bytes
  }

  /// Whether a number is a whole one in its canonical form already.
  static func isPlain(_ text: RawSpan) -> Bool {
    let start = text.byteCount > 1 && text[0] == UInt8(ascii: "-") && text[1] != 0x30 ? 1 : 0
    for index in start..<text.byteCount where !(0x30...0x39).contains(text[index]) { return false }
    return true
  }

  /// Reads an exponent; one that no number of 512 digits has stands for any beyond.
  private static func exponent(_ text: RawSpan, from start: Int) -> Int {
    let isNegative = start < text.byteCount && text[start] == UInt8(ascii: "-")
    var value = 0
    for index in start..<text.byteCount where (0x30...0x39).contains(text[index]) {
      value = min(value * 10 + Int(text[index] & 15), 1_000_000)
    }
    return isNegative ? -value : value
  }
}
