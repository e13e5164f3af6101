// Definitions and the hashes of erased identifiers are in tables: what a checkpoint writes again each time does not
// grow with them, and stores that have them in their scalars are derived again.

import Bytes
import Storage
import Testing

@testable import Activation
@testable import Cairn
@testable import Engine

@Suite struct TableListTests {
  private let directory = TemporaryDirectory()

  /// A store that was defined for and erased from, as often as given.
  private func makeStore(times: Int) throws -> Store {
    let store = try Store.create(at: directory.store, options: .repeatable())
    try store.take((0..<9).map { track("Seen", id: "m\($0)", #""userId":"u\#($0)""#) })
    for time in 0..<times {
      _ = try store.apply(
        definitions(traits: [("seen", "count(*) + \(time)")]), prune: false)
      _ = try store.erase([try #require(Identifier("user_id:u\(time)"))])
    }
    try store.checkpoint()
    return store
  }

  @Test func theyAreReadBackInTheirOrder() throws {
    let store = try makeStore(times: 4)
    let definitions = store.fold.state.definitions.elements
    let erased = store.fold.state.erased.elements
    #expect(definitions.count == 4 && erased.count == 5)
    let hash = try store.snapshot().stateHash()
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(again.opening == OpeningReport())
    #expect(again.fold.state.definitions.elements == definitions)
    #expect(again.fold.state.erased.elements == erased)
    #expect(try again.snapshot().stateHash() == hash)
    #expect(try again.snapshot().traitReports.map(\.text) == ["count(*) + 3"])
    #expect(again.verify(replay: true).problems == [])
    try again.close()
  }

  @Test func theScalarsDoNotHoldThem() throws {
    let store = try makeStore(times: 0)
    let before = store.directory.manifest.scalars.count
    for time in 0..<20 {
      _ = try store.apply(definitions(traits: [("seen", "count(*) + \(time)")]))
    }
    try store.checkpoint()
    #expect(store.directory.manifest.scalars.count == before)
    let persons = try (0..<8).map { try #require(Identifier("user_id:u\($0)")) }
    _ = try store.erase(persons)
    try store.checkpoint()
    // The erasure, its receipt and the refold; a hash has 16 bytes.
    #expect(store.fold.state.erased.elements.count == 9)
    #expect(store.directory.manifest.scalars.count < before + 100)
    try store.close()
  }

  @Test func scalarsOfTheVersionBeforeAreDerivedAgain() throws {
    let store = try makeStore(times: 2)
    let hash = try store.snapshot().stateHash()
    let former = store.fold.state.scalars.encodeForHash(
      definitions: store.fold.state.definitions.elements,
      erased: store.fold.state.erased.elements)
    try store.directory.commit { manifest in manifest.scalars = former }
    try store.close()
    let again = try Store.open(at: directory.store, options: .repeatable())
    #expect(again.opening.rebuiltBecause != nil)
    #expect(try again.snapshot().stateHash() == hash)
    #expect(again.verify(replay: true).problems == [])
    try again.close()
  }

  @Test func aMissingRowIsDamage() throws {
    let table = Table(id: SharedTable.erased.rawValue, kind: .replace, runs: [])
    var list = try TableList<Hash128>(table, named: "erased")
    list.append(Hash128(high: 1, low: 2))
    list.append(Hash128(high: 3, low: 4))
    #expect(try TableList<Hash128>(table, named: "erased").elements == list.elements)
    table.remove(TableKey(high: 0, low: 0))
    let error = #expect(throws: StoreError.self) {
      try TableList<Hash128>(table, named: "erased")
    }
    #expect(error?.code == .damagedIndex)
  }
}
