// A batch of one line in quarantine, for lines that are no longer what was read.

import Bytes

extension EventBatch {
  /// Makes a batch of one line that is quarantined.
  ///
  /// - Parameters:
  ///   - row: The row that it stands for, which gives its place in the input.
  ///   - detail: What the problem says of a rule or a column; empty for nothing.
  public init(
    quarantined line: RawSpan, insteadOf row: EventRow, _ problem: EventProblem, detail: String,
    source: SourceID, seed: HashSeed
  ) {
    self.init()
    content.append(line)
    if !detail.isEmpty { details[0] = detail }
    rows.append(
      EventRow(
        line: row.line, offset: row.offset, item: row.item, outcome: .quarantined(problem),
        occurrence: row.occurrence, hasDerivedID: row.hasDerivedID,
        messageHash: EventHash.line(
          line, occurrence: row.occurrence, source: source, seed: seed),
        payload: 0..<content.count, identifiers: 0..<0))
  }
}
