// What one aggregate comes to over very many homes, kept from event to event: a tree of partial values, of which an
// event changes a path, and the passing of time those parts that have something in a window.

import Bytes
import Storage

/// The combined cells of one slot over the homes of a large profile.
final class CombinedCells {
  /// How many homes, or parts, make a part.
  static let width = 8

  private let spec: CellSpec
  private let slots: [UInt32]
  private let account: ProfileOrdinal?
  /// From the parts of homes up to one that stands for all.
  private var levels: [[Part]] = [[]]
  private var asOf = Int64.min
  /// The number of homes that the parts are of.
  private var homeCount = 0

  /// What some of the homes come to together.
  private struct Part {
    /// From when on it is to be worked out again.
    var change = Int64.min
    /// Of a number of events.
    var number = EventCount()
    /// Of others.
    var value: AggregateValue?
  }

  init(_ spec: CellSpec, slot: UInt32, account: ProfileOrdinal?) {
    self.spec = spec
    slots = [slot]
    self.account = account
  }

  /// Notes that the cell of a home is another.
  ///
  /// - Complexity: O(log homes).
  func noteChange(ofHome place: Int) {
    if place < homeCount { invalidate(level: 0, place / Self.width) }
  }

  /// Takes over the parts of other homes, which follow those there are from a multiple of `width` on.
  ///
  /// - Complexity: O(other homes / width), and no cell is read.
  func append(_ other: CombinedCells, at place: Int) {
    cover(place)
    levels[0] += other.levels[0]
    homeCount += other.homeCount
    guard levels[0].count > 1 else { return }
    for index in (place / Self.width / Self.width)...((levels[0].count - 1) / Self.width) {
      invalidate(level: 1, index)
    }
  }

  private func cover(_ count: Int) {
    while homeCount < count {
      invalidate(level: 0, homeCount / Self.width)
      homeCount += 1
    }
  }

  private func invalidate(level: Int, _ index: Int) {
    var (level, index) = (level, index)
    while true {
      if level == levels.count { levels.append([]) }
      while levels[level].count <= index { levels[level].append(Part()) }
      levels[level][index].change = .min
      if levels[level].count == 1, level == levels.count - 1 { return }
      level += 1
      index /= Self.width
    }
  }

  /// The number of events at `now`, of slots that are no more than that.
  func number(
    of homes: [IdentifierOrdinal], from tables: some ProfileState, now: Timestamp
  ) throws(StoreError) -> EventCount {
    try refresh(homes, tables, now)
    return levels[levels.count - 1][0].number
  }

  /// The value at `now`, not finished, and from when on it can differ by itself.
  func value(
    of homes: [IdentifierOrdinal], from tables: some ProfileState, now: Timestamp
  ) throws(StoreError) -> (value: AggregateValue, change: Int64) {
    try refresh(homes, tables, now)
    let part = levels[levels.count - 1][0]
    return (part.value ?? AggregateValue(), part.change)
  }

  private func refresh(
    _ homes: [IdentifierOrdinal], _ tables: some ProfileState, _ now: Timestamp
  ) throws(StoreError) {
    precondition(!homes.isEmpty, "a profile that has no homes has nothing to combine")
    if now.milliseconds < asOf {
      for level in levels.indices {
        for index in levels[level].indices { levels[level][index].change = .min }
      }
    }
    asOf = now.milliseconds
    cover(homes.count)
    try refresh(levels.count - 1, 0, homes, tables, now)
  }

  /// Works a part out again, if anything can have changed in it.
  private func refresh(
    _ level: Int, _ index: Int, _ homes: [IdentifierOrdinal], _ tables: some ProfileState,
    _ now: Timestamp
  ) throws(StoreError) {
    guard levels[level][index].change <= now.milliseconds else { return }
    var part = Part(change: .max)
    if spec.isPlainCount == false { part.value = AggregateValue() }
    let first = index * Self.width
    if level == 0 {
      for home in homes[first..<min(first + Self.width, homes.count)]
      where home != LargeProfile.noHome {
        try add(home, to: &part, tables, now)
      }
    } else {
      for child in first..<min(first + Self.width, levels[level - 1].count) {
        try refresh(level - 1, child, homes, tables, now)
        let other = levels[level - 1][child]
        part.number.combine(other.number)
        if let value = other.value { part.value?.combine(value, as: spec) }
        part.change = min(part.change, other.change)
      }
    }
    levels[level][index] = part
  }

  private func add(
    _ home: IdentifierOrdinal, to part: inout Part, _ tables: some ProfileState, _ now: Timestamp
  ) throws(StoreError) {
    let owner = account.map { CellOwner(home, in: $0) } ?? CellOwner(home)
    try tables.visitCells(of: owner, among: slots) { (_, cell) throws(StoreError) in
      do throws(DecodeError) {
        if spec.isPlainCount {
          try part.number.add(cell, spec, now: now)
          part.change = part.number.change
          return
        }
        let (value, change) = try Cell.answer(cell, spec, now: now)
        part.value?.combine(value, as: spec)
        part.change = min(part.change, change?.milliseconds ?? .max)
      } catch {
        throw StoreError.derivedMismatch("cells", "fold state does not decode")
      }
    }
  }
}
