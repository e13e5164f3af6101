// Scores whose parts halve with time. They are kept in whole numbers per half-life, so that the order
// in which events arrive cannot change a digit (docs/decisions/0017-scores.md).

import Bytes

/// A sum of weights, each of which halves every half-life.
///
/// A weight w at time t adds round(w · 2^f · 2^32) to the accumulator of epoch k, where t is k whole
/// half-lives and the fraction f of one after 1970. Adding whole numbers is associative and
/// commutative, so every order of events gives the same score.
public struct DecayingScore: Hashable, Sendable {
  /// What was added in one epoch.
  struct Epoch: Hashable, Sendable {
    let number: Int64
    var sum: Int128
  }

  /// How far back an epoch still counts: after 64 half-lives, a weight is below what a Double that
  /// holds the rest can show.
  static let epochsMax: Int64 = 64

  /// The half-life; zero for a score that nothing was added to.
  var halfLife = Milliseconds(0)
  /// Ascending, each number once.
  var epochs: [Epoch] = []

  /// The score of nothing.
  public init() {}

  /// Whether nothing went in.
  public var isEmpty: Bool { epochs.isEmpty }

  /// The score at an instant at or after that of the latest weight.
  ///
  /// Complexity: O(epochs), at most 65.
  public func value(at now: Timestamp) -> Double {
    guard halfLife.value > 0 else { return 0 }
    let (current, fraction) = Self.split(now, halfLife)
    var sum = 0.0
    for epoch in epochs where epoch.number <= current {
      let (age, overflow) = current.subtractingReportingOverflow(epoch.number)
      guard !overflow, age <= Self.epochsMax else { continue }
      sum += Self.double(epoch.sum) * Double(bitPattern: UInt64(1023 - 32 - age) << 52)
    }
    return sum / Self.powerOfTwo(fraction)
  }

  /// The nearest number in binary: of what fits 64 bits, as nearly all does, without a call.
  private static func double(_ sum: Int128) -> Double {
    Int64(exactly: sum).map { Double($0) } ?? Double(sum)
  }

  /// The number of whole half-lives before an instant, and the part of one after them, below 1.
  static func split(_ time: Timestamp, _ halfLife: Milliseconds) -> (epoch: Int64, Double) {
    let (quotient, rest) = time.milliseconds.quotientAndRemainder(dividingBy: halfLife.value)
    let isBefore = rest < 0
    let fraction = Double(isBefore ? rest + halfLife.value : rest) / Double(halfLife.value)
    return (isBefore ? quotient - 1 : quotient, fraction)
  }

  /// 2^x for 0 ≤ x < 1 by the series of the exponential function.
  ///
  /// Only operations that IEEE 754 rounds correctly, in a fixed order: the same bits on every machine,
  /// which a system's `exp2` does not promise. The error is below 4 × 10^-16.
  static func powerOfTwo(_ x: Double) -> Double {
    let y = x * 0.693_147_180_559_945_3
    var sum = 1.0
    for divisor in stride(from: 24.0, through: 1.0, by: -1.0) { sum = 1.0 + sum * y / divisor }
    return sum
  }

  /// What a weight adds to the accumulator of its epoch.
  static func term(_ weight: FixedDecimal, _ fraction: Double) -> Int128 {
    let size = Double(weight.mantissa) / 1e9 * powerOfTwo(fraction) * 4_294_967_296
    // Weights are at most a million in size; only damaged state reaches the bounds.
    return Int128(min(max(size, -1e30), 1e30).rounded(.toNearestOrEven))
  }

  /// Forgets epochs that no longer count at `now`.
  mutating func drop(before now: Timestamp) {
    let oldest = Self.split(now, halfLife).epoch &- Self.epochsMax
    epochs.removeAll { $0.number < oldest }
  }

  /// Adds the parts of another score of the same half-life.
  mutating func add(_ other: DecayingScore) {
    guard !other.isEmpty else { return }
    halfLife = other.halfLife
    for epoch in other.epochs { add(epoch.sum, to: epoch.number) }
  }

  mutating func add(_ sum: Int128, to number: Int64) {
    // Mostly the newest, as cells keep them in order.
    var index = epochs.count
    while index > 0, epochs[index - 1].number >= number { index -= 1 }
    if index < epochs.count, epochs[index].number == number {
      // Wrapping: a damaged cell must not trap.
      epochs[index].sum &+= sum
    } else {
      epochs.insert(Epoch(number: number, sum: sum), at: index)
    }
  }
}
