// Cells whose parts contradict one another: judged somehow, but never a trap.

import Bytes
import Profiles
import Storage
import Testing

@testable import Audiences

@Suite struct DamagedCellTests {
  @Test("a count of more events than the cell holds changes when the cell does")
  func countedMoreThanHeld() throws {
    let day = Milliseconds.days(1).value
    var set = DefinitionSet()
    try set.define(audience: "x", "count(\"A\", last 5d) >= 3")
    let plan = try EvaluationPlan(set, names: TestEvents().symbols)
    var cell = ByteWriter()
    cell.u8(2)
    cell.u8(CellKind.count.rawValue | 0x80)
    cell.u16(0)
    cell.u32(0)
    cell.u64(5)
    cell.u32(0)
    cell.u32(8)
    cell.u64(UInt64(10 * day))
    var row = ByteWriter()
    row.u8(2)
    row.u8(0)
    row.u16(1)
    row.u16(0)
    row.u16(UInt16(cell.bytes.count))
    row.append(cell.bytes)
    let tables = try ProfileTables(profileCount: 1, identifierCount: 1, from: EmptyTables())
    let owner = CellOwner(IdentifierOrdinal(0))
    let bytes = row.bytes
    try tables.homeCells.put(owner.home.value, bytes.span.bytes)
    let values = SlotValues()
    values.begin(plan)
    for audience in plan.audiences { values.want(audience.rule, .person, plan) }
    try values.read(
      of: ProfileSubject(ProfileOrdinal(0), .person, homes: [IdentifierOrdinal(0)]), from: tables,
      plan: plan,
      now: Timestamp(milliseconds: 11 * day))
    #expect(values.value(ofSlot: 0, plan).count == 5)
    #expect(values.change(ofSlot: 0, reaching: 1) == 15 * day)
    #expect(values.change(ofSlot: 0, reaching: 3) == 15 * day)
  }
}
