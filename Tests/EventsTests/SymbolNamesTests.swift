// Names as readers have them: a value that never changes and needs nothing of the table.

import Bytes
import Events
import Testing

@Suite struct SymbolNamesTests {
  private func text(_ names: SymbolNames, _ symbol: Symbol) -> String? {
    names.withName(of: symbol) { $0.toString() }
  }

  @Test func namesStayAsTheyWereTaken() throws {
    let table = SymbolTable()
    // Views at many counts, so that chunks are shared while they are empty, half full and full.
    var taken: [(names: SymbolNames, count: Int)] = []
    for index in 0..<3_000 {
      if index.isMultiple(of: 97) { taken.append((table.names(), index)) }
      _ = try #require(table.intern("name \(index)"))
    }
    taken.append((table.names(), 3_000))
    for (names, count) in taken {
      for index in 0..<3_000 {
        let symbol = try #require(table.lookup("name \(index)"))
        #expect(text(names, symbol) == (index < count ? "name \(index)" : nil))
      }
      #expect(text(names, WellKnownSymbol.userID.symbol) == "userId")
      #expect(text(names, Symbol(0)) == nil)
      #expect(text(names, Symbol(.max)) == nil)
    }
  }

  @Test func numbersThatWereLeftOutHaveNoName() throws {
    let table = SymbolTable()
    let name = Array("far".utf8)
    try table.install(Symbol(5_000), name.span.bytes)
    let names = table.names()
    #expect(text(names, Symbol(5_000)) == "far")
    for number in [UInt32(100), 600, 4_999, 5_001] { #expect(text(names, Symbol(number)) == nil) }
    #expect(table.intern("next") == Symbol(5_001))
  }

  @Test func theTableGoesOnWhileNamesAreRead() throws {
    let table = SymbolTable()
    let symbol = try #require(table.intern("held"))
    // Under the table's lock this would never come back: the lock is not recursive.
    let other = table.names().withName(of: symbol) { name in
      (name.toString(), table.intern("made meanwhile"))
    }
    #expect(other?.0 == "held")
    #expect(other?.1 == table.lookup("made meanwhile"))
  }

  @Test func jsonNeedsTheNamesOfItsOwnTimeOnly() throws {
    let box = ParserBox()
    let line = event(properties: #"{"a":{"b":[1,{"c":null}]}}"#)
    let batch = box.parse(line)
    let names = box.symbols.names()
    let later = box.parse(event(properties: #"{"later":1}"#))
    var writer = ByteWriter()
    try EventView(batch.payload(of: batch.rows[0])).writeJSON(to: &writer, names: names)
    #expect(String(decoding: writer.bytes, as: UTF8.self) == line)
    #expect(throws: DecodeError.self) {
      try EventView(later.payload(of: later.rows[0])).writeJSON(to: &writer, names: names)
    }
  }

  @Test func definitionsHaveRoomInAFullTable() {
    var limits = SymbolTable.Limits()
    limits.symbolsMax = WellKnownSymbol.allCases.count + 1
    let few = SymbolTable(limits: limits)
    _ = few.intern("filler")
    #expect(few.intern("wanted") == nil)
    let wanted = few.intern(definition: "wanted")
    #expect(wanted != nil)
    #expect(few.intern("wanted") == wanted, "senders' events then use the symbol too")
    #expect(few.intern("another") == nil)
    limits = SymbolTable.Limits()
    limits.nameBytesMax = 0
    let small = SymbolTable(limits: limits)
    #expect(small.intern("wanted") == nil)
    #expect(small.intern(definition: "wanted") != nil)
    #expect(small.intern(definition: String(repeating: "x", count: 257)) == nil)
  }
}
