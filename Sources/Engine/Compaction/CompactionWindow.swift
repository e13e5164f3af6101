// The events of one step of compaction: gathered in the order of the log, passed on in the order of their
// homes.

import Bytes
import Profiles
import Storage

/// Events on their way from the log to the history of their homes.
struct CompactionWindow {
  /// What is known of one event besides its payload.
  private struct Item {
    var sequence: SequenceNumber
    var receivedAt: Timestamp
    var source: SourceID
    /// Where its payload lies in `payloads`.
    var start: Int
    var count: Int
  }

  private var items: [Item] = []
  /// The index of each event's page and its place in `items`, to be sorted by both at once.
  private var order: [UInt64] = []
  private var payloads: ByteWriter

  /// - Parameter capacity: The bytes of payloads to have room for; costs memory only as it is filled.
  init(capacity: Int) { payloads = ByteWriter(capacity: capacity) }

  /// The number of events in hand.
  var count: Int { items.count }
  /// Memory in use, in bytes.
  var byteCount: Int {
    payloads.count + items.count * (MemoryLayout<Item>.stride + MemoryLayout<UInt64>.size)
  }
  /// Bytes of the payloads in hand.
  var payloadBytes: Int { payloads.count }

  /// Adds an event, given the index of its page.
  mutating func add(_ record: borrowing RecordView, page: UInt32) {
    items.append(
      Item(
        sequence: record.sequence, receivedAt: record.receivedAt, source: record.source,
        start: payloads.count, count: record.payload.byteCount))
    order.append(UInt64(page) << 32 | UInt64(items.count - 1))
    payloads.append(record.payload)
  }

  /// Puts the events into frames, adds those to `table`, and forgets the events.
  ///
  /// - Returns: How many frames there are.
  mutating func move(to table: Table, _ pages: [HistoryPage]) throws(StoreError) -> Int {
    order.sort()
    var frames = HistoryFrameWriter()
    var index = 0
    while index < order.count {
      let page = order[index] >> 32
      while index < order.count, order[index] >> 32 == page {
        pack(items[Int(truncatingIfNeeded: order[index] & 0xFFFF_FFFF)], into: &frames)
        index += 1
      }
      try frames.finish { (value) throws(StoreError) in
        try table.append(pages[Int(page)].key, value)
      }
    }
    items.removeAll(keepingCapacity: true)
    order.removeAll(keepingCapacity: true)
    payloads.removeAll()
    return frames.frameCount
  }

  private func pack(_ item: Item, into frames: inout HistoryFrameWriter) {
    let bytes = payloads.bytes
    frames.append(
      item.sequence, receivedAt: item.receivedAt, source: item.source,
      bytes.span.bytes.extracting(item.start..<(item.start + item.count)))
  }
}
