// How much an erasure will take of the disk, before anything of it is recorded.

import Bytes
import Storage

extension Store {
  /// Makes sure, as far as it can be known, that what follows finds the space that it needs: once the record of
  /// an erasure is there, a full disk closes the store.
  ///
  /// An estimate from the present size of everything derived, which is made again, and merged, while the old is
  /// still there, and of the largest segment of the log, which is written again while the old one is there.
  ///
  /// - Parameter recordBytes: The size of the record to come.
  /// - Throws: `.noSpace` naming how much is needed, with nothing changed.
  func requireSpaceToErase(recordBytes: Int) throws(StoreError) {
    let manifest = directory.manifest
    let runs = manifest.tableRuns + manifest.timerRuns
    let pending = pendingRuns.tables.added + pendingRuns.timers.added
    let derived =
      (runs + pending).reduce(fold.state.memoryBytes) { $0 + Int(clamping: $1.byteCount) }
    let sealed = manifest.segments.map(\.byteCount)
    let active = directory.log.byteCount - sealed.reduce(0, +)
    let segment = max(active, sealed.max() ?? 0)
    let needed = 2 * derived + segment + recordBytes + Self.manifestBytes
    let free: Int
    do { free = try directory.fileSystem.freeBytes(in: directory.path) } catch {
      throw StoreError(error)
    }
    guard free < needed else { return }
    throw StoreError(
      .noSpace,
      "this needs about \(Self.mebibytes(needed)) of free space, for everything derived again, merging "
        + "included, and a segment of the log, and the disk has \(Self.mebibytes(free)); nothing has been "
        + "changed; free some space and try again", file: directory.path)
  }

  /// What manifests, the receipt and file names take in addition.
  private static let manifestBytes = 64 << 10

  private static func mebibytes(_ bytes: Int) -> String {
    let tenths = (bytes + 104_857) / 104_858
    return "\(tenths / 10).\(tenths % 10) MiB"
  }
}
