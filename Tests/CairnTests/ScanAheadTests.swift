// The log read on one thread and folded on another: the same records as without, and an end in every case.

import Bytes
import Cairn
import Foundation
import Storage
import Testing
@testable import Engine

@Suite struct ScanAheadTests {
  /// A store with about two MiB of log, which does not compress.
  private func makeStore(at path: String) throws -> Store {
    var options = StoreOptions.repeatable()
    options.storage = StorageOptions(segmentBytesMax: 1 << 20, blockBytes: 16 << 10)
    let store = try Store.create(at: path, options: options)
    var random = SystemRandomNumberGenerator()
    try store.take(
      (0..<6000).map { number in
        let noise = (0..<25).map { _ in String(random.next(), radix: 36) }.joined()
        return track(
          "A", id: "m\(number)", #""userId":"u\#(number % 50)""#, properties: #""n":"\#(noise)""#)
      })
    return store
  }

  /// What a scan passes on, as one hash, and how many records.
  private func sum(
    _ scan: (_ body: (borrowing RecordView) throws(StoreError) -> Void) throws(StoreError) -> Void
  ) throws -> (count: Int, digest: [UInt64]) {
    var count = 0
    var digest: [UInt64] = []
    try scan { record in
      count += 1
      var hash = record.sequence.value &* 31 &+ UInt64(record.kind)
      hash = hash &* 31 &+ UInt64(bitPattern: record.receivedAt.milliseconds)
      hash = hash &* 31 &+ UInt64(record.source.value)
      for bytes in [record.payload.toArray(), record.decisions.toArray()] {
        hash = hash &* 31 &+ UInt64(bytes.count)
        for byte in bytes { hash = hash &* 31 &+ UInt64(byte) }
      }
      digest.append(hash)
    }
    return (count, digest)
  }

  @Test func recordsAreThoseOfAScanOnOneThread() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    let log = store.directory.log.view()
    let last = store.lastSequence
    try #require(log.byteCount(from: SequenceNumber(1)) > 3 << 19)
    for first in [1, 2, 1500] as [UInt64] {
      let expected = try sum { (body) throws(StoreError) in
        try log.scan(from: SequenceNumber(first), through: last, body)
      }
      #expect(expected.count == Int(last.value - first) + 1)
      for mode in [BackgroundMode.threads, .atOnce] {
        let found = try sum { (body) throws(StoreError) in
          try log.scanAhead(from: SequenceNumber(first), through: last, mode, body)
        }
        #expect(found.digest == expected.digest)
      }
    }
    try store.close()
  }

  @Test func anErrorOfTheBodyEndsIt() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    var count = 0
    let error = #expect(throws: StoreError.self) {
      try store.directory.log.view().scanAhead(
        from: SequenceNumber(1), through: store.lastSequence, .threads
      ) { (_) throws(StoreError) in
        count += 1
        if count == 100 { throw StoreError(.tooLarge, "enough") }
      }
    }
    #expect(error?.code == .tooLarge)
    #expect(count == 100)
    try store.close()
  }

  @Test func damageComesAfterTheRecordsBeforeIt() throws {
    let directory = TemporaryDirectory()
    let store = try makeStore(at: directory.store)
    let log = store.directory.log.view()
    let last = store.lastSequence
    try store.close()
    let segments = try FileManager.default.contentsOfDirectory(atPath: directory.store)
      .filter { $0.hasSuffix(".seg") }
    let path = directory.store + "/" + (try #require(segments.sorted().first))
    var bytes = try Data(contentsOf: URL(filePath: path))
    bytes[bytes.count / 2] ^= 0xFF
    // In place, as the view has the file mapped.
    let file = try FileHandle(forWritingTo: URL(filePath: path))
    try file.write(contentsOf: bytes)
    try file.close()
    var counts: [Int] = []
    for mode in [BackgroundMode.atOnce, .threads] {
      var count = 0
      let error = #expect(throws: StoreError.self) {
        try log.scanAhead(from: SequenceNumber(1), through: last, mode) { (_) throws(StoreError) in
          count += 1
        }
      }
      #expect(error?.code == .corrupt)
      counts.append(count)
    }
    #expect(counts[0] > 0)
    #expect(counts[1] == counts[0])
  }
}
