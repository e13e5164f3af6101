// How much of the exhaustive checks is run: `tools/test` takes a seeded part, `tools/stress` the whole.

import Glibc

/// The depth of exhaustive checks in this run.
///
/// `CAIRN_STRESS=1` asks for the whole; `CAIRN_SEED` moves the part that is taken otherwise.
public enum TestDepth {
  /// Whether every state is checked.
  public static let isWhole = getenv("CAIRN_STRESS") != nil

  /// Moves the part that is taken; 1 unless `CAIRN_SEED` says otherwise.
  public static let seed: UInt64 = getenv("CAIRN_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1

  /// `whole` if everything is checked, or else `part`.
  public static func of<T>(_ whole: T, part: T) -> T { isWhole ? whole : part }

  /// Whether a state is among those that are checked: one in `share` of them, at random, or all.
  public static func takes(_ index: Int, oneIn share: Int) -> Bool {
    if isWhole { return true }
    var random = SeededRandom(seed &* 0x1_0000_0001 &+ UInt64(truncatingIfNeeded: index))
    return random.below(share) == 0
  }
}
