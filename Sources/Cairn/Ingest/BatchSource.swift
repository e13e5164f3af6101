// Batch bodies as an input. What holds for all items of a body may stand behind them, so a body is
// read twice: a file by offset; a pipe, which cannot go back, is taken into memory first.

import Bytes
import Events
import Glibc

/// Gives out batch bodies as rows.
struct BatchSource: ChunkSource {
  /// The most that is taken from an input that cannot go back.
  static let pipeBytesMax = 64 << 20

  private let bytes: SeekableInput
  private let parser: BatchParser
  private var isAtEnd = false

  init(descriptor: Int32, stop: WakeUp, parser: EventParser) {
    let bytes = SeekableInput(descriptor: descriptor, stop: stop, pipeBytesMax: Self.pipeBytesMax)
    self.bytes = bytes
    self.parser = BatchParser(parser: parser) { bytes.read(from: $0) }
  }

  mutating func next(_ batch: consuming EventBatch) -> ParsedChunk? {
    guard !isAtEnd else { return nil }
    var failure: IngestFailure.Reason?
    do throws(BatchProblem) {
      isAtEnd = try !parser.parse(into: &batch)
    } catch {
      isAtEnd = true
      failure = .format(InputFormatError(message: error.sentence, offset: error.offset))
    }
    if bytes.isStopped { return nil }
    if let error = bytes.failure {
      isAtEnd = true
      failure = error
    }
    return ParsedChunk(batch: batch, endOffset: parser.offset, error: failure)
  }
}

/// An input that can be read at any offset.
private final class SeekableInput {
  private static let blockBytes = 1 << 20
  private let descriptor: Int32
  /// Where the input begins in the file; nil if it cannot be sought in.
  private let start: off_t?
  private let pipeBytesMax: Int
  private var reader: InputReader
  private var gathered: [UInt8]?
  private(set) var failure: IngestFailure.Reason?
  private(set) var isStopped = false

  init(descriptor: Int32, stop: WakeUp, pipeBytesMax: Int) {
    self.descriptor = descriptor
    self.pipeBytesMax = pipeBytesMax
    let place = lseek(descriptor, 0, SEEK_CUR)
    start = place >= 0 ? place : nil
    reader = InputReader(descriptor: descriptor, stop: stop)
  }

  /// The bytes from an offset on; none at the end, after a failure or a stop.
  func read(from offset: Int) -> [UInt8] {
    guard failure == nil, !isStopped else { return [] }
    do throws(InputError) {
      guard let start else {
        let all = try gather()
        return Array(all[min(offset, all.count)..<min(offset + Self.blockBytes, all.count)])
      }
      return try read(at: start + off_t(offset), offset)
    } catch {
      failure = .input(error)
      return []
    }
  }

  private func read(at place: off_t, _ offset: Int) throws(InputError) -> [UInt8] {
    while true {
      var code: Int32 = 0
      var got = 0
      let block = [UInt8](unsafeUninitializedCapacity: Self.blockBytes) { buffer, count in
        got = pread(descriptor, buffer.baseAddress, Self.blockBytes, place)
        code = errno
        count = max(got, 0)
      }
      if got >= 0 { return block }
      guard code == EINTR else { throw InputError(code: code, offset: offset) }
    }
  }

  private func gather() throws(InputError) -> [UInt8] {
    if let gathered { return gathered }
    var all: [UInt8] = []
    while true {
      guard let block = try reader.next() else {
        isStopped = true
        return []
      }
      if block.isEmpty { break }
      all += block
      guard all.count <= pipeBytesMax else {
        failure = .format(
          InputFormatError(
            message: "is a pipe that holds more than \(pipeBytesMax >> 20) MiB of batches, which "
              + "cannot be read twice; write it to a file first", offset: all.count))
        return []
      }
    }
    gathered = all
    return all
  }
}
