// What an aggregate comes to. Every home identifier has a cell of its own; a profile's value
// combines those of its homes.

import Bytes

/// The value of an aggregate at one instant.
public struct AggregateValue: Hashable, Sendable {
  /// The sum of the amounts in one currency.
  public struct CurrencySum: Hashable, Sendable {
    /// The currency, or `.none` for amounts that came without one.
    public let currency: CurrencyCode
    /// How many amounts went in.
    public internal(set) var count: UInt64
    /// Their sum, exact.
    public internal(set) var sum: WideSum
    /// The sum as a number; nil if it is too large, which is an answer of its own.
    public var total: FixedDecimal? { sum.decimal }
  }

  /// The value that `first` or `last` selected.
  public struct Selection: Hashable, Sendable {
    /// The time of its event.
    public let time: Timestamp
    /// The sequence of its event; decides between equal times.
    public let sequence: SequenceNumber
    /// The value.
    public let value: FieldValue

    func isBefore(_ other: Selection) -> Bool {
      (time, sequence) < (other.time, other.sequence)
    }
  }

  /// How many events for `count`, how many amounts for `sum`, skipped ones included.
  public internal(set) var count: UInt64 = 0
  /// Of `sum`: one sum per currency that occurs, in the order of the codes.
  public internal(set) var sums: [CurrencySum] = []
  /// Of `sum`: how many values could not be added.
  public internal(set) var skipped: UInt64 = 0
  /// Of `first` and `last`: the value.
  public internal(set) var selection: Selection?

  /// The value over no events.
  public init() {}

  /// Whether no event went in.
  public var isEmpty: Bool { count == 0 && selection == nil }

  /// The sum of amounts in `currency`: zero if there are none, nil if it is too large for a number.
  public func total(_ currency: CurrencyCode) -> FixedDecimal? {
    guard let sum = sums.first(where: { $0.currency == currency }) else { return .zero }
    return sum.total
  }

  /// Takes in the value of another home identifier of the same profile.
  ///
  /// Associative and commutative. Complexity: O(currencies).
  public mutating func combine(_ other: AggregateValue, as kind: CellKind) {
    // Wrapping: true counts are below 2^64, and a damaged cell must not trap.
    count &+= other.count
    skipped &+= other.skipped
    for sum in other.sums { add(sum) }
    guard let candidate = other.selection else { return }
    guard let present = selection else {
      selection = candidate
      return
    }
    if kind == .first ? candidate.isBefore(present) : present.isBefore(candidate) {
      selection = candidate
    }
  }

  private mutating func add(_ other: CurrencySum) {
    adjust(other.currency) { sum in
      sum.count &+= other.count
      sum.sum.add(other.sum)
    }
  }

  /// Changes the sum of a currency, which begins at zero; one that ends with no amounts goes away.
  mutating func adjust(_ currency: CurrencyCode, _ change: (inout CurrencySum) -> Void) {
    let index = sums.firstIndex { $0.currency >= currency } ?? sums.count
    if index == sums.count || sums[index].currency != currency {
      sums.insert(CurrencySum(currency: currency, count: 0, sum: .zero), at: index)
    }
    change(&sums[index])
    if sums[index].count == 0 { sums.remove(at: index) }
  }
}
