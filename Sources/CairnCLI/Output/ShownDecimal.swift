// The digits of a decimal, rounded for people.

/// A decimal in plain digits: `-12.3456`.
struct ShownDecimal {
  private var isNegative: Bool
  private var whole: [UInt8]
  private var fraction: [UInt8]

  /// Nil if the text is not digits, with a sign before and a point between them.
  init?(_ text: String) {
    var digits = Array(text.utf8)
    isNegative = digits.first == UInt8(ascii: "-")
    if isNegative { digits.removeFirst() }
    let parts = digits.split(
      separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
    let isDigits = parts.allSatisfy { part in
      !part.isEmpty && part.allSatisfy { (0x30...0x39).contains($0) }
    }
    guard let first = parts.first, isDigits else { return nil }
    whole = first.map { $0 - 0x30 }
    fraction = parts.count > 1 ? parts[1].map { $0 - 0x30 } : []
  }

  /// Two digits after the point, or three that are not zero if the number is below one; half to even.
  var rounded: String {
    var places = 2
    if whole.allSatisfy({ $0 == 0 }), let first = fraction.firstIndex(where: { $0 != 0 }) {
      places = first + 3
    }
    guard fraction.count > places else { return text(whole, fraction) }
    var digits = whole + fraction[..<places]
    if roundsUp(fraction[places...], isOdd: digits.last.map { $0 % 2 == 1 } ?? false) {
      increment(&digits)
    }
    let point = digits.count - places
    return text(Array(digits[..<point]), Array(digits[point...]))
  }

  private func roundsUp(_ rest: ArraySlice<UInt8>, isOdd: Bool) -> Bool {
    guard let first = rest.first, first == 5 else { return (rest.first ?? 0) > 5 }
    return isOdd || rest.dropFirst().contains { $0 != 0 }
  }

  private func increment(_ digits: inout [UInt8]) {
    for index in digits.indices.reversed() {
      guard digits[index] == 9 else {
        digits[index] += 1
        return
      }
      digits[index] = 0
    }
    digits.insert(1, at: 0)
  }

  private func text(_ whole: [UInt8], _ fraction: [UInt8]) -> String {
    let bytes = whole.map { $0 + 0x30 } + (fraction.isEmpty ? [] : [UInt8(ascii: ".")])
    return (isNegative ? "-" : "")
      + String(decoding: bytes + fraction.map { $0 + 0x30 }, as: UTF8.self)
  }
}
