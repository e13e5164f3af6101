// Whether the history by home is a copy of the log: of every event up to where it reaches, each once, in
// the page of its home, and of nothing else.

import Bytes
import Events
import Profiles
import Storage

/// A sum over events that does not depend on their order.
struct EventSum: Equatable {
  private(set) var count: UInt64 = 0
  private var sum: UInt64 = 0
  private var item = ByteWriter(capacity: 1024)

  /// Adds an event with all that is copied of it.
  mutating func add(
    _ sequence: SequenceNumber, receivedAt: Timestamp, source: SourceID, _ payload: RawSpan
  ) {
    item.removeAll()
    item.u64(sequence.value)
    item.i64(receivedAt.milliseconds)
    item.u32(source.value)
    item.append(payload)
    add()
  }

  /// Adds the place of an event.
  mutating func add(_ sequence: SequenceNumber, in page: HistoryPage) {
    item.removeAll()
    item.u64(sequence.value)
    item.u32(page.home.value)
    item.u64(page.number)
    add()
  }

  private mutating func add() {
    count += 1
    sum &+= Checksum.of(item.bytes.span.bytes)
  }

  /// Whether both are of the same events.
  static func == (a: Self, b: Self) -> Bool { a.count == b.count && a.sum == b.sum }
}

extension Snapshot {
  /// Compares the history by home with the log and with the addresses of events.
  ///
  /// - Parameter events: The sum over the events of the log up to `historyThrough`.
  /// - Returns: What is wrong; nil if nothing is.
  /// - Complexity: O(history); decompresses all of it.
  func problemOfHistory(_ events: EventSum) throws(StoreError) -> String? {
    var (copies, places, expected) = (EventSum(), EventSum(), EventSum())
    var page: HistoryPage?
    var last = SequenceNumber(0)
    try profiles.visitHistory { (found, frame) throws(StoreError) in
      if found != page { (page, last) = (found, SequenceNumber(0)) }
      guard frame.first > last else {
        throw .derivedMismatch("homeHistory", "its frames are out of order")
      }
      last = frame.last
      let plain = try frame.plain()
      var walk = HistoryWalk(frame, plain.span.bytes)
      while let record = try walk.next() {
        copies.add(
          record.sequence, receivedAt: record.receivedAt, source: record.source, record.payload)
        places.add(record.sequence, in: found)
      }
    }
    try profiles.visitEventPages { (page, address) throws(StoreError) in
      guard address.sequence <= scalars.historyThrough else { return }
      expected.add(address.sequence, in: page)
    }
    guard copies == events, places == expected else {
      return
        "the copies of \(copies.count) events by home are not the \(events.count) events of the "
        + "log; rebuild with `cairn rebuild`"
    }
    return nil
  }
}
