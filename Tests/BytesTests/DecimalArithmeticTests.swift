import Bytes
import Testing

@Suite struct DecimalArithmeticTests {
  private func decimal(_ text: String) throws -> FixedDecimal {
    guard case .exact(let value) = FixedDecimal.read(text) else {
      Issue.record("\(text) is not a decimal")
      return .zero
    }
    return value
  }

  @Test(
    "products and quotients are rounded once, half to even",
    arguments: [
      ("1.5", "2", "3", "0.75"), ("-1.5", "2", "-3", "-0.75"),
      ("0.000000001", "0.5", "0", "0.000000002"),
      ("0.000000003", "0.5", "0.000000002", "0.000000006"), ("1", "3", "3", "0.333333333"),
      ("2", "3", "6", "0.666666667"), ("-2", "3", "-6", "-0.666666667"),
      ("100000000000000", "100000000000000", "10000000000000000000000000000", "1"),
      ("0.000000005", "0.1", "0", "0.00000005"),
      ("0.000000015", "0.1", "0.000000002", "0.00000015"),
    ])
  func rounding(a: String, b: String, product: String, quotient: String) throws {
    #expect(try decimal(a).multiplied(by: decimal(b))?.description == product)
    #expect(try decimal(a).divided(by: decimal(b))?.description == quotient)
  }

  @Test("what does not fit is not a number")
  func overflow() throws {
    let large = FixedDecimal(mantissa: .max)
    #expect(large.multiplied(by: FixedDecimal(2)) == nil)
    #expect(large.multiplied(by: FixedDecimal(1)) == large)
    #expect(try large.divided(by: decimal("0.5")) == nil)
    #expect(large.divided(by: .zero) == nil)
    #expect(FixedDecimal(mantissa: .min).negated == nil)
    #expect(FixedDecimal(mantissa: .min).divided(by: FixedDecimal(1)) == nil)
    #expect(large.rounded == nil)
  }

  @Test(
    "whole numbers and binary fractions",
    arguments: [
      ("2.5", "2"), ("3.5", "4"), ("-2.5", "-2"), ("2.500000001", "3"), ("-0.4", "0"),
    ])
  func whole(text: String, rounded: String) throws {
    #expect(try decimal(text).rounded?.description == rounded)
    #expect(try FixedDecimal(rounding: decimal(text).double) == decimal(text))
    #expect(FixedDecimal(rounding: .infinity) == nil && FixedDecimal(rounding: .nan) == nil)
  }
}
