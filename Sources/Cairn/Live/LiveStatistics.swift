// What a live store reports of itself, for those who watch it.

import Bytes
import Engine
import Storage

/// Counts since a live store was opened, and how it is.
public struct LiveStatistics: Sendable {
  /// Observations by size.
  public struct Histogram: Sendable {
    /// The upper bounds of the classes, ascending; what is larger has a class of its own.
    public let bounds: [Double]
    /// How many observations each class has.
    public private(set) var counts: [Int]
    /// The sum of all observations.
    public private(set) var sum = 0.0

    init(_ bounds: [Double]) {
      self.bounds = bounds
      counts = Array(repeating: 0, count: bounds.count + 1)
    }

    mutating func observe(_ value: Double) {
      counts[bounds.firstIndex { value <= $0 } ?? bounds.count] += 1
      sum += value
    }
  }

  /// What became of events.
  public struct EventKey: Hashable, Sendable {
    /// The source's name; the first hundred have their own.
    public var source: String
    /// `accepted`, `duplicate`, `conflict`, `quarantined` or `rejected`.
    public var verdict: String
    /// Where it was decided: `parse`, `identify`, `plan`, `erasure`, `duplicates`, or `commit` for what was taken.
    public var stage: String
    /// Why, for the last two; empty otherwise.
    public var reason = ""
  }

  /// Events by what became of them.
  public internal(set) var events: [EventKey: Int] = [:]
  /// From the end of a batch until it is durable, in seconds.
  public internal(set) var commitSeconds = Histogram([
    0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5,
  ])
  /// Records of a commit.
  public internal(set) var commitRecords = Histogram([
    1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000,
  ])
  /// Ticks that were recorded because a timer was due.
  public internal(set) var ticks = 0
  /// The last record that is durable.
  public internal(set) var lastSequence = SequenceNumber(0)
  /// The last record that a checkpoint covers: opening folds those after it again.
  public internal(set) var checkpointSequence = SequenceNumber(0)
  /// The logical now.
  public internal(set) var logicalNow = Timestamp.earliest
  /// When the next timer is due; nil if none waits.
  public internal(set) var nextTimerDue: Timestamp?
  /// Persons and accounts, those included that were merged into others.
  public internal(set) var profileCount = 0
  /// Identifiers of all profiles.
  public internal(set) var identifierCount = 0
  /// The destinations that are webhooks.
  public internal(set) var webhookCount = 0
  /// Why nothing can be written any more; nil while it can.
  public internal(set) var failure: StoreError?

  init() {}
}

extension LiveStore {
  /// What the store has done since it was opened, and how it is; does not wait for the thread that writes.
  public var statistics: LiveStatistics { board.statistics }

  /// The bytes of input that arrive or wait for the thread that writes.
  public var queuedBytes: Int { board.queuedBytes }

  /// The present instant, by the clock that the store lives by.
  public var now: Timestamp { environment.now() }

  /// Unpredictable bits, where the store's secrets come from.
  package func randomSeed() -> UInt64 {
    environment.randomBytes(8).reduce(0) { $0 << 8 | UInt64($1) }
  }
}
