// Memory that pieces are cut from until a flush moves them into a file.

import Glibc

/// Anonymous memory for one or more granules in a row.
///
/// Given back when the table and all snapshots have let go of it.
final class RowExtent: @unchecked Sendable {
  // Safe because what a snapshot or a flush reads of it is not written any more (`RowGranule.openFrom`).
  let start: UnsafeMutableRawPointer
  /// The number of the first granule.
  let granule: Int
  let granuleCount: Int

  init(granule: Int, count: Int) {
    self.granule = granule
    granuleCount = count
    let memory = mmap(
      nil, count * RowFormat.bytesPerGranule, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
      -1, 0)
    guard let memory, memory != MAP_FAILED else { preconditionFailure("out of memory") }
    start = memory
  }

  deinit { munmap(start, granuleCount * RowFormat.bytesPerGranule) }
}

/// Where the bytes of a granule are, and which may change.
struct RowGranule: BitwiseCopyable, @unchecked Sendable {
  // Safe because it is only looked at through the map that it is part of.
  /// Where they begin; without meaning while `limit` is 0.
  var start: UnsafeMutableRawPointer
  /// The bytes from `start` on that can belong to pieces of this granule; 0 for a number that is not in use.
  var limit = 0
  /// The unit from which on pieces may be changed in place.
  ///
  /// What lies before belongs to a file, to one that is being written, or to a snapshot.
  var openFrom = UInt32(RowFormat.unitsPerGranule)
  /// Whether it is in a file, so that an address in a page of locations of a file may lead here.
  var isInFile = false
  /// The file whose checksums are to be compared before its bytes are believed; nil if they need not be.
  ///
  /// The map that the granule is part of keeps it alive.
  var unchecked: Unmanaged<RowFile>?
}
