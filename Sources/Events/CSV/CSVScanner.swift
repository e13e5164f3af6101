// RFC 4180: bytes to rows of cells, in bounded memory, whatever pieces the bytes come in.

import Bytes

/// Cuts a stream of bytes into rows of cells.
///
/// Rows end with a line feed, with or without a carriage return before it; quoted cells may hold both,
/// and the separator, and quotes written twice. A byte order mark before everything is passed over,
/// and so are blank lines.
struct CSVScanner {
  private enum State {
    case start, plain, quoted, afterQuote
  }

  private let separator: UInt8
  private let limit: Int
  private var state = State.start
  private var isRowOpen = false
  private var hasQuote = false
  /// Cells back to back, quotes and escapes resolved.
  private(set) var text: [UInt8] = []
  /// Where each cell of the row is in `text`.
  private(set) var cells: [Range<Int>] = []
  private var cellStart = 0
  /// The row as it came, without its line end.
  private(set) var raw: [UInt8] = []
  /// The number of the row that was last found, from 1; blank lines count.
  private(set) var number = 0
  /// Where that row begins.
  private(set) var rowOffset = 0
  /// The first cell, from 1, in which a quote stands where none may; 0 if the row is well formed.
  private(set) var badCell = 0
  /// Whether the row is longer than the limit; then it was not kept.
  private(set) var isTooLong = false
  private(set) var offset = 0

  init(separator: UInt8, limits: EventLimits = EventLimits()) {
    self.separator = separator
    limit = limits.lineBytesMax
  }

  /// Reads on to the end of the next row that is not blank; false once the input is used up.
  mutating func next(_ input: RawSpan, _ index: inout Int) -> Bool {
    while index < input.byteCount {
      let byte = input[index]
      index &+= 1
      if offset < 3, byte == [0xEF, 0xBB, 0xBF][offset], raw.count == offset || offset == 0 {
        beginRow()
        keep(byte)
        text.append(byte)
        offset &+= 1
        if offset == 3, raw == [0xEF, 0xBB, 0xBF] {
          isRowOpen = false
          number &-= 1
        }
        continue
      }
      beginRow()
      offset &+= 1
      if byte == 0x0A, state != .quoted {
        if endRow() { return true }
        continue
      }
      keep(byte)
      if isTooLong { passOver(byte) } else { take(byte) }
    }
    return false
  }

  /// Ends the input; whether there is a last row.
  ///
  /// A quote that is still open is a fault of its cell.
  mutating func finish() -> Bool {
    guard isRowOpen else { return false }
    if state == .quoted { noteBad() }
    return endRow()
  }

  private mutating func beginRow() {
    guard !isRowOpen else { return }
    isRowOpen = true
    hasQuote = false
    isTooLong = false
    badCell = 0
    state = .start
    text.removeAll(keepingCapacity: true)
    raw.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    cellStart = 0
    number &+= 1
    rowOffset = offset
  }

  private mutating func keep(_ byte: UInt8) {
    guard !isTooLong else { return }
    if raw.count >= limit {
      isTooLong = true
      raw.removeAll(keepingCapacity: true)
      text.removeAll(keepingCapacity: true)
      cells.removeAll(keepingCapacity: true)
      return
    }
    raw.append(byte)
  }

  private mutating func take(_ byte: UInt8) {
    switch (state, byte) {
    case (.start, UInt8(ascii: "\"")):
      state = .quoted
      hasQuote = true
    case (.quoted, UInt8(ascii: "\"")):
      state = .afterQuote
    case (.afterQuote, UInt8(ascii: "\"")):
      text.append(byte)
      state = .quoted
    case (.quoted, _):
      text.append(byte)
    case (_, separator):
      endCell()
    case (.afterQuote, 0x0D):
      break
    case (.afterQuote, _), (.plain, UInt8(ascii: "\"")):
      noteBad()
      text.append(byte)
      state = .plain
    default:
      text.append(byte)
      state = .plain
    }
  }

  /// Follows the quotes of a row that is not kept, to find its end.
  private mutating func passOver(_ byte: UInt8) {
    guard byte == UInt8(ascii: "\"") else {
      if byte == separator, state != .quoted { state = .start }
      return
    }
    state = state == .quoted ? .afterQuote : .quoted
  }

  private mutating func noteBad() {
    if badCell == 0 { badCell = cells.count + 1 }
  }

  private mutating func endCell() {
    cells.append(cellStart..<text.count)
    cellStart = text.count
    state = .start
  }

  /// Ends the row; false if it is blank.
  private mutating func endRow() -> Bool {
    isRowOpen = false
    guard !isTooLong else { return true }
    if raw.last == 0x0D { raw.removeLast() }
    if state == .plain, text.count > cellStart, text.last == 0x0D { text.removeLast() }
    endCell()
    return cells.count > 1 || !text.isEmpty || hasQuote
  }
}
