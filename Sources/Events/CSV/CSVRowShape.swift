// What tells lines that are rows of a table from lines of a text.

import Bytes

/// What a line looks like that is a row by itself, without a quoted cell that says anything.
struct CSVRowShape {
  /// What separates cells.
  let separator: UInt8
  /// What ends lines.
  let lineEnd: UInt8
  /// The number of cells that rows have; 0 if it is that of the first line, which has to have several then.
  let columnCount: Int

  /// Whether at least half of the lines are rows, the last, which has not come to its end, and blank ones apart; false
  /// if there are no others.
  func fitsMost(ofWholeLinesIn text: ArraySlice<UInt8>) -> Bool {
    var wanted = columnCount
    var (count, fitting) = (0, 0)
    for line in text.split(separator: lineEnd, omittingEmptySubsequences: false).dropLast() {
      guard !line.isEmpty, line != [0x0D] else { continue }
      let found = cellCount(of: line)
      count += 1
      if wanted == 0 {
        guard let found, found > 1 else { return false }
        wanted = found
      }
      if found == wanted { fitting += 1 }
    }
    return count > 0 && 2 * fitting >= count
  }

  /// The number of cells of a line; nil if it has a quote, those of empty cells and written twice apart.
  private func cellCount(of line: ArraySlice<UInt8>) -> Int? {
    var count = 1
    var hasHalf = false
    for byte in line {
      if byte == UInt8(ascii: "\"") {
        hasHalf.toggle()
      } else if hasHalf {
        return nil
      } else if byte == separator {
        count += 1
      }
    }
    return hasHalf ? nil : count
  }
}
