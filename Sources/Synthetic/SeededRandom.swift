// Random numbers for synthetic data: the same seed gives the same numbers on every machine.

import Bytes

/// SplitMix64: small, seeded, the same everywhere.
///
/// Source: G. L. Steele, D. Lea, C. H. Flood, Fast Splittable Pseudorandom Number Generators, 2014.
struct SeededRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return HashSeed.mix(state)
  }

  /// A number from 0 to `bound` - 1, with a bias far below what a benchmark can see.
  mutating func below(_ bound: Int) -> Int {
    Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// True in `percent` of 100 cases.
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
}
