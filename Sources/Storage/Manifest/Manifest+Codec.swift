// The manifest's bytes.
//
//     offset size  field
//          0    8  magic "CAIRNMAN"
//          8    8  checksum: XXH3-64 of byte 16 up to the end of the file
//         16    2  format version, 3 to 6; written as 6
//         18    2  format version that the store was created with, 0 in format 3
//         20    4  semantics version
//         24   16  store id (high, low)
//         40   32  hash seed
//         72    8  next file number
//         80    8  checkpoint sequence, 0 for none
//         88    8  horizon sequence, 0 for none
//         96    4  number of segments, then of table runs, timer runs and gaps (4 bytes each)
//        112       segment × n: u64 number, u64 first, u64 last, u64 bytes, u8 sealed (0, 1)
//                  table run × n: u16 table, u64 number, u64 bytes, u64 entries, u8 level
//                  timer run × n: the same
//                  gap × n: u64 from, u64 through, u8 reason
//                  varint length, scalars
//                  since version 5: u8 whether the log's tip follows (0, 1), tip: see `LogTip+Codec.swift`
//
// Magic, checksum and version keep their place and meaning in every version to come, so that an old
// program can tell a newer manifest from a damaged one.

import Bytes

extension Manifest {
  static let magic: StaticString = "CAIRNMAN"
  static let magicBytes = Array("\(magic)".utf8)
  static let version = Manifest.formatVersion
  /// The largest manifest that is read; a longer file is none.
  static let byteCountMax = 64 << 20

  /// The manifest's bytes.
  package func encode() -> [UInt8] {
    var out = ByteWriter(capacity: 256 + 32 * (segments.count + tableRuns.count))
    out.append(Self.magic)
    out.u64(0)
    out.u16(Self.version)
    out.u16(createdFormat)
    out.u32(semanticsVersion)
    out.u64(storeID.high)
    out.u64(storeID.low)
    out.append(seed.bytes)
    out.u64(nextFileNumber)
    out.u64(checkpoint.value)
    out.u64(horizon.value)
    for count in [segments.count, tableRuns.count, timerRuns.count, gaps.count] {
      out.u32(UInt32(count))
    }
    for segment in segments {
      out.u64(segment.number)
      out.u64(segment.firstSequence.value)
      out.u64(segment.lastSequence.value)
      out.u64(UInt64(segment.byteCount))
      out.u8(segment.isSealed ? 1 : 0)
    }
    for run in tableRuns + timerRuns {
      out.u16(run.table)
      out.u64(run.file)
      out.u64(run.byteCount)
      out.u64(run.entryCount)
      out.u8(run.level)
    }
    for gap in gaps {
      out.u64(gap.from.value)
      out.u64(gap.through.value)
      out.u8(gap.reason)
    }
    out.lengthPrefixed(scalars)
    out.u8(tip == nil ? 0 : 1)
    tip?.encode(to: &out)
    out.replaceU64(Checksum.of(out.bytes.span.bytes.extracting(16..<out.count)), at: 8)
    return out.bytes
  }

  /// Reads a manifest from bytes that may be anything.
  ///
  /// - Throws: `corrupt` with the offset, or `newerFormat`.
  package init(_ bytes: RawSpan) throws(StoreError) {
    let file = StoreFile.manifest
    do {
      var reader = ByteReader(bytes)
      guard try reader.bytes(8).equals(Self.magic) else {
        throw StoreError.corrupt("this is not a manifest", file, at: 0)
      }
      let checksum = try reader.u64()
      guard checksum == Checksum.of(bytes.extracting(16..<bytes.byteCount)) else {
        throw StoreError.corrupt("the manifest's checksum does not match", file, at: 8)
      }
      let version = try reader.u16()
      guard (Manifest.oldestFormatVersion...Self.version).contains(version) else {
        throw StoreError.foreign(version, not: Self.version, file)
      }
      self = try Self.decode(&reader)
      if version >= 5 { tip = try decodeTip(&reader) }
      try reader.expectEnd()
    } catch let error as StoreError {
      throw error
    } catch let error as DecodeError {
      throw StoreError(error, in: file)
    } catch {
      throw .corrupt("the manifest cannot be read", file, at: 0)
    }
    try checkOrder()
  }

