// What is printed: quantities, tables, JSON, and nothing from data that a terminal would obey.

import Bytes
import Cairn
import Foundation
import Testing

@testable import CairnCLI

struct OutputTests {
  @Test func countsAreGrouped() {
    #expect(Quantity.count(0) == "0")
    #expect(Quantity.count(999) == "999")
    #expect(Quantity.count(1000) == "1,000")
    #expect(Quantity.count(-123_456) == "-123,456")
    #expect(Quantity.count(Int64.min) == "-9,223,372,036,854,775,808")
    #expect(Quantity.decimal("-1234567.875") == "-1,234,567.88")
    #expect(Quantity.decimal("12") == "12")
    #expect(Quantity.counted(1, "line", "lines") == "1 line")
    #expect(Quantity.counted(2000, "line", "lines") == "2,000 lines")
  }

  @Test(
    arguments: [
      ("1234567.875", "1,234,567.88"), ("1234567.865", "1,234,567.86"), ("0.125", "0.125"),
      ("0.0012345", "0.00123"), ("0.001235", "0.00124"), ("-999.995", "-1,000.00"),
      ("9.9951", "10.00"), ("12.5", "12.5"), ("12.50", "12.50"), ("0.000", "0.00"),
      ("33.333333333", "33.33"), ("-0.5", "-0.5"), ("1e5", "1e5"), ("overflow", "overflow"),
      ("2.225", "2.22"), ("2.2250000001", "2.23"), ("0.9999", "1.000"),
    ])
  func decimalsAreRoundedForPeople(exact: String, shown: String) {
    #expect(Quantity.decimal(exact) == shown)
  }

