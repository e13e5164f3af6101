// Parsing for many requests at once: parsers are expensive to make, since they learn the structures of events, and
// cheap to use again.

import Bytes
import Engine
import Events
import Storage
import Synchronization

/// The parsers of a live store, of which each request uses one at a time.
final class LiveParsers: Sendable {
  /// A parser that is handed from thread to thread.
  ///
  /// Safe because: the pool hands it to one user at a time, under its lock.
  private struct Spare: @unchecked Sendable {
    var parser: EventParser
    var generation: UInt64
  }

  /// More than this many run at once only for a moment.
  private static let sparesMax = 8

  private let spares = Mutex<[Spare]>([])

  /// Calls `body` with a parser that is set up for an input of a source.
  func with<R>(
    _ basis: ParseBasis, source: SourceID, _ body: (EventParser) throws(LiveError) -> R
  ) throws(LiveError) -> R {
    let spare = spares.withLock { $0.popLast() }
    let parser: EventParser
    if let spare, spare.generation == basis.generation {
      parser = spare.parser
      parser.begin(source: source)
    } else {
      parser = EventParser(
        symbols: basis.symbols, seed: basis.seed, source: source,
        identifiers: basis.identifiers)
    }
    defer { keep(Spare(parser: parser, generation: basis.generation)) }
    return try body(parser)
  }

  private func keep(_ spare: Spare) {
    spares.withLock { if $0.count < Self.sparesMax { $0.append(spare) } }
  }
}

/// A body as an input of the reader of JSON.
final class BodyBytes: JSONInput {
  private let body: [UInt8]

  init(_ body: [UInt8]) { self.body = body }

  func bytes(from offset: Int, atMost countMax: Int) throws(JSONInputStopped) -> [UInt8] {
    guard offset < body.count else { return [] }
    if offset == 0, countMax >= body.count { return body }
    return Array(body[offset..<min(offset + countMax, body.count)])
  }

  func isAtHand(_ offset: Int) -> Bool { true }

  func release(before offset: Int) {}
}
