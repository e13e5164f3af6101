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
  /// - Returns: Whether it is the first value of a `first` or `last`, which had none up to now.
  @discardableResult
  static func insert<Value: CellBytes & ~Copyable>(
    into value: inout Value, _ spec: CellSpec, _ event: CellEvent, now: Timestamp
  ) throws(DecodeError) -> Bool {
    var editor = try advanced(&value, spec, now: now)
    if spec.ignores(event.form, at: event.time, now: now) { return false }
    if value.count == 0 {
      editor = CellEditor(CellLayout(emptyOf: spec))
      create(&value, editor.layout)
    }
    let isFuture = event.time > spec.bounds(at: now).through
    let isSelection = spec.kind == .first || spec.kind == .last
    let begins = isSelection && editor.layout.start == editor.layout.end
    switch spec.kind {
    case .tally, .sessions, .score, .unmatched, .sequence:
      try insertByState(&value, &editor, spec, event, now: now, isFuture: isFuture)
    case .count, .sum, .minimum, .maximum:
      if spec.isTotalOnly, !isFuture {
        editor.add(event.term, to: &value)
      } else {
        try editor.insert(event, into: &value, spec, isFuture: isFuture)
      }
    case .first where spec.isKept:
      try editor.replaceFirst(with: event, in: &value, spec, isFuture: isFuture)
    case .last where spec.sessionGap == nil:
      if !isFuture, try editor.hasLater(than: event, in: value.bytes) { return false }
      try editor.insert(event, into: &value, spec, isFuture: isFuture)
      if !isFuture { try editor.keepNewest(&value) }
    case .first, .last: try editor.insert(event, into: &value, spec, isFuture: isFuture)
    }
    try editor.compact(&value, spec, now: now)
    return begins
  }

  /// Moves the window of a cell to `now`: adds what has come, takes away what has gone.
  ///
  /// Reading needs no advance; it keeps reads short and frees memory.
  /// Complexity: O(1) amortised an event.
  static func advance<Value: CellBytes & ~Copyable>(
    value: inout Value, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) {
    _ = try advanced(&value, spec, now: now)
  }

  /// Moves the window of a cell to `now`, and returns the cell as it is then; of an empty one, what it
  /// would begin as.
  @inline(__always)
  private static func advanced<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) -> CellEditor {
    guard value.count > 0 else { return CellEditor(CellLayout(emptyOf: spec)) }
    var editor = CellEditor(try CellLayout(value.bytes, spec))
    guard editor.layout.hasTimeline else { return editor }
    let moved = try editor.layout.cursors(in: value.bytes, spec, now: now)
    if moved.start != editor.layout.start || moved.end != editor.layout.end {
      try editor.move(to: moved, in: &value, spec)
      try editor.compact(&value, spec, now: now)
    }
    return editor
  }

  /// Puts an event into a cell whose state is more than totals.
  private static func insertByState<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ editor: inout CellEditor, _ spec: CellSpec, _ event: CellEvent,
    now: Timestamp, isFuture: Bool
  ) throws(DecodeError) {
    guard case .keyed(let key, let role) = event.amount else {
      if spec.hasState, !isFuture { return try editor.absorb(event, into: &value, spec) }
      if spec.kind == .sequence, editor.hasHappened { return }
      return try editor.insert(event, into: &value, spec, isFuture: isFuture)
    }
    // A question counts from when the window reaches it, an answer from its own time on.
    if role != .answersOnly, !spec.window.isOver(event.time, at: now) {
      let asking = CellEvent(
        time: event.time, sequence: event.sequence, amount: .keyed(key, .asks))
      if isFuture {
        try editor.insert(asking, into: &value, spec, isFuture: true)
      } else {
        try editor.absorb(asking, into: &value, spec)
      }
    }
    guard role.answers else { return }
    let answering = CellEvent(
      time: event.time, sequence: event.sequence, amount: .keyed(key, .answersOnly))
    if event.time > now {
      try editor.insert(answering, into: &value, spec, isFuture: true)
    } else {
      try editor.absorb(answering, into: &value, spec)
    }
  }

  private static func create<Value: CellBytes & ~Copyable>(
    _ value: inout Value, _ layout: CellLayout
  ) {
    value.insertZeros(layout.totalsOffset, at: 0)
    value.store(CellLayout.format, at: 0)
    value.store(layout.kind.rawValue | (layout.hasTimeline ? CellLayout.timelineFlag : 0), at: 1)
  }
}

/// One event as a cell sees it.
public struct CellEvent: Hashable, Sendable {
  /// The time of the event.
  public var time: Timestamp
  /// Its place in the log, which decides between equal times.
  public var sequence: SequenceNumber
  /// What it brings.
  public let amount: CellAmount
  /// The kind of that.
  let form: CellAmount.Form

  /// Makes an event.
  public init(time: Timestamp, sequence: SequenceNumber, amount: CellAmount) {
    self.time = time
    self.sequence = sequence
    self.amount = amount.withValue
    form = amount.form
  }

  init(_ address: EventAddress, _ insertion: CellInsertion) {
    time = address.time
    sequence = address.sequence
    amount = insertion.amount.withValue
    form = insertion.form
  }

  /// What is added to a `sum` or compared for `min` and `max`; nothing for other kinds.
  var term: CellTerm? {
    switch amount {
    case .decimal(let amount, let currency): CellTerm(currency: currency, amount: amount)
    case .rounded(let amount, let currency):
      CellTerm(currency: currency, amount: amount, isRounded: true)
    case .exact(let amount, let currency):
      CellTerm(currency: currency, amount: amount.floor, rest: amount.rest)
    case .skipped: .skipped
    case .none: .absent
    case .value, .text, .keyed, .steps: nil
    }
  }
}
