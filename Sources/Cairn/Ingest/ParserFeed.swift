// Reading and parsing ahead of the writer, on a thread of its own.

import Bytes
import Events
import Glibc
import Storage

/// One chunk of the input, parsed.
struct ParsedChunk: Sendable {
  var batch: EventBatch
  /// Where the chunk ends, in bytes from the start of the input.
  var endOffset: Int
  /// Set instead of lines if reading failed here.
  var error: InputError?
}

/// Parses an input ahead of whoever takes the chunks, at most `queueChunks` of them.
final class ParserFeed {
  private static let queueChunks = 4
  private let queue = BoundedQueue<ParsedChunk>(capacity: ParserFeed.queueChunks)
  private let thread: WorkerThread
  private let wakeUp: WakeUp

  /// Starts to read and parse an open descriptor, which stays the caller's.
  init(
    descriptor: Int32, symbols: SymbolTable, seed: HashSeed, source: SourceID,
    identifiers: IdentifierRules, clock: IngestClock
  ) throws(StoreError) {
    guard let wakeUp = WakeUp() else {
      throw StoreError(.io(errno), "no file could be opened; close other programs and try again")
    }
    self.wakeUp = wakeUp
    let queue = self.queue
    let reader = InputReader(descriptor: descriptor, stop: wakeUp)
    let thread = WorkerThread {
      var work = Work(
        reader: reader,
        parser: EventParser(
          symbols: symbols, seed: seed, source: source, identifiers: identifiers,
          keepsTimes: clock == .events))
      while let parsed = work.next() {
        if !queue.push(parsed) { break }
      }
      queue.close()
    }
    guard let thread else {
      throw StoreError(.io(0), "no thread could be started; close other programs and try again")
    }
    self.thread = thread
  }

  /// The next chunk in input order; nil at the end.
  func next() -> ParsedChunk? { queue.pop() }

  /// Whether `next` would return at once.
  var isReady: Bool { queue.isReady }

  /// Ends the thread, whether or not the input was taken to its end, and even while it waits for
  /// an input that stays silent.
  ///
  /// To be called exactly once.
  func stop() {
    queue.close()
    wakeUp.raise()
    thread.join()
  }

  /// What the thread does: read a block, cut it into lines, parse them.
  private struct Work {
    var reader: InputReader
    let parser: EventParser
    var cutter = LineCutter()
    var isAtEnd = false

    /// The next parsed chunk; nil after the input's end, a failure to read it, or a stop.
    mutating func next() -> ParsedChunk? {
      guard !isAtEnd else { return nil }
      var batch = EventBatch()
      var failure: InputError?
      do throws(InputError) {
        guard let block = try reader.next() else {
          isAtEnd = true
          return nil
        }
        if block.isEmpty {
          isAtEnd = true
          cutter.finish { Self.parse($0, with: parser, into: &batch) }
        } else {
          cutter.append(block.span.bytes) { Self.parse($0, with: parser, into: &batch) }
        }
      } catch {
        failure = error
        isAtEnd = true
      }
      return ParsedChunk(batch: batch, endOffset: reader.offset, error: failure)
    }

    private static func parse(
      _ piece: InputPiece, with parser: EventParser, into batch: inout EventBatch
    ) {
      switch piece {
      case .lines(let bytes, let firstLine, let firstOffset):
        parser.parse(
          bytes.span.bytes, firstLine: firstLine, firstOffset: firstOffset, into: &batch)
      case .tooLong(let line, let offset):
        EventParser.reject(line: line, offset: offset, into: &batch)
      }
    }
  }
}
