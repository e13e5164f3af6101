// Evaluating values of events, texts and lists.

import Bytes
import Profiles
import Storage

extension Evaluation {
  /// A value as an event said it, or a text.
  mutating func value(_ index: NodeIndex) throws(StoreError) -> FieldValue? {
    switch program.nodes[Int(index)] {
    case .text(let text): return .string(program.texts[Int(text)])
    case .operand(let operand):
      return value(ofOperand: operand).selectedValue
    case .constantValue(let part, .number):
      return try number(part).map { .number(Array($0.description.utf8)) }
    case .constantValue(let part, .truth): return .bool(try truth(part))
    case .lowercase(let part): return try value(part)?.changed(by: .lowercase)
    case .uppercase(let part): return try value(part)?.changed(by: .uppercase)
    case .choose(let test, let a, let b): return try truth(test) ? value(a) : value(b)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        if let value = try value(program.children[Int(place)]) { return value }
      }
      return nil
    case .stage(let parts):
      for place in stride(from: parts.start, to: parts.start + parts.count, by: 2)
      where try truth(program.children[Int(place)]) {
        return try value(program.children[Int(place) + 1])
      }
      return nil
    default: return nil
    }
  }

  /// A list of values of events.
  mutating func list(_ index: NodeIndex) throws(StoreError) -> [FieldValue] {
    switch program.nodes[Int(index)] {
    case .operand(let operand):
      return value(ofOperand: operand).list
    case .choose(let test, let a, let b): return try truth(test) ? list(a) : list(b)
    case .coalesce(let parts):
      for place in parts.start..<(parts.start + parts.count) {
        let there = try list(program.children[Int(place)])
        if !there.isEmpty { return there }
      }
      return []
    default: return []
    }
  }
}

extension FieldValue {
  /// The number that the value is or spells, rounded to nine digits after the point; nil if it is none,
  /// or too large.
  var number: FixedDecimal? {
    switch self {
    case .number(let text), .string(let text):
      if case .exact(let number) = FixedDecimal.read(text.span.bytes) { return number }
      return decimalText?.rounded
    case .bool, .json: return nil
    }
  }

  /// The number that the value is or spells, however long it is; nil if it is none.
  var decimalText: DecimalText? {
    switch self {
    case .number(let text), .string(let text): DecimalText(text.span.bytes)
    case .bool, .json: nil
    }
  }

  /// Compares two values of events: numbers by value, also where one is a text that spells it, texts by
  /// their bytes; others are different, and in no order.
  func compares(_ operation: ComparisonOperator, _ other: FieldValue) -> Bool {
    switch (self, other) {
    case (.number, .number), (.number, .string), (.string, .number):
      if let a = decimalText, let b = other.decimalText { return operation.holds(a, b) }
      return operation.holds(bytes == other.bytes ? 0 : 1, 0)
        && [.equal, .notEqual].contains(operation)
    case (.string(let a), .string(let b)):
      if a == b { return operation.holds(0, 0) }
      return operation.holds(a.lexicographicallyPrecedes(b) ? -1 : 1, 0)
    default:
      return operation == .equal ? self == other : operation == .notEqual && self != other
    }
  }

  private var bytes: [UInt8] {
    switch self {
    case .string(let bytes), .number(let bytes), .json(let bytes): bytes
    case .bool(let value): Array((value ? "true" : "false").utf8)
    }
  }
}
