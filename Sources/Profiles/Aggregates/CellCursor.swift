// Places among the entries of a cell, and the entries themselves.

import Bytes

/// A place among the entries of a cell, between two of them or at an end.
///
/// Of a cell without chunks both offsets are the same.
struct CellCursor: Comparable {
  /// In bytes from the first entry, of places that were reached from the window's bounds or an end; those that were
  /// searched for leave it out.
  var offset = 0
  /// The chunk that the place is in; between two chunks, that is the later one.
  var chunk = 0
  /// In bytes from the first entry of the chunk.
  var inside = 0

  static func < (a: Self, b: Self) -> Bool {
    a.chunk != b.chunk ? a.chunk < b.chunk : a.inside < b.inside
  }
  static func == (a: Self, b: Self) -> Bool { a.chunk == b.chunk && a.inside == b.inside }
}

/// Where the window and the future of a cell begin.
struct CellCursors {
  var start: CellCursor
  var end: CellCursor
}

/// Where an entry lies and the time of its event.
struct CellEntry {
  /// Its place among the entries.
  let place: CellCursor
  /// In bytes from the beginning of the cell.
  let position: Int
  let byteCount: Int
  let time: Timestamp
}
