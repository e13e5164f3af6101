// Blanking records, compared with a model of the log: what has to go is in no file, all else is as
// it was.

import Bytes
import Storage
import StorageSimulation
import Testing

@Suite struct BlankTests {
  /// Batches of some blocks and several of them in a segment that is rewritten.
  static let options = StorageOptions(
    segmentBytesMax: 6000, blockBytes: 128, reserveBytes: 1024
  ).packing

  /// The names in the log's dictionaries.
  private func symbols(_ log: Log) throws -> Set<Symbol> {
    var symbols: Set<Symbol> = []
    try log.view().symbols { symbol, name in
      #expect(name.toArray() == BlankModel.name(symbol))
      symbols.insert(symbol)
    }
    return symbols
  }

  private func check(_ test: TestStore, _ model: BlankModel) throws {
    #expect(try model.blanks(in: test.store.log.view()) == model.erased)
    #expect(BlankModel.found(model.canaries, on: test.system.disk) == 0)
    #expect(try symbols(test.store.log).isSuperset(of: model.survivingSymbols))
    let names = Set(try test.system.list("/store"))
    let listed = test.store.manifest.segments.map { "log-\($0.number).seg" }
    #expect(names == Set(listed).union(["LOCK", "MANIFEST"]))
    #expect(test.store.log.nextSequence.value == UInt64(model.records.count) + 1)
    #expect(test.store.manifest.horizon.value == model.erased.max() ?? 0)
  }

  @Test(arguments: 1...8 as ClosedRange<UInt64>) func everyRecordIsAsItWasOrBlank(seed: UInt64)
    throws
  {
    var test = try TestStore(Self.options)
    var model = BlankModel(seed)
    var random = SeededRandom(seed)
    for _ in 0..<30 { try model.append(1 + random.below(30), to: test.store.log) }
    #expect(test.store.manifest.segments.count > 4)
    for round in 0..<3 {
      let last = UInt64(model.records.count)
      let old = model
      let before = test.store.log.view()
      model.eraseSome(every: [200, 40, 3][round], through: last)
      #expect(
        BlankModel.found(model.canaries, on: test.system.disk) >= model.erased.count
          - old.erased.count)
      let report = try model.blank(test.store.log)
      let reduced = model.erased.subtracting(old.erased).count { $0.isMultiple(of: 3) }
      #expect(report.recordsReduced == reduced)
      #expect(report.recordsBlanked == model.erased.count - old.erased.count - reduced)
      try check(test, model)
      // Nothing is left to do, and nothing is done.
      let manifest = test.store.manifest
      #expect(try model.blank(test.store.log) == BlankReport())
      #expect(test.store.manifest == manifest)
      #expect(try old.blanks(in: before) == old.erased)
      try model.append(1 + random.below(30), to: test.store.log)
      if round != 1 { try test.reopen() }
      try check(test, model)
    }
    #expect(test.store.recovery == nil)
  }
}
