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
    case .sum(let totals, let skipped), .amounts(let totals, let skipped):
      // A sum that is too large is none of those that the reference can come to.
      let amounts = totals.map { ($0.currency, $0.total?.mantissa ?? .max) }
      self = .amounts(Dictionary(uniqueKeysWithValues: amounts), skipped: Int(skipped))
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
