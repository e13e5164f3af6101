// The numbers of a plan, compared exactly with those of events, whatever their length.

import Bytes

/// A number in a schema.
public struct SchemaNumber: Sendable, Equatable {
  /// The number as the plan spells it.
  private let text: [UInt8]
  /// The number, if a fixed decimal holds it; most do.
  private let fixed: FixedDecimal?

  /// Reads a number; nil if the text is none.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard DecimalView(bytes.span.bytes) != nil else { return nil }
    self.text = bytes
    if case .exact(let number) = FixedDecimal.read(bytes.span.bytes) {
      fixed = number
    } else {
      fixed = nil
    }
  }

  /// The order of a value that is a number and this one: negative, 0 or positive.
  func compare(_ value: borrowing ValueView) throws(DecodeError) -> Int {
    if let fixed, case .exact(let number) = value.decimal {
      return number.mantissa < fixed.mantissa ? -1 : number.mantissa > fixed.mantissa ? 1 : 0
    }
    let order = try value.withText { number -> Int? in
      guard let bound = DecimalView(text.span.bytes) else { return nil }
      return DecimalView(number)?.compare(to: bound)
    }
    guard let order, let order else { throw DecodeError(.invalidValue, at: 0) }
    return order
  }
}

/// A number that others must be multiples of.
public struct SchemaDivisor: Sendable, Equatable {
  /// The number is `mantissa` × 10^`power`; the mantissa does not end with zero.
  private let mantissa: UInt64
  private let power: Int
  private let fixed: Int128?

  /// Reads a divisor; nil if it is not greater than zero, or has more than 19 significant digits.
  public init?(_ text: String) {
    let bytes = Array(text.utf8)
    guard let number = DecimalView(bytes.span.bytes), !number.isNegative,
      let parts = number.mantissa, parts.digits > 0
    else { return nil }
    (mantissa, power) = parts
    if case .exact(let number) = FixedDecimal.read(bytes.span.bytes) {
      fixed = number.mantissa
    } else {
      fixed = nil
    }
  }

  /// Whether a value that is a number is a whole multiple.
  func divides(_ value: borrowing ValueView) throws(DecodeError) -> Bool {
    if let fixed, case .exact(let number) = value.decimal { return number.mantissa % fixed == 0 }
    let isMultiple = try value.withText {
      DecimalView($0)?.isMultiple(ofMantissa: mantissa, power: power) ?? false
    }
    return isMultiple ?? false
  }
}
