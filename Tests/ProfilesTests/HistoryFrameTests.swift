// Frames of a home's history: the bytes of the format, what comes back out of them, and bytes that were
// never written by us.

import Bytes
import Storage
import StorageSimulation
import Testing

@testable import Profiles

/// An event as it goes into a frame.
private struct Sample: Equatable {
  var sequence: UInt64
  var receivedAt: Int64
  var source: UInt32
  var payload: [UInt8]
}

@Suite struct HistoryFrameTests {
  private static func frames(_ samples: [Sample]) throws -> [UInt8] {
    var writer = HistoryFrameWriter()
    for sample in samples {
      writer.append(
        SequenceNumber(sample.sequence), receivedAt: Timestamp(milliseconds: sample.receivedAt),
        source: SourceID(sample.source), sample.payload.span.bytes)
    }
    var result: [UInt8] = []
    try writer.finish { (bytes) throws(StoreError) in result = bytes.toArray() }
    return result
  }

  /// What the frames hold, and how many there are.
  private static func read(_ bytes: [UInt8]) throws -> (samples: [Sample], frames: Int) {
    var samples: [Sample] = []
    var frames = 0
    var reader = ByteReader(bytes.span.bytes)
    while !reader.isAtEnd {
      let frame = try HistoryFrame(&reader)
      let plain = try frame.plain()
      var walk = HistoryWalk(frame, plain.span.bytes)
      while let record = try walk.next() {
        #expect(plain[record.range].elementsEqual(record.payload.toArray()))
        samples.append(
          Sample(
            sequence: record.sequence.value, receivedAt: record.receivedAt.milliseconds,
            source: record.source.value, payload: record.payload.toArray()))
      }
      #expect(samples.last?.sequence == frame.last.value)
      frames += 1
    }
    return (samples, frames)
  }

  private static let small = [
    Sample(sequence: 300, receivedAt: 1_700_000_000_000, source: 1, payload: [0xAA, 0xBB]),
    Sample(sequence: 302, receivedAt: 1_699_999_999_999, source: 200, payload: [0xCC]),
  ]

  /// Format 1, not compressed: header, then two records.
  private static let golden: [UInt8] = [
    1, 0, 0, 0, 2, 0, 0, 0, 17, 0, 0, 0, 17, 0, 0, 0,
    0x2C, 1, 0, 0, 0, 0, 0, 0, 0x2E, 1, 0, 0, 0, 0, 0, 0,
    0, 0x80, 0xA0, 0xAB, 0xFE, 0xF9, 0x62, 1, 2, 0xAA, 0xBB,
    2, 1, 0xC8, 1, 1, 0xCC,
  ]

  /// Format 1, compressed: one record of 300 bytes of `a`.
  private static let goldenCompressed: [UInt8] = [
    1, 1, 0, 0, 1, 0, 0, 0, 0x31, 1, 0, 0, 17, 0, 0, 0,
    1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0,
    0x6F, 0, 0, 1, 0xAC, 2, 0x61, 1, 0, 0xFF, 0x14, 0x50, 0x61, 0x61, 0x61, 0x61, 0x61,
  ]

  @Test func theFormatIsTheGoldenOne() throws {
    #expect(try Self.frames(Self.small) == Self.golden)
    #expect(try Self.read(Self.golden).samples == Self.small)
    let compressed = [
      Sample(sequence: 1, receivedAt: 0, source: 1, payload: [UInt8](repeating: 0x61, count: 300))
    ]
    #expect(try Self.read(Self.goldenCompressed).samples == compressed)
    #expect(try Self.read(Self.frames(compressed)).samples == compressed)
  }

  @Test(arguments: UInt64(1)...5) func whatGoesInComesOut(seed: UInt64) throws {
    var random = SeededRandom(seed)
    var sequence: UInt64 = 0
    let samples = (0..<400).map { _ in
      sequence += 1 + UInt64(random.below(1000))
      let large = random.chance(2) ? 70_000 : 900
      let byte = UInt8(random.below(256))
      return Sample(
        sequence: sequence, receivedAt: Int64(random.below(1 << 40)) - (1 << 39),
        source: UInt32(random.below(300)),
        payload: (0..<random.below(large)).map { UInt8($0 % 7) &+ byte })
    }
    let bytes = try Self.frames(samples)
    let (found, frames) = try Self.read(bytes)
    #expect(found == samples)
    // Frames are closed at 64 KiB, and one larger event has its own.
    let plain = samples.reduce(0) { $0 + $1.payload.count }
    #expect(frames > plain / 80_000 && frames < plain / 20_000)
    // Frames that were written separately follow each other.
    let parts = try Self.frames(Array(samples[..<100])) + Self.frames(Array(samples[100...]))
    #expect(try Self.read(parts).samples == samples)
  }

  /// Bytes that nobody wrote end in an error or in other events, never in a trap.
  @Test(arguments: [golden, goldenCompressed]) func anyByteMayBeWrong(bytes: [UInt8]) throws {
    var refused = 0
    var tried = 0
    for index in bytes.indices {
      for value in [0, 1, 2, 0x7F, 0x80, 0xFF, bytes[index] ^ 1] where value != bytes[index] {
        var damaged = bytes
        damaged[index] = value
        tried += 1
        do { _ = try Self.read(damaged) } catch { refused += 1 }
      }
      #expect(throws: (any Error).self) { try Self.read(Array(bytes[..<max(index, 1)])) }
    }
    #expect(refused > tried / 2)
  }

  /// Counts far beyond the bytes that are there are refused before anything is allocated for them.
  @Test func countsAreChecked() throws {
    for (offset, value) in [(4, 5), (8, 64 << 20), (8, 16 << 20), (12, 18), (12, 16)] {
      var damaged = Self.goldenCompressed
      for byte in 0..<4 { damaged[offset + byte] = UInt8(value >> (8 * byte) & 0xFF) }
      #expect(throws: (any Error).self, "\(value) at \(offset)") { try Self.read(damaged) }
    }
  }
}
