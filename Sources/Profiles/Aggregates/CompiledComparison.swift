// The comparison of a value with a constant, made ready: texts as bytes, numbers exact. Conditions
// compare values where they lie in an event; rules compare values that a cell has kept.

import Bytes
import Events

/// An operator and its constant.
package struct CompiledComparison: Sendable {
  private enum Constant: Sendable {
    case text([UInt8])
    case number(FixedDecimal)
    case bool(Bool)
    /// What no value is equal to.
    case nothing
  }

  let operation: ComparisonOperator
  private let constant: Constant

  /// Makes a comparison ready; money and null are nothing that a value could equal.
  package init(_ operation: ComparisonOperator, _ literal: Literal) {
    self.operation = operation
    constant =
      switch literal {
      case .string(let text): .text(Array(text.utf8))
      case .number(let number): .number(number)
      case .bool(let value): .bool(value)
      case .money, .null: .nothing
      }
  }

  /// The constant, if it is a text.
  var text: [UInt8]? {
    if case .text(let text) = constant { return text }
    return nil
  }

  /// Whether an operator holds for two texts.
  static func holds(_ operation: ComparisonOperator, _ text: RawSpan, _ other: RawSpan) -> Bool {
    if operation == .contains { return text.contains(other) }
    return text.order(other).satisfies(operation)
  }

  /// Whether the comparison holds for a value of an event; never for null.
  func matches(_ value: borrowing ValueView) throws(DecodeError) -> Bool {
    switch value.kind {
    case .null: return false
    case .boolean: return matches(bool: value.boolean ?? false)
    case .number:
      if case .number(let number) = constant, case .exact(let exact) = value.decimal {
        return ValueOrder(exact, number).satisfies(operation)
      }
      return try value.withText { matches(numberText: $0) } ?? false
    case .string: return try value.withText { matches(text: $0) } ?? false
    case .object: return operation == .notEqual
    case .array:
      guard operation == .contains else { return operation == .notEqual }
      let equality = CompiledComparison(equalityWith: constant)
      var isFound = false
      try value.forEachElement { element throws(DecodeError) in
        if !isFound { isFound = try equality.matches(element) }
      }
      return isFound
    }
  }

  /// Whether the comparison holds for a value that was kept.
  package func matches(_ value: FieldValue) -> Bool {
    switch value {
    case .string(let bytes): matches(text: bytes.span.bytes)
    case .number(let bytes): matches(numberText: bytes.span.bytes)
    case .bool(let bool): matches(bool: bool)
    case .json:
      operation == .contains
        ? value.hasElement(CompiledComparison(equalityWith: constant).matches)
        : operation == .notEqual
    }
  }

  private init(equalityWith constant: Constant) {
    operation = .equal
    self.constant = constant
  }

  private func matches(bool: Bool) -> Bool {
    guard case .bool(let other) = constant else { return operation == .notEqual }
    return operation == .equal ? bool == other : operation == .notEqual && bool != other
  }

  /// A text equals a number if it spells it: many senders put their numbers in quotes.
  func matches(text: RawSpan) -> Bool {
    switch constant {
    case .text(let other): return Self.holds(operation, text, other.span.bytes)
    case .number(let number):
      guard let order = DecimalOrder.of(text, number) else { return operation == .notEqual }
      return order.satisfies(operation)
    case .bool, .nothing: return operation == .notEqual
    }
  }

  /// A number equals a text if it was sent with just these characters, as ids are.
  private func matches(numberText text: RawSpan) -> Bool {
    switch constant {
    case .text(let other):
      let isEqual = text.elementsEqual(other.span.bytes)
      return operation == .equal ? isEqual : operation == .notEqual && !isEqual
    case .number(let number):
      return DecimalOrder.of(text, number)?.satisfies(operation) ?? false
    case .bool, .nothing: return operation == .notEqual
    }
  }
}

extension RawSpan {
  /// The order of two texts by their bytes, which is that of their Unicode scalars.
  func order(_ other: RawSpan) -> ValueOrder {
    let common = min(byteCount, other.byteCount)
    for index in 0..<common where self[index] != other[index] {
      return self[index] < other[index] ? .less : .greater
    }
    return ValueOrder(byteCount, other.byteCount)
  }

  /// Whether `other` occurs in these bytes.
  ///
  /// Complexity: O(n · m).
  func contains(_ other: RawSpan) -> Bool {
    guard other.byteCount > 0 else { return true }
    guard byteCount >= other.byteCount else { return false }
    for start in 0...(byteCount - other.byteCount) where self[start] == other[0] {
      if extracting(start..<(start + other.byteCount)).elementsEqual(other) { return true }
    }
    return false
  }
}
