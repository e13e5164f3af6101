// Whether events happened in an order: decided over entries of all homes together, because the steps
// of one person may lie under different identifiers.

import Bytes

/// A sequence as its cells need it: patterns are bits of an entry.
public struct SequenceRule: Hashable, Sendable {
  /// How many steps: their bits are the lowest ones.
  public let stepCount: Int
  /// The bits that may not occur between each step and the one before; none for the first.
  public let exclusions: [UInt32]
  /// The most time between the first step and the last.
  public let within: Milliseconds?

  /// Makes the rule of a sequence; bits follow the order of its patterns.
  public init(_ sequence: EventSequence) {
    stepCount = sequence.steps.count
    within = sequence.within
    var exclusions: [UInt32] = []
    var bit = stepCount
    for step in sequence.steps {
      var mask: UInt32 = 0
      for _ in step.exclusions {
        mask |= 1 << UInt32(bit)
        bit += 1
      }
      exclusions.append(mask)
    }
    self.exclusions = exclusions
  }

  /// Whether the order cannot be spoiled by what comes later.
  var isFinal: Bool { exclusions.allSatisfy { $0 == 0 } }

  /// One event of a sequence.
  struct Entry: Hashable, Sendable {
    var time: Timestamp
    var sequence: SequenceNumber
    var mask: UInt32

    static func isBefore(_ a: Entry, _ b: Entry) -> Bool {
      (a.time, a.sequence) < (b.time, b.sequence)
    }
  }

  /// Without the entries that no chain needs: where neither a time nor an exclusion bounds a chain, the
  /// earliest first step and the latest last step are as good as any other.
  ///
  /// What is dropped stays needless whatever comes later, so that dropping now and then leaves the same
  /// entries as dropping once.
  func pruned(_ entries: [Entry]) -> [Entry] {
    guard isFinal, within == nil else { return entries }
    let (first, last) = (UInt32(1), UInt32(1) << UInt32(stepCount - 1))
    let earliest = entries.firstIndex { $0.mask & first != 0 } ?? entries.count
    let latest = entries.lastIndex { $0.mask & last != 0 } ?? -1
    return entries.enumerated().filter { index, entry in
      if entry.mask == first { return index <= earliest }
      return entry.mask != last || index >= latest
    }.map(\.element)
  }

  /// Whether some chain of the entries, which are in order, takes all steps.
  ///
  /// For each number of steps taken, the latest possible first step is enough to know: of two chains
  /// that have come equally far, the one that began later is within the time if the other is, and what
  /// excludes one excludes the other. Complexity: O(entries × steps).
  func happened(in entries: [Entry]) -> Bool {
    // starts[k]: the first step of a chain that has taken steps 0 … k.
    var starts = [Timestamp?](repeating: nil, count: stepCount)
    for entry in entries {
      // From the last step down, so that one event is one step only.
      for step in stride(from: stepCount - 1, through: 0, by: -1) {
        var start: Timestamp?
        if entry.mask >> UInt32(step) & 1 == 1 { start = step == 0 ? entry.time : starts[step - 1] }
        if let begun = start, let within, entry.time > begun + within { start = nil }
        // What excludes strikes the chains that wait, not the one that takes this very step.
        if step + 1 < stepCount, entry.mask & exclusions[step + 1] != 0 { starts[step] = nil }
        guard let start else { continue }
        if step == stepCount - 1 { return true }
        starts[step] = max(starts[step] ?? start, start)
      }
    }
    return false
  }
}
