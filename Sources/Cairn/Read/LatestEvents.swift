// The latest events of a profile: which they are is told by the addresses of its homes; what they hold
// is read from the history by home, and from the log what came in after the last compaction.

import Bytes
import Profiles
import Storage

/// The latest events of some homes, found but not read yet.
private struct LatestEvents {
  /// Where one of them stands.
  struct Place {
    var address: EventAddress
    /// The index in `pages` of its page of history.
    var page: Int
  }

  private(set) var pages: [HistoryPage] = []
  /// Newest first; of the same instant the one that came in last.
  private(set) var places: [Place] = []

  /// - Complexity: O(n log n) for n events of the homes.
  init(
    _ homes: [IdentifierOrdinal], max count: Int, of profiles: ProfileSnapshot
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
    places.sort {
      ($0.address.time, $0.address.sequence) > ($1.address.time, $1.address.sequence)
    }
    places.removeLast(max(0, places.count - count))
  }

  /// The indexes of the places by page and sequence, so that each page is read once, front to back.
  var byPage: [Int] {
    places.indices.sorted {
      (places[$0].page, places[$0].address.sequence)
        < (places[$1].page, places[$1].address.sequence)
    }
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
    var events = [EventEntry?](repeating: nil, count: latest.places.count)
    var old = latest.byPage[...]
    var young: [Int] = []
    while let first = old.first {
      let page = latest.places[first].page
      let end = old.firstIndex { latest.places[$0].page != page } ?? old.endIndex
      // Ascending sequences: what came in after the last compaction is at the end of each page.
      let split =
        old[..<end].firstIndex {
          latest.places[$0].address.sequence > scalars.historyThrough
        } ?? end
      try readHistory(latest, latest.pages[page], old[..<split], into: &events)
      young += old[split..<end]
      old = old[end...]
    }
    try readLog(latest, young, into: &events)
    return events.compactMap(\.self)
  }

  /// Reads events of one page, whose sequences ascend, from the history.
  private func readHistory(
    _ latest: LatestEvents, _ page: HistoryPage, _ wanted: ArraySlice<Int>,
    into events: inout [EventEntry?]
  ) throws(StoreError) {
    guard let end = wanted.last.map({ latest.places[$0].address.sequence }) else { return }
    var wanted = wanted
    try profiles.visitHistory(of: page) { (frame) throws(StoreError) in
      guard let next = wanted.first.map({ latest.places[$0].address.sequence }),
        frame.last >= next, frame.first <= end
      else { return }
      let plain = try frame.plain()
      var walk = HistoryWalk(frame, plain.span.bytes)
      while let place = wanted.first, let record = try walk.next() {
        guard record.sequence == latest.places[place].address.sequence else { continue }
        events[place] = try EventEntry(
          plain, record.range, at: record.sequence, receivedAt: record.receivedAt, names: names)
        wanted.removeFirst()
      }
    }
    guard wanted.isEmpty else {
      throw .derivedMismatch("homeHistory", "an event is missing")
    }
  }

  /// Reads events from the log.
  private func readLog(
    _ latest: LatestEvents, _ wanted: [Int], into events: inout [EventEntry?]
  ) throws(StoreError) {
    let cursor = LogCursor()
    // In log order, so that neighbours share a decoded block.
    for place in wanted.sorted(by: {
      latest.places[$0].address.sequence < latest.places[$1].address.sequence
    }) {
      events[place] = try log.withRecord(at: latest.places[place].address.sequence, cursor) {
        (record) throws(StoreError) in try entry(ofEvent: record)
      }
    }
  }
}
