// The face of the parser.

import Bytes

/// Parses lines of JSON in the Segment spec into a batch. One per worker; not `Sendable`.
public final class EventParser {
  /// Makes a parser for one source.
  public init(
    symbols: SymbolTable, seed: HashSeed, source: SourceID, limits: EventLimits = EventLimits()
  ) {
  }

  /// Parses whole lines.
  public func parse(
    _ chunk: RawSpan, firstLine: Int, firstOffset: Int, into batch: inout EventBatch
  ) {
  }
}
