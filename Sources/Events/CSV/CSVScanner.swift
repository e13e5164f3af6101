// RFC 4180: bytes to rows of cells, in bounded memory, whatever pieces the bytes come in.

import Bytes

/// Cuts a stream of bytes into rows of cells.
///
/// Rows end with a line feed, with or without a carriage return before it, or all of them with a carriage return
/// alone, as spreadsheets of the Macintosh once wrote them: how the first row ends decides. Quoted cells may hold both,
/// and the separator, and quotes written twice. A byte order mark at the start of a row is skipped, as files that
/// were put together have it, and so are blank lines.
///
/// A quoted cell that runs over the end of its line is believed only if the row as a whole is well formed and has as
/// many cells as the others. Otherwise its quote was forgotten: the row ends with the line in which it was opened, and
/// what comes after that is read again. No line is read more than a few times: a line that ends inside a quoted cell
/// when it is read from its start ends outside one when it is read from the inside, and so ends the row there.
struct CSVScanner {
  private enum State {
    case start, plain, quoted, afterQuote
  }

  private let separator: UInt8
  /// What ends a row; nil until the first has ended.
  private var rowEnd: UInt8?
  /// Whether the byte before is a carriage return that may have ended the first row.
  private var isAfterReturn = false
  private let limit: Int
  private var state = State.start
  private var isRowOpen = false
  private var hasQuote = false
  /// Cells back to back, quotes and escapes resolved.
  private(set) var text: [UInt8] = []
  /// Where each cell of the row is in `text`.
  private(set) var cells: [Range<Int>] = []
  private var cellStart = 0
  /// All that was read of the row.
  private var kept: [UInt8] = []
  /// How much of it is the row, without its line end.
  private var rowByteCount = 0
  /// The number of the row that was last found, from 1; blank lines count.
  private(set) var number = 0
  /// Where that row begins.
  private(set) var rowOffset = 0
  /// The first cell, from 1, in which a quote stands where none may; 0 if the row is well formed.
  private(set) var badCell = 0
  /// Whether that cell's quote is not closed in its own line, where the row was ended.
  private(set) var isUnclosed = false
  /// The number of cells that rows have; 0 while that is not known.
  var columnCount = 0
  /// Whether the first row is a header, of which nothing can be known.
  private let hasHeader: Bool
  /// The number of the cell that was last opened by a quote, from 1.
  private var quotedCell = 0
  /// The first cell, from 1, that runs over the end of its line, and where in `kept` that line ends.
  private var openCell: (number: Int, lineEnd: Int)?
  /// What is read again before any further input.
  private var again: [UInt8] = []
  private var againIndex = 0
  /// Whether some of the row came from the input rather than from `again`.
  private var isFromInput = false
  /// Whether the row is longer than the limit; then it was not kept.
  private(set) var isTooLong = false
  private(set) var offset = 0

  init(separator: UInt8, hasHeader: Bool = false, limits: EventLimits = EventLimits()) {
    self.separator = separator
    self.hasHeader = hasHeader
    limit = limits.lineBytesMax
  }

  /// The row as it came, without its line end; empty if it is too long.
  var raw: ArraySlice<UInt8> { kept[..<rowByteCount] }

  /// Reads on to the end of the next row that is not blank; false once the input is used up.
  mutating func next(_ input: RawSpan, _ index: inout Int) -> Bool {
    while true {
      let byte: UInt8
      let isNew = againIndex == again.count
      if !isNew {
        byte = again[againIndex]
        againIndex &+= 1
      } else {
        guard index < input.byteCount else { return false }
        byte = input[index]
        index &+= 1
      }
      if isAfterReturn, endsFirstRow(before: byte) {
        if isNew { index &-= 1 } else { againIndex &-= 1 }
        if endRow() { return true }
        continue
      }
      beginRow()
      if isNew { isFromInput = true }
      offset &+= 1
      if !isTooLong { kept.append(byte) }
      if byte == lineEnd, state != .quoted {
        rowEnd = lineEnd
        if endRow() { return true }
        continue
      }
      isAfterReturn = rowEnd == nil && byte == 0x0D && state != .quoted
      if isTooLong {
        passOver(byte)
      } else if take(byte) || endsTooLong() {
        return true
      }
    }
  }

  private var lineEnd: UInt8 { rowEnd ?? 0x0A }

  /// Whether a carriage return has ended the first row, given what follows it.
  private mutating func endsFirstRow(before byte: UInt8) -> Bool {
    isAfterReturn = false
    guard byte != 0x0A else { return false }
    rowEnd = 0x0D
    return true
  }

  /// Ends the input; whether there is one more row.
  ///
  /// To be called until there is none.
  mutating func finish() -> Bool {
    let nothing: [UInt8] = []
    var index = 0
    if next(nothing.span.bytes, &index) { return true }
    return isRowOpen && endRow()
  }

  private mutating func beginRow() {
    guard !isRowOpen else { return }
    isRowOpen = true
    hasQuote = false
    isTooLong = false
    badCell = 0
    isUnclosed = false
    isFromInput = false
    openCell = nil
    state = .start
    text.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    cellStart = 0
    number &+= 1
    rowOffset = offset
  }

