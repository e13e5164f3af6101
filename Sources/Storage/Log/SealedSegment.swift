// A segment that will never change: mapped, with its footer in memory.

import Bytes
import Glibc

/// A sealed segment, open for reading.
final class SealedSegment: Sendable {
  let footer: SealedFooter
  let bytes: SegmentBytes
  let map: MappedFile

  /// Opens and checks header and footer; blocks are checked when they are read.
  ///
  /// Complexity: O(footer), whatever the segment's size.
  init(
    _ entry: Manifest.Segment, storeID: Hash128, in directory: String, _ fileSystem: any FileSystem
  ) throws(StoreError) {
    let name = StoreFile.segment(entry.number)
    let map: MappedFile
    do {
      map = try fileSystem.open(directory + "/" + name, .read).map()
    } catch {
      throw StoreError.missing(error, name)
    }
    guard map.count == entry.byteCount else {
      throw .corrupt(
        "the segment has \(map.count) bytes, the manifest says \(entry.byteCount)", name,
        at: min(map.count, entry.byteCount))
    }
    let header = SegmentHeader(entry, storeID: storeID)
    let span = map.bytes
    _ = try header.check(span, file: name)
    footer = try SealedFooter(segment: span, number: entry.number, file: name)
    guard footer.firstSequence == entry.firstSequence, footer.lastSequence == entry.lastSequence
    else {
      throw .corrupt("footer and manifest name different sequences", name, at: footer.offset)
    }
    self.map = map
    bytes = SegmentBytes(
      name: name, number: entry.number, storage: .mapped(map), end: footer.offset)
  }
}

extension StoreError {
  /// The error for a live file that cannot be opened.
  static func missing(_ error: IOError, _ name: String) -> StoreError {
    guard error.errno == ENOENT else { return StoreError(error) }
    return .corrupt("the manifest lists it and it is missing", name, at: 0)
  }
}
