// How many columns of a terminal a text takes.

import CUnicode

extension Character {
  /// The columns it takes: two for what East Asian scripts and emoji are written with, none for a mark
  /// on its own.
  ///
  /// Source: Unicode Standard Annex 11 as libunistring has it. Flags and what asks for the form of an
  /// emoji are two columns whatever their parts.
  var columns: Int {
    let scalars = unicodeScalars
    guard let first = scalars.first, !first.isASCII || scalars.count > 1 else { return 1 }
    let isFlag = scalars.count > 1 && (0x1F1E6...0x1F1FF).contains(first.value)
    let isEmoji = scalars.contains { $0.properties.isEmojiPresentation || $0.value == 0xFE0F }
    if isFlag || isEmoji { return 2 }
    return scalars.reduce(0) { $0 + max(0, Int(uc_width($1.value, "UTF-8"))) }
  }
}

extension String {
  /// The columns it takes; it holds no control characters.
  var columns: Int {
    if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
    return reduce(0) { $0 + $1.columns }
  }
}
