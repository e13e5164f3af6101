// Cells: the fold state of one aggregate for one home identifier, changed in place. Reading them
// without changing them is in `Cell+Read.swift`, the layout in `CellLayout.swift`.

import Bytes

/// The operations on cells.
///
/// A cell is bytes in a table; no bytes are a cell without events. Time never runs backwards: each
/// `now` is at or after every earlier one that changed the same cell. Bytes may be hostile: what
/// does not follow the layout is a `DecodeError`, never a trap.
public enum Cell {
  /// Puts one event into a cell, which is first advanced to `now`.
  ///
  /// Complexity: O(1) amortised for an event at or after the cell's latest; a late one scans and
  /// moves the entries after it.
  static func insert<Value: CellBytes & ~Copyable>(
    into value: inout Value, _ spec: CellSpec, _ event: CellEvent, now: Timestamp
  ) throws(DecodeError) {
    try advance(value: &value, spec, now: now)
    if spec.ignores(event.amount, at: event.time, now: now) { return }
    if value.count == 0 { create(&value, spec) }
    var editor = CellEditor(try CellLayout(value.bytes, spec))
    let isFuture = event.time > spec.window.bounds(at: now).through
    switch spec.kind {
    case .count, .sum, .minimum, .maximum:
      if spec.isTotalOnly, !isFuture {
        editor.add(event.term, to: &value)
      } else {
        try editor.insert(event, into: &value, isFuture: isFuture)
      }
    case .first where spec.window.isKept:
      try editor.replaceFirst(with: event, in: &value, isFuture: isFuture)
    case .last where spec.window.sessionGap == nil:
      if !isFuture, try editor.hasLater(than: event, in: value.bytes) { return }
      try editor.insert(event, into: &value, isFuture: isFuture)
      if !isFuture { editor.keepNewest(&value, byteCount: event.entryByteCount(spec.kind)) }
    case .first, .last: try editor.insert(event, into: &value, isFuture: isFuture)
    }
    editor.compact(&value, spec)
  }

  /// Moves the window of a cell to `now`: adds what has come, takes away what has gone.
  ///
  /// Reading needs no advance; it keeps reads short and frees memory.
  /// Complexity: O(1) amortised an event.
  static func advance<Value: CellBytes & ~Copyable>(
    value: inout Value, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) {
    guard value.count > 0 else { return }
    let layout = try CellLayout(value.bytes, spec)
    guard layout.hasTimeline else { return }
    let moved = try layout.cursors(in: value.bytes, spec, now: now)
    guard moved.start != layout.start || moved.end != layout.end else { return }
    var editor = CellEditor(layout)
    try editor.move(to: moved, in: &value, spec)
    editor.compact(&value, spec)
  }

  private static func create<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec
  ) {
    let hasTimeline = !spec.isTotalOnly
    value.insertZeros(CellLayout.headerBytes + (hasTimeline ? CellLayout.cursorBytes : 0), at: 0)
    value.store(CellLayout.format, at: 0)
    value.store(spec.kind.rawValue | (hasTimeline ? CellLayout.timelineFlag : 0), at: 1)
  }
}

/// One event as a cell sees it.
public struct CellEvent: Hashable, Sendable {
  /// The time of the event.
  public var time: Timestamp
  /// Its place in the log, which decides between equal times.
  public var sequence: SequenceNumber
  /// What it brings.
  public var amount: CellAmount

  /// Makes an event.
  public init(time: Timestamp, sequence: SequenceNumber, amount: CellAmount) {
    self.time = time
    self.sequence = sequence
    self.amount = amount
  }

  /// What is added to a `sum` or compared for `min` and `max`; nothing for other kinds.
  var term: CellTerm? {
    switch amount {
    case .decimal(let amount, let currency): CellTerm(currency: currency, amount: amount)
    case .skipped: .skipped
    case .none, .value: nil
    }
  }

  func entryByteCount(_ kind: CellKind) -> Int {
    switch kind {
    case .count: return CellLayout.countEntryBytes
    case .sum, .minimum, .maximum: return CellLayout.sumEntryBytes
    case .first, .last:
      guard case .value(let value) = amount else { return CellLayout.selectionOverheadBytes }
      return CellLayout.selectionOverheadBytes + value.encodedByteCount
    }
  }

  /// Puts the event as an entry of this kind before the byte at `offset`.
  func insertEntry<Value: CellBytes & ~Copyable>(
    _ kind: CellKind, into value: inout Value, at offset: Int
  ) {
    switch kind {
    case .count:
      value.insertZeros(CellLayout.countEntryBytes, at: offset)
      value.store(time.milliseconds, at: offset)
    case .sum, .minimum, .maximum:
      let term = term ?? .skipped
      value.insertZeros(CellLayout.sumEntryBytes, at: offset)
      value.store(time.milliseconds, at: offset)
      value.store(term.currency.packed, at: offset + 8)
      value.store(term.amount.mantissa, at: offset + 12)
    case .first, .last:
      guard case .value(let selected) = amount else { return }
      let size = entryByteCount(kind)
      var entry = ByteWriter(capacity: size)
      entry.u32(UInt32(truncatingIfNeeded: size))
      entry.i64(time.milliseconds)
      entry.u64(sequence.value)
      selected.encode(to: &entry)
      entry.u32(UInt32(truncatingIfNeeded: size))
      value.insert(entry.bytes.span.bytes, at: offset)
    }
  }
}
