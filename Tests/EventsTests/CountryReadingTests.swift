// Countries as people write them, and that nothing else is one.

import Testing

@testable import Events

struct CountryReadingTests {
  @Test(arguments: [
    (
      "DE",
      ["de", "DEU", "Germany", " deutschland ", "Federal Republic of Germany", "Allemagne", "ＤＥ"]
    ),
    ("GB", ["uk", "U.K.", "GBR", "Great Britain", "England", "United Kingdom", "GROSSBRITANNIEN"]),
    (
      "US",
      ["usa", "U.S.A.", "United States", "the United States of America", "Vereinigte Staaten"]
    ),
    ("GR", ["EL", "GRC", "Ελλάδα", "ΕΛΛΑΔΑ", "Greece"]),
    ("AT", ["Österreich", "osterreich", "O\u{308}STERREICH", "Austria", "Oesterreich"]),
    ("CI", ["Côte d’Ivoire", "COTE D'IVOIRE", "Ivory Coast"]),
    ("KR", ["Korea, Republic of", "Republic of Korea", "South Korea", "대한민국"]),
    ("BO", ["Bolivia, Plurinational State of", "Bolivia"]), ("CD", ["DR Congo"]), ("CG", ["Congo"]),
    ("TR", ["Türkiye", "TURKEY", "turkiye"]), ("CZ", ["Czechia", "Czech Republic", "Česko"]),
    ("NL", ["The Netherlands", "Holland", "Nederland"]), ("RU", ["Russia", "Россия"]),
    ("JP", ["日本", "Japan", "JAPÓN"]), ("XK", ["XK", "Kosovo"]),
    ("LC", ["St. Lucia", "Saint Lucia"]),
    ("BA", ["Bosnia & Herzegovina", "Bosnia and Herzegovina"]), ("HK", ["Hong Kong"]),
    ("RS", ["СРБИЈА", "Srbija"]), ("AE", ["UAE", "U.A.E.", "the UAE"]),
    ("NA", ["NA", "nam", "Namibia"]), ("IT", [" it\u{200B}"]), ("SE", ["Sverige"]),
    ("IN", ["India"]),
    // The English short names as ISO 3166-1 prints them, and the names of the United Nations and the World Bank.
    ("BS", ["Bahamas (the)", "Bahamas, The"]), ("CC", ["Cocos (Keeling) Islands (the)"]),
    ("CF", ["Central African Republic (the)"]), ("CG", ["Congo (the)", "Congo, Rep."]),
    (
      "CD",
      [
        "Congo (the Democratic Republic of the)", "Democratic Republic of the Congo",
        "Congo, Dem. Rep.",
      ]
    ),
    ("DO", ["Dominican Republic (the)"]), ("FK", ["Falkland Islands (the) [Malvinas]"]),
    ("GM", ["Gambia (the)", "Gambia, The"]),
    ("KP", ["Korea (the Democratic People's Republic of)", "Dem. People's Republic of Korea"]),
    ("KR", ["Korea (the Republic of)", "Korea, Rep."]),
    ("LA", ["Lao People's Democratic Republic (the)", "Lao PDR"]),
    ("MD", ["Moldova (the Republic of)"]), ("NE", ["Niger (the)"]), ("SD", ["Sudan (the)"]),
    (
      "NL",
      [
        "Netherlands (the)", "Netherlands (Kingdom of the)", "Kingdom of the Netherlands",
        "Netherlands, Kingdom of the",
      ]
    ),
    ("PH", ["Philippines (the)"]), ("RU", ["Russian Federation (the)"]),
    (
      "TZ",
      [
        "Tanzania, the United Republic of", "United Republic of Tanzania",
        "Tanzania (the United Republic of)",
      ]
    ),
    ("AE", ["United Arab Emirates (the)"]), ("CZ", ["Česká republika"]),
    ("GB", ["United Kingdom of Great Britain and Northern Ireland (the)"]),
    ("UM", ["United States Minor Outlying Islands (the)"]),
    ("US", ["United States of America (the)", "Estados Unidos da América"]),
    ("HK", ["Hong Kong SAR, China"]), ("VA", ["Holy See (the)"]),
    ("SY", ["Syrian Arab Republic (the)"]), ("VC", ["St. Vincent and the Grenadines"]),
  ]) func isRead(code: String, texts: [String]) {
    for text in texts {
      #expect(CountryCode.reading(text)?.description == code, "\(text)")
    }
  }

  @Test(arguments: [
    "", " ", "N/A", "n.a.", "D-E", "I.T.", "the de", "de (the)", "XX", "ZZ", "AA", "QQQ", "EU", "D",
    "049",
    "Atlantis", "Korea", "Kongo", "en-US",
    "US-CA", "the", "null", String(repeating: "a", count: 100_000),
  ]) func isNotACountry(text: String) {
    #expect(CountryCode.reading(text) == nil)
  }

  @Test func theTableHoldsISO3166() throws {
    let lines = CountryTable.lines.split(separator: "\n")
    #expect(lines.count == 250, "249 of ISO 3166-1, and Kosovo")
    for line in lines {
      let words = line.split(separator: " ").map(String.init)
      let code = try #require(CountryCode(words[0]))
      #expect(CountryCode.reading(words[0]) == code)
      #expect(words[1].utf8.count == 3, "alpha-3 comes first")
      for word in words.dropFirst() {
        #expect(CountryCode.reading(word) == code && CountryCode.folded(word) == word, "\(word)")
      }
    }
  }
}
