// How far something has come that goes through the log: a fold, a search, a compaction, definitions.

/// How much of the log has been gone through.
public struct LogProgress: Equatable, Sendable {
  /// Records done with so far.
  public var records: UInt64
  /// Records there are; grows while others come in.
  public var recordsTotal: UInt64

  /// Makes a state of progress.
  public init(records: UInt64 = 0, recordsTotal: UInt64 = 0) {
    self.records = records
    self.recordsTotal = recordsTotal
  }

  /// The part that is done, from 0 to 1; nil if there is nothing to go through.
  public var fraction: Double? {
    recordsTotal > 0 ? Double(records) / Double(recordsTotal) : nil
  }
}
