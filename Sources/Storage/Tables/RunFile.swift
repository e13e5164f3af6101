// A mapped run file and the trust in its pages: header and footer are checked when it is opened, each
// page when it is first touched. Table runs and timer runs read through it.

import Bytes
import Glibc
import Synchronization

/// The pages of one run file, each checked before it is first handed out.
///
/// Opening costs two page reads whatever the size of the file.
final class RunFile: @unchecked Sendable {
  // Safe because the mapped bytes never change, and the bits are atomic and only ever set.
  let layout: RunLayout
  let name: String
  private let map: MappedFile
  /// The mapped bytes; valid as long as `map`.
  let start: UnsafeRawPointer
  /// One bit per page: it was checked.
  private let checked: UnsafeMutablePointer<Atomic<UInt64>>
  private let checkedWords: Int

  /// Takes over a mapped file after checking its header and footer.
  init(_ map: MappedFile, name: String) throws(StoreError) {
    self.map = map
    self.name = name
    do {
      layout = try RunLayout(validating: map.bytes)
    } catch {
      throw Self.damage("header or footer: \(error.reason)", name, at: error.offset)
    }
    guard let start = map.bytes.withUnsafeBytes({ $0.baseAddress }) else {
      throw Self.damage("empty file", name, at: 0)
    }
    self.start = start
    checkedWords = (layout.pageCount + 63) / 64
    checked = .allocate(capacity: checkedWords)
    for index in 0..<checkedWords { (checked + index).initialize(to: Atomic(0)) }
  }

  deinit {
    checked.deinitialize(count: checkedWords)
    checked.deallocate()
  }

  /// Opens and maps a file of a store; a missing one is damage, as it can be rebuilt.
  static func open(
    _ name: String, in directory: String, _ fileSystem: any FileSystem
  ) throws(StoreError) -> RunFile {
    let map: MappedFile
    do {
      map = try fileSystem.open(directory + "/" + name, .read).map()
    } catch {
      if error.errno == ENOENT { throw damage("missing file", name, at: 0) }
      throw StoreError(error)
    }
    return try RunFile(map, name: name)
  }

  /// Anonymous memory held, in bytes.
  var memoryBytes: Int { checkedWords * 8 }

  /// Whether page `ordinal` was checked; without ordering, as the bytes never change.
  @inline(__always)
  func isChecked(_ ordinal: Int) -> Bool {
    checked[ordinal >> 6].load(ordering: .relaxed) & (1 << UInt64(ordinal & 63)) != 0
  }

  /// Remembers that page `ordinal` is sound.
  func setChecked(_ ordinal: Int) {
    checked[ordinal >> 6].bitwiseOr(1 << UInt64(ordinal & 63), ordering: .relaxed)
  }

  /// Checks the frame and checksum of a page and returns its number of entries.
  ///
  /// - Parameter range: Where the page is; must lie within the file.
  func checkFrame(_ range: Range<Int>, _ kind: RunFormat.PageKind) throws(StoreError) -> Int {
    let map = map
    let bytes = map.bytes.extracting(range)
    var reader = ByteReader(bytes)
    do throws(DecodeError) {
      let checksum = try reader.u64()
      guard try reader.u64() == layout.file, try reader.u64() == UInt64(range.lowerBound),
        try reader.u32() == UInt32(truncatingIfNeeded: range.count)
      else { throw reader.invalid() }
      let word = try reader.u32()
      guard word >> RunFormat.countBits == UInt32(kind.rawValue) else { throw reader.invalid() }
      guard Checksum.of(bytes.extracting(8...)) == checksum else {
        throw DecodeError(.checksumMismatch, at: 0)
      }
      return Int(word & (1 << RunFormat.countBits - 1))
    } catch {
      throw damage("page: \(error.reason)", at: range.lowerBound + error.offset)
    }
  }

  /// The error for damage found at `offset`.
  func damage(_ what: String, at offset: Int) -> StoreError {
    Self.damage(what, name, at: offset)
  }

  static func damage(_ what: String, _ name: String, at offset: Int) -> StoreError {
    StoreError(
      .damagedIndex, "damaged derived file: \(what); rebuild the derived files from the log",
      file: name, offset: offset)
  }
}
