// Reading sums and their like from a cell: what its totals say, and what came and went since.

import Bytes

extension AggregateValue {
  /// Reads the totals of a cell and puts its entries in or out.
  mutating func readSums(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors
  ) throws(DecodeError) {
    readTotals(bytes, layout)
    var place = layout.start
    while layout.keepsTotals, place < min(moved.start, layout.end) {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      give(layout.term(of: entry, in: bytes))
    }
    place = layout.keepsTotals ? max(layout.end, moved.start) : moved.start
    while place < moved.end {
      if layout.isChunked, layout.digest == .extremes, place.inside == 0,
        place.chunk < moved.end.chunk, takeChunk(place.chunk, bytes, layout)
      {
        place = CellCursor(chunk: place.chunk + 1)
        continue
      }
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      take(layout.term(of: entry, in: bytes), as: layout.kind)
    }
  }

  /// Reads the totals of a cell.
  mutating func readTotals(_ bytes: RawSpan, _ layout: CellLayout) {
    count = layout.matched
    for index in 0..<layout.totalCount {
      let total = layout.total(index, in: bytes)
      // Of the newest run of a session, a currency that came in those before.
      if total.count == 0 { continue }
      // Wrapping: a damaged cell may claim fewer than it has entries.
      switch total.currency {
      case CellTerm.skippedCurrency: skipped &+= total.count
      case CellTerm.roundedCurrency: rounded &+= total.count
      default:
        adjust(total.currency) { $0.take(total.count, total.sum, total.rest, as: layout.kind) }
      }
    }
  }

  /// Takes in the least or greatest of a whole chunk, if its amounts are of one currency.
  private mutating func takeChunk(_ index: Int, _ bytes: RawSpan, _ layout: CellLayout) -> Bool {
    let extreme = ChunkExtreme(bytes, at: layout.digestOffset(index))
    guard extreme.amounts < 2 else { return false }
    skipped &+= UInt64(extreme.skipped)
    if extreme.amounts == 1 { take(extreme.best, as: layout.kind) }
    return true
  }

  /// Takes in what one event brought; an event of a session may have brought nothing.
  mutating func take(_ term: CellTerm, as kind: CellKind) {
    guard term.currency != CellTerm.absentCurrency else { return }
    if kind == .sum { count &+= 1 }
    guard term.currency != CellTerm.skippedCurrency else {
      skipped &+= 1
      return
    }
    if term.isRounded { rounded &+= 1 }
    adjust(term.currency) { $0.take(1, WideSum(term.amount), term.rest, as: kind) }
  }

  /// Gives back what one event brought to a sum.
  private mutating func give(_ term: CellTerm) {
    count &-= 1
    guard term.currency != CellTerm.skippedCurrency else {
      skipped &-= 1
      return
    }
    if term.isRounded { rounded &-= 1 }
    adjust(term.currency) { sum in
      sum.count &-= 1
      sum.sum.subtract(WideSum(term.amount))
    }
  }
}
