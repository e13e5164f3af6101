// Which home each event of a part of the log belongs to. The log is in order of arrival and does not say;
// the addresses of each home's events do.

import Bytes
import Profiles
import Storage

/// The pages of history that the events of a range of sequences belong to.
///
/// Takes four bytes a sequence of the range and sixteen a page.
struct EventPages {
  /// The most memory that one sequence can take, in bytes.
  static let bytesPerSequence = 4 + MemoryLayout<HistoryPage>.stride

  private static let none = UInt32.max

  let range: ClosedRange<UInt64>
  private(set) var pages: [HistoryPage] = []
  /// For each sequence of the range the index of its page; `none` for what is not an event.
  private var indexes: [UInt32]

  /// Reads the addresses of all homes.
  ///
  /// - Parameter range: At most 2³² − 1 sequences.
  /// - Complexity: O(events of the store), 16 bytes each, and O(range).
  init(_ range: ClosedRange<UInt64>, of profiles: ProfileSnapshot) throws(StoreError) {
    self.range = range
    indexes = [UInt32](repeating: Self.none, count: range.count)
    try profiles.visitEventPages { (page, address) throws(StoreError) in
      guard range.contains(address.sequence.value) else { return }
      // All events of a page come one after another.
      if pages.last != page { pages.append(page) }
      indexes[Int(address.sequence.value - range.lowerBound)] = UInt32(pages.count - 1)
    }
  }

  /// The index in `pages` of an event's page; nil for an event that by the rules in force has no home.
  func index(of sequence: SequenceNumber) -> UInt32? {
    let index = indexes[Int(sequence.value - range.lowerBound)]
    return index == Self.none ? nil : index
  }
}
