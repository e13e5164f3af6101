// The answer to the events of a request.

import Engine

/// What became of the events of a request; all that are counted are durable.
public struct LiveOutcome: Sendable {
  /// The verdicts, counted.
  public var counts = VerdictCounts()
  /// Each line's verdict, in order, if they were asked for.
  public var verdicts: [LineVerdict] = []

  /// Nothing yet.
  public init() {}

  /// Adds what became of later events of the same request.
  mutating func append(_ later: LiveOutcome) {
    counts.add(later.counts)
    verdicts.append(contentsOf: later.verdicts)
  }
}
