// The real thing: the built binary on the real file system, killed with SIGKILL while it ingests,
// again and again, until the input is in.

import Foundation
import Glibc
import StorageSimulation
import Testing

@Suite(.serialized) struct KillTests {
  private static let eventCount = TestDepth.of(20_000, part: 8_000)
  private static let kills = TestDepth.of(30, part: 10)

  private static let definitions = """
    traits:
      ltv: 'sum("Order Completed", properties.revenue, currency: properties.currency)'
    audiences:
      big: ltv > 100 USD
      recent: count("Order Completed", last 1d) >= 2
    """

  /// Orders and visits of a few hundred people, some of whom become known along the way.
  private static func input(seed: UInt64) -> String {
    var random = SeededRandom(seed)
    var text = ""
    for index in 0..<eventCount {
      let minute = index / 4
      let day = 1 + minute / 1440
      let time =
        "2024-05-\(day < 10 ? "0" : "")\(day)T"
        + String(format: "%02d:%02d:00Z", minute / 60 % 24, minute % 60)
      let user = random.below(400)
      let head = #"{"messageId":"k\#(index)","timestamp":"\#(time)","#
      switch random.below(10) {
      case 0:
        text += head + #""type":"identify","userId":"u\#(user)","anonymousId":"a\#(user / 2)"}"#
      case 1...4:
        text +=
          head + #""type":"track","event":"Product Viewed","anonymousId":"a\#(user)","#
          + #""properties":{"category":"c\#(index % 9)"}}"#
      default:
        text +=
          head + #""type":"track","event":"Order Completed","userId":"u\#(user)","#
          + #""properties":{"revenue":\#(random.below(5000)).25,"currency":"USD"}}"#
      }
      text += "\n"
    }
    return text
  }

  @Test func aKilledIngestRepeatedEndsTheSame() throws {
    let seed: UInt64 = 21
    print("seed \(seed)")
    var random = SeededRandom(seed)
    let folder = try KillFolder()
    defer { folder.remove() }
    try folder.write(Self.input(seed: seed), to: "events.ndjson")
    try folder.write(Self.definitions, to: "definitions.yaml")
    #expect(try folder.run("init", "shop").status == 0)
    #expect(try folder.run("apply", "shop", "definitions.yaml").status == 0)
    // Copies, since each new store has its own secrets.
    try folder.copy("shop", to: "whole")
    #expect(try folder.ingest("whole").waitedStatus == 0)
    let expected = try folder.run("verify", "whole", "--replay", "--json")
    let logBytes = folder.logBytes("whole")
    #expect(expected.status == 0 && logBytes > 100_000)

    try folder.copy("shop", to: "torn")
    var killed = 0
    var points: [Int] = []
    for kill in 1... {
      let runs = folder.runs("torn")
      let process = try folder.ingest("torn")
      guard kill <= Self.kills else {
        #expect(process.waitedStatus == 0)
        break
      }
      // Further and further, sometimes at once; the last while derived files are written.
      let target = logBytes * kill / Self.kills - random.below(logBytes / 6)
      let wantsRun = kill > Self.kills - 5
      while process.isAlive {
        let isReached =
          wantsRun
          ? !folder.runs("torn").isSubset(of: runs) : folder.hasLog("torn", at: max(target, 0))
        if isReached { break }
        sched_yield()
      }
      if process.kill() { killed += 1 }
      points.append(folder.logBytes("torn"))
    }
    print("killed \(killed) times, with log bytes \(points) of \(logBytes)")
    #expect(killed >= Self.kills / 2)
    let found = try folder.run("verify", "torn", "--replay", "--json")
    #expect(found.status == 0)
    #expect(found.hash == expected.hash && expected.hash != nil)
  }
}

/// A folder with stores, and the built binary to work on them.
private struct KillFolder {
  struct Outcome {
    var status: Int32
    var output: String

    /// The state hash in a JSON report.
    var hash: String? {
      output.firstMatch(of: #/"state_hash":"([0-9a-f]+)"/#).map { String($0.1) }
    }
  }

  let folder = FileManager.default.temporaryDirectory.appending(
    path: "cairn-kill-\(UUID().uuidString)")

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
  }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func write(_ text: String, to name: String) throws {
    try text.write(to: folder.appending(path: name), atomically: false, encoding: .utf8)
  }

  func copy(_ from: String, to: String) throws {
    try FileManager.default.copyItem(
      at: folder.appending(path: from), to: folder.appending(path: to))
  }

  private func process(_ arguments: [String]) -> Process {
    let process = Process()
    process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appending(path: "cairn")
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    return process
  }

  func run(_ arguments: String...) throws -> Outcome {
    let process = process(arguments)
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: bytes, as: UTF8.self))
  }

  /// Starts the ingest of all events into a store.
  func ingest(_ store: String) throws -> Victim {
    let process = process([
      "ingest", store, "events.ndjson", "--batch", "200", "--clock", "events",
    ])
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    return Victim(process: process)
  }

  /// Whether anything is written to a store's log around an offset; what is only reserved is zeros.
  func hasLog(_ store: String, at offset: Int) -> Bool {
    guard let file = FileHandle(forReadingAtPath: folder.path + "/\(store)/log-1.seg") else {
      return false
    }
    defer { try? file.close() }
    try? file.seek(toOffset: UInt64(offset))
    return (try? file.read(upToCount: 64))?.contains { $0 != 0 } ?? false
  }

  /// How far a store's log is written.
  func logBytes(_ store: String) -> Int {
    let bytes = [UInt8](
      (try? Data(contentsOf: folder.appending(path: "\(store)/log-1.seg"))) ?? Data())
    return (bytes.lastIndex { $0 != 0 } ?? -1) + 1
  }

  /// The names of the run files in a store's directory, listed or not.
  func runs(_ store: String) -> Set<String> {
    let names = try? FileManager.default.contentsOfDirectory(atPath: folder.path + "/" + store)
    return Set((names ?? []).filter { $0.hasSuffix(".run") })
  }
}

/// A process that is to be killed.
private struct Victim {
  let process: Process

  var isAlive: Bool { process.isRunning }

  /// The status after the process has ended by itself.
  var waitedStatus: Int32 {
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// Kills the process; false if it had ended by itself.
  func kill() -> Bool {
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
  }
}
