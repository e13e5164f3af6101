// Rows for an upload: which columns, how many rows, and that a field that cannot be used leaves its
// cell empty and never takes the row, or another person, with it.

import Events
import Testing

@testable import Activation

struct AdRowsTests {
  private let google = AdRows(AdRules(.google))
  private let meta = AdRows(AdRules(.meta))

  private func ada() -> AdPerson {
    var person = AdPerson()
    person.emails = ["Ada@Example.com"]
    person.phones = ["+4930123456"]
    person.userIDs = ["u-1"]
    person.firstName = "Ada"
    person.lastName = "Lovelace"
    person.city = "New York"
    person.state = "New York"
    person.postalCode = "94107"
    person.country = "US"
    person.birthday = "1990-5-7"
    person.gender = "female"
    return person
  }

  private func hash(_ text: String) -> String { HashedText.of(text) ?? "" }

  @Test func columnsAreStable() {
    #expect(google.columns == ["Email", "Phone", "First Name", "Last Name", "Country", "Zip"])
    #expect(
      meta.columns.joined(separator: " ")
        == "EXTERN_ID EMAIL PHONE GEN DOBY DOBM DOBD LN FN FI CT ST ZIP COUNTRY MADID")
  }

  @Test func aWholePersonForGoogle() {
    let (rows, keys) = google.rows(of: ada())
    #expect(
      rows == [
        [
          hash("ada@example.com"), hash("+4930123456"), hash("ada"), hash("lovelace"), "US",
          "94107",
        ]
      ])
    #expect(keys.email && keys.phone && keys.address)
  }

  @Test func aWholePersonForMeta() {
    let (rows, keys) = meta.rows(of: ada())
    #expect(
      rows == [
        [
          "u-1", hash("ada@example.com"), hash("4930123456"), hash("f"), hash("1990"), hash("05"),
          hash("07"), hash("lovelace"), hash("ada"), hash("a"), hash("newyork"), hash("ny"),
          hash("94107"), hash("us"), "",
        ]
      ])
    #expect(keys.email && keys.phone && keys.address && keys.other)
  }

  @Test func anAddressForGoogleIsWholeOrNotThere() {
    for part in 0..<4 {
      var person = ada()
      switch part {
      case 0: person.firstName = nil
      case 1: person.lastName = " "
      case 2: person.country = "Atlantis"
      default: person.postalCode = ""
      }
      let (rows, keys) = google.rows(of: person)
      #expect(rows[0][2...] == ["", "", "", ""])
      #expect(!keys.address && keys.email)
    }
  }

  @Test func anUnusableFieldLeavesItsCellEmpty() {
    var person = ada()
    person.phones = [""]
    person.gender = "x"
    person.birthday = "soon"
    let (rows, keys) = meta.rows(of: person)
    #expect(rows.count == 1)
    #expect(rows[0][2] == "" && rows[0][3...6] == ["", "", "", ""])
    #expect(rows[0][1] == hash("ada@example.com") && !keys.phone)
  }

  @Test func everyIdentifierStandsInARow() {
    var person = AdPerson()
    person.emails = ["a@x.example", "b@x.example", "A@x.example", "c@x.example"]
    person.phones = ["+4930123456", "+4930123457"]
    let (rows, _) = google.rows(of: person)
    #expect(rows.map { $0[0] } == ["a", "b", "c"].map { hash("\($0)@x.example") })
    #expect(
      rows.map { $0[1] } == ["+4930123456", "+4930123457", "+4930123456"].map(hash))
  }

  @Test func twoAddressesThatGoogleTakesForOneAreOneRow() {
    var person = AdPerson()
    person.emails = ["a.da@gmail.com", "ada+x@gmail.com"]
    #expect(google.rows(of: person).rows.count == 1)
    #expect(meta.rows(of: person).rows.count == 2)
  }

  @Test func theCountryOfAPersonComesBeforeTheDefault() {
    var person = ada()
    person.country = nil
    #expect(google.rows(of: person).rows[0][2...] == ["", "", "", ""])
    let german = AdRows(AdRules(.google, country: CountryCode("DE")))
    #expect(german.rows(of: person).rows[0][4] == "DE")
    #expect(german.rows(of: ada()).rows[0][4] == "US")
  }

  @Test(arguments: ["Atlantis", "XX", "N/A", HashedText.of("us") ?? ""])
  func aCountryThatIsNotUnderstoodIsNotReplaced(said: String) {
    var person = ada()
    person.country = said
    person.phones = ["20 12 34 56"]
    let german = AdRules(.google, country: CountryCode("DE"))
    #expect(AdRows(german).rows(of: person).rows[0][1...] == ["", "", "", "", ""])
    let digest = HashedText.existing(said) ?? ""
    let row = AdRows(AdRules(.meta, country: CountryCode("DE"))).rows(of: person).rows[0]
    #expect(row[13] == digest && row[2] == "")
    person.country = nil
    person.hasUnreadableCountry = true
    #expect(AdRows(german).rows(of: person).rows[0][4] == "", "an object, for instance")
    person.hasUnreadableCountry = false
    person.country = " "
    #expect(AdRows(german).rows(of: person).rows[0][4] == "DE", "nothing is said")
  }

  @Test func aPhoneNumberIsOfTheCountryThatIsSaid() {
    var person = AdPerson()
    person.phones = ["20 12 34 56"]
    person.country = "Denmark"
    let german = AdRows(AdRules(.google, country: CountryCode("DE")))
    #expect(german.rows(of: person).rows[0][1] == hash("+4520123456"))
  }

  @Test func nobodyToMatchIsNoRow() {
    var person = AdPerson()
    person.firstName = "Ada"
    #expect(google.rows(of: person).rows.isEmpty)
    #expect(meta.rows(of: person).rows.isEmpty)
    #expect(google.rows(of: person).keys.isEmpty)
  }

  @Test func digestsGoThrough() {
    let digest = HashedText.of("someone") ?? ""
    var person = AdPerson()
    person.emails = [digest.uppercased()]
    person.phones = [digest]
    #expect(google.rows(of: person).rows == [[digest, digest, "", "", "", ""]])
  }

  @Test func theSDKHashesMobileAdIDs() {
    var person = AdPerson()
    person.mobileAdIDs = ["AB-1"]
    #expect(meta.rows(of: person).rows[0][14] == "ab-1")
    let rows = AdRows(AdRules(.meta, compatibility: .metaSDK))
    #expect(rows.rows(of: person).rows[0][14] == hash("ab-1"))
    person.country = "Germany"
    #expect(rows.rows(of: person).rows[0][13] == hash("ge"))
    #expect(meta.rows(of: person).rows[0][13] == hash("de"))
  }
}
