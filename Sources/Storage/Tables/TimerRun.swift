// One immutable sorted run of timers in a mapped file, and how one is written.

import Bytes

/// A condition to look at again at an instant.
///
/// Ordered by (due, ordinal, condition), which is the order in which timers fire.
public struct TimerEntry: Comparable, Hashable, Sendable, BitwiseCopyable {
  /// When.
  public var due: Timestamp
  /// Whose: the number of a profile.
  public var ordinal: UInt32
  /// What: the number of a condition.
  public var condition: UInt32

  /// Makes an entry.
  @inlinable
  public init(due: Timestamp, ordinal: UInt32, condition: UInt32) {
    self.due = due
    self.ordinal = ordinal
    self.condition = condition
  }

  /// Whether `a` fires before `b`.
  @inlinable
  public static func < (a: Self, b: Self) -> Bool {
    if a.due != b.due { return a.due < b.due }
    return a.ordinal == b.ordinal ? a.condition < b.condition : a.ordinal < b.ordinal
  }
}

/// Sorted, distinct timers in a mapped file; the format is with `RunFormat`.
///
/// Blocks are checked when first touched; damage is `StoreError(.damagedIndex)` with file and offset.
public final class TimerRun: Sendable {
  /// How the manifest lists the run; its table is 0.
  public let entry: RunEntry
  private let file: RunFile

  /// The name of run file `number` within a store's directory.
  public static func fileName(_ number: UInt64) -> String { StoreFile.timers(number) }

  /// Opens the run that the manifest lists as `entry`.
  ///
  /// - Throws: `.damagedIndex` if the file is missing, its header or footer is damaged or it is not the
  ///   one listed; other codes if the system refuses.
  /// - Complexity: O(1): two page reads.
  public static func open(
    _ entry: RunEntry, in directory: String, fileSystem: any FileSystem
  ) throws(StoreError) -> TimerRun {
    try TimerRun(entry, RunFile.open(fileName(entry.file), in: directory, fileSystem))
  }

  init(_ entry: RunEntry, _ file: RunFile) throws(StoreError) {
    self.entry = entry
    self.file = file
    let layout = file.layout
    guard layout.content == .timers, entry.table == 0, layout.file == entry.file,
      UInt64(layout.byteCount) == entry.byteCount, UInt64(layout.entryCount) == entry.entryCount
    else { throw file.damage("not the file that the manifest lists", at: 0) }
  }

  /// Checks every block of the file that was not checked yet.
  ///
  /// - Throws: `.damagedIndex` for the first damage.
  /// - Complexity: O(size of the file); reads it once.
  public func verify() throws(StoreError) {
    var last: TimerEntry?
    for index in stride(from: 0, to: count, by: RunFormat.timersPerBlock) {
      let first = try timer(index)
      if let last, first <= last { throw file.damage("blocks out of order", at: offset(index)) }
      last = try timer(min(index + RunFormat.timersPerBlock, count) - 1)
    }
  }

  var count: Int { file.layout.entryCount }
  var memoryBytes: Int { file.memoryBytes }

  /// The timer at `index`, which must be below `count`.
  func timer(_ index: Int) throws(StoreError) -> TimerEntry {
    precondition(index >= 0 && index < count, "timer index outside the run")
    let block = index / RunFormat.timersPerBlock
    if !file.isChecked(block) { try check(block) }
    return load(at: offset(index))
  }

  /// The index of the first timer due after `instant`.
  ///
  /// Complexity: O(log n), about as many block reads.
  func firstIndex(after instant: Timestamp) throws(StoreError) -> Int {
    var low = 0
    var high = count
    while low < high {
      let middle = low + (high - low) / 2
      if try timer(middle).due <= instant { low = middle + 1 } else { high = middle }
    }
    return low
  }

  private func offset(_ index: Int) -> Int {
    RunFormat.headerBytes + index / RunFormat.timersPerBlock * RunFormat.pageBytes
      + RunFormat.frameBytes + index % RunFormat.timersPerBlock * RunFormat.timerEntryBytes
  }

  private func load(at offset: Int) -> TimerEntry {
    // Inside a block, all of which lie inside the file.
    let place = file.start + offset
    return TimerEntry(
      due: Timestamp(milliseconds: Int64(littleEndian: place.loadUnaligned(as: Int64.self))),
      ordinal: UInt32(littleEndian: place.loadUnaligned(fromByteOffset: 8, as: UInt32.self)),
      condition: UInt32(littleEndian: place.loadUnaligned(fromByteOffset: 12, as: UInt32.self)))
  }

  private func check(_ block: Int) throws(StoreError) {
    let start = RunFormat.headerBytes + block * RunFormat.pageBytes
    let found = try file.checkFrame(start..<(start + RunFormat.pageBytes), .timerBlock)
    let before = block * RunFormat.timersPerBlock
    guard found == min(RunFormat.timersPerBlock, count - before) else {
      throw file.damage("number of timers", at: start)
    }
    // A block that is listed has at least one timer, so the range is not reversed.
    for index in (before + 1)..<(before + found)
    where load(at: offset(index)) <= load(at: offset(index - 1)) {
      throw file.damage("timers out of order", at: offset(index))
    }
    file.setChecked(block)
  }
}

/// Writes the timers of one run, which must ascend.
struct TimerRunWriter: ~Copyable {
  private var builder: RunFileBuilder
  private var page = ByteWriter(capacity: RunFormat.pageBytes)
  private var count = 0

  init(_ file: any File, number: UInt64) throws(StoreError) {
    let layout = RunLayout(content: .timers, table: 0, file: number, filterPageCount: 0)
    do { builder = try RunFileBuilder(file, layout) } catch { throw StoreError(error) }
    RunFormat.appendFrame(&page)
  }

  mutating func append(_ timer: TimerEntry) throws(StoreError) {
    page.i64(timer.due.milliseconds)
    page.u32(timer.ordinal)
    page.u32(timer.condition)
    count += 1
    if count < RunFormat.timersPerBlock { return }
    do { try closeBlock() } catch { throw StoreError(error) }
  }

  /// Completes the file and makes it durable; nil if it has no timers.
  mutating func finish() throws(StoreError) -> RunLayout? {
    do {
      if count > 0 { try closeBlock() }
      guard builder.layout.blockCount > 0 else { return nil }
      builder.beginIndex()
      return try builder.finish()
    } catch {
      throw StoreError(error)
    }
  }

  private mutating func closeBlock() throws(IOError) {
    page.append([UInt8](repeating: 0, count: RunFormat.pageBytes - page.count))
    try builder.append(&page, kind: .timerBlock, count: count)
    page.removeAll()
    RunFormat.appendFrame(&page)
    count = 0
  }
}
