// Deliveries with the power failing at every call: nothing is lost, what comes twice is the same, and
// no line is ever damaged.

@testable import Activation
@testable import Engine
import Bytes
import Cairn
import Storage
import StorageSimulation
import Testing

@Suite struct DeliveryCrashTests {
  private static let file = "/out/crm.ndjson"

  private static func options(on system: SimulatedFileSystem) -> StoreOptions {
    var options = StoreOptions.crashing
    options.fileSystem = system
    return options
  }

  /// Takes events in and delivers, several times; the mark is the number of messages acknowledged.
  private static func run(_ system: SimulatedFileSystem) throws {
    try system.createDirectory("/out")
    try system.syncDirectory("")
    let store = try Store.create(at: StoreScript.path, options: options(on: system))
    _ = try store.apply(CrashInput.firstDefinitions)
    try store.addDestination(
      Destination(name: "crm", path: file, audiences: ["active", "big"]))
    system.recordHistory()
    var acknowledged = 0
    for range in [0..<9, 9..<15, 15..<22, 22..<32] {
      _ = try store.ingest(lines: CrashInput.bytes(range), options: .past(batch: 5))
      acknowledged += try store.deliver(to: "crm").messages
      system.setMark(acknowledged)
    }
  }

  private static func lines(_ disk: DiskState) -> [String] {
    let bytes = disk.visibleFiles[file] ?? []
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func nothingIsLostAndWhatComesTwiceIsTheSame() throws {
    let system = SimulatedFileSystem()
    try Self.run(system)
    let reference = Self.lines(system.disk)
    #expect(reference.count > 8 && Set(reference).count == reference.count)
    var crashes = 0
    for (index, (disk, mark)) in system.history.enumerated() {
      for mode in CrashMode.allCases where mode == .allLost || disk.hasPending {
        let crashed = disk.crashed(mode, seed: UInt64(index))
        let before = SimulatedFileSystem(crashed)
        // What was acknowledged is there, before anything is repaired.
        #expect(Self.lines(crashed).prefix(mark) == reference.prefix(mark), "\(index) \(mode)")
        let store = try Store.open(at: StoreScript.path, options: Self.options(on: before))
        _ = try store.deliver(to: "crm")
        let mended = Self.lines(before.disk)
        #expect(mended.prefix(mark) == reference.prefix(mark), "\(index) \(mode)")
        if mode == .allKept {
          let whole = Self.lines(crashed).filter { $0.hasSuffix("}}}") }
          #expect(mended.starts(with: whole), "what came before comes again, \(index)")
        }
        _ = try store.ingest(lines: CrashInput.bytes(0..<32), options: .past(batch: 5))
        _ = try store.deliver(to: "crm")
        let found = Self.lines(before.disk)
        #expect(found.starts(with: mended))
        var receiver = Receiver()
        try receiver.take(found.map { $0 + "\n" }.joined())
        #expect(receiver.keys.count == found.count, "call \(index) \(mode)")
        for audience in ["active", "big"] {
          var members: Set<String> = []
          try store.snapshot().visitMembers(of: audience) { (member) throws(StoreError) in
            members.insert(member.id.description)
          }
          #expect(receiver.members[audience, default: []] == members, "\(index) \(mode)")
        }
        crashes += 1
      }
    }
    #expect(crashes > 100)
  }

  @Test func aFileThatRefusesLosesNothing() throws {
    let system = SimulatedFileSystem()
    try Self.run(system)
    let reference = Self.lines(system.disk)
    let refusing = SimulatedFileSystem()
    try refusing.createDirectory("/out")
    let store = try Store.create(at: StoreScript.path, options: Self.options(on: refusing))
    _ = try store.apply(CrashInput.firstDefinitions)
    // The folder is not there: the store goes on, and the messages wait.
    try store.addDestination(
      Destination(name: "crm", path: "/none/crm.ndjson", audiences: ["active", "big"]))
    _ = try store.ingest(lines: CrashInput.bytes(0..<15), options: .past(batch: 5))
    #expect(throws: StoreError.self) { try store.deliver(to: "crm") }
    _ = try store.ingest(lines: CrashInput.bytes(15..<32), options: .past(batch: 5))
    try refusing.createDirectory("/none")
    #expect(try store.deliver(to: "crm").messages == reference.count)
  }
}
