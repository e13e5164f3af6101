// The file that the log grows in: reserving space ahead of its end, writing, syncing.

import Bytes
import Glibc

/// The active segment's file and how much of it is reserved.
struct ActiveSegment: Sendable {
  let file: any File
  let name: String
  /// The file's size; bytes after the log's tip are zeros.
  private(set) var reserved: Int

  /// Takes over an open file of `reserved` bytes.
  init(_ file: any File, name: String, reserved: Int) {
    self.file = file
    self.name = name
    self.reserved = reserved
  }

  /// Makes a segment's file with its header, synced but not yet in any manifest.
  ///
  /// - Throws: `noSpace` with nothing left behind; any other failure poisons.
  static func create(
    _ header: SegmentHeader, _ manifests: ManifestStore
  ) throws(StoreError) -> ActiveSegment {
    let name = StoreFile.segment(header.number)
    let path = manifests.path(name)
    do {
      let file = try manifests.fileSystem.open(path, .create)
      try file.writeAll(header.encode().bytes, at: 0)
      try file.syncData()
      return ActiveSegment(file, name: name, reserved: SegmentHeader.byteCount)
    } catch {
      guard error.isNoSpace, error.operation != .syncData else {
        throw manifests.health.poison(error)
      }
      try? manifests.fileSystem.remove(path)
      throw StoreError(error)
    }
  }

  /// Makes sure that writes below `end` cannot run out of space, in steps of `step` bytes.
  ///
  /// - Throws: `noSpace` with the file as it was; any other failure poisons.
  mutating func reserve(
    upTo end: Int, step: Int, _ health: WriterHealth
  ) throws(StoreError) {
    guard end > reserved else { return }
    let ahead = (end / step + 1) * step
    let refusal: IOError
    do {
      if try allocate(upTo: ahead) == nil { return }
      // Close to the limit there may be room for what is needed, if not for a whole step.
      guard let failure = try allocate(upTo: end) else { return }
      refusal = failure
    } catch {
      throw health.poison(error)
    }
    throw StoreError(
      .noSpace,
      "no space for \(end - reserved) more bytes of log; nothing was written, "
        + refusal.spaceRemedy, file: name)
  }

  /// Grows the file; the refusal, with the file as it was, if there is no space.
  private mutating func allocate(upTo end: Int) throws(IOError) -> IOError? {
    do {
      try file.allocate(upTo: end)
    } catch {
      guard error.isNoSpace else { throw error }
      try file.truncate(to: reserved)
      return error
    }
    reserved = end
    return nil
  }

  /// Writes the footer, gives back what is reserved after it and syncs; any failure poisons.
  mutating func seal(_ footer: [UInt8], at offset: Int, _ health: WriterHealth) throws(StoreError) {
    do {
      try file.writeAll(footer, at: offset)
      try file.truncate(to: offset + footer.count)
      try file.syncData()
    } catch {
      throw health.poison(error)
    }
    reserved = offset + footer.count
  }

  /// Gives back reserved space.
  ///
  /// Failing costs nothing but the space, until the next opening.
  mutating func release(downTo end: Int) {
    guard reserved > end, (try? file.truncate(to: end)) != nil else { return }
    reserved = end
  }
}
