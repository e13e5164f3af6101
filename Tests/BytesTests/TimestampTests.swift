// RFC 3339 in and out, against instants computed elsewhere.

import Bytes
import Testing

@Suite struct TimestampTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000Z", Int64(0)),
    ("1970-01-01", 0),
    ("1997-06-30T23:59:59.999Z", 867_715_199_999),
    ("2000-02-29T12:00:00Z", 951_825_600_000),
    ("2026-11-21T18:29:41.338+00:00", 1_795_285_781_338),
    ("2026-11-21T18:29:41.338999+01:30", 1_795_280_381_338),
    ("2026-11-21 18:29:41-0030", 1_795_287_581_000),
    ("1969-12-31T23:59:59.999Z", -1),
    ("0001-01-01T00:00:00.000Z", -62_135_596_800_000),
    ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
    ("2016-12-31T23:59:60Z", 1_483_228_799_999),
    ("2024-03-13T10:21Z", 1_710_325_260_000),
  ])
  func reads(text: String, milliseconds: Int64) {
    #expect(Timestamp(text)?.milliseconds == milliseconds)
  }

  @Test(arguments: [
    "", "yesterday", "1997", "1997-13-01", "1997-02-29", "1900-02-29", "1997-06-31", "0000-01-01",
    "1997-06-30T24:00:00Z", "1997-06-30T23:60:00Z", "1997-06-30T23:00:61Z", "1997-06-30T23:00:00.Z",
    "1997-06-30T23:00:00+25:00", "1997-06-30T23:00:00ZZ", "1997-06-30T",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59.999-00:01", "1997-06-30T2３:00:00Z",
  ])
  func refuses(text: String) {
    #expect(Timestamp(text) == nil)
  }

  @Test func textReadsBackToTheSameInstantOnEveryDayOfFourHundredYears() {
    var instant = Timestamp("1800-01-01T12:34:56.789Z")
    for _ in 0..<146_097 {
      guard let present = instant else { break }
      #expect(Timestamp(present.description) == present)
      instant = present + .days(1)
    }
    #expect(instant?.description == "2200-01-01T12:34:56.789Z")
  }

  @Test func arithmeticSaturates() {
    #expect(Timestamp(milliseconds: .max) + Milliseconds(1) == Timestamp(milliseconds: .max))
    #expect(Timestamp(milliseconds: .min) - Milliseconds(1) == Timestamp(milliseconds: .min))
  }
}
