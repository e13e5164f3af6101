// What a trait comes to, in the reference's own terms.

/// The value of a trait.
public enum Answer: Sendable {
  /// A number of events, values, keys or sessions.
  case count(Int)
  /// Exact amounts in parts of a billionth, one per currency, how many values could be none, and how many
  /// were rounded.
  case amounts([String: Int128], skipped: Int, rounded: Int = 0)
  /// A value of an event and the event's time.
  case selection(PlainValue?, at: Int64?)
  /// An instant.
  case moment(Int64?)
  /// A length of time in milliseconds.
  case duration(Int64?)
  /// An exact number in billionths.
  case number(Int128?)
  /// A number that fades, or is calculated from such.
  case score(Double?)
  /// A text or the value of an event.
  case value(PlainValue?)
  /// Values in order.
  case list([PlainValue], isCut: Bool)
  /// Values with how many events had them, in order.
  case categories([(value: PlainValue, count: Int)], isCut: Bool)
  /// Whether it is so.
  case truth(Bool)

  /// A value that is a text.
  public static func text(_ text: String?) -> Answer {
    .value(text.map { PlainValue(kind: .text, text: $0) })
  }

  /// How far scores may be apart, of a score of 1 or more in proportion: they are compared with six
  /// digits (docs/decisions/0017).
  public static let tolerance = 1e-6

  /// Whether both say the same; scores up to the tolerance.
  public func isSame(as other: Answer) -> Bool {
    switch (self, other) {
    case (.count(let a), .count(let b)): a == b
    case (.amounts(let a, let aSkipped, let aRounded), .amounts(let b, let bSkipped, let bRounded)):
      aSkipped == bSkipped && aRounded == bRounded && a == b
    case (.selection(let a, let aTime), .selection(let b, let bTime)): a == b && aTime == bTime
    case (.moment(let a), .moment(let b)), (.duration(let a), .duration(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.score(let a?), .score(let b?)):
      abs(a - b) <= Self.tolerance * max(1, abs(a))
    case (.score(nil), .score(nil)): true
    case (.value(let a), .value(let b)): a == b
    case (.list(let a, let aCut), .list(let b, let bCut)): aCut == bCut && a == b
    case (.categories(let a, let aCut), .categories(let b, let bCut)):
      aCut == bCut && a.elementsEqual(b) { $0.value == $1.value && $0.count == $1.count }
    case (.truth(let a), .truth(let b)): a == b
    default: false
    }
  }
}

extension Answer: CustomStringConvertible {
  /// The value as a person reads it.
  public var description: String {
    switch self {
    case .count(let count): "\(count)"
    case .amounts(let amounts, let skipped, let rounded):
      amounts.sorted { $0.key < $1.key }.map { "\($1)e-15 \($0)" }
        .joined(separator: ", ") + " skipped \(skipped) rounded \(rounded)"
    case .selection(let value, let time): "\(value?.text ?? "-") at \(time.map(String.init) ?? "-")"
    case .moment(let time), .duration(let time): time.map(String.init) ?? "-"
    case .number(let number): number.map(PlainNumber.text) ?? "-"
    case .score(let score): score.map { "\($0)" } ?? "-"
    case .value(let value): value?.text ?? "-"
    case .list(let values, let isCut): "\(values.map(\.text)) cut \(isCut)"
    case .categories(let values, let isCut):
      "\(values.map { "\($0.value.text) \($0.count)" }) cut \(isCut)"
    case .truth(let truth): "\(truth)"
    }
  }
}
