// Timers against a sorted array, through snapshots, flushes, failures and restarts; and damage to
// timer runs.

import Bytes
import Storage
import Testing

private func timer(_ due: Int64, _ ordinal: UInt32 = 0, _ condition: UInt32 = 0) -> TimerEntry {
  TimerEntry(due: Timestamp(milliseconds: due), ordinal: ordinal, condition: condition)
}

/// A queue and the set that it should deliver from.
private struct TimerModel {
  var queue: TimerQueue
  var directory = RunDirectory()
  var waiting: Set<TimerEntry> = []
  var snapshots: [(snapshot: TimerSnapshot, waiting: Set<TimerEntry>)] = []
  var now = Timestamp(milliseconds: -500)
  var random: SeededGenerator
  let burst: Int

  init(seed: UInt64) throws {
    random = SeededGenerator(seed)
    queue = try TimerQueue(after: now)
    // Some seeds push enough to turn the heap into arrays many times over.
    burst = seed % 8 == 0 ? 700 : 20
  }

  mutating func step() throws {
    switch Int.random(in: 0..<20, using: &random) {
    case 0..<12:
      for _ in 0..<Int.random(in: 1...burst, using: &random) {
        let due = now.milliseconds + Int64.random(in: 1...2000, using: &random)
        let entry = timer(
          due, UInt32.random(in: 0..<4, using: &random), UInt32.random(in: 0..<2, using: &random))
        queue.push(entry)
        waiting.insert(entry)
      }
    case 12..<17:
      try advance(Int64.random(in: 0...300, using: &random))
    case 17:
      if snapshots.count > 3 { snapshots.removeFirst() }
      snapshots.append((queue.snapshot(), waiting))
    case 18:
      for (snapshot, waiting) in snapshots {
        let through = now + Milliseconds(Int64.random(in: 0...1500, using: &random))
        let expected = waiting.filter { $0.due <= through }.sorted()
        #expect(try snapshot.due(through: through) == expected)
      }
    default:
      try flush()
    }
  }

  mutating func advance(_ milliseconds: Int64) throws {
    now = now + Milliseconds(milliseconds)
    var fired: [TimerEntry] = []
    #expect(try queue.next == waiting.min())
    while let entry = try queue.popDue(through: now) {
      fired.append(entry)
      // Firing often sets the next timer of the same condition.
      if Bool.random(using: &random) {
        let again = TimerEntry(
          due: entry.due + Milliseconds(50), ordinal: entry.ordinal, condition: entry.condition)
        queue.push(again)
        waiting.insert(again)
      }
    }
    let expected = waiting.filter { $0.due <= now }.sorted()
    #expect(fired == expected)
    waiting.subtract(expected)
  }

  mutating func flush() throws {
    if Bool.random(using: &random) {
      let before = (directory.files.names, directory.runs)
      directory.files.allow(Int.random(in: 0..<3, using: &random))
      do {
        _ = try directory.flush(queue, now: now)
      } catch {
        #expect(error.code == .noSpace)
        #expect(before == (directory.files.names, directory.runs))
      }
      directory.files.allow(.max)
      #expect(try queue.next == waiting.min())
    }
    _ = try directory.flush(queue, now: now)
    #expect(directory.runs.count <= TimerQueue.runsMax)
    #expect(directory.files.names.count == directory.runs.count)
    if Bool.random(using: &random) { queue = try directory.openTimers(after: now) }
  }
}

@Suite struct TimerQueueTests {
  @Test(arguments: 0..<16)
  func matchesSortedSet(seed: Int) throws {
    var model = try TimerModel(seed: UInt64(seed))
    for _ in 0..<250 { try model.step() }
    try model.advance(5000)
    #expect(model.waiting.isEmpty)
    #expect(try model.queue.next == nil)
  }

