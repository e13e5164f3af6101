// Where new pieces come from: memory at the end of the log, and pieces in memory that nothing points at any more.

import Bytes

/// The part of a table of rows that is in memory, and what it knows of the use of all granules.
struct RowMemory: ~Copyable {
  /// The memory that pieces are in, oldest first, without what a finished flush has moved into files.
  private(set) var extents: [RowExtent] = []
  /// How many of `extents`, the oldest, are being written to a file.
  private(set) var flushingCount = 0
  /// Bytes of pieces in `extents`.
  private(set) var byteCount = 0

  /// By granule: the units that have been given out; those of an extent by its first granule.
  private(set) var used = ReusableArray<UInt32>()
  /// By granule: the units of pieces that something points at.
  private(set) var live = ReusableArray<UInt32>()
  /// Numbers of granules that are not in use, below `granuleLimit`.
  private var spare: [Int] = []
  private var granuleLimit = 1

  /// The granule that pieces are cut from; 0 for none.
  private var tail = 0
  private var tailStart = UnsafeMutableRawPointer(bitPattern: RowFormat.unitBytes).unsafelyUnwrapped
  private var tailUnit = RowFormat.unitsPerGranule
  /// Whether some granules in memory are sealed for a snapshot.
  private var isSealed = false
  /// By class of size: the address of a free piece, which begins with that of the next.
  private var free = ReusableArray<UInt32>(minimumCapacity: RowMemory.sizeClasses)

  init() {
    for _ in 0..<Self.sizeClasses { free.append(0) }
  }

  /// Pieces from here on have an extent of their own.
  private static let largeUnits = RowFormat.unitsPerGranule / 4
  private static let sizeClasses = RowMemory.sizeClass(largeUnits) + 1

  /// Whether there are numbers left for whatever one handle can need while it grows a row to the largest size.
  var hasRoom: Bool { RowFormat.granulesMax - granuleLimit > Self.reserve }

  private static let reserve = 8 * RowTable.rowBytesMax / RowFormat.bytesPerGranule

  /// The class of a number of units that `RowFormat.units` gives.
  @inline(__always)
  private static func sizeClass(_ units: Int) -> Int {
    guard units > 16 else { return units }
    let log = Int.bitWidth - 1 - units.leadingZeroBitCount
    return 16 + (log - 4) * 8 + (units >> (log - 3)) - 8
  }

  // MARK: Pieces

  /// A piece, whose header and bytes are to be set.
  ///
  /// - Complexity: O(1).
  mutating func allocate(
    _ units: Int, in map: RowMap
  ) -> (address: UInt32, piece: UnsafeMutableRawPointer) {
    if units >= Self.largeUnits { return allocateExtent(units, in: map) }
    let sizeClass = Self.sizeClass(units)
    let first = free[sizeClass]
    if first != 0 {
      let number = Int(first >> 16)
      let piece = map.granules[number].start + Int(first & 0xFFFF) * RowFormat.unitBytes
      free[sizeClass] = piece.load(fromByteOffset: 4, as: UInt32.self)
      live[number] += UInt32(units)
      return (first, piece)
    }
    if tailUnit + units > RowFormat.unitsPerGranule { openTail(in: map) }
    let address = UInt32(tail) << 16 | UInt32(tailUnit)
    let piece = tailStart + tailUnit * RowFormat.unitBytes
    tailUnit += units
    used[tail] += UInt32(units)
    live[tail] += UInt32(units)
    byteCount += units * RowFormat.unitBytes
    return (address, piece)
  }

  private mutating func allocateExtent(
    _ units: Int, in map: RowMap
  ) -> (address: UInt32, piece: UnsafeMutableRawPointer) {
    let extent = addExtent(granules: RowFormat.granules(ofUnits: units), in: map)
    used[extent.granule] = UInt32(units)
    live[extent.granule] = UInt32(units)
    byteCount += units * RowFormat.unitBytes
    return (UInt32(extent.granule) << 16, extent.start + RowFormat.capacityBytes)
  }

  private mutating func openTail(in map: RowMap) {
    let extent = addExtent(granules: 1, in: map)
    tail = extent.granule
    tailStart = extent.start + RowFormat.capacityBytes
    tailUnit = 0
  }

  private mutating func addExtent(granules count: Int, in map: RowMap) -> RowExtent {
    let number = takeNumbers(count)
    let extent = RowExtent(granule: number, count: count)
    extents.append(extent)
    map.set(
      RowGranule(
        start: extent.start + RowFormat.capacityBytes,
        limit: count * RowFormat.bytesPerGranule - RowFormat.capacityBytes, openFrom: 0),
      at: number)
    return extent
  }

  /// Numbers in a row for granules that are to be made.
  ///
  /// - Complexity: as `takeSpare`.
  mutating func takeNumbers(_ count: Int) -> Int {
    let number: Int
    if let spare = takeSpare(count) {
      number = spare
    } else {
      number = granuleLimit
      granuleLimit += count
      precondition(
        granuleLimit <= RowFormat.granulesMax, "addresses were left when the change began")
    }
    take(number + count)
    return number
  }

