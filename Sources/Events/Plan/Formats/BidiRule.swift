// Names of hosts in scripts that are written from right to left.

import CUnicode

/// The rule for labels of names that are written in both directions.
///
/// Source: RFC 5893, 2.
enum BidiRule {
  private static func category(_ scalar: Unicode.Scalar) -> Int {
    Int(uc_bidi_category(scalar.value))
  }

  private static let rightToLeft = [Int(UC_BIDI_R), Int(UC_BIDI_AL)]
  private static let neutral = [
    Int(UC_BIDI_EN), Int(UC_BIDI_ES), Int(UC_BIDI_CS), Int(UC_BIDI_ET), Int(UC_BIDI_ON),
    Int(UC_BIDI_BN), Int(UC_BIDI_NSM),
  ]

  /// Whether a label makes its name one of both directions.
  static func isBidirectional(_ label: [Unicode.Scalar]) -> Bool {
    label.contains { (rightToLeft + [Int(UC_BIDI_AN)]).contains(category($0)) }
  }

  /// Whether a label of such a name is valid.
  static func fits(_ label: [Unicode.Scalar]) -> Bool {
    let categories = label.map(category)
    let last = categories.last { $0 != Int(UC_BIDI_NSM) }
    guard let first = categories.first, let last else { return false }
    if rightToLeft.contains(first) {
      let hasEuropean = categories.contains(Int(UC_BIDI_EN))
      let hasArabic = categories.contains(Int(UC_BIDI_AN))
      let allowed = rightToLeft + neutral + [Int(UC_BIDI_AN)]
      return categories.allSatisfy(allowed.contains) && !(hasEuropean && hasArabic)
        && (rightToLeft + [Int(UC_BIDI_EN), Int(UC_BIDI_AN)]).contains(last)
    }
    let left = Int(UC_BIDI_L)
    return first == left && categories.allSatisfy((neutral + [left]).contains)
      && [left, Int(UC_BIDI_EN)].contains(last)
  }
}