  @_lifetime(reader: copy reader)
  private static func decode(_ reader: inout ByteReader) throws(DecodeError) -> Manifest {
    let created = try reader.u16()
    guard created <= Self.version else { throw reader.invalid() }
    let semantics = try reader.u32()
    let storeID = Hash128(high: try reader.u64(), low: try reader.u64())
    let seed = HashSeed(try reader.bytes(HashSeed.byteCount).toArray())
    var result = Manifest(storeID: storeID, seed: seed, segments: [], nextFileNumber: 0)
    result.createdFormat = created
    result.semanticsVersion = semantics
    result.nextFileNumber = try reader.u64()
    result.checkpoint = SequenceNumber(try reader.u64())
    result.horizon = SequenceNumber(try reader.u64())
    // A wrong count runs into the end of the bytes, so no loop is longer than the file.
    let (segments, tables) = (try reader.u32(), try reader.u32())
    let (timers, gaps) = (try reader.u32(), try reader.u32())
    for _ in 0..<segments { result.segments.append(try segment(&reader)) }
    for _ in 0..<tables { result.tableRuns.append(try run(&reader)) }
    for _ in 0..<timers { result.timerRuns.append(try run(&reader)) }
    for _ in 0..<gaps {
      result.gaps.append(
        Gap(
          from: SequenceNumber(try reader.u64()), through: SequenceNumber(try reader.u64()),
          reason: try reader.u8()))
    }
    result.scalars = try reader.lengthPrefixed().toArray()
    return result
  }

  /// Reads the tip of the last segment, which is the active one.
  @_lifetime(reader: copy reader)
  private func decodeTip(_ reader: inout ByteReader) throws(DecodeError) -> LogTip? {
    let follows = try reader.u8()
    guard follows <= 1 else { throw reader.invalid() }
    guard follows == 1 else { return nil }
    guard let active = segments.last, !active.isSealed else { throw reader.invalid() }
    return try LogTip(of: SegmentHeader(active, storeID: storeID), decoding: &reader)
  }

  @_lifetime(reader: copy reader)
  private static func segment(_ reader: inout ByteReader) throws(DecodeError) -> Segment {
    let number = try reader.u64()
    let first = SequenceNumber(try reader.u64())
    let last = SequenceNumber(try reader.u64())
    guard let byteCount = Int(exactly: try reader.u64()) else { throw reader.invalid() }
    let sealed = try reader.u8()
    guard sealed <= 1 else { throw reader.invalid() }
    return Segment(
      number: number, firstSequence: first, lastSequence: last, byteCount: byteCount,
      isSealed: sealed == 1)
  }

  @_lifetime(reader: copy reader)
  private static func run(_ reader: inout ByteReader) throws(DecodeError) -> RunEntry {
    RunEntry(
      table: try reader.u16(), file: try reader.u64(), byteCount: try reader.u64(),
      entryCount: try reader.u64(), level: try reader.u8())
  }

  /// Checks that the segments follow on each other except for the gaps, and that numbers are fresh.
  private func checkOrder() throws(StoreError) {
    guard let active = segments.last, !active.isSealed, active.firstSequence.value > 0,
      !segments.dropLast().contains(where: { !$0.isSealed })
    else {
      throw .corrupt("the last segment, and only it, must be active", StoreFile.manifest, at: 112)
    }
    var next: UInt64 = 1
    var rest = gaps[...]
    for segment in segments {
      while let gap = rest.first, gap.from.value == next, next < segment.firstSequence.value {
        guard gap.through >= gap.from, gap.through.value < .max else { break }
        next = gap.through.value + 1
        rest.removeFirst()
      }
      // Gaps inside a segment are that segment's own affair.
      while let gap = rest.first, gap.from <= segment.lastSequence { rest.removeFirst() }
      guard segment.firstSequence.value == next, segment.lastSequence.value < .max,
        !segment.isSealed || segment.lastSequence.value >= next
      else {
        throw .corrupt(
          "sequences before segment \(segment.number) are missing without a reason",
          StoreFile.manifest, at: 112)
      }
      if segment.isSealed { next = segment.lastSequence.value + 1 }
    }
    let numbers = segments.map(\.number) + tableRuns.map(\.file) + timerRuns.map(\.file)
    guard Set(numbers).count == numbers.count, numbers.allSatisfy({ $0 < nextFileNumber }),
      nextFileNumber <= UInt64(Int64.max)
    else {
      throw .corrupt("file numbers repeat or are not used up in order", StoreFile.manifest, at: 72)
    }
  }
}
