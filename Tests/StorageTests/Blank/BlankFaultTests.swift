// Calls that fail while records are blanked. Lack of space changes nothing and ends nothing; any
// other failed write or sync ends writing; and whatever failed, calling again finishes.

import Bytes
import Glibc
import Storage
import StorageSimulation
import Testing

@Suite struct BlankFaultTests {
  /// A disk before a blanking, and what is to be blanked.
  private func filled() throws -> (disk: DiskState, model: BlankModel) {
    let test = try TestStore(BlankTests.options)
    var model = BlankModel(11)
    for count in [9, 30, 4, 40, 12] { try model.append(count, to: test.store.log) }
    model.eraseSome(every: 9, through: UInt64(model.records.count))
    test.store.close()
    return (test.system.disk, model)
  }

  private func open(_ system: SimulatedFileSystem) throws(StoreError) -> StoreDirectory {
    try StoreDirectory.open(BlankModel.path, fileSystem: system, options: BlankTests.options)
  }

  /// Nothing lies about besides the files of the manifest.
  private func isTidy(_ store: StoreDirectory, _ system: SimulatedFileSystem) throws -> Bool {
    let listed = store.manifest.segments.map { "log-\($0.number).seg" }
    return Set(try system.list(BlankModel.path)).subtracting(["MANIFEST.tmp"])
      == Set(listed).union(["LOCK", "MANIFEST"])
  }

  /// Opens what a failed blanking left, with no more faults, and finishes.
  private func finish(_ disk: DiskState, _ model: BlankModel, _ place: String) throws {
    let system = SimulatedFileSystem(disk)
    let store = try open(system)
    #expect(try model.blanks(in: store.log.view()) != nil, "\(place)")
    try model.blank(store.log)
    #expect(try model.blanks(in: store.log.view()) == model.erased, "\(place)")
    #expect(BlankModel.found(model.canaries, on: system.disk) == 0, "\(place)")
    #expect(try isTidy(store, system), "\(place)")
  }

  /// Blanks with faults; what is thrown must fit them and leave the handle as it promises.
  private func attempt(
    _ kind: Fault.Kind, isSticky: Bool, at index: Int, _ disk: DiskState, _ model: BlankModel
  ) throws {
    let place = "\(kind) at call \(index), sticky \(isSticky)"
    let system = SimulatedFileSystem(disk)
    let store = try open(system)
    let active = try #require(store.manifest.segments.last)
    system.faults = [Fault(at: system.callCount + index, kind, isSticky: isSticky)]
    let error = storeError { () throws(StoreError) in try model.blank(store.log) }
    system.faults = []
    #expect(try model.blanks(in: store.log.view()) != nil, "\(place): reads go on")
    switch (error?.code, kind) {
    case (nil, _):
      #expect(BlankModel.found(model.canaries, on: system.disk) == 0, "\(place)")
    case (.poisoned, .inputOutput), (.poisoned, .syncDropsData), (.poisoned, .readOnly):
      #expect(store.failure == error, "\(place)")
      #expect(storeError { () throws(StoreError) in try model.blank(store.log) } == error)
    case (.noSpace, .noSpace), (.io, .inputOutput), (.io, .readOnly), (.readOnly, .readOnly):
      #expect(store.failure == nil, "\(place)")
      if kind == .noSpace { #expect(try isTidy(store, system), "\(place)") }
      try model.blank(store.log)
      #expect(try model.blanks(in: store.log.view()) == model.erased, "\(place)")
      #expect(BlankModel.found(model.canaries, on: system.disk) == 0, "\(place)")
    case (.poisoned, .noSpace):
      // The footer of the active segment has its space, so that this is a failure like any other.
      #expect(error?.file == "/store/log-\(active.number).seg", "\(place)")
    case (.io, .interrupted) where isSticky: break
    case (.poisoned, .interrupted) where isSticky: break
    default: Issue.record("\(place): \(error.debugDescription)")
    }
    try finish(system.disk, model, place)
    try finish(system.disk.crashed(.allLost, seed: 0), model, place + ", power")
  }

  @Test(arguments: Fault.Kind.allCases, [false, true])
  func everyCallMayFail(_ kind: Fault.Kind, _ isSticky: Bool) throws {
    let (disk, model) = try filled()
    let clean = SimulatedFileSystem(disk)
    let store = try open(clean)
    let before = clean.callCount
    try model.blank(store.log)
    let calls = clean.callCount - before
    #expect(calls > 60)
    for index in 0..<calls { try attempt(kind, isSticky: isSticky, at: index, disk, model) }
  }

  @Test func aFullDiskLosesNothingAndGoesOnWhenThereIsSpace() throws {
    let (disk, model) = try filled()
    let system = SimulatedFileSystem(disk)
    let store = try open(system)
    var refused = 0
    // Removed files count too: the room for each attempt is on top of what was used by those before.
    for room in stride(from: 0, to: 60_000, by: 211) {
      system.byteBudget = system.disk.byteCount + room
      let error = storeError { () throws(StoreError) in try model.blank(store.log) }
      guard let error else { break }
      refused += 1
      #expect(error.code == .noSpace && store.failure == nil, "\(room): \(error)")
      #expect(try isTidy(store, system), "\(room)")
      #expect(try model.blanks(in: store.log.view()) != nil, "\(room)")
    }
    #expect(refused > 10)
    #expect(try model.blanks(in: store.log.view()) == model.erased)
    #expect(BlankModel.found(model.canaries, on: system.disk) == 0)
  }

  @Test func aFileThatCannotBeRemovedIsAnError() throws {
    let (disk, model) = try filled()
    let system = SimulatedFileSystem(disk)
    let store = try open(system)
    let file = "log-\(store.manifest.segments[0].number).seg"
    let before = system.callCount
    // The last call is the sync of the directory; what is left to remove is removed right before.
    try model.blank(store.log)
    let calls = system.callCount - before
    let again = SimulatedFileSystem(disk)
    let stuck = try open(again)
    let first = again.callCount
    // The removal after the first segment's manifest fails, and the one before the call returns too.
    let place = try firstRemoval(of: file, disk, model)
    let removal = try #require(place)
    again.faults = [
      Fault(at: first + removal, .inputOutput), Fault(at: first + calls - 1, .inputOutput),
    ]
    let error = storeError { () throws(StoreError) in try model.blank(stuck.log) }
    #expect(error?.code == .io(EIO) && error?.file == file)
    #expect(error?.message.contains("open the store again") == true)
    #expect(stuck.failure == nil)
    #expect(try !isTidy(stuck, again))
    again.faults = []
    #expect(try model.blank(stuck.log) == BlankReport())
    #expect(try isTidy(stuck, again))
    #expect(BlankModel.found(model.canaries, on: again.disk) == 0)
  }

  /// The call, counted from the start of the blanking, that removes a file.
  private func firstRemoval(
    of file: String, _ disk: DiskState, _ model: BlankModel
  ) throws -> Int? {
    for index in 0..<200 {
      let system = SimulatedFileSystem(disk)
      let store = try open(system)
      system.faults = [Fault(at: system.callCount + index, .inputOutput)]
      let before = system.trace.count
      guard storeError({ () throws(StoreError) in try model.blank(store.log) }) == nil else {
        continue
      }
      // Removed at the second try: later than everything else.
      let removals = system.trace[before...].map(\.description).filter {
        $0.hasPrefix("remove log")
      }
      if removals.last == "remove \(file)" { return index }
    }
    return nil
  }
}
