// When a count falls: the instants at which the newest events of its window leave. A rule that asks for
// two orders need not wake up for each of five that goes, only when the second newest does.

import Bytes

extension Cell {
  /// Visits when the newest events inside the window of a `count` leave it, the last to leave first.
  ///
  /// - Parameter limit: The most events to visit.
  /// - Returns: False if that does not say when the count changes: events of the future are going to
  ///   come in, or the cell is of another kind or window.
  /// - Complexity: O(limit + entries that came or went since the last advance).
  public static func visitLeaving(
    _ bytes: RawSpan, _ spec: CellSpec, after now: Timestamp, limit: Int,
    _ body: (Timestamp) -> Void
  ) throws(DecodeError) -> Bool {
    guard spec.fallsAsEventsLeave else { return false }
    guard bytes.byteCount > 0 else { return true }
    let layout = try CellLayout(bytes, spec)
    let moved = try layout.cursors(in: bytes, spec, now: now)
    guard moved.end == layout.entryByteCount(bytes) else { return false }
    var offset = moved.end
    for _ in 0..<limit where offset > moved.start {
      let entry = try layout.entry(before: offset, in: bytes)
      if let leaves = spec.window.leaves(entry.time) { body(leaves) }
      offset = entry.offset
    }
    return true
  }
}

extension CellSpec {
  /// Whether it counts events that leave its window one after the other, in the order of their times.
  public var fallsAsEventsLeave: Bool {
    guard function == .count else { return false }
    switch window {
    case .last, .ago, .calendar: return true
    case .allTime, .span, .latestSession: return false
    }
  }
}
