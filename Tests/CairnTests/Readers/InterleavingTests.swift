// A writer that does all of something between two calls of a reader, at every place where that is possible:
// files are replaced and removed while the reader looks for them.

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

@Suite struct InterleavingTests {
  private static let path = "/store"

  /// What a writer can do in the meantime.
  enum Deed: CaseIterable {
    case ingest, ingestAndCheckpoint, roll, apply, rules, erase, compact, rebuild, close
  }

  private static func options(on system: any FileSystem) -> StoreOptions {
    var options = StoreOptions.repeatable()
    options.fileSystem = system
    options.background = .atOnce
    options.environment.wait = { _ in }
    options.readersWaitMilliseconds = 40
    options.storage = StorageOptions(segmentBytesMax: 30_000, blockBytes: 512, reserveBytes: 1024)
    return options
  }

  private static func lines(_ range: Range<Int>) -> [String] {
    range.map {
      track(
        "Order", id: "m\($0)", #""userId":"u\#($0 % 17)","anonymousId":"a\#($0 % 17)""#,
        at: "2026-03-10T10:00:00Z", properties: #""revenue":\#($0)"#)
    }
  }

  /// A store with a checkpoint and a tail.
  private static func filled() throws -> (SimulatedFileSystem, Store) {
    let system = SimulatedFileSystem()
    let store = try Store.create(at: path, options: options(on: system))
    _ = try store.apply(
      definitions(
        traits: [("orders", #"count("Order")"#)],
        audiences: [("buyers", #"performed("Order")"#)]))
    try store.take(lines(0..<60))
    try store.checkpoint()
    try store.take(lines(60..<90))
    return (system, store)
  }

  private static func perform(_ deed: Deed, _ store: Store) throws {
    switch deed {
    case .ingest: try store.take(lines(90..<110))
    case .ingestAndCheckpoint:
      try store.take(lines(90..<110))
      try store.checkpoint()
    case .roll: try store.take(lines(90..<900), batch: 200)
    case .apply:
      _ = try store.apply(
        definitions(
          traits: [("spent", #"sum("Order", properties.revenue)"#)],
          audiences: [("rich", "spent > 100")]))
    case .rules:
      var rules = IdentityRules.standard
      rules.identifiers.alias = .ignore
      _ = try store.apply(rules)
    case .erase: _ = try store.erase([Identifier(type: "user_id", value: "u3")])
    case .compact: _ = try store.compact()
    case .rebuild: try store.rebuildDerived()
    case .close: try store.close()
    }
  }

  @Test(arguments: Deed.allCases)
  func aReaderSeesAStateOfTheWriter(deed: Deed) throws {
    var calls = 0
    var results: [UInt64: Int] = [:]
    // The first round counts the calls: the deed comes after all of them.
    for place in [Int.max] + Array(0..<600) {
      if place != .max, place > calls { break }
      let (system, writer) = try Self.filled()
      let before = (writer.lastSequence, try writer.snapshot().stateHash())
      let meanwhile = Meanwhile(system)
      meanwhile.deed = { try? Self.perform(deed, writer) }
      meanwhile.place = place
      let reader = try Store.openReadOnly(at: Self.path, options: Self.options(on: meanwhile))
      if place == .max {
        calls = meanwhile.count
        meanwhile.deed()
      }
      let seen = (reader.lastSequence, try reader.snapshot().stateHash())
      results[seen.0.value, default: 0] += 1
      try reader.refresh()
      let after: (SequenceNumber, StateHash)
      if deed == .close {
        after = before
      } else {
        after = (writer.lastSequence, try writer.snapshot().stateHash())
        #expect(writer.verify().problems == [])
      }
      #expect(reader.lastSequence == after.0)
      #expect(try reader.snapshot().stateHash() == after.1)
      #expect(reader.verify().problems == [])
      // In between are the commits of one ingest, which `aReaderInTheMiddleOfAnIngestSeesWholeCommits` checks.
      if deed == .roll { continue }
      #expect(
        seen == before || seen == after || deed == .erase && seen.0 < after.0,
        "\(deed) at call \(place)")
    }
    print("\(deed): \(calls) calls of the reader, which saw records \(results)")
    #expect(calls > 30)
  }

  /// The other way round: a reader comes before each of the writer's calls.
  @Test(arguments: Deed.allCases)
  func thereAlwaysIsAStateToRead(deed: Deed) throws {
    let (system, first) = try Self.filled()
    try first.close()
    let watched = Meanwhile(system)
    let writer = try Store.open(at: Self.path, options: Self.options(on: watched))
    try writer.take(Self.lines(90..<100))
    var hashes: [SequenceNumber: Set<String>] = [:]
    let follower = try Store.openReadOnly(at: Self.path, options: Self.options(on: system))
    func read(_ reader: Store) throws {
      let hash = try reader.snapshot().stateHash()
      hashes[reader.lastSequence, default: []].insert(hash.description)
    }
    watched.deed = {
      do {
        try read(try Store.openReadOnly(at: Self.path, options: Self.options(on: system)))
        try follower.refresh()
        try read(follower)
      } catch {
        Issue.record("\(deed) at call \(watched.count): \(error)")
      }
    }
    watched.isAlways = true
    try Self.perform(deed, writer)
    watched.isAlways = false
    #expect(hashes.values.allSatisfy { $0.count == 1 })
    #expect(watched.count > 5)
    guard deed != .close else { return }
    try read(try Store.openReadOnly(at: Self.path, options: Self.options(on: system)))
    #expect(hashes[writer.lastSequence] == [try writer.snapshot().stateHash().description])
    let (records, calls) = (hashes.keys.map(\.value).sorted(), watched.count)
    print("\(deed): \(calls) calls of the writer, between which readers saw records \(records)")
  }

  /// The writer's calls are the same, in the same order, with readers and without.
  @Test(arguments: Deed.allCases.filter { $0 != .erase })
  func theWriterDoesNotNoticeReaders(deed: Deed) throws {
    func calls(withReaders: Bool) throws -> [String] {
      let (system, first) = try Self.filled()
      try first.close()
      let watched = Meanwhile(system)
      watched.isRecording = true
      watched.deed = {
        do {
          let reader = try Store.openReadOnly(at: Self.path, options: Self.options(on: system))
          _ = try reader.snapshot().stateHash()
        } catch {
          Issue.record("\(error)")
        }
      }
      watched.isAlways = withReaders
      let writer = try Store.open(at: Self.path, options: Self.options(on: watched))
      try Self.perform(deed, writer)
      if deed != .close { try writer.close() }
      return watched.calls
    }
    let alone = try calls(withReaders: false)
    #expect(try calls(withReaders: true) == alone)
    #expect(alone.count > 20)
  }

  /// Every failure of a call is an error, or does not matter.
  @Test func aReaderSurvivesFailures() throws {
    let (system, writer) = try Self.filled()
    let expected = try writer.snapshot().stateHash()
    let start = system.callCount
    _ = try Store.openReadOnly(at: Self.path, options: Self.options(on: system))
    let calls = system.callCount - start
    var errors = 0
    for index in 0..<calls {
      system.faults = [Fault(at: system.callCount + index, .inputOutput)]
      do {
        let reader = try Store.openReadOnly(at: Self.path, options: Self.options(on: system))
        #expect(try reader.snapshot().stateHash() == expected)
      } catch {
        errors += 1
      }
      system.faults = []
    }
    #expect(errors > calls / 2)
    // Nothing of it concerns the writer.
    try writer.take(Self.lines(100..<120))
    try writer.close()
  }
}

/// A file system on which something happens before one of the calls, or before each.
private final class Meanwhile: FileSystem, @unchecked Sendable {
  // Safe because the test has one thread.
  private let base: SimulatedFileSystem
  var deed: () -> Void = {}
  /// The call before which it happens.
  var place = Int.max
  /// Whether it happens before each call.
  var isAlways = false
  private(set) var count = 0
  var isRecording = false
  private(set) var calls: [String] = []

  init(_ base: SimulatedFileSystem) { self.base = base }

  func step(_ call: @autoclosure () -> String) {
    defer { count += 1 }
    if isRecording { calls.append(call()) }
    if count == place || isAlways { deed() }
  }

  func createDirectory(_ path: String) throws(IOError) {
    step("createDirectory \(path)")
    try base.createDirectory(path)
  }
  func setPrivate(_ path: String) throws(IOError) {
    step("setPrivate \(path)")
    try base.setPrivate(path)
  }
  func exists(_ path: String) throws(IOError) -> Bool {
    step("exists \(path)")
    return try base.exists(path)
  }
  func list(_ directory: String) throws(IOError) -> [String] {
    step("list \(directory)")
    return try base.list(directory)
  }
  func open(_ path: String, _ mode: OpenMode) throws(IOError) -> any File {
    step("open \(path) \(mode)")
    return SteppedFile(try base.open(path, mode), self)
  }
  func rename(_ from: String, to: String) throws(IOError) {
    step("rename \(from) \(to)")
    try base.rename(from, to: to)
  }
  func remove(_ path: String) throws(IOError) {
    step("remove \(path)")
    try base.remove(path)
  }
  func syncDirectory(_ path: String) throws(IOError) {
    step("syncDirectory \(path)")
    try base.syncDirectory(path)
  }
  func freeBytes(in directory: String) throws(IOError) -> Int {
    try base.freeBytes(in: directory)
  }
  func lock(_ path: String) throws(IOError) -> any FileLock { try base.lock(path) }
  func isLocked(_ path: String) throws(IOError) -> Bool {
    step("isLocked \(path)")
    return try base.isLocked(path)
  }
  func mark(_ path: String, at position: UInt64) throws(IOError) -> any FileLock {
    step("mark \(position)")
    return try base.mark(path, at: position)
  }
  func hasMark(_ path: String, below position: UInt64) throws(IOError) -> Bool {
    try base.hasMark(path, below: position)
  }
  func createNameless(in directory: String) throws(IOError) -> any File {
    try base.createNameless(in: directory)
  }
}

private final class SteppedFile: File {
  private let base: any File
  private let system: Meanwhile

  init(_ base: any File, _ system: Meanwhile) {
    self.base = base
    self.system = system
  }

  var path: String { base.path }
  func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(IOError) -> Int {
    system.step("read \(path) \(offset)")
    return try base.read(at: offset, into: buffer)
  }
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(IOError) -> Int {
    system.step("write \(path) \(offset) \(bytes.count)")
    return try base.write(bytes, at: offset)
  }
  func syncData() throws(IOError) {
    system.step("syncData \(path)")
    try base.syncData()
  }
  func truncate(to size: Int) throws(IOError) {
    system.step("truncate \(path) \(size)")
    try base.truncate(to: size)
  }
  func allocate(upTo end: Int) throws(IOError) {
    system.step("allocate \(path) \(end)")
    try base.allocate(upTo: end)
  }
  func size() throws(IOError) -> Int {
    system.step("size \(path)")
    return try base.size()
  }
  func map() throws(IOError) -> MappedFile {
    system.step("map \(path)")
    return try base.map()
  }
}
