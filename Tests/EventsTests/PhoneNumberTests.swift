// Telephone numbers as people type them, against numbers worked out by hand from the countries' plans.

import Bytes
import Events
import Testing

struct PhoneNumberTests {
  static func read(_ text: String, _ country: String?) -> String? {
    let bytes = Array(text.utf8)
    let number = PhoneNumber.e164(
      bytes.span.bytes, defaultCountry: country.flatMap { CountryCode($0) })
    return number.map { String(decoding: $0, as: UTF8.self) }
  }

  @Test(arguments: [
    // A9.
    ("0049 (0)30 123456", "DE", "+4930123456"),
    ("030 123456", "DE", "+4930123456"),
    ("+49 30 123456", "US", "+4930123456"),
    ("+49 (0) 30/12 34-56", "DE", "+4930123456"),
    ("(415) 555-2671", "US", "+14155552671"),
    ("1 415.555.2671", "US", "+14155552671"),
    ("011 44 20 7946 0958", "US", "+442079460958"),
    ("020 7946 0958", "GB", "+442079460958"),
    ("+44 (0)20 7946 0958", "FR", "+442079460958"),
    ("8 (495) 123-45-67", "RU", "+74951234567"),
    ("8001234567", "RU", "+78001234567"),
    ("06 1 234 5678", "HU", "+3612345678"),
    // The zero is part of an Italian number.
    ("06 698 12345", "IT", "+390669812345"),
    ("+39 06 698 12345", "DE", "+390669812345"),
    ("612 34 56 78", "ES", "+34612345678"),
    ("010 49 30 123456", "JP", "+4930123456"),
    ("00 49 30 123456", "US", "+4930123456"),
    ("\u{A0}+1\u{A0}415 555 2671", "DE", "+14155552671"),
  ])
  func numbersAreReadAsTheyAreDialled(text: String, country: String, expected: String) {
    #expect(Self.read(text, country) == expected)
    // What has been read once is read again as it is.
    #expect(Self.read(expected, country) == expected)
  }

  @Test(arguments: [
    "", " ", "12", "+", "+49", "+999 1234567", "call me", "+49 30 123456 ext 7", "++4930123456",
    "030+123456", "+4930123456789012", "555-2671", "+1 415 555 267",
  ])
  func otherTextsAreNoNumbers(text: String) {
    #expect(Self.read(text, "US") == nil)
  }

  @Test func withoutACountryOnlyInternationalNumbersCount() {
    #expect(Self.read("030 123456", nil) == nil)
    #expect(Self.read("+49 30 123456", nil) == "+4930123456")
    #expect(Self.read("0049 30 123456", nil) == "+4930123456")
  }

  @Test func everyCountryHasAPlanThatReadsBack() throws {
    #expect(PhoneCountry.all.count > 230)
    #expect(Set(PhoneCountry.all.map(\.country)).count == PhoneCountry.all.count)
    for plan in PhoneCountry.all {
      let national = "2345678901"
      let trunk = String(decoding: plan.trunkPrefix, as: UTF8.self)
      let expected = "+\(plan.callingCode)\(national)"
      #expect(Self.read(trunk + national, plan.country.description) == expected, "\(plan)")
      #expect(Self.read(expected, nil) == expected, "\(plan)")
    }
    #expect(try #require(CountryCode("de")).description == "DE")
    #expect(CountryCode("D1") == nil && CountryCode("DEU") == nil)
  }

  @Test(arguments: UInt64(1)...4)
  func hostileTextsNeverTrap(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes = Array("0123456789+()-./ \u{A0}ab".utf8) + [0x80, 0xC2, 0xFF, 0]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...70, using: &random)).map { _ in
        bytes[Int.random(in: 0..<bytes.count, using: &random)]
      }
      guard let number = PhoneNumber.e164(text.span.bytes, defaultCountry: CountryCode("DE")) else {
        continue
      }
      #expect((6...16).contains(number.count) && number[0] == UInt8(ascii: "+"))
    }
  }
}
