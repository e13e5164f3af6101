// The value of a trait as people read it; JSON and exports keep every digit.

import Cairn

extension TraitValue {
  /// The value with its decimals rounded and its instant short; `-` if there is none.
  var shown: String {
    switch self {
    case .moment(let instant?): Quantity.instant(instant)
    case .sum, .amounts, .score, .number, .duration: Self.rounded(description)
    default: description
    }
  }

  /// Rounds the numbers among amounts such as `10.333333333 USD, 5 EUR`.
  private static func rounded(_ amounts: String) -> String {
    amounts.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let number = word.hasSuffix(",") ? word.dropLast() : word
      return Quantity.decimal(String(number)) + word.dropFirst(number.count)
    }.joined(separator: " ")
  }
}
