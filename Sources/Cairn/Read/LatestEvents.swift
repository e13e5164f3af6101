// The latest events of a profile: they are found by the addresses of its homes; what they hold is
// read from the history by home, and from the log what came in after the last compaction.

import Bytes
import Engine
import Events
import Profiles
import Storage

/// The latest events of some homes, found but not read yet.
private struct LatestEvents {
  /// Where an event of the homes stands.
  struct Place {
    let address: EventAddress
    /// The index in `pages` of its page of history.
    let page: Int
    /// How many events are newer; nil unless it is among the latest.
    var rank: Int?

    /// Ascends with time; of the same instant the one that came in last is the newest.
    var age: Int128 {
      Int128(address.time.milliseconds) << 64 | Int128(address.sequence.value)
    }
  }

  private(set) var pages: [HistoryPage] = []
  /// Home by home, each in the order of the log.
  private(set) var places: [Place] = []
  /// How many are among the latest.
  private(set) var count = 0

  /// - Complexity: O(n log n) for n events of the homes.
  init(
    _ homes: [IdentifierOrdinal], max: Int, of profiles: ProfileSnapshot
  ) throws(StoreError) {
    for home in homes {
      var index: UInt64 = 0
      try profiles.visitEvents(ofHome: home) { address in
        if index.isMultiple(of: HistoryPage.events) {
          pages.append(HistoryPage(home, eventAt: index))
        }
        places.append(Place(address: address, page: pages.count - 1))
        index += 1
      }
    }
    count = min(max, places.count)
    rank()
  }

  private mutating func rank() {
    var newest = places.indices.map { (age: places[$0].age, index: $0) }
    newest.sort { $0.age > $1.age }
    for rank in 0..<count { places[newest[rank].index].rank = rank }
  }
}

extension Snapshot {
  /// The latest events of some homes, newest first.
  ///
  /// - Complexity: O(n log n) for n events of the homes, and for each event in the history what its share
  ///   of a frame takes; for each that came later the decoding of a block of the log.
  func latestEvents(
    _ homes: [IdentifierOrdinal], max count: Int
  ) throws(StoreError) -> [EventEntry] {
    let latest = try LatestEvents(homes, max: count, of: profiles)
    var events = RankedEvents(count: latest.count)
    var rest = latest.places[...]
    var young: [LatestEvents.Place] = []
    while let page = rest.first?.page {
      let end = rest.firstIndex { $0.page != page } ?? rest.endIndex
      // Ascending sequences: what came in after the last compaction is at the end of each page.
      let split = rest[..<end].firstIndex { $0.address.sequence > scalars.historyThrough } ?? end
      try readHistory(latest.pages[page], rest[..<split], into: &events)
      young += rest[split..<end].filter { $0.rank != nil }
      rest = rest[end...]
    }
    try readLog(young, into: &events)
    return try events.entries(names: names)
  }

  /// Reads those events of one page that are among the latest, from the history.
  private func readHistory(
    _ page: HistoryPage, _ places: ArraySlice<LatestEvents.Place>, into events: inout RankedEvents
  ) throws(StoreError) {
    guard let first = places.firstIndex(where: { $0.rank != nil }),
      let last = places.lastIndex(where: { $0.rank != nil })
    else { return }
    let end = places[last].address.sequence
    var next = first
    try profiles.visitHistory(of: page) { (frame) throws(StoreError) in
      guard next <= last, frame.last >= places[next].address.sequence, frame.first <= end else {
        return
      }
      let plain = try frame.plain()
      let buffer = events.add(plain)
      var walk = HistoryWalk(frame, plain.span.bytes)
      while next <= last, let rank = places[next].rank, let record = try walk.next() {
        guard record.sequence == places[next].address.sequence else { continue }
        events.add(
          rank, in: buffer, at: record.range, record.sequence, receivedAt: record.receivedAt)
        repeat { next += 1 } while next <= last && places[next].rank == nil
      }
    }
    guard next > last else {
      throw .derivedMismatch("homeHistory", "an event is missing")
    }
  }

  /// Reads those events that are among the latest, from the log.
  private func readLog(
    _ places: [LatestEvents.Place], into events: inout RankedEvents
  ) throws(StoreError) {
    let cursor = LogCursor()
    // In log order, so that neighbours share a decoded block.
    for place in places.sorted(by: { $0.address.sequence < $1.address.sequence }) {
      guard let rank = place.rank else { continue }
      try log.withRecord(at: place.address.sequence, cursor) { (record) throws(StoreError) in
        let bytes = record.payload.toArray()
        events.add(
          rank, in: events.add(bytes), at: bytes.indices, record.sequence,
          receivedAt: record.receivedAt)
      }
    }
  }
}

/// Events that are found in another order than they are wanted in.
private struct RankedEvents {
  /// Where one of them lies.
  private struct Found {
    var buffer = 0
    var range = 0..<0
    var sequence = SequenceNumber(0)
    var receivedAt = Timestamp(milliseconds: 0)
  }

  /// The bytes that hold them, those of neighbours together.
  private var buffers: [[UInt8]] = []
  /// By rank.
  private var found: [Found]

  init(count: Int) { found = Array(repeating: Found(), count: count) }

  /// Takes bytes that hold events; returns what `add` knows them by.
  mutating func add(_ bytes: [UInt8]) -> Int {
    buffers.append(bytes)
    return buffers.count - 1
  }

  mutating func add(
    _ rank: Int, in buffer: Int, at range: Range<Int>, _ sequence: SequenceNumber,
    receivedAt: Timestamp
  ) {
    found[rank] = Found(
      buffer: buffer, range: range, sequence: sequence, receivedAt: receivedAt)
  }

  /// The events, newest first, once all were found.
  func entries(names: SymbolNames) throws(StoreError) -> [EventEntry] {
    var entries: [EventEntry] = []
    entries.reserveCapacity(found.count)
    for event in found {
      entries.append(
        try EventEntry(
          buffers[event.buffer], event.range, at: event.sequence, receivedAt: event.receivedAt,
          names: names))
    }
    return entries
  }
}
