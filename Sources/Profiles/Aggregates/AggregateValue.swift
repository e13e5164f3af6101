// What an aggregate comes to. Every home identifier has a cell of its own; a profile's value
// combines those of its homes.

import Bytes

/// The value of an aggregate at one instant.
public struct AggregateValue: Hashable, Sendable {
  /// The sum of the amounts in one currency, or the least or greatest of them.
  public struct CurrencySum: Hashable, Sendable {
    /// The currency, or `.none` for amounts that came without one.
    public let currency: CurrencyCode
    /// How many amounts went in; 1 for the least or greatest.
    public internal(set) var count: UInt64
    /// Their sum, exact, or the least or greatest of them.
    public internal(set) var sum: WideSum
    /// Of the least or greatest: what it has beyond the ninth digit after the point.
    var rest: UInt128 = 0
    /// The sum as a number, or the least or greatest of them, exactly; nil if it is too large, which is
    /// an answer of its own.
    public var exact: ExactDecimal? { sum.decimal.map { ExactDecimal(floor: $0, rest: rest) } }
    /// The sum divided by the count, half to even at nine digits; nil for no amounts.
    public var average: FixedDecimal? { sum.average(of: count) }
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

  /// What was computed.
  public internal(set) var function: AggregateFunction
  /// How many events for `count`, how many amounts for `sum` and `avg`, skipped ones included.
  public internal(set) var count: UInt64 = 0
  /// Of `sum` and its like: one number per currency that occurs, in the order of the codes.
  public internal(set) var sums: [CurrencySum] = []
  /// Of `sum` and its like: how many values could not be added.
  public internal(set) var skipped: UInt64 = 0
  /// Of `sum` and `avg`: how many values were rounded to nine digits after the point.
  public internal(set) var rounded: UInt64 = 0
  /// Of `first` and `last` and their times: the value.
  public internal(set) var selection: Selection?

  /// Whether a list was cut at the limit of the definition.
  public internal(set) var isTruncated = false
  /// What the functions need whose answers for several homes cannot be combined from theirs.
  var parts = AggregateParts.none

  /// The value over no events.
  public init(_ function: AggregateFunction = .count) { self.function = function }

  /// A number of events, of `count` and `exists`.
  public init(_ function: AggregateFunction, count: UInt64) {
    self.function = function
    self.count = count
  }

  /// Whether no event went in.
  public var isEmpty: Bool {
    count == 0 && selection == nil && sums.isEmpty && skipped == 0 && parts.isEmpty
  }

  /// Takes in the value of another home identifier of the same profile.
  ///
  /// Associative and commutative; `finish` follows the last one.
  /// Complexity: O(currencies), of lists and the like O(values).
  public mutating func combine(_ other: AggregateValue, as spec: CellSpec) {
    function = spec.function
    // Wrapping: true counts are below 2^64, and a damaged cell must not trap.
    count &+= other.count
    skipped &+= other.skipped
    rounded &+= other.rounded
    for sum in other.sums { add(sum, as: spec.kind) }
    parts.combine(other.parts, as: spec)
    guard let candidate = other.selection else { return }
    guard let present = selection else {
      selection = candidate
      return
    }
    if candidate.counts(before: present, as: spec) { selection = candidate }
  }

  private mutating func add(_ other: CurrencySum, as kind: CellKind) {
    adjust(other.currency) { sum in
      sum.take(other.count, other.sum, other.rest, as: kind)
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

extension AggregateValue.Selection {
  /// Whether it counts rather than that of another home.
  fileprivate func counts(before other: Self, as spec: CellSpec) -> Bool {
    if spec.kind == .first { return isBefore(other) }
    if spec.parameters == .consent(.strictest), value != other.value {
      return value == .bool(false)
    }
    return other.isBefore(self)
  }
}

extension AggregateValue.CurrencySum {
  /// Takes in another sum, or a candidate for the least or greatest.
  mutating func take(
    _ otherCount: UInt64, _ other: WideSum, _ otherRest: UInt128, as kind: CellKind
  ) {
    switch kind {
    case .minimum, .maximum:
      let candidate = (other, otherRest)
      let isBetter = kind == .minimum ? candidate < (sum, rest) : (sum, rest) < candidate
      guard count == 0 || isBetter else { return }
      count = 1
      (sum, rest) = candidate
    default:
      count &+= otherCount
      sum.add(other)
    }
  }
}
