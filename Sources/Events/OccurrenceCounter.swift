// How often the content of an event without an id has come in one input. Apart from the encoder
// because it is the one thing of the parser that remembers earlier lines.

import Bytes

/// Counts equal contents of one input, in bounded memory.
///
/// Exact for the first `exactMax` different contents. Those beyond share counters: equal lines still
/// get different numbers, and the same input again gives each line the same number; only another
/// input that has some of these lines in another order may give them others.
struct OccurrenceCounter {
  /// About 130 MB of counts at most, and only for inputs whose events have no ids.
  static let exactMax = 4_194_304
  private static let sharedCount = 1 << 20

  private let exactMax: Int
  private var exact: [UInt64: UInt32] = [:]
  private var shared: [UInt32] = []

  init(exactMax: Int = OccurrenceCounter.exactMax) { self.exactMax = exactMax }

  /// The number of this occurrence of a content, from 0 or from `minimum`.
  mutating func next(_ content: Hash128, atLeast minimum: UInt32 = 0) -> UInt32 {
    if let known = exact[content.high] {
      let count = max(known, minimum)
      exact[content.high] = count &+ 1
      return count
    }
    if exact.count < exactMax {
      exact[content.high] = minimum &+ 1
      return minimum
    }
    if shared.isEmpty { shared = [UInt32](repeating: 0, count: Self.sharedCount) }
    let slot = Int(truncatingIfNeeded: content.high) & (Self.sharedCount - 1)
    let count = max(shared[slot], minimum)
    shared[slot] = count &+ 1
    return count
  }
}