  /// Takes a byte of the row; true if it shows that the row has ended before, and was ended.
  private mutating func take(_ byte: UInt8) -> Bool {
    switch (state, byte) {
    case (.start, UInt8(ascii: "\"")):
      state = .quoted
      hasQuote = true
      quotedCell = cells.count + 1
    case (.quoted, UInt8(ascii: "\"")):
      state = .afterQuote
    case (.afterQuote, UInt8(ascii: "\"")):
      text.append(byte)
      state = .quoted
    case (.quoted, _):
      text.append(byte)
      guard byte == lineEnd else { break }
      // With a fault before it, nothing that follows makes it a row.
      if badCell > 0 { return endRow() }
      if openCell == nil { openCell = (quotedCell, kept.count - 1) }
    case (_, separator):
      endCell()
    case (.afterQuote, 0x0D):
      break
    case (.afterQuote, _), (.plain, UInt8(ascii: "\"")):
      if openCell != nil {
        goBack()
        return true
      }
      noteBad()
      text.append(byte)
      state = .plain
    default:
      text.append(byte)
      state = .plain
      if byte == ByteOrderMark.bytes[2], cells.isEmpty, text == ByteOrderMark.bytes { passMark() }
    }
    return false
  }

  /// Skips a byte order mark that a row begins with.
  private mutating func passMark() {
    text.removeAll(keepingCapacity: true)
    kept.removeAll(keepingCapacity: true)
    rowOffset = offset
    state = .start
  }

  /// Whether the row has become too long and its quote was forgotten, so that it was ended; one that is long for
  /// another reason is not kept any longer.
  private mutating func endsTooLong() -> Bool {
    guard kept.count > limit else { return false }
    if holdsRows {
      goBack()
      return true
    }
    isTooLong = true
    rowByteCount = 0
    kept.removeAll(keepingCapacity: true)
    text.removeAll(keepingCapacity: true)
    cells.removeAll(keepingCapacity: true)
    return false
  }

  /// Whether the lines between the one in which a quoted cell was opened and the last are rows by themselves, so that
  /// a quote was rather forgotten than meant.
  ///
  /// For a row that can be no event for any other reason than its form. Complexity: O(length of the row).
  var holdsRows: Bool {
    guard let openCell, columnCount > 0 || !hasHeader else { return false }
    let end = isRowOpen ? kept.count : rowByteCount
    return CSVRowShape(separator: separator, lineEnd: lineEnd, columnCount: columnCount)
      .fitsMost(ofWholeLinesIn: kept[(openCell.lineEnd + 1)..<end])
  }

  /// Ends the row with the line in which its first cell of several lines was opened, and has what comes after read
  /// again.
  ///
  /// - Precondition: There is such a cell.
  mutating func goBack() {
    guard let openCell else { preconditionFailure("the row is one line") }
    let lineCount = openCell.lineEnd + 1
    if isFromInput {
      // Then all that was to be read again has been.
      again = Array(kept[lineCount...])
      againIndex = 0
    } else {
      againIndex -= kept.count - lineCount
    }
    offset = rowOffset + lineCount
    kept.removeLast(kept.count - lineCount)
    endUnclosed(in: openCell.number)
  }

  private mutating func endUnclosed(in cell: Int) {
    badCell = cell
    isUnclosed = true
    isRowOpen = false
    cutLineEnd()
  }

  /// Follows the quotes of a row that is not kept, to find its end.
  private mutating func passOver(_ byte: UInt8) {
    switch (state, byte) {
    case (.start, UInt8(ascii: "\"")), (.afterQuote, UInt8(ascii: "\"")): state = .quoted
    case (.quoted, UInt8(ascii: "\"")): state = .afterQuote
    case (.quoted, _): break
    case (_, separator): state = .start
    default: state = .plain
    }
  }

  private mutating func noteBad() {
    if badCell == 0 { badCell = cells.count + 1 }
  }

  private mutating func endCell() {
    cells.append(cellStart..<text.count)
    cellStart = text.count
    state = .start
  }

  /// Ends the row, perhaps before its last line; false if it is blank.
  private mutating func endRow() -> Bool {
    isRowOpen = false
    guard !isTooLong else { return true }
    cutLineEnd()
    if state == .plain, text.count > cellStart, text.last == 0x0D { text.removeLast() }
    let isOpen = state == .quoted
    endCell()
    guard openCell == nil else {
      let fits = columnCount > 0 ? cells.count == columnCount : !holdsRows
      if isOpen || !fits { goBack() }
      return true
    }
    if isOpen, badCell == 0 { endUnclosed(in: quotedCell) }
    return cells.count > 1 || !text.isEmpty || hasQuote
  }

  /// Leaves the end of the line out of the row.
  private mutating func cutLineEnd() {
    rowByteCount = kept.count
    if rowByteCount > 0, kept[rowByteCount - 1] == lineEnd { rowByteCount -= 1 }
    if rowByteCount > 0, kept[rowByteCount - 1] == 0x0D { rowByteCount -= 1 }
  }
}
