// Decimals are exact or say why they are not.

import Bytes
import Testing

@Suite struct FixedDecimalTests {
  @Test(arguments: [
    ("11.77", Int128(11_770_000_000), "11.77"),
    ("12.0", 12_000_000_000, "12"),
    ("-0.000000001", -1, "-0.000000001"),
    ("0", 0, "0"),
    ("-0", 0, "0"),
    ("1e3", 1_000_000_000_000, "1000"),
    ("1.5E-3", 1_500_000, "0.0015"),
    (
      "1000000000000000000000000000", 1_000_000_000_000_000_000_000_000_000_000_000_000,
      "1000000000000000000000000000"
    ),
    ("0.10000000000000000000000000000000000000000000000000", 100_000_000, "0.1"),
    ("0e999999999", 0, "0"),
    ("10000000000000000000000000000000000000000000e-43", 1_000_000_000, "1"),
  ])
  func readsExactly(text: String, mantissa: Int128, canonical: String) {
    #expect(FixedDecimal.read(text) == .exact(FixedDecimal(mantissa: mantissa)))
    #expect(FixedDecimal(mantissa: mantissa).description == canonical)
  }

  @Test(arguments: [
    ("", FixedDecimal.Reading.notANumber), ("-", .notANumber), (".5", .notANumber),
    ("5.", .notANumber), ("1e", .notANumber), ("1,5", .notANumber), ("abc", .notANumber),
    (" 1", .notANumber), ("0x10", .notANumber), ("1.0000000001", .tooPrecise),
    ("1e-10", .tooPrecise), ("1e30", .overflow), ("1e400", .overflow),
    ("999999999999999999999999999999999999999999", .overflow),
    ("1e99999999999999999999", .overflow),
  ])
  func saysWhyNot(text: String, reading: FixedDecimal.Reading) {
    #expect(FixedDecimal.read(text) == reading)
  }

  @Test func sumsOfCentsNeverDrift() {
    var sum = FixedDecimal.zero
    guard case .exact(let cent) = FixedDecimal.read("0.01") else { return #expect(Bool(false)) }
    for _ in 0..<100_000 { sum = sum.adding(cent) ?? .zero }
    #expect(sum == FixedDecimal(1000))
  }

  @Test func overflowIsAnAnswer() {
    let largest = FixedDecimal(mantissa: .max)
    #expect(largest.adding(FixedDecimal(mantissa: 1)) == nil)
    #expect(FixedDecimal(mantissa: .min).subtracting(FixedDecimal(mantissa: 1)) == nil)
    #expect(largest.description == "170141183460469231731687303715.884105727")
    #expect(FixedDecimal(mantissa: .min).description == "-170141183460469231731687303715.884105728")
  }
}