  @Test func valuesOfTraitsAreRoundedForPeople() {
    let third = FixedDecimal(mantissa: 10_333_333_333)
    let amounts = [("EUR", third), ("USD", FixedDecimal(mantissa: 5_000_000_000))]
    #expect(
      TraitValue.amounts(amounts.map { ($0.0, ExactDecimal($0.1)) }, skipped: 2).shown
        == "10.33 EUR, 5 USD, 2 skipped")
    #expect(TraitValue.number(third).shown == "10.33")
    #expect(TraitValue.moment(Timestamp(milliseconds: 0)).shown == "1970-01-01 00:00:00Z")
    #expect(TraitValue.count(1234).shown == "1234")
  }

  @Test func instantsAreShortAndCanBeGivenBack() {
    let whole = Timestamp(milliseconds: 1_772_359_200_000)
    #expect(Quantity.instant(whole) == "2026-03-01 10:00:00Z")
    let exact = Timestamp(milliseconds: 1_772_359_200_007)
    #expect(Quantity.instant(exact) == "2026-03-01 10:00:00.007Z")
    for instant in [whole, exact] { #expect(Timestamp(Quantity.instant(instant)) == instant) }
  }

  @Test(
    arguments: [
      ("plain", 5), ("名前", 4), ("ﾊﾝｶｸ", 4), ("全角Ａ", 6), ("e\u{301}", 1), ("한국어", 6),
      ("\u{1112}\u{1161}\u{11AB}", 2), ("😀", 2), ("👍🏽", 2), ("🇩🇪", 2), ("❤️", 2), ("ü", 1), ("", 0),
      ("नमस्ते", 4), ("🫠", 2),
    ])
  func widthsAreThoseOfATerminal(text: String, columns: Int) {
    #expect(text.columns == columns)
  }

  @Test func wideCharactersAlign() {
    var table = OutputTable([.init("name"), .init("city")])
    table.add([.text("山田太郎"), .text("東京")])
    table.add([.text("Zoe\u{308}"), .text("Köln")])
    #expect(table.text == "name      city\n山田太郎  東京\nZoe\u{308}       Köln\n")
  }

  @Test func listsAreArrays() {
    var json = JSONBuilder()
    OutputCell.list(["a", "b"]).write(to: &json)
    #expect(json.text == #"["a","b"]"#)
    #expect(OutputCell.list(["a", "b"]).shown == "a b")
    #expect(OutputCell.list([]).shown == "-")
  }

  @Test func sizesHaveBinaryUnits() {
    #expect(Quantity.bytes(0) == "0B")
    #expect(Quantity.bytes(1023) == "1023B")
    #expect(Quantity.bytes(1024) == "1KiB")
    #expect(Quantity.bytes(1536) == "1.5KiB")
    #expect(Quantity.bytes(65_536) == "64KiB")
    #expect(Quantity.bytes(1_048_575) == "1023.9KiB")
    #expect(Quantity.bytes(1_048_576) == "1MiB")
    #expect(Quantity.bytes(14_903_601) == "14.2MiB")
    #expect(Quantity.bytes(.max) == "8191.9PiB")
  }

  @Test func durationsHaveTheUnitThatFits() {
    #expect(Quantity.duration(Milliseconds(-1)) == "0 ms")
    #expect(Quantity.duration(Milliseconds(999)) == "999 ms")
    #expect(Quantity.duration(Milliseconds(1250)) == "1.2 s")
    #expect(Quantity.duration(Milliseconds(59_999)) == "59.9 s")
    #expect(Quantity.duration(Milliseconds(184_000)) == "3 min 04 s")
    #expect(Quantity.duration(Milliseconds(7_500_000)) == "2 h 05 min")
    #expect(Quantity.duration(.days(90)) == "90 d")
  }

  @Test func dataCannotSpeakToTheTerminal() {
    #expect(visible("plain ünï 名前") == "plain ünï 名前")
    #expect(visible("a\u{1B}[31mb\u{7}") == "a\\u{1B}[31mb\\u{7}")
    #expect(visible("a\nb\r\tc") == "a\\nb\\r\\tc")
    #expect(visible("\u{202E}gpj.exe\u{9B}") == "\\u{202E}gpj.exe\\u{9B}")
    for value in UInt32(0)..<0xA0 where value < 0x20 || value >= 0x7F {
      let text = Unicode.Scalar(value).map(String.init) ?? ""
      #expect(visible(text).unicodeScalars.allSatisfy { !isHarmful($0) })
    }
  }

  private var table: OutputTable {
    var table = OutputTable([.init("name"), .init("members"), .init("last change")])
    table.add([.text("active_big"), .integer(4821), .instant(Timestamp(milliseconds: 0))])
    table.add([.text("a\u{1B}b"), .absent, .absent])
    return table
  }

  @Test func tablesAreAligned() {
    let expected = """
      name        members  last change
      active_big    4,821  1970-01-01 00:00:00Z
      a\\u{1B}b          -  -

      """
    #expect(table.text == expected)
  }

  @Test func tablesAreJSONToo() throws {
    var json = JSONBuilder()
    table.write(to: &json)
    let expected =
      #"[{"name":"active_big","members":4821,"last_change":"1970-01-01T00:00:00.000Z"},"#
      + #"{"name":"a\u001bb","members":null,"last_change":null}]"#
    #expect(json.text == expected)
  }

  @Test func fieldsAreAlignedAndMembers() {
    var fields = FieldList()
    fields.add("log size", .bytes(1536))
    fields.add("ltv", .decimal("1234.50"))
    #expect(fields.text == "log size  1.5KiB\nltv       1,234.50\n")
    var json = JSONBuilder()
    json.beginObject()
    fields.write(to: &json)
    json.key("tables")
    json.beginArray()
    json.endArray()
    json.endObject()
    #expect(json.text == #"{"log_size":1536,"ltv":1234.50,"tables":[]}"#)
  }

  @Test func jsonStringsSurviveAReader() throws {
    let strings = ["\"\\/", "\u{0}\u{1F}\n\r\t", "\u{202E}\u{E0041}😀", "ü名"]
    var json = JSONBuilder()
    json.beginArray()
    for string in strings { json.value(string) }
    json.endArray()
    #expect(json.text.unicodeScalars.allSatisfy { !isHarmful($0) })
    #expect(try JSONDecoder().decode([String].self, from: Data(json.text.utf8)) == strings)
  }
}
