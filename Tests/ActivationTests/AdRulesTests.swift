// The platforms' rules, against worked values: digests from the platforms' documents, and the cases
// that other tools are known to get wrong.

import Events
import Testing

@testable import Activation

struct AdRulesTests {
  private let google = AdRules(.google)
  private let meta = AdRules(.meta)
  private let metaSDK = AdRules(.meta, compatibility: .metaSDK)

  @Test(arguments: [
    ("test@example.com", "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"),
    (
      "cloudysanfrancisco@gmail.com",
      "223ebda6f6889b1494551ba902d9d381daf2f642bae055888e96343d53e9f9c4"
    ),
    (
      "user.name+nyc@example.com",
      "f109a2a632fbcea5fc82049f50beed3d8621bf9034399f437fb622222acccdac"
    ),
    ("+18005550100", "fb4f73a6ec5fdb7077d564cdd22c3554b43ce49168550c3b12c547b78c517b30"),
    ("18005550100", "92cfdc5fbcd4a20fbe5d3857af6c1aba31762105bba7f21a17155e920653046c"),
    ("newyork", "350c754ba4d38897693aa077ef43072a859d23f613443133fecbbd90a3512ca5"),
    ("94107", "c884a209ebe08750a7d13db63bd02233b375bd79786cbe329ab11586cc35dead"),
    ("us", "79adb2a2fce5c6ba215fe5f27f532d4e7edbac4b6a5e09e1ef3a08084a904621"),
    ("valéry", "08e1996b5dd49e62a4b4c010d44e4345592a863bb9f8e3976219bac29417149c"),
  ]) func digestsAreTheDocumentedOnes(text: String, digest: String) {
    #expect(HashedText.of(text) == digest)
  }

  @Test func aDigestIsNotHashedAgain() {
    let digest = "973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b"
    #expect(HashedText.of(digest) == digest)
    #expect(HashedText.of(digest.uppercased()) == digest)
    #expect(HashedText.existing(" \(digest)\n") == digest)
    #expect(HashedText.existing(String(digest.dropLast())) == nil)
    #expect(HashedText.existing(String(digest.dropLast()) + "g") == nil)
  }

  @Test func nothingIsNotHashed() {
    #expect(HashedText.of("") == nil)
    #expect(google.email(" \t") == nil)
    #expect(meta.email("   ") == nil)
    #expect(meta.phone("", home: nil) == nil)
    #expect(google.phone("+", home: nil) == nil)
    #expect(meta.city("北京") == nil)
    #expect(meta.firstName(" .- ") == nil)
  }

  @Test(arguments: [
    ("cloudy.sanfrancisco+shopping@gmail.com", "cloudysanfrancisco@gmail.com"),
    ("user.name+NYC@Example.com", "user.name+nyc@example.com"),
    ("  Test@Example.COM ", "test@example.com"),
    ("John.Smith+x@googlemail.com", "johnsmith@googlemail.com"),
    ("j.o.h.n@gmail.co.uk", "j.o.h.n@gmail.co.uk"),
    // Not the first dot only, and not a host that merely begins so.
    ("a.b.c.d@gmail.com", "abcd@gmail.com"),
    ("a.b+c@gmail-foo.com", "a.b+c@gmail-foo.com"),
    ("a.b@gmails.com", "a.b@gmails.com"),
    ("ada @ example.com", "ada@example.com"),
  ]) func googleEmails(text: String, expected: String) {
    #expect(google.email(text) == expected)
  }

