// What a spreadsheet would run, and what merely begins like it.

import Testing

@testable import Bytes

@Suite struct CSVFormulaTests {
  @Test(arguments: [
    "", "a", "1", "-1", "+1", "-8.25", "-.5", "-1.", "+1e5", "-1E-7", "-0.0000001", "+4930123456",
    "+49 30 123", "+49 (0)30/123-45", "+1.650.555.0100", "+1 (650) 555-0100", "-", "+", "'=1",
    "-1,5", "-5%", "-12:30", "+1.234,56",
    "a=1", "a@b",
    "１", "＋49 30", "－5",
  ]) func isNotAFormula(text: String) { #expect(!CSVFormula.isPossible(in: text)) }

  @Test(arguments: [
    "=1", "=", "@", "@SUM(A1)", "\t1", "\r", "\n=1", "\0", "＝1", "＠a", "-1+1", "-2-3", "+1+1",
    "+1--2",
    "-e5", "+e5", "-A1", "+A1", "-1e", "-1e+", "-1 EUR", "+49 30 x12", "+1*2", "-cmd|' /C calc'!A0",
    "--1",
    "-(1)", "+٤٩", "＋1＋1", "- 1", "+()", "-5%A1", "-%",
  ]) func isAFormula(text: String) { #expect(CSVFormula.isPossible(in: text)) }

  @Test func cellsReadBackUniquely() {
    for text in ["=1", "'=1", "''=1", "'", "'a"] { #expect(CSVFormula.needsApostrophe(text)) }
    for text in ["", "a'", "-1", "it's"] { #expect(!CSVFormula.needsApostrophe(text)) }
  }
}
