// Decimal texts of any length: their order, whole numbers, multiples.

import Bytes
import Testing

@Suite struct DecimalViewTests {
  private static func compare(_ a: String, _ b: String) -> Int? {
    let (first, second) = (Array(a.utf8), Array(b.utf8))
    guard let x = DecimalView(first.span.bytes), let y = DecimalView(second.span.bytes) else {
      return nil
    }
    return x.compare(to: y).signum()
  }

  /// Every number here is less than those in the rows after it, and equal to those in its row.
  private static let ascending = [
    ["-1e999999999999999999999", "-1E+9999999999999999999999"], ["-1e400", "-10e399"],
    ["-123456789012345678901234567890.5"], ["-123456789012345678901234567890"],
    ["-2", "-2.0", "-0.2e1", "-20e-1", "-200000e-5"], ["-1.99999999999999999999"], ["-1e-10"],
    ["-1e-400"], ["0", "-0", "0.000", "0e400", "-0.0e-9", "00"], ["1e-400", "0.1e-399"],
    ["0.0000000001", "1e-10", "1.0E-10"], ["0.00000000011"],
    ["0.3", "0.30", "3e-1", ".3", "+0.3"], ["0.30000000000000004", "30000000000000004e-17"],
    ["1", "1.0", "10e-1", "0.001e3", "1.", "001"], ["1.000000000000000000000000000001"],
    ["99.9"], ["100", "1e2", "1.00e2", "100.000"], ["183.60000000000002"],
    ["123456789012345678901234567890"], ["123456789012345678901234567890.0000000000001"],
    ["1e400", "10000e396"], ["1.0000001e400"],
  ]

  @Test func theOrderIsExact() {
    for (i, row) in Self.ascending.enumerated() {
      for (j, other) in Self.ascending.enumerated() {
        for a in row {
          for b in other {
            #expect(Self.compare(a, b) == (i - j).signum(), "\(a) and \(b)")
          }
        }
      }
    }
  }

  @Test(arguments: [
    "", "-", ".", "e5", "1e", "1e+", "1x", "1.2.3", "--1", "1e5.0", " 1", "1 ", "0x1F", "1_000",
    "NaN", ".inf", "12:30:45",
  ])
  func whatIsNotANumberIsNone(text: String) {
    let bytes = Array(text.utf8)
    let isNumber = DecimalView(bytes.span.bytes) != nil
    #expect(!isNumber)
  }

  @Test(arguments: [
    ("5", true), ("5.0", true), ("5e3", true), ("0.5e1", true), ("0.5", false), ("1e-1", false),
    ("0", true), ("0.0", true), ("1e400", true), ("1e-400", false), ("-7", true),
    ("123456789012345678901234567890.5", false), ("1234567890123456789012345678905e-1", false),
    ("10e-1", true), ("10.01e1", false), ("10.01e2", true),
  ])
  func wholeNumbersAreFound(text: String, isInteger: Bool) {
    let bytes = Array(text.utf8)
    #expect(DecimalView(bytes.span.bytes)?.isInteger == isInteger)
  }

  @Test(arguments: [
    ("10", "0.01", true), ("0.0075", "0.0001", true), ("0.00751", "0.0001", false),
    ("4.5", "1.5", true), ("35", "1.5", false), ("1e308", "0.5", true),
    ("1e308", "0.123456789", false), ("12391239123", "1e-8", true), ("0", "3", true),
    ("19.99", "0.01", true), ("19.999", "0.01", false), ("-6", "3", true), ("-7", "3", false),
    ("9007199254740993", "2", false), ("9007199254740994", "2", true), ("1e400", "7", false),
    ("7e400", "7", true), ("0.30000000000000004", "0.1", false), ("1e-400", "1", false),
    ("700", "1e2", true), ("750", "1e2", false),
    ("18446744073709551557", "18446744073709551557", true),
    ("36893488147419103114", "18446744073709551557", true),
    ("36893488147419103115", "18446744073709551557", false),
  ])
  func multiplesAreExact(text: String, divisor: String, isMultiple: Bool) throws {
    let (number, step) = (Array(text.utf8), Array(divisor.utf8))
    let parts = DecimalView(step.span.bytes)?.mantissa
    let (mantissa, power) = try #require(parts)
    #expect(
      DecimalView(number.span.bytes)?.isMultiple(ofMantissa: mantissa, power: power) == isMultiple)
  }

  @Test func equalNumbersHaveOneCanonicalForm() {
    func form(_ text: String) -> [UInt8] {
      let bytes = Array(text.utf8)
      var result: [UInt8] = []
      DecimalView(bytes.span.bytes)?.writeCanonical(to: &result)
      return result
    }
    var seen: Set<[UInt8]> = []
    for row in Self.ascending {
      #expect(Set(row.map(form)).count == 1, "\(row)")
      #expect(seen.insert(form(row[0])).inserted, "\(row)")
    }
  }

  @Test(arguments: [
    "0.000000000", "1.000000000", "-0.000000001", "11.770000000",
    "170141183460469231731687303715.884105727",
  ])
  func fixedDecimalsAreSpelledInFull(text: String) throws {
    guard case .exact(let number) = FixedDecimal.read(text) else {
      Issue.record("\(text) is not a fixed decimal")
      return
    }
    #expect(number.withText { $0.toString() } == text)
  }
}
