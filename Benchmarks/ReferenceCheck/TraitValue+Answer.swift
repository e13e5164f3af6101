// A store's answers in the reference's terms.

import Bytes
import Cairn
import Profiles
import Reference

extension Answer {
  /// The value of a trait of a store.
  init(_ value: TraitValue) {
    switch value {
    case .count(let count): self = .count(Int(count))
    case .sum(let totals, let skipped, let rounded):
      self.init(
        totals.map { ($0.currency, $0.total.map { ExactDecimal($0) }) }, skipped: skipped,
        rounded: rounded)
    case .amounts(let totals, let skipped, let rounded):
      self.init(totals, skipped: skipped, rounded: rounded)
    case .selection(let value, let time):
      self = .selection(value.map { PlainValue($0) }, at: time?.milliseconds)
    case .moment(let time): self = .moment(time?.milliseconds)
    case .duration(let length): self = .duration(length?.value)
    case .number(let number): self = .number(number?.mantissa)
    case .score(let score): self = .score(score)
    case .value(let value): self = .value(value.map { PlainValue($0) })
    case .list(let values, let isCut): self = .list(values.map { PlainValue($0) }, isCut: isCut)
    case .categories(let values, let isCut):
      self = .categories(values.map { (PlainValue($0.value), Int($0.count)) }, isCut: isCut)
    case .truth(let truth): self = .truth(truth)
    }
  }
}

extension Answer {
  private init(
    _ totals: [(currency: String, total: ExactDecimal?)], skipped: UInt64, rounded: UInt64
  ) {
    let amounts = totals.map { entry in
      // A sum that is too large is none of those that the reference can come to.
      (entry.currency, entry.total.map { PlainNumber.fine($0) } ?? .max)
    }
    self = .amounts(
      Dictionary(uniqueKeysWithValues: amounts), skipped: Int(skipped), rounded: Int(rounded))
  }
}

extension PlainNumber {
  /// A number of a store in parts of a billionth.
  fileprivate static func fine(_ number: ExactDecimal) -> Int128 {
    number.floor.mantissa * fineness + Int128(number.rest / 1_000_000_000_000_000_000)
  }
}

extension PlainValue {
  /// A value as a store keeps it.
  convenience init(_ value: FieldValue) {
    switch value {
    case .string(let bytes): self.init(kind: .text, text: String(decoding: bytes, as: UTF8.self))
    case .number(let bytes): self.init(kind: .number, text: String(decoding: bytes, as: UTF8.self))
    case .bool(let bool): self.init(kind: .bool, text: bool ? "true" : "false")
    case .json(let bytes): self.init(kind: .list, text: String(decoding: bytes, as: UTF8.self))
    }
  }
}
