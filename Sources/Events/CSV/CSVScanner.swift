// RFC 4180: bytes to rows of cells, in bounded memory, whatever pieces the bytes come in.

import Bytes

/// Cuts a stream of bytes into rows of cells.
///
/// Rows end with a line feed, with or without a carriage return before it, or all of them with a carriage return
/// alone, as spreadsheets of the Macintosh once wrote them: how the first row ends decides. Quoted cells may hold both,
/// and the separator, and quotes written twice. A byte order mark before everything is passed over,
/// and so are blank lines.
///
/// A quote that is never closed, or only by one that something follows, takes nothing along but the rest of
/// its own line: what comes after that is read again.
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
  /// The row as it came, without its line end.
  private(set) var raw: [UInt8] = []
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
  /// The number of the cell that was last opened by a quote, from 1.
  private var quotedCell = 0
  /// Where in `raw` the line ends in which it was opened; nil if that has not come yet.
  private var quotedLineEnd: Int?
  /// What is read again before any further input.
  private var again: [UInt8] = []
  private var againIndex = 0
  /// Whether some of the row came from the input rather than from `again`.
  private var isFromInput = false
  /// Whether the row is longer than the limit; then it was not kept.
  private(set) var isTooLong = false
  private(set) var offset = 0

  init(separator: UInt8, limits: EventLimits = EventLimits()) {
    self.separator = separator
    limit = limits.lineBytesMax
  }

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
      if offset < 3, byte == ByteOrderMark.bytes[offset], raw.count == offset || offset == 0 {
        takeMark(byte)
        continue
      }
      if isAfterReturn, endsFirstRow(before: byte) {
        if isNew { index &-= 1 } else { againIndex &-= 1 }
        if endRow() { return true }
        continue
      }
      beginRow()
      if isNew { isFromInput = true }
      offset &+= 1
      if byte == lineEnd, state != .quoted {
        rowEnd = lineEnd
        if endRow() { return true }
        continue
      }
      isAfterReturn = rowEnd == nil && byte == 0x0D && state != .quoted
      keep(byte)
      if isTooLong {
        passOver(byte)
      } else if take(byte) {
        endUnclosed()
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

  /// Takes a byte of the mark before everything, if it turns out to be one.
  private mutating func takeMark(_ byte: UInt8) {
    beginRow()
    keep(byte)
    text.append(byte)
    offset &+= 1
    if offset == 3, raw == ByteOrderMark.bytes {
      isRowOpen = false
      number &-= 1
    }
  }

  /// Ends the input; whether there is one more row.
  ///
  /// To be called until there is none.
  mutating func finish() -> Bool {
    let nothing: [UInt8] = []
    var index = 0
    if next(nothing.span.bytes, &index) { return true }
    guard isRowOpen else { return false }
    guard state == .quoted, !isTooLong else { return endRow() }
    endUnclosed()
    return true
  }

  private mutating func beginRow() {
    guard !isRowOpen else { return }
    isRowOpen = true
    hasQuote = false
    isTooLong = false
    badCell = 0
    isUnclosed = false
    isFromInput = false
    quotedLineEnd = nil
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
    if raw.count >= limit, !isQuoteForgotten {
      isTooLong = true
      raw.removeAll(keepingCapacity: true)
      text.removeAll(keepingCapacity: true)
      cells.removeAll(keepingCapacity: true)
      return
    }
    raw.append(byte)
  }

  /// Takes a byte of the row; true if it shows that a quote was not closed in its line.
  private mutating func take(_ byte: UInt8) -> Bool {
    switch (state, byte) {
    case (.start, UInt8(ascii: "\"")):
      state = .quoted
      hasQuote = true
      quotedCell = cells.count + 1
      quotedLineEnd = nil
    case (.quoted, UInt8(ascii: "\"")):
      state = .afterQuote
    case (.afterQuote, UInt8(ascii: "\"")):
      text.append(byte)
      state = .quoted
    case (.quoted, _):
      text.append(byte)
      if byte == lineEnd, quotedLineEnd == nil { quotedLineEnd = raw.count - 1 }
      return raw.count > limit
    case (_, separator):
      endCell()
    case (.afterQuote, 0x0D):
      break
    case (.afterQuote, _), (.plain, UInt8(ascii: "\"")):
      if state == .afterQuote, quotedLineEnd != nil { return true }
      noteBad()
      text.append(byte)
      state = .plain
    default:
      text.append(byte)
      state = .plain
    }
    return false
  }

  /// Whether a row that has become too long in a quoted cell is rather one whose quote was forgotten: the
  /// lines after that of the quote are rows by themselves.
  private var isQuoteForgotten: Bool {
    guard state == .quoted, columnCount > 0, let end = quotedLineEnd else { return false }
    let lines = raw[(end + 1)...].split(
      separator: lineEnd, maxSplits: Self.linesJudged, omittingEmptySubsequences: true)
    // The last has not come to its end.
    return lines.count > 1
      && lines.dropLast().allSatisfy { line in
        line.count { $0 == separator } + 1 == columnCount
      }
  }

  private static let linesJudged = 8

  /// Ends the row with the line in which its quote was opened, and has what comes after read again.
  private mutating func endUnclosed() {
    badCell = quotedCell
    isUnclosed = true
    isRowOpen = false
    guard let end = quotedLineEnd else { return }
    let rest = raw.count - end - 1
    if isFromInput {
      // Then all that was to be read again has been.
      again = Array(raw[(end + 1)...])
      againIndex = 0
    } else {
      againIndex -= rest
    }
    offset = rowOffset + end + 1
    raw.removeLast(raw.count - end)
    if raw.last == 0x0D { raw.removeLast() }
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
