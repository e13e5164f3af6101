// Numbers as people and their programs write them in tables: with a point that is a comma, and digits in
// groups. What could be read in two ways is not read.

import Bytes

/// Reads numbers in cells.
///
/// Digits may stand in groups of three before the point, all separated alike: by blanks, also those that do
/// not break, by apostrophes, or by a comma or full stop where that is not the point.
struct CSVNumber {
  /// What stands for the decimal point.
  private let point: UInt8
  /// A comma or full stop that separates groups; nil if neither may.
  private let mark: UInt8?

  /// - Parameter point: What the mapping says; nil for a full stop, and then a comma is refused, because
  ///   nobody has said that it is not the point.
  init(point: UInt8?) {
    self.point = point ?? UInt8(ascii: ".")
    switch point {
    case UInt8(ascii: ","): mark = UInt8(ascii: ".")
    case UInt8(ascii: "."): mark = UInt8(ascii: ",")
    default: mark = nil
    }
  }

  private static let blanks: [[UInt8]] = [
    [0x20], [0xC2, 0xA0],  // no-break space
    [0xE2, 0x80, 0xAF],  // narrow no-break space
    [0xE2, 0x80, 0x89],  // thin space
  ]
  private static let apostrophes: [[UInt8]] = [[0x27], [0xE2, 0x80, 0x99]]

  /// Appends a cell as a number of JSON; false, and `json` is unchanged, if it is none.
  func write(_ cell: RawSpan, to json: inout [UInt8]) -> Bool {
    let start = json.count
    guard append(cell, to: &json),
      JSONNumber(json.span.bytes, start..<json.count) != nil
    else {
      json.removeLast(json.count - start)
      return false
    }
    return true
  }

  private func append(_ cell: RawSpan, to json: inout [UInt8]) -> Bool {
    var index = 0
    if index < cell.byteCount, cell[index] == UInt8(ascii: "-") {
      json.append(cell[index])
      index += 1
    }
    var group: [UInt8]?
    let first = json.count
    var groupCount = appendDigits(cell, &index, to: &json)
    while let separator = separator(in: cell, at: index) {
      let isFirst = group == nil
      guard isFirst ? (1...3).contains(groupCount) : group == separator else { return false }
      group = separator
      index += separator.count
      groupCount = appendDigits(cell, &index, to: &json)
      guard groupCount == 3 else { return false }
    }
    // A number whose first group is zero is written so by nobody.
    if group != nil, json[first] == UInt8(ascii: "0") { return false }
    if index < cell.byteCount, cell[index] == point {
      json.append(UInt8(ascii: "."))
      index += 1
    }
    // The rest is JSON's: digits, and an exponent where there are no groups.
    while index < cell.byteCount {
      let byte = cell[index]
      guard group == nil || (0x30...0x39).contains(byte), byte != UInt8(ascii: ".") else {
        return false
      }
      json.append(byte)
      index += 1
    }
    return true
  }

  private func appendDigits(_ cell: RawSpan, _ index: inout Int, to json: inout [UInt8]) -> Int {
    let start = index
    while index < cell.byteCount, (0x30...0x39).contains(cell[index]) {
      json.append(cell[index])
      index += 1
    }
    return index - start
  }

  /// What separates groups of digits, if it stands at a place.
  private func separator(in cell: RawSpan, at index: Int) -> [UInt8]? {
    guard index < cell.byteCount, cell[index] != point else { return nil }
    if let mark, cell[index] == mark { return [mark] }
    for separator in Self.blanks + Self.apostrophes {
      guard index + separator.count <= cell.byteCount else { continue }
      if (0..<separator.count).allSatisfy({ cell[index + $0] == separator[$0] }) {
        return separator
      }
    }
    return nil
  }
}
