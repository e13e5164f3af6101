// The number of events that lie in a window, and when it falls: a rule that asks for two orders need not
// wake up for each of five that goes, only when the second newest does.

import Bytes

/// The count of one slot for one profile at one instant, added up over its homes.
public struct EventCount: Sendable, BitwiseCopyable {
  /// The most events whose leaving is known.
  public static let leavingMax = 8

  /// How many events.
  public private(set) var count: UInt64 = 0
  /// The first instant, in milliseconds, at which the count can differ by itself; the greatest for none.
  public private(set) var change = Int64.max
  /// When the newest events leave the window, in milliseconds, greatest first.
  private var leaving: [8 of Int64] = InlineArray(repeating: 0)
  private var leavingCount = 0
  /// Whether `leaving` says when the count falls.
  private var isLeavingKnown = true

  /// No events.
  public init() {}

  /// Starts again.
  public mutating func reset() {
    count = 0
    change = .max
    leavingCount = 0
    isLeavingKnown = true
  }

  /// Takes in the cell of one home.
  ///
  /// - Throws: if the bytes are not a cell of this kind.
  /// - Complexity: O(entries that came or went since the last advance).
  public mutating func add(
    _ bytes: RawSpan, _ spec: CellSpec, now: Timestamp
  ) throws(DecodeError) {
    guard bytes.byteCount > 0 else { return }
    if spec.shortcut == .window, addInOrder(bytes, spec, now: now) { return }
    let layout = try CellLayout(bytes, spec)
    let moved = try layout.cursors(in: bytes, spec, now: now)
    // Wrapping: true counts are below 2^64, and a damaged cell must not trap.
    count &+= layout.count(moved)
    guard let next = try layout.nextChange(in: bytes, moved, spec)?.milliseconds
    else { return }
    change = min(change, next)
    guard isLeavingKnown else { return }
    // Events of the future are going to come in.
    isLeavingKnown = spec.fallsAsEventsLeave && moved.end.offset == layout.entryByteCount(bytes)
    var place = moved.end
    var remaining = isLeavingKnown ? Self.leavingMax : 0
    while remaining > 0, place > moved.start {
      let entry = try layout.entry(before: place, in: bytes)
      if let leaves = spec.window.leaves(entry.time) { note(leaves.milliseconds) }
      place = entry.place
      remaining -= 1
    }
  }

  /// Takes in a cell of one window whose events have all come in, as most are, by its bytes.
  ///
  /// - Returns: Whether it was such a cell; if not, nothing has changed.
  private mutating func addInOrder(_ bytes: RawSpan, _ spec: CellSpec, now: Timestamp) -> Bool {
    let entries = CellLayout.headerBytes + CellLayout.cursorBytes
    let size = CellLayout.countEntryBytes
    let head =
      UInt64(CellLayout.format) | UInt64(CellKind.count.rawValue | CellLayout.timelineFlag) << 8
    guard let length = spec.length, bytes.byteCount > entries,
      bytes.load(at: 0, as: UInt64.self) == head
    else { return false }
    var start = Int(bytes.load(at: 16, as: UInt32.self))
    let end = Int(bytes.load(at: 20, as: UInt32.self))
    guard end == bytes.byteCount - entries, start <= end, start % size == 0, end % size == 0 else {
      return false
    }
    let (after, through) = spec.bounds(at: now)
    guard bytes.load(at: entries + end - size, as: Int64.self) <= through.milliseconds else {
      return false
    }
    let before = start
    while start < end, bytes.load(at: entries + start, as: Int64.self) <= after.milliseconds {
      start += size
    }
    let matched = bytes.load(at: 8, as: UInt64.self)
    count &+= matched &- UInt64((start - before) / size)
    guard start < end else { return true }
    let first = Timestamp(milliseconds: bytes.load(at: entries + start, as: Int64.self)) + length
    change = min(change, first.milliseconds)
    guard isLeavingKnown else { return true }
    var place = end
    var remaining = Self.leavingMax
    while remaining > 0, place > start {
      place -= size
      remaining -= 1
      let time = Timestamp(milliseconds: bytes.load(at: entries + place, as: Int64.self))
      let leaves = (time + length).milliseconds
      if leavingCount == Self.leavingMax - remaining - 1 {
        // So far all are of this cell, which has them in order.
        leaving[leavingCount] = leaves
        leavingCount += 1
      } else {
        note(leaves)
      }
    }
    return true
  }

  /// Takes in the events of other homes.
  mutating func combine(_ other: EventCount) {
    // Wrapping: true counts are below 2^64, and a damaged cell must not trap.
    count &+= other.count
    change = min(change, other.change)
    isLeavingKnown = isLeavingKnown && other.isLeavingKnown
    for index in 0..<other.leavingCount { note(other.leaving[index]) }
  }

  private mutating func note(_ leaves: Int64) {
    var place = leavingCount
    while place > 0, leaving[place - 1] < leaves { place -= 1 }
    guard place < Self.leavingMax else { return }
    leavingCount = min(leavingCount + 1, Self.leavingMax)
    var index = leavingCount - 1
    while index > place {
      leaving[index] = leaving[index - 1]
      index -= 1
    }
    leaving[place] = leaves
  }

  /// The first instant, in milliseconds, at which the count can come to be at least `least`, or no longer
  /// be so, by itself; at the latest when it next changes at all.
  public func change(reaching least: Int) -> Int64 {
    guard change != .max, isLeavingKnown else { return change }
    // It only falls: below `least` when the newest but `least - 1` leaves.
    guard count >= UInt64(least) else { return .max }
    guard least <= Self.leavingMax else { return change }
    // A damaged cell can count more events than it holds.
    return least <= leavingCount ? leaving[least - 1] : change
  }
}

extension CellSpec {
  /// Whether it counts events that leave its window one after the other, in the order of their times.
  fileprivate var fallsAsEventsLeave: Bool {
    switch window {
    case .last, .ago, .calendar: isPlainCount
    case .allTime, .span, .latestSession: false
    }
  }
}
