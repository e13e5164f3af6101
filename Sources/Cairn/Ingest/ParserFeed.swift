// Reading and parsing ahead of the writer, on a thread of its own.

import Bytes
import Events
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

  init(
    reader: ChunkReader, symbols: SymbolTable, seed: HashSeed, source: SourceID
  ) throws(StoreError) {
    let queue = self.queue
    let thread = WorkerThread {
      var reader = reader
      let parser = EventParser(symbols: symbols, seed: seed, source: source)
      var isOpen = true
      while isOpen {
        var parsed = ParsedChunk(batch: EventBatch(), endOffset: 0)
        do throws(InputError) {
          guard let chunk = try reader.next() else { break }
          parsed.endOffset = reader.offset
          parser.parse(
            chunk.bytes.span.bytes, firstLine: chunk.firstLine, firstOffset: chunk.firstOffset,
            into: &parsed.batch)
        } catch {
          parsed.error = error
          isOpen = false
        }
        if !queue.push(parsed) { isOpen = false }
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

  /// Ends the thread, whether or not the input was taken to its end.
  ///
  /// To be called exactly once.
  func stop() {
    queue.close()
    thread.join()
  }
}
