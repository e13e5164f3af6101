// Reading sums and their like from a cell: what its totals say, and what came and went since.

import Bytes

extension AggregateValue {
  /// Reads the totals of a cell and puts its entries in or out.
  mutating func readSums(
    _ bytes: RawSpan, _ layout: CellLayout, _ moved: CellCursors
  ) throws(DecodeError) {
    count = layout.matched
    for index in 0..<layout.totalCount {
      let total = layout.total(index, in: bytes)
      // Wrapping: a damaged cell may claim fewer than it has entries.
      switch total.currency {
      case CellTerm.skippedCurrency: skipped &+= total.count
      case CellTerm.roundedCurrency: rounded &+= total.count
      default:
        adjust(total.currency) { $0.take(total.count, total.sum, total.rest, as: layout.kind) }
      }
    }
    var place = layout.start
    while layout.keepsTotals, place < min(moved.start, layout.end) {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      give(layout.term(of: entry, in: bytes))
    }
    place = layout.keepsTotals ? max(layout.end, moved.start) : moved.start
    while place < moved.end {
      let entry = try layout.entry(at: place, in: bytes)
      place = try layout.place(after: entry, in: bytes)
      take(layout.term(of: entry, in: bytes), as: layout.kind)
    }
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