  @Test func metaKeepsDotsAndSuffixes() {
    #expect(
      meta.email(" Cloudy.SanFrancisco+Shopping@gmail.com ")
        == "cloudy.sanfrancisco+shopping@gmail.com")
  }

  @Test func whatIsNoAddressIsLeftOut() {
    for text in ["nobody", "@example.com", "ada@", "+x@gmail.com", "...@gmail.com"] {
      #expect(google.email(text) == nil, "\(text)")
    }
    #expect(meta.email("@example.com") == nil)
  }

  @Test func onePhoneHasTwoForms() throws {
    let (us, de) = (try #require(CountryCode("US")), try #require(CountryCode("DE")))
    #expect(google.phone(" (800)555-0100", home: us) == "+18005550100")
    #expect(meta.phone(" (800)555-0100", home: us) == "18005550100")
    #expect(google.phone("0049 (0)30 123456", home: de) == "+4930123456")
    #expect(meta.phone("0049 (0)30 123456", home: de) == "4930123456")
    #expect(google.phone("030 123456", home: nil) == nil, "of which country?")
  }

  @Test func namesAreTrimmedAndInLowerCase() {
    #expect(google.firstName("  Mary  Ann ") == "mary  ann")
    #expect(google.lastName("O'Neill") == "o'neill")
    #expect(meta.firstName(" Valéry ") == "valéry")
    #expect(meta.lastName("O'Neill-Smith!") == "oneillsmith")
    #expect(meta.lastName("O’Neill") == "oneill")
    #expect(meta.lastName("Müller") == "müller")
  }

  @Test func theInitialIsOneLetterWithItsAccent() {
    #expect(meta.firstInitial("Émile") == "é")
    #expect(meta.firstInitial("'Ana") == "a")
    #expect(meta.firstInitial("-") == nil)
  }

  @Test func citiesAndStates() {
    #expect(meta.city("New York") == "newyork")
    #expect(meta.city("St. John's") == "stjohns")
    #expect(meta.state("California", country: CountryCode("us")) == "ca")
    #expect(meta.state("ca", country: CountryCode("US")) == "ca")
    #expect(meta.state("District of Columbia", country: CountryCode("us")) == "dc")
    #expect(meta.state("Nordrhein-Westfalen", country: CountryCode("de")) == "nordrheinwestfalen")
    #expect(meta.state("California", country: nil) == "california")
  }

  @Test(arguments: [
    "5772727a0e8bd37e9f1f0c2e3b1f3a6d", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
    " 973dfe463ec85785f5f95af5ba3906eedb2d931c24e69824a89ea65dba4e813b",
  ])
  func aDigestIsNoPostalCode(text: String) {
    let germany = CountryCode("DE")
    #expect(google.postalCode(text, country: germany) == nil)
    #expect(meta.postalCode(text, country: germany) == nil)
    #expect(google.postalCode("10115", country: germany) == "10115")
  }

  @Test func postalCodesAreCutNotJoined() {
    #expect(meta.postalCode("90210-1234", country: CountryCode("us")) == "90210")
    #expect(meta.postalCode(" 94107 ", country: CountryCode("us")) == "94107")
    #expect(meta.postalCode("M1 1AE", country: CountryCode("gb")) == "m11")
    #expect(meta.postalCode("SW1A 1AA", country: CountryCode("GB")) == "sw1a1")
    #expect(meta.postalCode("sw1a1", country: CountryCode("GB")) == "sw1a1")
    #expect(meta.postalCode("SW1A", country: CountryCode("GB")) == "sw1a")
    #expect(meta.postalCode("SW1A 1AA", country: nil) == "sw1a1aa")
    #expect(meta.postalCode("00-950", country: CountryCode("pl")) == "00-950")
    #expect(google.postalCode(" M1 1AE ", country: CountryCode("gb")) == "M1 1AE")
  }

  /// Google takes the postal code plain.
  @Test func aDigestIsNotAPostalCode() {
    let digest = HashedText.of("94043") ?? ""
    #expect(google.postalCode(digest, country: CountryCode("us")) == nil)
    #expect(google.postalCode(" \(digest.uppercased()) ", country: nil) == nil)
  }

  @Test func genderIsNotGuessed() {
    #expect(meta.gender(" Female ") == "f")
    #expect(meta.gender("M") == "m")
    for text in ["", "x", "unknown", "diverse"] { #expect(meta.gender(text) == nil, "\(text)") }
  }

  @Test func birthdaysArePadded() throws {
    let day = try #require(meta.birthday("1990-5-7"))
    #expect(day == ("1990", "05", "07"))
    let yearless = try #require(meta.birthday("--05-07"))
    #expect(yearless == (nil, "05", "07"))
  }

  @Test func nobodyIsBornBefore1900OrAfterToday() {
    var rules = meta
    rules.today = CalendarDay(year: 2026, month: 3, day: 1)
    for text in ["1890-05-07", "1899-12-31", "2026-03-02", "2990-05-07", "0001-01-01"] {
      #expect(rules.birthday(text) == nil, "\(text)")
    }
    #expect(rules.birthday("1900-01-01") != nil && rules.birthday("2026-03-01") != nil)
    #expect(metaSDK.birthday("1890-05-07") != nil, "the SDK takes any year")
  }

  @Test func mobileAdIDsAreLoweredAndNotHashed() {
    #expect(
      meta.mobileAdID("38400000-8CF0-11BD-B23E-10B96E40000D")
        == "38400000-8cf0-11bd-b23e-10b96e40000d")
    #expect(google.mobileAdID(" ABC-D ") == "ABC-D")
  }

  /// What tools/suite-meta compares with the SDK itself.
  @Test func theSDKGoesItsOwnWay() throws {
    let us = CountryCode("US")
    #expect(metaSDK.firstName("Valéry") == "valry")
    #expect(metaSDK.firstName("Jose\u{301}") == "jose", "it does not compose")
    #expect(metaSDK.lastName("O'Neill Jr.") == "oneilljr")
    #expect(metaSDK.firstInitial("'Ana") == "a")
    #expect(metaSDK.firstInitial("Élodie") == nil)
    #expect(metaSDK.state("Île-de-France", country: CountryCode("fr")) == "ledefrance")
    #expect(metaSDK.state("California", country: us) == "california", "no abbreviation")
    #expect(metaSDK.postalCode("SW1A 1AA", country: CountryCode("GB")) == "sw1a 1aa")
    #expect(metaSDK.postalCode("00-950", country: CountryCode("PL")) == "00")
    #expect(metaSDK.gender("weiblich") == "w")
    #expect(metaSDK.phone("(030) 12 34", home: us) == "0301234", "no country is added")
    #expect(metaSDK.email(" Ada@Example.com. ") == "ada@example.com")
    #expect(metaSDK.userID("A-1.") == "a-1" && meta.userID("A-1.") == "A-1.")
    #expect(metaSDK.metaCountry(said: "Germany", home: nil) == "ge")
    #expect(metaSDK.metaCountry(said: nil, home: us) == "us")
    #expect(metaSDK.city(" . ") == nil)
  }
}