  /// Numbers in a row that were in use before; nil if there are not as many.
  ///
  /// - Complexity: O(1) for one; O(n log n) in the numbers there are for more, as only rows of more than a mebibyte
  ///   need.
  private mutating func takeSpare(_ count: Int) -> Int? {
    guard count > 1 else { return spare.popLast() }
    guard spare.count >= count else { return nil }
    spare.sort()
    var first = 0
    for index in spare.indices {
      if index > 0, spare[index] != spare[index - 1] + 1 { first = index }
      guard index - first + 1 == count else { continue }
      let number = spare[first]
      spare.removeSubrange(first...index)
      return number
    }
    return nil
  }

  /// Makes room for what is known of granules below `limit`.
  private mutating func take(_ limit: Int) {
    let missing = limit - used.count
    guard missing > 0 else { return }
    for _ in 0..<missing {
      used.append(0)
      live.append(0)
    }
  }

  /// Gives up a piece that nothing points at any more; memory that may change is used again.
  mutating func release(_ address: UInt32, _ piece: UnsafeMutableRawPointer, in map: RowMap) {
    let number = Int(address >> 16)
    let isInFile = map.granules[number].isInFile
    let units =
      isInFile ? RowFormat.fileUnits(for: RowPiece.byteCount(piece)) : RowPiece.units(piece)
    note(garbage: units, in: number)
    guard address & 0xFFFF >= map.granules[number].openFrom else { return }
    guard units < Self.largeUnits else { return releaseExtent(number, in: map) }
    let sizeClass = Self.sizeClass(units)
    RowPiece.set(
      piece, ordinal: .max, byteCount: Int(free[sizeClass]), units: units, isPage: false)
    free[sizeClass] = address
  }

  /// Takes note of units in a granule that nothing points at any more.
  mutating func note(garbage units: Int, in number: Int) {
    // A file can say of a piece what it likes.
    live[number] -= min(live[number], UInt32(truncatingIfNeeded: units))
  }

  /// Lets go of memory that was for one large row.
  private mutating func releaseExtent(_ number: Int, in map: RowMap) {
    guard let index = extents.lastIndex(where: { $0.granule == number }) else { return }
    byteCount -= Int(used[number]) * RowFormat.unitBytes
    let count = extents[index].granuleCount
    extents.remove(at: index)
    map.clear(number)
    giveBack(number, count)
  }

  /// Has numbers used again.
  mutating func giveBack(_ number: Int, _ count: Int) {
    for number in number..<(number + count) {
      used[number] = 0
      live[number] = 0
      spare.append(number)
    }
  }

  // MARK: Snapshots

  /// Keeps everything in memory as it is, for a snapshot.
  mutating func seal(in map: RowMap) {
    for extent in extents[flushingCount...] {
      let isTail = extent.granule == tail
      let from = isTail ? tailUnit : RowFormat.unitsPerGranule
      var granule = map.granules[extent.granule]
      granule.openFrom = UInt32(from)
      map.set(granule, at: extent.granule)
    }
    isSealed = true
  }

  /// Lets everything in memory change again once no snapshot is left.
  ///
  /// - Returns: Whether anything can change now that could not before.
  mutating func reopen(ifUnsharedBy snapshots: SnapshotCount, in map: RowMap) -> Bool {
    guard isSealed, snapshots.isZero else { return false }
    isSealed = false
    for extent in extents[flushingCount...] {
      var granule = map.granules[extent.granule]
      granule.openFrom = 0
      map.set(granule, at: extent.granule)
    }
    return true
  }

  // MARK: Flushes

  /// Begins to write all that is in memory to a file: nothing of it changes any more.
  ///
  /// - Returns: What there is to write.
  mutating func beginFlush(in map: RowMap) -> [RowExtent] {
    for extent in extents {
      var granule = map.granules[extent.granule]
      granule.openFrom = UInt32(RowFormat.unitsPerGranule)
      map.set(granule, at: extent.granule)
    }
    flushingCount = extents.count
    tail = 0
    tailUnit = RowFormat.unitsPerGranule
    for index in free.indices { free[index] = 0 }
    return extents
  }

  /// Lets go of the memory that has been written.
  mutating func endFlush(in map: RowMap) {
    for extent in extents[..<flushingCount] {
      byteCount -= Int(used[extent.granule]) * RowFormat.unitBytes
      map.clear(extent.granule)
      giveBack(extent.granule, extent.granuleCount)
    }
    extents.removeFirst(flushingCount)
    flushingCount = 0
  }

  /// Takes back memory that could not be written.
  mutating func cancelFlush() {
    flushingCount = 0
    // Snapshots may have been taken since; code that changes something checks.
    isSealed = true
  }

  /// Takes note of a granule in a file.
  mutating func note(_ extent: RowFile.Extent, liveUnits: UInt32) {
    let limit = extent.granule + extent.granuleCount
    take(limit)
    used[extent.granule] = UInt32(truncatingIfNeeded: extent.units)
    live[extent.granule] = liveUnits
    granuleLimit = max(granuleLimit, limit)
  }

  /// Makes the numbers below the limit that are of no granule there is available.
  mutating func findSpare(except inUse: Set<Int>) {
    spare = (1..<granuleLimit).filter { !inUse.contains($0) }
  }

  /// Gives back the numbers of an extent.
  mutating func free(_ extent: RowFile.Extent) {
    giveBack(extent.granule, extent.granuleCount)
  }
}