  @Test func firesInOrderOfDueOrdinalCondition() throws {
    let queue = try TimerQueue(after: .earliest)
    let ordered = [timer(1, 5, 9), timer(2, 0, 1), timer(2, 1, 0), timer(2, 1, 1), timer(3)]
    for entry in ordered.reversed() + ordered { queue.push(entry) }
    #expect(try queue.popDue(through: Timestamp(milliseconds: 0)) == nil)
    var fired: [TimerEntry] = []
    while let entry = try queue.popDue(through: Timestamp(milliseconds: 2)) { fired.append(entry) }
    #expect(fired == Array(ordered.dropLast()))
  }

  @Test func exhaustedRunsAreGivenUp() throws {
    var directory = RunDirectory()
    let queue = try TimerQueue(after: Timestamp(milliseconds: 0))
    for due in Int64(1)...100 { queue.push(timer(due)) }
    #expect(try directory.flush(queue, now: Timestamp(milliseconds: 0)).added.count == 1)
    #expect(try directory.flush(queue, now: Timestamp(milliseconds: 0)).isEmpty)
    while try queue.popDue(through: Timestamp(milliseconds: 100)) != nil {}
    let edit = try directory.flush(queue, now: Timestamp(milliseconds: 100))
    #expect(edit.added.isEmpty)
    #expect(edit.removed.count == 1)
    #expect(directory.files.names.isEmpty)
  }

  @Test func reopeningSkipsWhatFired() throws {
    var directory = RunDirectory()
    let queue = try TimerQueue(after: Timestamp(milliseconds: 0))
    for due in Int64(1)...1000 { queue.push(timer(due)) }
    _ = try directory.flush(queue, now: Timestamp(milliseconds: 0))
    #expect(try directory.openTimers(after: Timestamp(milliseconds: 700)).next == timer(701))
    #expect(try directory.openTimers(after: Timestamp(milliseconds: 1000)).next == nil)
  }

  @Test func everyDamageIsAnError() throws {
    var directory = RunDirectory()
    let queue = try TimerQueue(after: Timestamp(milliseconds: 0))
    for due in Int64(1)...300 { queue.push(timer(due, UInt32(due % 3), UInt32(due % 7))) }
    _ = try directory.flush(queue, now: Timestamp(milliseconds: 0))
    let path = "/s/" + TimerRun.fileName(directory.runs[0].file)
    let bytes = try #require(directory.files[path])
    let golden = try Golden.bytes("timers-1.run", present: bytes)
    #expect(
      bytes == golden, "the run format changed: raise its version and rewrite the golden file")

    func readAll(_ bytes: [UInt8]) -> StoreError.Code? {
      directory.files[path] = bytes
      do throws(StoreError) {
        let queue = try directory.openTimers(after: Timestamp(milliseconds: 0))
        var count = Int64(0)
        while let entry = try queue.popDue(through: .latest) {
          count += 1
          #expect(entry == timer(count, UInt32(count % 3), UInt32(count % 7)))
        }
        #expect(count == 300)
        return nil
      } catch {
        #expect(error.file == TimerRun.fileName(1))
        return error.code
      }
    }
    #expect(readAll(bytes) == nil)
    for offset in bytes.indices {
      var damaged = bytes
      damaged[offset] ^= UInt8(1 << (offset % 8))
      #expect(readAll(damaged) == .damagedIndex, "byte \(offset)")
      if offset % 8 == 0 {
        #expect(readAll(Array(bytes[..<offset])) == .damagedIndex, "length \(offset)")
      }
    }
    var random = SeededGenerator(1)
    let pages = RunFileTests.pages(bytes)
    for _ in 0..<500 {
      var damaged = bytes
      let page = try #require(pages.randomElement(using: &random))
      damaged[page.lowerBound + Int.random(in: 8..<page.count, using: &random)] ^= 0xFF
      RunFileTests.seal(&damaged, page)
      directory.files[path] = damaged
      // No answer is expected of bytes that carry a right checksum, only an end.
      if let queue = try? directory.openTimers(after: Timestamp(milliseconds: 0)) {
        while (try? queue.popDue(through: .latest)) != nil {}
      }
    }
  }
}
