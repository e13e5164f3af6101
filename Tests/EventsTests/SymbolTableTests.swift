// The interner: one to one, dense, bounded, and the same for all threads.

import Bytes
import Events
import Synchronization
import Testing

@Suite struct SymbolTableTests {
  @Test func namesAndSymbolsAreOneToOne() throws {
    let table = SymbolTable()
    let first = WellKnownSymbol.allCases.count + 1
    for index in 0..<5_000 {
      #expect(table.lookup("name \(index)") == nil)
      #expect(table.intern("name \(index)") == Symbol(UInt32(first + index)))
    }
    for index in 0..<5_000 {
      let symbol = try #require(table.lookup("name \(index)"))
      #expect(symbol == Symbol(UInt32(first + index)))
      #expect(table.intern("name \(index)") == symbol)
      #expect(table.name(of: symbol) == Array("name \(index)".utf8))
    }
    #expect(table.count == first - 1 + 5_000)
    #expect(table.name(of: Symbol(0)) == nil)
    #expect(table.name(of: Symbol(UInt32(first + 5_000))) == nil)
    #expect(table.intern("") == table.lookup(""))
    #expect(table.lookup("userId") == WellKnownSymbol.userID.symbol)
  }

  @Test func theTableIsBounded() {
    var limits = SymbolTable.Limits()
    limits.symbolsMax = WellKnownSymbol.allCases.count + 2
    let few = SymbolTable(limits: limits)
    #expect(few.intern("a") != nil && few.intern("b") != nil)
    #expect(few.intern("c") == nil)
    #expect(few.intern("a") != nil)
    limits = SymbolTable.Limits()
    limits.nameBytesMax = 150 + WellKnownSymbol.allCases.reduce(0) { $0 + $1.key.utf8.count }
    let small = SymbolTable(limits: limits)
    #expect(small.intern(String(repeating: "x", count: 100)) != nil)
    #expect(small.intern(String(repeating: "y", count: 100)) == nil)
    #expect(SymbolTable().intern(String(repeating: "x", count: 256)) != nil)
    #expect(SymbolTable().intern(String(repeating: "x", count: 257)) == nil)
  }

  @Test func symbolsCanBePutBack() throws {
    let table = SymbolTable()
    func install(_ number: UInt32, _ name: String) throws {
      let bytes = Array(name.utf8)
      try table.install(Symbol(number), bytes.span.bytes)
    }
    try install(120, "twenty")
    try install(115, "fifteen")
    try install(115, "fifteen")
    try install(4, "userId")
    #expect(table.lookup("twenty") == Symbol(120))
    #expect(table.name(of: Symbol(115)) == Array("fifteen".utf8))
    #expect(table.name(of: Symbol(117)) == nil)
    #expect(throws: DecodeError.self) { try install(115, "other") }
    #expect(throws: DecodeError.self) { try install(116, "fifteen") }
    #expect(throws: DecodeError.self) { try install(4, "user") }
    #expect(throws: DecodeError.self) { try install(0, "zero") }
    #expect(throws: DecodeError.self) { try install(.max, "huge") }
    #expect(table.lookup("other") == nil)
    // Never reused: the next symbol is beyond all that were ever given out.
    #expect(table.intern("new") == Symbol(121))
  }

  @Test func workersAgree() async throws {
    let table = SymbolTable()
    let payloads = await withTaskGroup(of: [[UInt8]].self) { group in
      for worker in 0..<4 {
        group.addTask {
          let box = ParserBox(symbols: table)
          var payloads: [[UInt8]] = Array(repeating: [], count: 500)
          for step in 0..<500 {
            // Each worker comes across the names in an order of its own.
            let index = (step * 7 + worker * 125) % 500
            let batch = box.parse(event(properties: #"{"k\#(index)":1,"j\#(index / 2)":2}"#))
            payloads[index] = batch.payload(of: batch.rows[0]).toArray()
          }
          return payloads
        }
      }
      return await group.reduce(into: []) { $0.append($1) }
    }
    #expect(payloads.count == 4)
    for other in payloads.dropFirst() { #expect(other == payloads[0]) }
    #expect(table.count == WellKnownSymbol.allCases.count + 3 + 750)
  }
}
