// Telephone numbers as people type them, against libphonenumber's answers and numbers worked out by hand.

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
    ("0049 (0)30 123456", "DE", "+4930123456"), ("030 123456", "DE", "+4930123456"),
    ("+49 30 123456", "US", "+4930123456"), ("+49 (0) 30/12 34-56", "DE", "+4930123456"),
    ("(415) 555-2671", "US", "+14155552671"), ("1 415.555.2671", "US", "+14155552671"),
    ("011 44 20 7946 0958", "US", "+442079460958"), ("020 7946 0958", "GB", "+442079460958"),
    ("+44 (0)20 7946 0958", "FR", "+442079460958"), ("8 (495) 123-45-67", "RU", "+74951234567"),
    ("8001234567", "RU", "+78001234567"), ("06 1 234 5678", "HU", "+3612345678"),
    // The zero is part of an Italian number.
    ("06 698 12345", "IT", "+390669812345"), ("+39 06 698 12345", "DE", "+390669812345"),
    ("+39 (0)6 1234 5678", "IT", "+390612345678"), ("612 34 56 78", "ES", "+34612345678"),
    // National prefixes and what leads out of a country, each by the country's plan.
    ("010 49 30 123456", "JP", "+4930123456"), ("8 0152 45-09-11", "BY", "+375152450911"),
    ("+375 801 123 4567", "BY", "+3758011234567"), ("+375 810 612 1983", "BY", "+3758106121983"),
    ("+250 06 38 10 94", "RW", "+25006381094"), ("8 612 34567", "LT", "+37061234567"),
    ("00700 1 415 555 2671", "KR", "+14155552671"), ("0011 49 30 123456", "AU", "+4930123456"),
    ("0800 123 4567", "NZ", "+648001234567"), ("+7 8 495 123 45 67", "DE", "+74951234567"),
    ("+0049 30 123456", "DE", "+4930123456"),
    // Carriers, and digits that change inside the country.
    ("0 15 11 98765-4321", "BR", "+5511987654321"), ("90 21 11 98765-4321", "BR", "+5511987654321"),
    ("011 15-2345-6789", "AR", "+5491123456789"), ("0351 15 412-3456", "AR", "+5493514123456"),
    ("+54 9 351 412 3456", "DE", "+5493514123456"), ("463-1234", "AG", "+12684631234"),
    // Its own calling code without a plus.
    ("44 7911 123456", "GB", "+447911123456"), ("491711234567", "DE", "+491711234567"),
    ("436641234567", "AT", "+436641234567"), ("393331234567", "IT", "+393331234567"),
    ("91 9876543210", "IN", "+919876543210"), ("5511987654321", "BR", "+5511987654321"),
    ("79123456789", "RU", "+79123456789"), ("18005550101", "US", "+18005550101"),
    // A national number that begins like the calling code.
    ("0491 123456", "DE", "+49491123456"), ("918 123 4567", "US", "+19181234567"),
    ("(55) 99123-4567", "BR", "+5555991234567"), ("(55) 3222-1234", "BR", "+555532221234"),
    ("055 3222-1234", "BR", "+555532221234"), ("48 361 23 45", "PL", "+48483612345"),
  ])
  func numbersAreReadAsTheyAreDialled(text: String, country: String, expected: String) {
    #expect(Self.read(text, country) == expected)
    // What has been read once is read again as it is.
    #expect(Self.read(expected, country) == expected)
    #expect(Self.read(expected, nil) == expected)
  }

  @Test(arguments: [
    ("415–555–2671", "US", "+14155552671"), ("０３−１２３４−５６７８", "JP", "+81312345678"),
    ("٠٣٠ ١٢٣٤٥٦", "DE", "+4930123456"),
    ("\u{A0}+1\u{A0}415\u{202F}555\t2671", "DE", "+14155552671"),
    ("\u{202A}+49 171 1234567\u{202C}", "DE", "+491711234567"),
    ("+49\u{200E}171\u{200B}12\u{FEFF}34\u{AD}567\u{2060}", "DE", "+491711234567"),
    ("\u{2066}\u{200F}0171 1234567\u{2069}", "DE", "+491711234567"),
    ("+491711234567\n", "DE", "+491711234567"), ("\r\n0171 1234567", "DE", "+491711234567"),
    ("1-800-FLOWERS", "US", "+18003569377"), ("Tel. 030 123456", "DE", "+4930123456"),
    ("++49 30 123456", "DE", "+4930123456"), ("[030] 12.34-56", "DE", "+4930123456"),
    // Extensions.
    ("+49 30 123456 ext 7", "US", "+4930123456"), ("+49 30 123456 Ext. 7", "US", "+4930123456"),
    ("030 123456x5", "DE", "+4930123456"), ("030 123456 #12", "DE", "+4930123456"),
    ("030 123456 доб. 12", "DE", "+4930123456"), ("030 123456,,12#", "DE", "+4930123456"),
    ("030 123456, 12", "DE", "+4930123456"), ("030 123456 - 12#", "DE", "+4930123456"),
    ("030 123456 extensión 12", "DE", "+4930123456"), ("030 123456 int 12", "DE", "+4930123456"),
    ("(415) 555-2671 x302/x2303", "US", "+14155552671"),
    // RFC 3966.
    ("tel:+14155552671", "US", "+14155552671"), ("tel:+49-30-123456;ext=57", "US", "+4930123456"),
    ("tel:30-123456;phone-context=+49", "US", "+4930123456"),
    ("tel:030-123456;phone-context=example.com", "DE", "+4930123456"),
    ("tel:+49-30-123456;isub=12345", "US", "+4930123456"),
  ])
  func whatStandsAroundANumberIsLeftOut(text: String, country: String, expected: String) {
    #expect(Self.read(text, country) == expected)
  }

  @Test(arguments: [
    "", " ", "12", "+", "+49", "+999 1234567", "call me", "030+123456", "+493012345678901234",
    "555-2671", "+1 555 2671", "+1 415 555 267", "0000000", "+1 0000000000", "1", "\u{200B}",
    "0171/1234567 or 0172/1234567", "0171 123456\n0172 123456",
    "tel:30-123456;phone-context=", "tel:30-123456;phone-context=a..b", ";ext=5",
    String(repeating: "1", count: 251), String(repeating: "+", count: 2000),
  ])
  func otherTextsAreNoNumbers(text: String) {
    #expect(Self.read(text, "US") == nil)
  }

  @Test func withoutACountryOnlyInternationalNumbersCount() {
    #expect(Self.read("030 123456", nil) == nil)
    #expect(Self.read("491711234567", nil) == nil)
    #expect(Self.read("+49 30 123456", nil) == "+4930123456")
    #expect(Self.read("0049 30 123456", nil) == "+4930123456")
    // As dialled from nearly everywhere, also where the country's own prefix is another.
    #expect(Self.read("00 49 30 123456", "US") == "+4930123456")
  }

  /// A number of Canada that is dialled without an area code, in a country whose numbers all have one.
  @Test func countriesThatShareACodeKeepTheirOwnLengths() {
    #expect(Self.read("+1 310 1234", nil) == "+13101234")
    #expect(Self.read("310-1234", "CA") == "+13101234")
    #expect(Self.read("+1 555 2671", nil) == nil)
  }

  @Test func numbersOfEveryRegionAreReadAsLibphonenumberReadsThem() {
    var count = 0
    for line in phoneVectors.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 2).map(String.init)
      let country = fields[0].first?.isNumber == true ? nil : fields[0]
      #expect(Self.read(fields[2], country) == fields[1], "\(line)")
      #expect(Self.read(fields[1], country) == fields[1], "\(line)")
      count += 1
    }
    #expect(count > 450)
  }

  @Test func everyCountryOfTheTableIsRead() throws {
    #expect(PhoneCountry.all.count >= 245)
    #expect(Set(PhoneCountry.all.map(\.country)).count == PhoneCountry.all.count)
    #expect(try #require(CountryCode("de")).description == "DE")
    #expect(CountryCode("D1") == nil && CountryCode("DEU") == nil)
  }

  @Test(arguments: UInt64(1)...4)
  func hostileTextsNeverTrap(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let bytes =
      Array("0123456789+()-./ \u{A0}abx;ext=,#~\u{200E}٣".utf8) + [0x80, 0xC2, 0xFF, 0]
    for _ in 0..<2000 {
      let text = (0..<Int.random(in: 0...70, using: &random)).map { _ in
        bytes[Int.random(in: 0..<bytes.count, using: &random)]
      }
      guard let number = PhoneNumber.e164(text.span.bytes, defaultCountry: CountryCode("DE")) else {
        continue
      }
      #expect((6...21).contains(number.count) && number[0] == UInt8(ascii: "+"))
      let again = PhoneNumber.e164(number.span.bytes, defaultCountry: nil)
      #expect(again == number, "\(String(decoding: text, as: UTF8.self))")
    }
  }
}
