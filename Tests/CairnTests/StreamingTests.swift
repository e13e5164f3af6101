// An input that stays open and pauses: what has come is durable and has its verdicts meanwhile, and
// an ingest that fails does not wait for more of it.

import Audiences
import Bytes
import Events
import Foundation
import Storage
import StorageSimulation
import Synchronization
import Testing

@testable import Cairn
@testable import Engine

/// A pipe whose writing end a test closes.
///
/// Should the code under test wait for that, a guard closes it after a while: a test then fails rather
/// than hangs.
final class OpenPipe: Sendable {
  let input: Int32
  private let writing: Mutex<Int32>
  private let isDone = DispatchSemaphore(value: 0)

  init(_ text: String) throws {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    input = ends[0]
    writing = Mutex(ends[1])
    let bytes = Array(text.utf8)
    try #require(write(ends[1], bytes, bytes.count) == bytes.count)
    Thread.detachNewThread { [self] in
      guard isDone.wait(timeout: .now() + .seconds(30)) == .timedOut else { return }
      closeWriting()
    }
  }

  deinit { close(input) }

  /// Whether the writing end is still open.
  var isOpen: Bool { writing.withLock { $0 >= 0 } }

  /// Closes the writing end; the test is over then.
  func end() {
    isDone.signal()
    closeWriting()
  }

  private func closeWriting() {
    writing.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }
}

@Suite struct StreamingTests {
  private static let lines = """
    {"type":"track","event":"Seen","messageId":"1","userId":"a"}
    {"type":"track","event":"Seen","messageId":"2","userId":"b"}
    {"type":"track","event":"Se
    """

  private func options(_ disk: SimulatedFileSystem) -> StoreOptions {
    var options = StoreOptions.repeatable()
    options.fileSystem = disk
    return options
  }

  /// The disk after a loss of power: what was synced.
  private func afterPowerLoss(_ disk: DiskState) -> SimulatedFileSystem {
    var disk = disk
    for (number, var inode) in disk.inodes {
      inode.visible = inode.durable
      inode.pending = []
      disk.inodes[number] = inode
    }
    for (path, var entries) in disk.directories {
      entries.visible = entries.durable
      entries.pending = []
      disk.directories[path] = entries
    }
    return SimulatedFileSystem(disk)
  }

  private static let bodies = """
    {"batch":[{"type":"track","event":"Seen","messageId":"1","userId":"a"}]}
    {"type":"track","event":"Seen",
     "messageId":"2","userId":"b"}
    {"batch":[{"type":"track","event":"Se
    """

  @Test(arguments: [lines, bodies])
  func linesOfAPausingInputAreDurableBeforeItGoesOn(_ text: String) throws {
    let system = SimulatedFileSystem()
    let store = try Store.create(at: "/store", options: options(system))
    let pipe = try OpenPipe(text)
    var verdicts = 0
    var openAtLastVerdict = false
    var events: UInt64?
    let summary = try store.ingest(
      descriptor: pipe.input,
      onVerdict: { _ in
        verdicts += 1
        guard verdicts == 2 else { return }
        openAtLastVerdict = pipe.isOpen
        let crashed = options(afterPowerLoss(system.disk))
        events = try? Store.open(at: "/store", options: crashed).snapshot().stats().events
        pipe.end()
      })
    #expect(openAtLastVerdict, "the verdicts came only when the input ended")
    #expect(events == 2)
    #expect(summary.verdicts.accepted == 2)
    #expect(summary.verdicts.quarantined == 1, "the line that was cut off by the input's end")
    try store.close()
  }

  @Test func anIngestThatFailsDoesNotWaitForTheInput() throws {
    let system = SimulatedFileSystem()
    let store = try Store.create(at: "/store", options: options(system))
    // The commit that is on its way when the disk fails may have got through.
    let lines = (1...6).map {
      #"{"type":"track","event":"Seen","messageId":"\#($0)","userId":"a"}"#
    }
    let pipe = try OpenPipe(lines.joined(separator: "\n") + "\n")
    var verdicts = 0
    #expect {
      try store.ingest(
        descriptor: pipe.input, options: .past(batch: 1),
        onVerdict: { _ in
          verdicts += 1
          guard verdicts == 1 else { return }
          system.faults = [Fault(at: system.callCount, .inputOutput, isSticky: true)]
        })
    } throws: { error in
      guard case .store = (error as? IngestFailure)?.reason else { return false }
      return true
    }
    #expect((1...2).contains(verdicts))
    #expect(pipe.isOpen, "the ingest ended only with its input")
    pipe.end()
  }

  @Test func aFeedStopsWhileItsInputIsSilent() throws {
    let seed = HashSeed([UInt8](repeating: 1, count: HashSeed.byteCount))
    let pipe = try OpenPipe("")
    let symbols = SymbolTable(seed: seed)
    let feed = try ParserFeed(
      descriptor: pipe.input, symbols: symbols, seed: seed, source: SourceID(1),
      identifiers: .standard, clock: .system,
      plan: EvaluationPlan(DefinitionSet(), names: symbols), wallClock: { .latest })
    feed.stop()
    #expect(pipe.isOpen, "the feed ended only with its input")
    #expect(feed.next() == nil)
    pipe.end()
  }

  @Test func inputIsReadAsItComes() throws {
    let pipe = try OpenPipe("some")
    let stop = try #require(WakeUp())
    var reader = InputReader(descriptor: pipe.input, stop: stop)
    #expect(try reader.next() == Array("some".utf8))
    #expect(pipe.isOpen, "the reader waited for more")
    stop.raise()
    #expect(try reader.next() == nil)
    pipe.end()
  }
}
