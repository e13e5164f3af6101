// Readers while an erasure goes on in another process: what they see, and how long the erasure waits for
// them.

import Activation
import Bytes
import Events
import Foundation
import Profiles
import Storage
import StorageSimulation
import Synchronization
import Testing

@testable import Cairn
@testable import Engine

@Suite struct ReaderErasureTests {
  private let directory = TemporaryDirectory()

  private func options(
    wait: @escaping @Sendable (Int) -> Void = { _ in Issue.record("nobody reads") }
  ) -> StoreOptions {
    var options = StoreOptions.repeatable()
    options.environment.wait = wait
    options.storage = StorageOptions(segmentBytesMax: 16_000, blockBytes: 1024)
    return options
  }

  private func filled(_ options: StoreOptions, count: Int = 600) throws -> Store {
    let store = try Store.create(at: directory.store, options: options)
    _ = try store.apply(
      definitions(
        traits: [("orders", #"count("Order")"#)],
        audiences: [("buyers", #"performed("Order")"#)]))
    try store.take(
      (0..<count).map {
        track(
          "Order", id: "m\($0)", #""userId":"u\#($0 % 40)","anonymousId":"secret\#($0 % 40)""#,
          at: "2026-03-10T10:00:00Z")
      })
    try store.checkpoint()
    return store
  }

  private let person = Identifier(type: "user_id", value: "u7")

  @Test func readersOpenedDuringAnErasureSeeTheStateBeforeItOrWithoutThePerson() throws {
    let writer = try filled(options(), count: 6000)
    let before = try writer.snapshot().stateHash()
    let last = writer.lastSequence
    var phases: [String: Int] = [:]
    _ = try writer.erase([person]) { progress in
      do {
        let reader = try Store.openReadOnly(at: directory.store, options: options())
        let report = try reader.report("user_id:u7")
        if reader.lastSequence <= last {
          #expect(try report != nil && reader.snapshot().stateHash() == before)
          phases["before", default: 0] += 1
        } else {
          #expect(report == nil)
          phases["without", default: 0] += 1
        }
        #expect(try reader.report("user_id:u8")?.trait("orders")?.description == "150")
      } catch {
        Issue.record("\(progress): \(error)")
      }
    }
    #expect(phases.keys.sorted() == ["before", "without"], "\(phases)")
    let reader = try Store.openReadOnly(at: directory.store, options: options())
    #expect(try reader.snapshot().stateHash() == writer.snapshot().stateHash())
    #expect(try reader.snapshot().erasures.count == 1)
  }

  @Test func theReceiptWaitsForReadersOfBefore() throws {
    let path = directory.store
    let state = Mutex<(waits: Int, holds: [@Sendable () -> Void])>((0, []))
    let writer = try filled(
      options { _ in
        let next = state.withLock { state -> (@Sendable () -> Void)? in
          state.waits += 1
          return state.holds.isEmpty ? nil : state.holds.removeFirst()
        }
        next?()
      })
    // A snapshot keeps what its store has let go of; a store that catches up does not wait.
    let reader = try Store.openReadOnly(at: path, options: options())
    let snapshot = Mutex<Snapshot?>(try reader.snapshot())
    nonisolated(unsafe) let held = reader
    state.withLock {
      $0.holds = [
        { #expect((try? held.refresh()) == true) },
        { snapshot.withLock { $0 = nil } },
      ]
    }
    let receipt = try #require(try writer.erase([person]))
    #expect(receipt.records == 15)
    #expect(state.withLock { $0.waits } == 2)
    // Another one has nobody to wait for: the reader has seen no other files.
    try reader.refresh()
    #expect(try reader.report("user_id:u7") == nil)
    withExtendedLifetime(reader) {}
  }

  @Test func anErasureDoesNotWaitForEver() throws {
    let waits = Atomic(0)
    var patient = options { _ in waits.wrappingAdd(1, ordering: .relaxed) }
    patient.readersWaitMilliseconds = 200
    let writer = try filled(patient)
    let reader = try Store.openReadOnly(at: directory.store, options: options())
    var waited: [Int] = []
    let receipt = try writer.erase([person]) {
      if case .waiting(let milliseconds) = $0 { waited.append(milliseconds) }
    }
    #expect(receipt != nil && waits.load(ordering: .relaxed) == 10)
    #expect(waited == Array(stride(from: 0, to: 200, by: 20)))
    // It reads on what it has open, and catches up.
    #expect(try reader.report("user_id:u7")?.eventCount == 15)
    try reader.refresh()
    #expect(try reader.report("user_id:u7") == nil)
  }

  @Test func nothingElseWaitsForReaders() throws {
    let writer = try filled(options())
    let readers = try (0..<3).map { _ in
      try Store.openReadOnly(at: directory.store, options: options())
    }
    var rules = IdentityRules.standard
    rules.identifiers.alias = .ignore
    _ = try writer.apply(rules)
    _ = try writer.compact()
    try writer.rebuildDerived()
    try writer.close()
    let again = try Store.open(at: directory.store, options: options())
    try again.close()
    withExtendedLifetime(readers) {}
  }

  @Test func anInterruptedErasureIsLeftToAWriter() throws {
    let system = SimulatedFileSystem()
    var options = options()
    options.fileSystem = system
    options.background = .atOnce
    let path = "/store"
    let writer = try Store.create(at: path, options: options)
    try writer.take(
      (0..<100).map {
        track("Order", id: "m\($0)", #""userId":"u\#($0 % 9)""#, at: "2026-03-10T10:00:00Z")
      })
    try writer.checkpoint()
    var crashed: DiskState?
    _ = try writer.erase([person]) {
      if case .blanking = $0, crashed == nil { crashed = system.disk }
    }
    let left = SimulatedFileSystem(try #require(crashed))
    options.fileSystem = left
    let error = #expect(throws: StoreError.self) {
      try Store.openReadOnly(at: path, options: options)
    }
    #expect(error?.code == .outOfOrder)
    try Store.open(at: path, options: options).close()
    let reader = try Store.openReadOnly(at: path, options: options)
    #expect(try reader.report("user_id:u7") == nil && reader.snapshot().erasures.count == 1)
  }
}
