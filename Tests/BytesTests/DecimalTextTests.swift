// Numbers of any length: rounded, exact as far as 33 digits after the point, in order, and in one form.

import Bytes
import Testing

@Suite struct DecimalTextTests {
  private func number(_ text: String) throws -> DecimalText {
    let bytes = Array(text.utf8)
    let number = DecimalText(bytes.span.bytes)
    return try #require(number, "\(text)")
  }

  @Test(arguments: [
    ("183.60000000000002", "183.6"), ("836.9999999999998", "837"), ("-836.9999999999998", "-837"),
    // Half goes to the even ninth digit.
    ("0.0000000005", "0"), ("0.0000000015", "0.000000002"), ("0.0000000025", "0.000000002"),
    ("-0.0000000015", "-0.000000002"), ("0.00000000050000000000000000001", "0.000000001"),
    ("0.00000000049999999999999999999", "0"), ("1e-10", "0"), ("5e-10", "0"),
    ("6e-10", "0.000000001"),
    ("1e-400", "0"), ("9.9999999999e0", "10"), ("12345678901e-12", "0.012345679"),
    ("1.5", "1.5"), ("1e3", "1000"), ("0", "0"), ("-0.0", "0"),
    ("100000000000000000000.0000000000000000000000000000000000001", "100000000000000000000"),
    ("0.1234567890123456789012345678901234567890123456789", "0.123456789"),
  ])
  func roundsHalfToEven(text: String, expected: String) throws {
    #expect(try number(text).rounded?.description == expected)
  }

  @Test(arguments: ["1e40", "-1e40", "1e400", "170141183460469231731687303715.8841057275"])
  func whatIsTooLargeIsNothing(text: String) throws {
    #expect(try number(text).rounded == nil)
  }

  @Test(arguments: [
    ("183.60000000000002", "183.60000000000002"), ("-183.60000000000002", "-183.60000000000002"),
    ("5.551115123125783e-17", "0.00000000000000005551115123125783"), ("-1e-33", "-1e-33"),
    ("0.30000000000000004", "0.30000000000000004"), ("-0.0000000001", "-0.0000000001"), ("7", "7"),
    ("-7.5", "-7.5"), ("0.000000001000000001", "0.000000001000000001"),
  ])
  func isExact(text: String, expected: String) throws {
    let exact = try #require(try number(text).exact)
    #expect(try number(exact.description) == (try number(expected)))
    #expect(exact.rounded == (try number(text).rounded))
  }

  @Test func moreDigitsThanAreKeptAreNoExactNumber() throws {
    #expect(try number("1e-34").exact == nil)
    #expect(try number("1e40").exact == nil)
  }

  @Test func theOrderIsThatOfTheNumbers() throws {
    let ascending = [
      "-1e400", "-20", "-3.0000000000000001", "-3", "-0.2", "-1e-300", "0", "1e-300",
      "0.10000000001",
      "0.2", "1", "1.00000000000000000000000000000000000000001", "2", "10", "99.9", "1e2", "1e399",
    ]
    for (index, a) in ascending.enumerated() {
      for (other, b) in ascending.enumerated() {
        #expect((try number(a) < (try number(b))) == (index < other), "\(a) and \(b)")
        let exact = (try number(a).exact, try number(b).exact)
        if let first = exact.0, let second = exact.1 {
          #expect((first < second) == (index < other), "\(a) and \(b), exact")
        }
      }
    }
  }

  @Test(arguments: [
    ["0.12345678901", "0.123456789010", "12345678901e-11", "1.2345678901E-1"],
    ["1e100", "10e99", "1000e97"], ["-1.5e-100", "-15e-101"], ["0", "-0", "0e5", "0.000"],
    ["12000000000", "1.2e10"],
  ])
  func equalNumbersHaveOneText(texts: [String]) throws {
    #expect(Set(try texts.map { try number($0).description }).count == 1)
    let text = try number(texts[0]).description
    #expect(try number(text) == (try number(texts[0])), "\(text) reads back")
  }

  @Test(arguments: ["", "x", "1,5", "1e", ".5", "0x1", "1 "])
  func otherTextsAreNone(text: String) {
    let bytes = Array(text.utf8)
    let number = DecimalText(bytes.span.bytes)
    #expect(number == nil)
  }
}
